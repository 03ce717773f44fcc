"""Which decisions get a card, in which order: the gravest first, at most three; what is left stands under the last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import TypeVar

from cds_service.clinical.recommendation import (
    Action,
    OrderTest,
    Proposal,
    Recommendation,
    Urgency,
)

Said = TypeVar("Said")

MAX_CARDS = 3
MOST_ALIKE = 50
# Without a usable one of these no dose can be checked; facts by the names of the contract.
COUNTS = frozenset({"platelets", "anc"})

# Among equally urgent decisions: what stops treatment first, then what changes it, then what asks, then tests.
_DECISIONS = (
    Action.PERMANENTLY_DISCONTINUE,
    Action.DISCONTINUE,
    Action.DO_NOT_START,
    Action.ESCALATE_URGENT,
    Action.HOLD,
    Action.REMAIN_ON_HOLD,
    Action.REQUEST_DATA,
    Action.REPEAT_AND_REASSESS,
    Action.REVIEW,
    Action.REDUCE,
    Action.RESUME_REDUCED,
    Action.RESUME_SAME,
    Action.START,
    Action.CONTINUE,
    Action.ORDER_CBC,
    Action.ORDER_PREGNANCY_TEST,
    Action.ORDER_LAB,
    Action.ASSESS_RESPONSE,
    Action.INFORM,
)
# What changes the dose, also where the clinician chooses it.
_CHANGING = frozenset({Action.REDUCE, Action.RESUME_REDUCED, Action.RESUME_SAME})
# What a critical decision asks for: none any more, none for now; every other one asks to look first.
_NO_MORE = frozenset({Action.PERMANENTLY_DISCONTINUE, Action.DISCONTINUE, Action.DO_NOT_START})
_NOT_NOW = frozenset({Action.HOLD, Action.REMAIN_ON_HOLD, Action.ESCALATE_URGENT})
# What asks for a look at facts, and says all about them.
_LOOKING = frozenset({Action.REQUEST_DATA, Action.REPEAT_AND_REASSESS})
# Beside one of these a request for the counts needs no card of its own.
_STOPPING = _NO_MORE | _NOT_NOW - {Action.ESCALATE_URGENT}


@dataclass(frozen=True, slots=True)
class Shown:
    """One card: its decision, and the others that it stands for.

    `reasons` are critical decisions that ask for the same; `same` are about the very fact that the card asks for; `folded`
    are the less grave ones without a card of their own.
    """

    recommendation: Recommendation
    reasons: tuple[Recommendation, ...] = ()
    same: tuple[Recommendation, ...] = ()
    folded: tuple[Recommendation, ...] = ()

    @property
    def others(self) -> tuple[Recommendation, ...]:
        """Every decision of the card but its own."""
        return (*self.reasons, *self.same, *self.folded)


def shown(recommendations: Iterable[Recommendation]) -> list[Shown]:
    """The cards of a call, the gravest first; the same whatever order the decisions came in."""
    every = _one_for_each_fact(_ranked(recommendations))
    critical = [each for each in every if each.recommendation.urgency is Urgency.CRITICAL]
    rest = [each for each in every if each.recommendation.urgency is not Urgency.CRITICAL]
    rest.sort(key=lambda each: each.recommendation.folds)
    needed: list[Shown] = []
    if not any(each.recommendation.action in _STOPPING for each in critical):
        needed = [each for each in rest if _asks_for_counts(each.recommendation)][:1]
    cards = _merged(critical, MAX_CARDS - len(needed))
    own = [*needed, *(each for each in rest if not each.recommendation.folds and each not in needed)]
    if not own and not cards:
        # Where nothing else is shown, one that folds is shown itself.
        own = rest[:1]
    # Told apart by identity: no two are equal, and to compare thousands with each other would take seconds.
    chosen = {id(each) for each in own[: MAX_CARDS - len(cards)]}
    cards += [each for each in rest if id(each) in chosen]
    folded = tuple(one for each in rest if id(each) not in chosen for one in (each.recommendation, *each.same))
    return [*cards[:-1], *(replace(card, folded=folded) for card in cards[-1:])]


def _one_for_each_fact(ranked: Sequence[Recommendation]) -> list[Shown]:
    """The decisions, each with those about the very same fact that it stands for.

    A test that is due is one with a request for its facts, or with another decision that orders it as early; a review is one
    with a decision of its urgency by the same rules on the same values.
    """
    asking = [each for each in ranked if each.action in _LOOKING][:MOST_ALIKE]
    same: dict[int, list[Recommendation]] = {}
    standing: list[Recommendation] = []
    for each in ranked:
        by = next((one for one in asking if one is not each and _is_same(each, one)), None)
        (standing if by is None else same.setdefault(id(by), [])).append(each)
    return [Shown(each, same=tuple(same.get(id(each), ()))) for each in standing]


def _is_same(recommendation: Recommendation, asking: Recommendation) -> bool:
    if recommendation.test is not None and recommendation.urgency is not Urgency.CRITICAL:
        days = [due for due in (_due(each, recommendation.test.name) for each in (asking, recommendation)) if due]
        is_as_early = len(days) > 1 and days[0] <= days[1]
        return is_as_early or (recommendation.action is Action.ORDER_CBC and _asks_for_counts(asking))
    about = (recommendation.rules, recommendation.order, recommendation.urgency)
    return (
        recommendation.action is Action.REVIEW
        and asking.action is not Action.REVIEW
        and about == (asking.rules, asking.order, asking.urgency)
        and not {*recommendation.inputs}.isdisjoint(asking.inputs)
    )


def _due(recommendation: Recommendation, test: str) -> date | None:
    """The earliest day for which a decision proposes a test."""
    actions = (action for proposal in recommendation.proposals for action in proposal.actions)
    return min((each.due for each in actions if isinstance(each, OrderTest) and each.test == test), default=None)


def _asks_for_counts(recommendation: Recommendation) -> bool:
    return recommendation.action is Action.REQUEST_DATA and any(gap.fact in COUNTS for gap in recommendation.missing)


def _merged(critical: Sequence[Shown], most: int) -> list[Shown]:
    """Cards of critical decisions; where they are too many, one for each thing that is asked for."""
    if len(critical) <= most:
        return list(critical)
    asked: dict[int, list[Shown]] = {}
    for each in critical:
        action = each.recommendation.action
        asked.setdefault(0 if action in _NO_MORE else 1 if action in _NOT_NOW else 2, []).append(each)
    return [
        Shown(
            _joined([each.recommendation for each in alike]),
            reasons=tuple(each.recommendation for each in alike[1:]),
            same=tuple(one for each in alike for one in each.same),
        )
        for alike in asked.values()
    ]


def _joined(alike: Sequence[Recommendation]) -> Recommendation:
    """The first of some decisions, by the rules and on the facts of all of them."""
    return replace(
        alike[0],
        rules=_each_once(each.rules for each in alike),
        inputs=_each_once(each.inputs for each in alike),
        missing=_each_once(each.missing for each in alike),
        next_cbc_due=min((each.next_cbc_due for each in alike if each.next_cbc_due is not None), default=None),
    )


def _each_once(several: Iterable[Iterable[Said]]) -> tuple[Said, ...]:
    return tuple(dict.fromkeys(item for items in several for item in items))


def _ranked(recommendations: Iterable[Recommendation]) -> list[Recommendation]:
    """Sorted, and what was said twice once: two equal cards would be one decision asked two times."""
    ranked: list[Recommendation] = []
    for _, alike in groupby(sorted(recommendations, key=_key), _key):
        same = list(alike)
        once: list[Recommendation] = []
        for each in sorted(same, key=_whole) if len(same) > 1 else same:
            # What is equal has an equal key, and stands close by.
            if each not in once[-MOST_ALIKE:]:
                once.append(each)
        ranked += once
    return ranked


def changes_order(proposal: Proposal) -> bool:
    """Whether a choice changes an order of the drug."""
    return any(not isinstance(each, OrderTest) for each in proposal.actions)


def _key(recommendation: Recommendation) -> tuple[int, bool, int, str, tuple[str, ...], str]:
    changes = (
        recommendation.action in _CHANGING
        or recommendation.dose is not None
        or any(map(changes_order, recommendation.proposals))
    )
    return (
        recommendation.urgency.rank,
        # Among warnings what blocks or changes the dose comes first; critical ones all do.
        recommendation.urgency is not Urgency.CRITICAL and not (changes or _asks_for_counts(recommendation)),
        _DECISIONS.index(recommendation.action),
        recommendation.order,
        recommendation.rules,
        recommendation.message,
    )


def _whole(recommendation: Recommendation) -> tuple[str, str]:
    """What tells apart what nothing clinical does; a mapping's order is how it was filled, not what it says."""
    words = repr(sorted(recommendation.words.items()))
    rest = (
        recommendation.jurisdiction,
        recommendation.drug,
        recommendation.indication,
        recommendation.basis,
        recommendation.beside,
        recommendation.dose,
        recommendation.resume,
        recommendation.next_cbc_due,
        recommendation.test,
        recommendation.inputs,
        recommendation.missing,
        recommendation.remarks,
        recommendation.assumptions,
        recommendation.note,
        recommendation.proposals,
        recommendation.folds,
    )
    return words, repr(rest)
