"""A first order that is written for a later day: counts that will do today may be too old on the day of its start.

When: a draft begins on a day that lies more days after the latest count than a start allows.
Then: the start is judged on today's counts, and an information says how old they will be, with a CBC for that day.
"""

from __future__ import annotations

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import cbc_proposals, decision
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.roles import Role
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.sayings import count_words


def start_days(rules: Rules) -> int:
    """How many days old a count may be that a treatment starts on."""
    days: int = rules.role(Role.STALE).number("count_days_to_start")
    return days


def counts_too_old_at_start(patient: Patient) -> list[Recommendation]:
    """An information for each draft whose planned first day lies too long after a line's latest count."""
    found = [_inform(patient, order) for order in patient.case.orders if order.planned_from is not None]
    return [r for r in found if r is not None]


def _inform(patient: Patient, order: MedicationRecord) -> Recommendation | None:
    start = order.planned_from
    if start is None:
        return None
    limit, rule = start_days(patient.rules), patient.rules.role(Role.STALE).id
    old = [
        r for line in LINES if patient.counts[line].is_older_than(limit, start) for r in patient.counts[line].decisive
    ]
    if not old:
        return None
    days = max((start - r.on).days for r in old)
    patient.trace.say(rule, "fired", f"counts will be {days} days old at the planned start")
    return decision(
        patient,
        Action.INFORM,
        Urgency.INFO,
        (rule,),
        "start-planned",
        words=count_words(patient, old) | {"start": start.isoformat(), "days": str(days), "limit": str(limit)},
        inputs=[Input("plannedStart", start.isoformat(), on=start, reference=order.reference), *map(Input.of, old)],
        order=order.reference,
        proposals=cbc_proposals(patient.case, start),
    )
