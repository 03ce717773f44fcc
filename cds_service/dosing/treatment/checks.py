"""The checks of a course of treatment, in any indication; what differs by document stands in the patient's `Regimen`.

They meet in `dosing/precedence.py`. What several of them start from, each works out through the patient, where it is kept.
"""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.dosing.treatment.dose import assess_dose
from cds_service.dosing.treatment.kidneys import assess_kidneys
from cds_service.dosing.treatment.monitoring import assess_monitoring
from cds_service.dosing.treatment.on_hold import assess_on_hold
from cds_service.dosing.treatment.on_treatment import assess_on_treatment
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.start import assess_start


def assess_counts(patient: Patient) -> list[Recommendation]:
    """Whether the counts interrupt treatment, or let it resume."""
    if not patient.is_current:
        return []
    return assess_on_hold(patient) if patient.therapy.state == "on-hold" else assess_on_treatment(patient)


def _duration(patient: Patient) -> list[Recommendation]:
    return patient.regimen.response(patient) if patient.is_current else []


COUNTS = Check("counts", "blood counts", assess_counts)
DOSE = Check("dose", "dose", assess_dose)
DURATION = Check("duration", "how long treatment goes on", _duration)
KIDNEYS = Check("kidneys", "kidneys", assess_kidneys)
MONITORING = Check("monitoring", "blood counts that are due", assess_monitoring)
START = Check("start", "start of treatment", assess_start)

COURSE = (COUNTS, DOSE, DURATION, KIDNEYS, MONITORING, START)
