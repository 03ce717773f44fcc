"""Which cards are shown, in which order: by urgency, then by decision; at most three, only info cards fold away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from cds_service.clinical.recommendation import Action, Recommendation, Urgency

MAX_CARDS = 3
MOST_ALIKE = 50

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


@dataclass(frozen=True, slots=True)
class Shown:
    """One decision that gets a card, with the info decisions that it also stands for."""

    recommendation: Recommendation
    folded: tuple[Recommendation, ...] = ()


def shown(recommendations: Iterable[Recommendation]) -> list[Shown]:
    """The decisions that get a card, most urgent first; the same whatever order they came in."""
    ranked = _ranked(recommendations)
    kept = [each for each in ranked if not _may_fold(each)]
    notes = [each for each in ranked if _may_fold(each)]
    own = [each for each in notes if not each.folds]
    # Where nothing else is shown, one that folds is shown itself.
    standing = own or (notes[:1] if not kept else [])
    # No two of them are equal any more, and to compare thousands with each other would take seconds.
    chosen = {id(each) for each in (*kept, *standing[: max(MAX_CARDS - len(kept), 0)])}
    cards = [each for each in ranked if id(each) in chosen]
    folded = tuple(each for each in notes if id(each) not in chosen)
    return [Shown(each, folded if each is cards[-1] else ()) for each in cards]


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


def _may_fold(recommendation: Recommendation) -> bool:
    return recommendation.urgency is Urgency.INFO and recommendation.action is not Action.REQUEST_DATA


def _key(recommendation: Recommendation) -> tuple[int, int, str, tuple[str, ...], str]:
    return (
        recommendation.urgency.rank,
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
