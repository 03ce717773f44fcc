"""When a drug is taken, without the amount: what a structure or a text says, and how the two are brought together."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

AS_NEEDED: Final = "as needed is no schedule"
NO_SCHEDULE: Final = "no schedule"
DIFFER: Final = "text and structure differ"
NOT_UNDERSTOOD: Final = "the text is not wholly understood"
FREQUENCY_RANGE: Final = "the frequency is a range"
SCHEDULE_UNKNOWN: Final = "the schedule is not understood"
REST_UNSTATED: Final = "21 days are given, but not what follows them"
SINGLE_DATES: Final = "the schedule is given as single dates"
# A course of this many days is one cycle's supply in one regimen and a plain supply in another.
AMBIGUOUS_DAYS: Final = 21
DAYS_OF_A_SUPPLY: Final = 28


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often on treatment days: `every_days` (0 where `per_week` decides), `per_week`, `times_per_day`."""

    every_days: int = 1
    per_week: int | None = None
    times_per_day: int = 1


DAILY: Final = Rhythm()


@dataclass(frozen=True, slots=True)
class Schedule:
    """What one source says about the schedule; None or () where it says nothing.

    `rest` is (days on, days of the cycle); equal numbers say that there is no rest. `course_days` is a length given
    without a cycle. `problem` names why nothing can be derived. `is_at_a_time` says that a time of day is named: where
    nobody says how often, it is daily.
    """

    rhythm: Rhythm | None = None
    rest: tuple[int, int] | None = None
    course_days: int | None = None
    note: str = ""
    problem: str = ""
    is_at_a_time: bool = False


def weekly(times: int, times_per_day: int = 1) -> Rhythm:
    """The rhythm of a number of days a week: seven is daily, one is every 7 days."""
    if times == 7:
        return Rhythm(1, None, times_per_day)
    if times == 1:
        return Rhythm(7, None, times_per_day)
    return Rhythm(0, times, times_per_day)


def rhythm_of(words: str) -> Rhythm:
    """The rhythm of a word list: "2 a day", "3 a week", "every 2"."""
    number = next(int(word) for word in words.split() if word.isdigit())
    if words.endswith("week"):
        return weekly(number)
    return Rhythm(number) if words.startswith("every") else Rhythm(1, None, number)


def per_period(times: Fraction, days: Fraction) -> Schedule:
    """The schedule of `times` in a period of `days` days.

    Returns: a Schedule with a problem where no rhythm of whole days follows from the two numbers.
    """
    if times <= 0 or days <= 0 or times.denominator != 1:
        return Schedule(problem=SCHEDULE_UNKNOWN)
    count = int(times)
    if (times / days).denominator == 1 and (days <= 1 or count == days):
        a_day = int(times / days)
        return Schedule(Rhythm(1, None, a_day)) if a_day <= 4 else Schedule(problem=SCHEDULE_UNKNOWN)
    if days.denominator == 1 and count == 1:
        return Schedule(Rhythm(int(days))) if days <= 14 else Schedule(problem=SCHEDULE_UNKNOWN)
    if days == 7 and count < 7:
        return Schedule(weekly(count))
    if days in (21, 28, 35, 42) and 7 <= count < days:
        return Schedule(DAILY, (count, int(days)))
    return Schedule(problem=SCHEDULE_UNKNOWN)


def joined(structure: Schedule, text: Schedule) -> tuple[Schedule, bool]:
    """The schedule that structure and text give together, and whether the text had to supply a part of it.

    A rest in the text complements a structured rhythm; any other difference is a conflict (problem DIFFER).
    """
    if structure.problem:
        return Schedule(problem=structure.problem), False
    if text.problem:
        return Schedule(problem=text.problem), True
    if structure.rhythm and text.rhythm and structure.rhythm != text.rhythm:
        return Schedule(problem=DIFFER), False
    if structure.rest and text.rest and structure.rest != text.rest:
        return Schedule(problem=DIFFER), False
    if structure.rest and structure.rest[0] != structure.rest[1] and text.rhythm and not text.rest:
        return Schedule(problem=DIFFER), False
    if structure.note and text.note and structure.note != text.note:
        return Schedule(problem=DIFFER), False
    rest = structure.rest or text.rest
    rhythm = structure.rhythm or text.rhythm or (DAILY if rest or text.is_at_a_time else None)
    note = structure.note or text.note
    by_text = (rhythm != structure.rhythm) or (rest != structure.rest) or (note != structure.note)
    problem = "" if rhythm else NO_SCHEDULE
    problem = problem or _course_problem({structure.course_days, text.course_days} - {None}, rest)
    return Schedule(rhythm, rest, None, note, problem), by_text


def _course_problem(courses: set[int | None], rest: tuple[int, int] | None) -> str:
    if rest is None:
        return REST_UNSTATED if AMBIGUOUS_DAYS in courses else ""
    on, cycle = rest
    for days in courses:
        # One order may hold one cycle's days on, whole cycles, or several cycles without the last rest.
        if days is not None and on != cycle and days < cycle and days != on:
            return DIFFER
        if days is not None and on == cycle and days == AMBIGUOUS_DAYS:
            return DIFFER
    return ""
