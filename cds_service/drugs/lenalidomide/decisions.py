"""How rules and decisions are mostly told: a rule fires or does not, a review and a question are warnings, information informs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from cds_service.clinical.facts import Finding
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.context import About, Context

P = ParamSpec("P")


def _as(
    action: Action, urgency: Urgency, made: Callable[Concatenate[About, Action, Urgency, P], Recommendation]
) -> Callable[Concatenate[About, P], Recommendation]:
    """A decision whose action and urgency are settled; the other arguments are those of `dosing.build.decision`."""

    def decided(about: About, /, *rest: P.args, **members: P.kwargs) -> Recommendation:
        return made(about, action, urgency, *rest, **members)

    return decided


review = _as(Action.REVIEW, Urgency.WARNING, decision)
review_urgently = _as(Action.REVIEW, Urgency.CRITICAL, decision)
ask = _as(Action.REQUEST_DATA, Urgency.WARNING, decision)
ask_urgently = _as(Action.REQUEST_DATA, Urgency.CRITICAL, decision)
inform = _as(Action.INFORM, Urgency.INFO, decision)


def fires(context: Context, rule_id: str, found: object, why: str) -> bool:
    """Whether a rule has found what it is about, which the trace is told with the reason."""
    context.trace.say(rule_id, "fired" if found else "not met", why)
    return bool(found)


def input_of(finding: Finding) -> Input:
    """A finding as an input of a decision."""
    return Input(finding.fact, finding.value, on=finding.on, reference=finding.reference)
