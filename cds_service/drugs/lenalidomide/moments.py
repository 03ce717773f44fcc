"""Which hook says what among the checks of lenalidomide: the engine's rows, and those that name its checks or messages."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing import moments
from cds_service.dosing.case import CHART_HOOKS, Case
from cds_service.dosing.moments import INFORMATION, SELECT, SIGN, WARNINGS, Moment, on_renewal
from cds_service.dosing.precedence import Which


def is_old_alone(case: Case, _renews: bool, decision: Recommendation) -> bool:
    """Where nothing is wrong with what is missing but its age: a later result that could not be used is none of these."""
    return all(_is_old(case, m.fact) for m in decision.missing)


def _is_old(case: Case, fact: str) -> bool:
    last = max((r.on for r in case.facts.decisive(fact)), default=None)
    refused = [u.on for u in case.facts.refused(fact)]
    return last is not None and all(day is not None and day < last for day in refused)


MOMENTS = (
    *moments.TABLE,
    Moment(
        "Childbearing potential is asked about once on the way of a renewal.",
        frozenset({SELECT}),
        (Which(urgencies=WARNINGS, checks=frozenset({"pregnancy-prevention"})),),
        SIGN,
        on_renewal,
    ),
    Moment(
        "An old creatinine or weight is asked for as a renewal is signed; on an opened chart it is among the reminders.",
        CHART_HOOKS,
        (Which(urgencies=INFORMATION, messages=frozenset({"creatinine-due"})),),
        SIGN,
        is_old_alone,
    ),
)
