"""Shadow mode: a decision is made and recorded, and not shown.

The words are "all", rule ids, or service ids; they come from `CDS_SHADOW` and from the client's entry in the client file.
"""

from __future__ import annotations

from collections.abc import Iterable

from cds_service.clinical.recommendation import Recommendation

ALL = "all"


def is_shadowed(recommendation: Recommendation, service_id: str, words: frozenset[str]) -> bool:
    """Whether a decision is not shown: everything is shadowed, or its service, or each of its rules."""
    if not words:
        return False
    rules = recommendation.rules
    return ALL in words or service_id in words or (bool(rules) and words.issuperset(rules))


def parted(
    recommendations: Iterable[Recommendation], service_id: str, words: frozenset[str]
) -> tuple[tuple[Recommendation, ...], tuple[Recommendation, ...]]:
    """The decisions to show, and those in the shadow; each in the order they came in."""
    shown: list[Recommendation] = []
    shadowed: list[Recommendation] = []
    for each in recommendations:
        (shadowed if is_shadowed(each, service_id, words) else shown).append(each)
    return tuple(shown), tuple(shadowed)
