"""The pieces of a dosage text, and what each matched phrase adds to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Final

from cds_service.fhir.dosage_words import COUNT, NUMBER_WORDS, RISKY, TIMES_WORDS, WEEKDAYS
from cds_service.fhir.schedule import DAILY, SCHEDULE_UNKNOWN, Rhythm, weekly

DOSE_RANGE: Final = "the dose is a range"
PART_OF_CAPSULE: Final = "the dose is a part of a capsule"
AMOUNT_UNCLEAR: Final = "the amount in the text is not clear"
AFTER_DIALYSIS: Final = "after dialysis on dialysis days"


@dataclass(slots=True)
class Pieces:
    """The pieces found, each kind as the set of its distinct values."""

    mg: set[Decimal] = field(default_factory=set)
    counts: set[int] = field(default_factory=set)
    strengths: set[Decimal] = field(default_factory=set)
    single_capsule: bool = False
    one_each: bool = False
    rhythms: set[Rhythm] = field(default_factory=set)
    every: set[int] = field(default_factory=set)
    days_on: set[int] = field(default_factory=set)
    days_of_course: set[int] = field(default_factory=set)
    days_off: set[int] = field(default_factory=set)
    cycles: set[int] = field(default_factory=set)
    weekdays: set[int] = field(default_factory=set)
    times_of_day: set[str] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    mg_seen: int = 0
    counts_seen: int = 0
    left_over: list[str] = field(default_factory=list)

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
        return bool(RISKY.search(" ".join(self.left_over)))


_KINDS: Final = tuple(kind.name for kind in fields(Pieces))


def _count(text: str) -> int:
    return NUMBER_WORDS[text] if text in NUMBER_WORDS else int(text)


def _times(text: str) -> int:
    if text in TIMES_WORDS:
        return TIMES_WORDS[text]
    found = re.match(COUNT + "|[0-9]+", text)
    return _count(found.group().strip()) if found else 0


def _mg(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


Handler = Callable[[Pieces, re.Match[str]], None]


def add_amount(p: Pieces, m: re.Match[str]) -> None:
    p.mg.add(_mg(m["s"]))
    p.mg_seen += 1


def add_daily_amount(p: Pieces, m: re.Match[str]) -> None:
    add_amount(p, m)
    p.rhythms.add(DAILY)


def add_count_of_strength(p: Pieces, m: re.Match[str]) -> None:
    p.counts.add(_count(m["n"]))
    p.strengths.add(_mg(m["s"]))
    p.counts_seen += 1


def add_strength(p: Pieces, m: re.Match[str]) -> None:
    p.strengths.add(_mg(m["s"]))
    p.single_capsule = p.single_capsule or bool(m.groupdict().get("one"))


def add_count(p: Pieces, m: re.Match[str]) -> None:
    p.counts.add(_count(m["n"]))
    p.counts_seen += 1


def add_scheme(p: Pieces, m: re.Match[str]) -> None:
    """A scheme of the times of a day, such as "1-0-0": how often, and one capsule each time where nothing else is said."""
    times = m["times"].count("1")
    _rhythm_or_problem(p, Rhythm(1, None, times) if times else None)
    p.one_each = True


def add_times_daily(p: Pieces, m: re.Match[str]) -> None:
    times = _times(m["t"])
    _rhythm_or_problem(p, Rhythm(1, None, times) if 1 <= times <= 4 else None)


def add_times_weekly(p: Pieces, m: re.Match[str]) -> None:
    times = _times(m["t"])
    _rhythm_or_problem(p, weekly(times) if 1 <= times <= 7 else None)


def _rhythm_or_problem(p: Pieces, rhythm: Rhythm | None) -> None:
    if rhythm is None:
        p.problems.append(SCHEDULE_UNKNOWN)
    else:
        p.rhythms.add(rhythm)


def add_hours(p: Pieces, m: re.Match[str]) -> None:
    hours = int(m["n"])
    if hours and hours % 24 == 0:
        p.every.add(hours // 24)
    else:
        _rhythm_or_problem(p, Rhythm(1, None, 24 // hours) if hours in (6, 8, 12) else None)


def add_weekdays(p: Pieces, m: re.Match[str]) -> None:
    for number, pattern in enumerate(WEEKDAYS):
        if re.search(rf"\b(?:{pattern})\b", m.group()):
            p.weekdays.add(number)


def add_on_off(p: Pieces, m: re.Match[str]) -> None:
    unit = 7 if m["w"] else 1
    off_unit = (7 if m["w2"] else 1) if (m["w2"] or m["d2"]) else unit
    p.days_on.add(_count(m["n"]) * unit)
    p.days_off.add(_count(m["n2"]) * off_unit)


def add_weeks_of(p: Pieces, m: re.Match[str]) -> None:
    p.days_on.add(_count(m["n"]) * 7)
    p.cycles.add(_count(m["n2"]) * 7)


def add_on_of(p: Pieces, m: re.Match[str]) -> None:
    p.days_on.add(_count(m["n"]))
    p.cycles.add(_count(m["n2"]))


def problem(problem: str) -> Handler:
    return lambda p, _m: p.problems.append(problem)


def rhythm_is(rhythm: Rhythm) -> Handler:
    return lambda p, _m: p.rhythms.add(rhythm)


def into(kind: str, unit: int = 1) -> Handler:
    return lambda p, m: getattr(p, kind).add(_count(m["n"]) * unit)


def after_dialysis(p: Pieces, _m: re.Match[str]) -> None:
    p.notes.add(AFTER_DIALYSIS)


def check_once(p: Pieces, m: re.Match[str]) -> None:
    if _times(m["t"]) != 1:
        p.problems.append(SCHEDULE_UNKNOWN)
