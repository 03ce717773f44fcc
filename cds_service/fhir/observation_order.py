"""The sequence of results: by fact, oldest first, each content once, whatever order the resources came in."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from datetime import date, datetime
from typing import TypeVar

from cds_service.clinical.facts import Finding, Reading, Unusable

Out = Reading | Finding | Unusable
T = TypeVar("T", Reading, Finding, Unusable)


def by_fact(kept: Iterable[tuple[datetime, Out]], kind: type[T]) -> dict[str, tuple[T, ...]]:
    """The results of one kind by fact, oldest first; equal ones of different resources once, under the first reference."""
    chosen: dict[Hashable, tuple[datetime, T]] = {}
    for order, one in kept:
        if type(one) is kind:
            key = _content(one)
            known = chosen.get(key)
            if known is None or one.reference < known[1].reference:
                chosen[key] = (order, one)
    if not chosen:
        return {}
    found: dict[str, list[T]] = {}
    for one in _oldest_first(chosen.values()):
        found.setdefault(one.fact, []).append(one)
    return {fact: tuple(ones) for fact, ones in sorted(found.items())}


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
