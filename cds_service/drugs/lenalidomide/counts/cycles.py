"""The last cycle of a document.

When: the row of the start names the most cycles, and that many are over since the first dose.
Then: review.
"""

from __future__ import annotations

from datetime import timedelta

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.sayings import course_inputs, course_words
from cds_service.drugs.lenalidomide.decisions import review


def cycles_over(patient: Patient) -> list[Recommendation]:
    """The review; empty where the document names no last cycle or the first dose is not known."""
    rule = patient.regimen.ids.start
    start, first = patient.rules[rule].data, min(patient.therapy.first_doses, default=None)
    if "cycles_at_most" not in start or first is None:
        return []
    cycles, days = start["cycles_at_most"], start["cycle_days"]
    if patient.today - first < timedelta(days=cycles * days):
        return []
    patient.trace.say(rule, "fired", f"{cycles} cycles are over")
    words = course_words(patient) | {"cycles": str(cycles), "days": str(days)}
    return [review(patient, (rule,), "cycles-exceeded", words=words, inputs=course_inputs(patient))]
