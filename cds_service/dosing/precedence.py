"""The one table of what hides what. Checks do not see each other; here, and only here, their decisions meet.

A row hides or weakens what is a weaker statement about the very same thing: a dose beside a stop, a request for a test
beside the finding that it would give. Rows are judged by what all checks decided, not by what other rows left, so neither
the order of the rows nor that of the checks matters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from cds_service.clinical.recommendation import (
    Action,
    OrderTest,
    ProposedAction,
    Recommendation,
    RemoveOrder,
    Urgency,
)
from cds_service.dosing.count_rows import LINES

STOPPING = frozenset({Action.DO_NOT_START, Action.DISCONTINUE, Action.PERMANENTLY_DISCONTINUE})
HOLDING = frozenset({Action.HOLD, Action.REMAIN_ON_HOLD})
TAKING = frozenset({Action.START, Action.CONTINUE, Action.RESUME_REDUCED, Action.RESUME_SAME, Action.REDUCE})
ASKING = frozenset({Action.REQUEST_DATA})
# Reviews of a draft that is too high: they stand where no dose may be spoken of.
ABOUT_DOSE = frozenset({"order-above-table", "order-above-band", "order-above-in-force"})


class Effect(Enum):
    """What happens to the weaker decision."""

    HIDE = "hide"
    FOLD = "fold"
    WITHHOLD_DOSE = "withhold dose"
    WITHHOLD_RESUME = "withhold resume"
    WITHHOLD_OFFERS = "withhold offers"


@dataclass(frozen=True, slots=True)
class Which:
    """Which decisions are meant: all that is stated must hold; nothing stated means any.

    `orders`: it offers one of some tests. `lacks_only`: something is missing to it, and nothing but some facts. `only_of`: no
    other blood count decides it than some. `drafts`: about a draft of the call (True) or not (False). `withholds_dose`,
    `withholds_offers`: by their field.
    """

    actions: frozenset[Action] = frozenset()
    urgencies: frozenset[Urgency] = frozenset()
    messages: frozenset[str] = frozenset()
    checks: frozenset[str] = frozenset()
    orders: frozenset[str] = frozenset()
    lacks_only: frozenset[str] = frozenset()
    only_of: frozenset[str] = frozenset()
    drafts: bool | None = None
    withholds_dose: bool = False
    withholds_offers: bool = False

    def matches(self, decision: Recommendation) -> bool:
        """Whether a decision is one of them."""
        return (
            (not self.actions or decision.action in self.actions)
            and (not self.urgencies or decision.urgency in self.urgencies)
            and (not self.messages or decision.message in self.messages)
            and (not self.checks or decision.check in self.checks)
            and (not self.orders or not self.orders.isdisjoint(_tests(decision)))
            and (not self.lacks_only or frozenset() < {m.fact for m in decision.missing} <= self.lacks_only)
            and (not self.only_of or {i.fact for i in decision.inputs if i.fact in LINES} <= self.only_of)
            and (self.drafts is None or bool(decision.order) is self.drafts)
            and (not self.withholds_dose or decision.withholds_dose)
            and (not self.withholds_offers or decision.withholds_offers)
        )


def _tests(decision: Recommendation) -> set[str]:
    return {a.test for p in decision.proposals for a in p.actions if isinstance(a, OrderTest)}


@dataclass(frozen=True, slots=True)
class Precedence:
    """One row: beside any of `stronger`, each of `weaker` is hidden or weakened. `why` in one sentence."""

    why: str
    stronger: Which
    weaker: tuple[Which, ...]
    effect: Effect = Effect.HIDE


ON_DRAFTS = Which(actions=frozenset({Action.INFORM}), drafts=True)
REVIEWS = Which(messages=ABOUT_DOSE)
# What the check of the dose says but for reviews.
DOSE = Which(actions=TAKING | ASKING | {Action.INFORM}, checks=frozenset({"dose"}))

TABLE = (
    Precedence(
        "Beside a hold or a stop no dose is spoken of.",
        Which(actions=HOLDING | STOPPING),
        (Which(actions=TAKING), ON_DRAFTS, REVIEWS),
    ),
    Precedence(
        "An order that a hold or a stop takes back is not asked about or reviewed for its dose.",
        Which(actions=frozenset({Action.HOLD}) | STOPPING),
        (Which(messages=frozenset({"dose-raised", "order-unreadable"})),),
    ),
    Precedence(
        "Beside a stop a hold says its cause, not when to resume.",
        Which(actions=STOPPING),
        (Which(actions=HOLDING),),
        Effect.WITHHOLD_RESUME,
    ),
    Precedence(
        "While a question on whether to treat is open, a draft is not given a dose; that it is too high is still said.",
        Which(withholds_dose=True),
        (Which(actions=TAKING), ON_DRAFTS, REVIEWS),
        Effect.WITHHOLD_DOSE,
    ),
    Precedence(
        "While the counts ask a question, a draft is not given a dose; that it is too high is still said.",
        Which(actions=ASKING, checks=frozenset({"counts"})),
        (DOSE, REVIEWS),
        Effect.WITHHOLD_DOSE,
    ),
    Precedence(
        "A start that something speaks against, or that lacks data, is not given a dose; that it is too high is still said.",
        Which(actions=ASKING | {Action.REVIEW}, checks=frozenset({"start"})),
        (DOSE, Which(messages=frozenset({"remembered-hold"})), REVIEWS),
        Effect.WITHHOLD_DOSE,
    ),
    Precedence(
        "A dose to resume at that the kidneys are too slow for is reviewed, not given.",
        Which(messages=frozenset({"resume-kidneys"})),
        (Which(actions=TAKING, checks=frozenset({"counts"})), DOSE, REVIEWS),
        Effect.WITHHOLD_DOSE,
    ),
    Precedence(
        "Beside a hold or a stop the dose of the kidneys is no choice of one click.",
        Which(actions=HOLDING | STOPPING),
        (Which(messages=frozenset({"kidneys-fell", "kidneys-dialysis"})),),
        Effect.WITHHOLD_OFFERS,
    ),
    Precedence(
        "A dose above the whole table is above its row of the kidneys too.",
        Which(messages=frozenset({"dose-above-table"})),
        (Which(messages=frozenset({"kidneys-reduce", "kidneys-fell", "kidneys-dialysis"})),),
    ),
    Precedence(
        "After a count that nobody answered the dose in force is itself in question: no draft is changed to it by one click.",
        Which(messages=frozenset({"unanswered", "unanswered-unclear"})),
        (Which(drafts=True, checks=frozenset({"dose"})),),
        Effect.WITHHOLD_OFFERS,
    ),
    Precedence(
        "While the dose in force is itself in question, no draft is changed to it by one click.",
        Which(withholds_offers=True),
        (Which(drafts=True),),
        Effect.WITHHOLD_OFFERS,
    ),
)


def resolve(
    found: Sequence[Recommendation],
    today: date,
    table: Sequence[Precedence] = TABLE,
    renews: bool = False,
    is_left: Callable[[Recommendation], bool] = lambda _decision: False,
) -> list[Recommendation]:
    """What is said of all that was decided.

    Args: the decisions of all checks; the day of the call; the rows, the engine's own and the drug's; whether an order that
    goes on with treatment is at hand: then what only folds needs another decision to stand under; whether one that no row
    hides is left to another hook: what it hides stays hidden.
    """
    withholding = [row for row in _standing_rows(table, found) if row.effect is Effect.WITHHOLD_DOSE]
    found = [r for r in found if not r.instead_of_dose or any(_applies(row, r, found) for row in withholding)]
    rows = _standing_rows(table, found)
    result = []
    for each in found:
        now: Recommendation | None = each
        for row in rows:
            if now is not None and _applies(row, each, found):
                now = _EFFECTS[row.effect](now)
        if now is not None and not is_left(now):
            result.append(now)
    return _with_one_count(_standing(result, renews), today)


def _standing(found: list[Recommendation], renews: bool) -> list[Recommendation]:
    """What folds needs a decision to stand under; without one it is read on its own card, but never on a renewal."""
    if not all(r.folds for r in found):
        return found
    return [] if renews else [replace(r, folds=False) for r in found if not r.only_beside]


def _standing_rows(table: Sequence[Precedence], found: Sequence[Recommendation]) -> list[Precedence]:
    """The rows that something stronger was decided for: few of them, and none for a decision that is alone."""
    return [row for row in table if any(map(row.stronger.matches, found))] if len(found) > 1 else []


def _applies(row: Precedence, weaker: Recommendation, found: Sequence[Recommendation]) -> bool:
    is_meant = any(which.matches(weaker) for which in row.weaker)
    return is_meant and any(r is not weaker and row.stronger.matches(r) for r in found)


def _hide(_weaker: Recommendation) -> Recommendation | None:
    return None


def _fold(weaker: Recommendation) -> Recommendation | None:
    return replace(weaker, folds=True)


def _without_dose(weaker: Recommendation) -> Recommendation | None:
    """Nothing but that a draft is too high."""
    return weaker if weaker.message in ABOUT_DOSE else None


def _without_resume(hold: Recommendation) -> Recommendation | None:
    """When and at which dose to resume is not said, and the draft is the stop's to remove.

    A hold that the counts decided says the counts; one of another cause keeps its words; that one goes on says nothing beside
    a stop.
    """
    kept = tuple(p for p in hold.proposals if not any(isinstance(a, RemoveOrder) for a in p.actions))
    hold = replace(hold, resume=None, note="", proposals=kept)
    # Other holds show counts among their values too.
    if hold.check != "counts" or "count" not in hold.words:
        return None if hold.action is Action.REMAIN_ON_HOLD else hold
    due = hold.next_cbc_due.isoformat() if hold.next_cbc_due is not None else "as the counts ask for"
    words = {**hold.words, "what": hold.words["count"], "due": due}
    return replace(hold, message="hold-beside-stop", words=words)


def _without_offers(weaker: Recommendation) -> Recommendation | None:
    return replace(weaker, proposals=())


_EFFECTS: dict[Effect, Callable[[Recommendation], Recommendation | None]] = {
    Effect.HIDE: _hide,
    Effect.FOLD: _fold,
    Effect.WITHHOLD_DOSE: _without_dose,
    Effect.WITHHOLD_RESUME: _without_resume,
    Effect.WITHHOLD_OFFERS: _without_offers,
}


def _with_one_count(found: list[Recommendation], today: date) -> list[Recommendation]:
    """One next blood count for the whole answer: the earliest of all that decisions ask for, on reviews too."""
    due = min((r.next_cbc_due for r in found if r.next_cbc_due is not None), default=None)
    if due is None:
        return found
    return [_counted_on(r, due, today) for r in found]


def _counted_on(decision: Recommendation, due: date, today: date) -> Recommendation:
    own = decision.next_cbc_due
    if own == due or (own is None and decision.action is not Action.REVIEW):
        return decision
    proposals = tuple(
        replace(p, actions=tuple(_sooner(a, max(due, today)) for a in p.actions)) for p in decision.proposals
    )
    words = {**decision.words, "due": due.isoformat()} if "due" in decision.words else decision.words
    return replace(decision, next_cbc_due=due, words=words, proposals=proposals)


def _sooner(action: ProposedAction, due: date) -> ProposedAction:
    if isinstance(action, OrderTest) and action.test == "cbc":
        return OrderTest(action.test, min(action.due, due))
    return action
