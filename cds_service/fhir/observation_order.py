"""The sequence of results: by fact, oldest first, each content once, whatever order the resources came in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter, itemgetter
from typing import Any, Final, TypeVar

from cds_service.clinical.facts import Finding, Reading, Unusable

Out = Reading | Finding | Unusable
T = TypeVar("T", Reading, Finding, Unusable)
_result: Final = itemgetter(1)
_TELLING: Final[Mapping[type, Callable[[Any], Hashable]]] = {
    Reading: attrgetter("fact", "on", "reported"),
    Unusable: attrgetter("fact", "on", "reported"),
    Finding: attrgetter("fact", "on", "value"),
}


def by_fact(kept: Sequence[tuple[datetime, T]]) -> dict[str, tuple[T, ...]]:
    """Results of one kind by fact, oldest first; equal ones of different resources once, under the first reference.

    Args: the results, each with the time by which it is sorted within its day.
    """
    if not kept:
        return {}
    # Nearly always the day and the words tell all results apart, and to compare all that they say costs three times as much.
    if len({*map(_TELLING[type(kept[0][1])], map(_result, kept))}) < len(kept):
        chosen: dict[Hashable, tuple[datetime, T]] = {}
        for order, one in kept:
            key = _content(one)
            known = chosen.get(key)
            if known is None or one.reference < known[1].reference:
                chosen[key] = (order, one)
        kept = list(chosen.values())
    found: dict[str, list[T]] = {}
    for one in _oldest_first(kept):
        found.setdefault(one.fact, []).append(one)
    return {fact: tuple(found[fact]) for fact in sorted(found)}


def _oldest_first(kept: Collection[tuple[datetime, T]]) -> Iterable[T]:
    """The results in the order of their times, then of their resources, then of their words."""
    by_time = {(one.on or date.min, order, one.reference): one for order, one in kept}
    if len(by_time) == len(kept):
        return map(by_time.__getitem__, sorted(by_time))
    ordered = sorted(kept, key=lambda pair: (pair[1].on or date.min, pair[0], pair[1].reference, _words(pair[1])))
    return [one for _, one in ordered]


def _content(one: Out) -> Hashable:
    """All that a result says besides the resource it stands in; equal contents are one result."""
    if isinstance(one, Reading):
        # A Fraction itself is slow to hash.
        limit = one.upper_limit.as_integer_ratio() if one.upper_limit is not None else None
        low = one.amount.low
        amount = low.as_integer_ratio() if low is not None else None
        marks = (one.is_preliminary, one.is_estimate, one.is_derived, limit, amount)
        return (one.fact, one.reported, one.reported_unit, one.on, one.at, marks)
    if isinstance(one, Unusable):
        return (one.fact, one.reason, one.rule, one.on, one.reported, one.reported_unit)
    return (one.fact, one.value, one.on, one.at, one.concepts, one.components, one.effective_from)


def _words(one: Out) -> tuple[str, ...]:
    """What tells results of one resource apart, for a sequence that does not depend on their order."""
    if isinstance(one, Reading):
        return (one.reported, one.reported_unit)
    if isinstance(one, Unusable):
        return (one.reason, one.reported, one.reported_unit)
    return (one.value, *(" ".join(pair) for pair in one.components))


def sentences(remarks: Mapping[str, int]) -> tuple[str, ...]:
    """One sentence per kind of refusal, with how many it concerns."""
    return tuple(
        f"{count} Observation{'s' if count > 1 else ''} could not be used: {why}."
        for why, count in sorted(remarks.items())
    )
