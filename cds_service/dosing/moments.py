"""Which hook says what: the one table by which a decision is left to the hook that says it better, or has said it already.

When: an order comes by more than once on its way: chosen, signed, sent out.
Then: a row leaves decisions to another hook, but only to one that the site is served on, and by the call alone: the same call
gives the same cards, and who is served on one hook loses nothing. What is critical is said on every hook; so is a request for
what a critical decision could rest on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cds_service.clinical.recommendation import Action, Input, Left, Recommendation, Urgency
from cds_service.dosing.case import CHART_HOOKS, Case
from cds_service.dosing.precedence import Which

SELECT, SIGN, DISPATCH = "order-select", "order-sign", "order-dispatch"
INFORMATION, WARNINGS = frozenset({Urgency.INFO}), frozenset({Urgency.WARNING})
# What asks for something beside the order, whatever is ordered.
BESIDE_ORDER = frozenset(
    {
        *(Action.REVIEW, Action.INFORM, Action.ASSESS_RESPONSE),
        *(Action.ORDER_CBC, Action.ORDER_LAB, Action.ORDER_PREGNANCY_TEST),
    }
)
KIDNEYS = frozenset({"creatinine", "weight"})

Holds = Callable[[Case, bool, Recommendation], bool]


def on_any(_case: Case, _renews: bool, _decision: Recommendation) -> bool:
    """Whatever is ordered."""
    return True


def on_renewal(_case: Case, renews: bool, _decision: Recommendation) -> bool:
    """Beside an order that goes on with treatment."""
    return renews


def signed_today(case: Case, _renews: bool, decision: Recommendation) -> bool:
    """On orders signed today, by values that whoever signed could read: of an earlier day, or from before the signature."""
    signed = [o for o in case.orders if o.reference in case.signed and o.authored_on == case.on]
    if not case.orders or len(signed) < len(case.orders):
        return False
    instants = [o.authored_at for o in signed if o.authored_at is not None]
    since = min(instants) if len(instants) == len(signed) else None

    def is_older(value: Input) -> bool:
        is_before = since is not None and value.at is not None and value.at <= since
        return value.on is None or value.on < case.on or is_before

    return all(map(is_older, decision.inputs))


def is_planned(case: Case, _renews: bool, _decision: Recommendation) -> bool:
    """On orders of a chart that is opened: they are signed, and begin on a later day."""
    return bool(case.orders)


@dataclass(frozen=True, slots=True)
class Moment:
    """One row: on any of `hooks` each of `which` is left to `left_to`, where `when` holds. `why` in one sentence."""

    why: str
    hooks: frozenset[str]
    which: tuple[Which, ...]
    left_to: str
    when: Holds = on_any


TABLE = (
    Moment(
        "An information on an order that begins on a later day was told as it was signed.",
        CHART_HOOKS,
        (Which(urgencies=INFORMATION),),
        SIGN,
        is_planned,
    ),
    Moment(
        "An information on an order is for whoever signs it.",
        frozenset({DISPATCH}),
        (Which(urgencies=INFORMATION),),
        SIGN,
    ),
    Moment(
        "What could be read at its signature is not asked again as an order is sent out on the same day.",
        frozenset({DISPATCH}),
        (
            Which(urgencies=WARNINGS, actions=frozenset(Action) - {Action.REQUEST_DATA}),
            Which(urgencies=WARNINGS, actions=frozenset({Action.REQUEST_DATA}), lacks_only=KIDNEYS),
        ),
        SIGN,
        signed_today,
    ),
    Moment(
        "While a renewal is chosen its dose is the question; what the chart asks besides is asked as it is signed.",
        frozenset({SELECT}),
        (Which(urgencies=INFORMATION, drafts=False), Which(urgencies=WARNINGS, actions=BESIDE_ORDER, drafts=False)),
        SIGN,
        on_renewal,
    ),
)


def left_by(table: Sequence[Moment], case: Case, renews: bool, decision: Recommendation) -> Left | None:
    """To which hook a decision is left in a call; None where the call says it.

    Args: the rows, the engine's own and the drug's; the call; whether its orders go on with treatment.
    """
    if decision.urgency is Urgency.CRITICAL:
        return None
    rows = (
        row
        for row in table
        if case.hook in row.hooks
        and row.left_to in case.served
        and any(w.matches(decision) for w in row.which)
        and row.when(case, renews, decision)
    )
    return next((Left(decision, row.left_to) for row in rows), None)
