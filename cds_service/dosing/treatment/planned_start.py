"""A first order that is written for a later day: counts that will do today may be too old on the day of its start.

When: a draft begins on a day that lies more days after the latest count than a start allows.
Then: the start is judged on today's counts, and an information says how old they will be, with a CBC for that day.
"""

from __future__ import annotations

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import cbc_proposals, decision
from cds_service.dosing.roles import Role
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.treatment.sayings import count_words
from cds_service.dosing.treatment.situation import LINES, Situation


def start_days(rules: Rules) -> int:
    """How many days old a count may be that a treatment starts on."""
    days: int = rules.role(Role.STALE).number("count_days_to_start")
    return days


def counts_too_old_at_start(of: Situation) -> list[Recommendation]:
    """An information for each draft whose planned first day lies too long after a line's latest count."""
    found = [_inform(of, order) for order in of.case.orders if order.planned_from is not None]
    return [r for r in found if r is not None]


def _inform(of: Situation, order: MedicationRecord) -> Recommendation | None:
    start = order.planned_from
    if start is None:
        return None
    limit, rule = start_days(of.rules), of.rules.role(Role.STALE).id
    old = [r for line in LINES if of.counts[line].is_older_than(limit, start) for r in of.counts[line].decisive]
    if not old:
        return None
    days = max((start - r.on).days for r in old)
    of.trace.say(rule, "fired", f"counts will be {days} days old at the planned start")
    return decision(
        of.case,
        of.indication,
        Action.INFORM,
        Urgency.INFO,
        (rule,),
        "start-planned",
        words=count_words(of, old) | {"start": start.isoformat(), "days": str(days), "limit": str(limit)},
        inputs=[Input("plannedStart", start.isoformat(), on=start, reference=order.reference), *map(Input.of, old)],
        order=order.reference,
        proposals=cbc_proposals(of.case, start),
    )
