"""Which decisions get a card, in which order: the gravest first, at most three; what is left stands under the last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeVar

from cds_service.clinical.recommendation import (
    Action,
    AmendOrder,
    Proposal,
    Recommendation,
    RemoveOrder,
    SuspendOrder,
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
# What a critical decision asks for: none any more, none for now; every other one asks to look first.
_NO_MORE = frozenset({Action.PERMANENTLY_DISCONTINUE, Action.DISCONTINUE, Action.DO_NOT_START})
_NOT_NOW = frozenset({Action.HOLD, Action.REMAIN_ON_HOLD, Action.ESCALATE_URGENT})
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
    ranked, same = _one_for_the_counts(_ranked(recommendations))
    critical = [each for each in ranked if each.urgency is Urgency.CRITICAL]
    rest = [each for each in ranked if each.urgency is not Urgency.CRITICAL]
    needed = [] if any(each.action in _STOPPING for each in critical) else list(filter(_asks_for_counts, rest))[:1]
    cards = _merged(critical, MAX_CARDS - len(needed))
    own = [*needed, *(each for each in rest if not each.folds and each not in needed)]
    if not own and not cards:
        # Where nothing else is shown, one that folds is shown itself.
        own = rest[:1]
    # Told apart by identity: no two are equal, and to compare thousands with each other would take seconds.
    chosen = {id(each) for each in own[: MAX_CARDS - len(cards)]}
    cards += [Shown(each) for each in rest if id(each) in chosen]
    folded = tuple(each for each in sorted(rest, key=lambda each: each.folds) if id(each) not in chosen)
    asking = next((card for card in cards if _asks_for_counts(card.recommendation)), None)
    return [
        replace(card, same=same if card is asking else (), folded=folded if card is cards[-1] else ()) for card in cards
    ]


def _one_for_the_counts(
    ranked: Sequence[Recommendation],
) -> tuple[Sequence[Recommendation], tuple[Recommendation, ...]]:
    """The decisions, and apart from them the blood counts due that a request for the counts asks for already."""
    if not any(map(_asks_for_counts, ranked)):
        return ranked, ()
    same = tuple(each for each in ranked if each.action is Action.ORDER_CBC)
    return [each for each in ranked if each.action is not Action.ORDER_CBC], same


def _asks_for_counts(recommendation: Recommendation) -> bool:
    return recommendation.action is Action.REQUEST_DATA and any(gap.fact in COUNTS for gap in recommendation.missing)


def _merged(critical: Sequence[Recommendation], most: int) -> list[Shown]:
    """Cards of critical decisions; where they are too many, one for each thing that is asked for."""
    if len(critical) <= most:
        return [Shown(each) for each in critical]
    asked: dict[int, list[Recommendation]] = {}
    for each in critical:
        asked.setdefault(0 if each.action in _NO_MORE else 1 if each.action in _NOT_NOW else 2, []).append(each)
    return [Shown(_joined(each), tuple(each[1:])) for each in asked.values()]


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
    return any(isinstance(each, AmendOrder | RemoveOrder | SuspendOrder) for each in proposal.actions)


def _key(recommendation: Recommendation) -> tuple[int, bool, int, str, tuple[str, ...], str]:
    changes = recommendation.dose is not None or any(map(changes_order, recommendation.proposals))
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
