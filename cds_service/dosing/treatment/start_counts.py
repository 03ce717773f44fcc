"""Counts at which a regimen interrupts treatment, before a start.

When: a first dose is ordered.
Then: they end the start in a review, without a dose.
"""

from __future__ import annotations

from collections.abc import Sequence

from cds_service.clinical.facts import Reading
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.regimen import StartChecks
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.sayings import count_words


def hold_counts(patient: Patient) -> StartChecks:
    """Counts at which the regimen interrupts treatment block its start: review, without a dose.

    Triggers with a duration or a fever are not looked at before a start.
    """
    low: list[Reading] = []
    rules: list[str] = []
    for line in LINES:
        for row in patient.regimen.rows(None, line):
            limits = [
                t.below for t in row.triggers if t.below is not None and not t.for_days and t.with_temperature is None
            ]
            met = [r for r in patient.counts[line].decisive for x in limits if r.amount.is_below(x) is not False]
            patient.trace.say(row.id, "fired" if met else "not met", "counts before the start")
            rules += [row.id] if met else []
            low += met
    if not low:
        return StartChecks()
    return StartChecks((counts_review(patient, tuple(dict.fromkeys(rules)), "start-hold-counts", low),))


def counts_review(
    patient: Patient, rules: tuple[str, ...], message: str, low: Sequence[Reading], beside: Sequence[Input] = ()
) -> Recommendation:
    """A review of low counts before a start; it carries no dose. Args: `beside` what else it rests on."""
    readings = list({r.reference: r for r in low}.values())
    return decision(
        patient,
        Action.REVIEW,
        Urgency.WARNING,
        rules,
        message,
        words=count_words(patient, readings),
        inputs=[*map(Input.of, readings), *beside],
    )
