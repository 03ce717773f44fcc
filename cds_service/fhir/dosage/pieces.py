"""The pieces of a dosage text, and what a matched phrase brings to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Final

from cds_service.fhir.dosage.vocabulary import Token, factor, number_of
from cds_service.fhir.schedule import Rhythm

DOSE_RANGE: Final = "the dose is a range"
PART_OF_CAPSULE: Final = "the dose is a part of a capsule"
AMOUNT_UNCLEAR: Final = "the amount in the text is not clear"
AFTER_DIALYSIS: Final = "after dialysis on dialysis days"


@dataclass(slots=True)
class Pieces:
    """The pieces found, each kind as the set of its distinct values; mg are Decimal, days and counts whole numbers.

    `daily_at_a_time`: "at the same time each day", which is the rhythm where no other is said and else about the time of day;
    `slots` are the times of a day, one tuple for each list of them; `on_a_date`: a day is named that is no beginning or end;
    `schemes` what is taken at each time of a day, up to the last at which it is; `sums` are amounts of several strengths, mg;
    `limits` what must not be exceeded a day, as (mg, None) or (None, capsules); `places` at how many places of a text an
    amount stands. `left_over` holds what was not understood, `risky` those of it that could change a dose.
    """

    mg: set[Decimal] = field(default_factory=set)
    counts: set[int] = field(default_factory=set)
    strengths: set[Decimal] = field(default_factory=set)
    sums: set[Decimal] = field(default_factory=set)
    single_capsule: bool = False
    one_each: bool = False
    rhythms: set[Rhythm] = field(default_factory=set)
    daily_at_a_time: bool = False
    every: set[int] = field(default_factory=set)
    days_on: set[int] = field(default_factory=set)
    days_of_course: set[int] = field(default_factory=set)
    days_off: set[int] = field(default_factory=set)
    cycles: set[int] = field(default_factory=set)
    cycle_named: bool = False
    continuous: bool = False
    weekdays: set[int] = field(default_factory=set)
    days_a_week: set[int] = field(default_factory=set)
    except_days: set[int] = field(default_factory=set)
    is_once: bool = False
    on_a_date: bool = False
    slots: set[tuple[str, ...]] = field(default_factory=set)
    schemes: set[tuple[Decimal, ...]] = field(default_factory=set)
    limits: set[tuple[Decimal | None, int | None]] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    mg_seen: int = 0
    counts_seen: int = 0
    places: int = 0
    left_over: list[str] = field(default_factory=list)
    risky: list[str] = field(default_factory=list)

    def add(self, other: Pieces) -> None:
        """Takes in the pieces of another text of the same instruction; the mentions of one text count, not their sum."""
        for name in _KINDS:
            theirs = getattr(other, name)
            if not theirs:
                continue
            mine = getattr(self, name)
            if isinstance(mine, set):
                mine |= theirs
            elif isinstance(mine, list):
                mine += theirs
            elif isinstance(mine, bool):
                setattr(self, name, True)
            else:
                setattr(self, name, max(mine, theirs))

    @property
    def is_whole(self) -> bool:
        """Whether every word was understood."""
        return not self.left_over

    @property
    def is_risky(self) -> bool:
        """Whether a word that was not understood could change a dose or schedule."""
        return bool(self.risky)

    @property
    def says_dose_or_schedule(self) -> bool:
        """Whether any part of a dose or schedule, or what may be one, was found."""
        return any(getattr(self, name) for name in _KINDS if name != "left_over")


_KINDS: Final = tuple(kind.name for kind in fields(Pieces))


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase of the grammar in a text: its tokens by the groups of the pattern."""

    groups: dict[str, tuple[Token, ...]]
    tokens: tuple[Token, ...]

    def number(self, group: str) -> Decimal:
        """The number of a group of one token; an article is one."""
        return number_of(self.groups[group][0])

    def count(self, group: str) -> int | None:
        """The number of a group where it is there and whole."""
        value = self.number(group) if self.has(group) else Decimal("0.5")
        return int(value) if value == int(value) else None

    def mg(self, number: str, unit: str) -> Decimal:
        """An amount in mg; the group of its unit may hold a dash or a point as well."""
        return self.number(number) * factor(next(t for t in self.groups[unit] if "UNIT" in t.meanings).value("UNIT"))

    def has(self, group: str) -> bool:
        """Whether an optional group matched."""
        return bool(self.groups.get(group))

    def values(self, kind: str) -> list[str]:
        """The values of all tokens that may be of a kind."""
        return [token.value(kind) for token in self.tokens if kind in token.meanings]


Handler = Callable[[Pieces, Found], bool]
"""Adds what a phrase says. Returns whether it was such a phrase after all."""


def problem(text: str) -> Handler:
    """The phrase is a problem of its own."""

    def add(p: Pieces, _f: Found) -> bool:
        p.problems.append(text)
        return True

    return add


def nothing(_p: Pieces, _f: Found) -> bool:
    """The phrase says nothing about the dose."""
    return True


# Amounts.
