"""`Timing`: the structured schedule of a FHIR dosage, in whole days; what it cannot express exactly is a named problem."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import msgspec

from cds_service.clinical.quantity import exact
from cds_service.fhir.decode import CodeableConcept, Period, Quantity, Unreadable, number
from cds_service.fhir.dosage.text import read_text, schedule_of
from cds_service.fhir.dosage.vocabulary import meanings_of
from cds_service.fhir.schedule import (
    DAILY,
    DIFFER,
    FREQUENCY_RANGE,
    SCHEDULE_UNKNOWN,
    SINGLE_DATES,
    Rhythm,
    Schedule,
    joined,
    per_period,
    weekly,
)

_NONE: Final = msgspec.Raw()


class Repeat(msgspec.Struct, frozen=True, gc=False):
    """`Timing.repeat`, with its numbers unread."""

    boundsDuration: Quantity | None = None
    boundsPeriod: Period | None = None
    count: msgspec.Raw = _NONE
    countMax: msgspec.Raw = _NONE
    duration: msgspec.Raw = _NONE
    durationUnit: str = ""
    frequency: msgspec.Raw = _NONE
    frequencyMax: msgspec.Raw = _NONE
    period: msgspec.Raw = _NONE
    periodMax: msgspec.Raw = _NONE
    periodUnit: str = ""
    periodUnits: str = ""
    dayOfWeek: list[str] = []
    timeOfDay: list[str] = []
    when: list[str] = []


class Timing(msgspec.Struct, frozen=True, gc=False):
    """`Timing` as far as it is looked at."""

    event: list[str] = []
    repeat: Repeat | None = None
    code: CodeableConcept | None = None


_CODES: Final = {
    "QD": DAILY, "QAM": DAILY, "QPM": DAILY, "QHS": DAILY, "AM": DAILY, "PM": DAILY, "BED": DAILY, "Q24H": DAILY,
    "BID": Rhythm(1, None, 2), "Q12H": Rhythm(1, None, 2), "TID": Rhythm(1, None, 3), "Q8H": Rhythm(1, None, 3),
    "QID": Rhythm(1, None, 4), "Q6H": Rhythm(1, None, 4),
    "QOD": Rhythm(2), "EOD": Rhythm(2), "Q48H": Rhythm(2), "WK": Rhythm(7), "QWK": Rhythm(7),
}  # fmt: skip
DAYS_PER_UNIT: Final = {"h": Fraction(1, 24), "d": Fraction(1), "wk": Fraction(7)}
_DURATION_UNITS: Final = {"DAY": 1, "WEEK": 7}
_WEEKDAYS: Final = frozenset({"mon", "tue", "wed", "thu", "fri", "sat", "sun"})


def _optional(raw: msgspec.Raw) -> Fraction | None:
    text = bytes(raw)
    return None if not text or text == b"null" else exact(number(raw))


def read_timing(timing: Timing | None, names: tuple[str, ...] = ()) -> Schedule:
    """The schedule of a Timing: its `repeat`, its `code`, or what both say together.

    Returns: a Schedule; its `problem` says why none can be told. Nothing at all stays an empty Schedule.
    """
    if timing is None:
        return Schedule()
    try:
        repeated = _repeat(timing.repeat) if timing.repeat else Schedule()
    except Unreadable:
        return Schedule(problem=SCHEDULE_UNKNOWN)
    coded = _code(timing.code, names) if timing.code else Schedule()
    if repeated.problem or coded.problem:
        return repeated if repeated.problem else coded
    if repeated == Schedule() and coded == Schedule():
        return Schedule(problem=SINGLE_DATES) if len(timing.event) > 1 else Schedule()
    if repeated.rhythm and coded.rhythm and repeated.rhythm != coded.rhythm:
        return Schedule(problem=DIFFER)
    if repeated == Schedule():
        return coded
    if coded == Schedule():
        return repeated
    whole, _ = joined(
        Schedule(repeated.rhythm, repeated.rest, None, repeated.note),
        Schedule(coded.rhythm, coded.rest, None, coded.note),
    )
    if whole.problem == DIFFER:
        return whole
    course = repeated.course_days or coded.course_days
    return Schedule(whole.rhythm, whole.rest, course, whole.note)


def _code(code: CodeableConcept, names: tuple[str, ...]) -> Schedule:
    """What `timing.code` says by code and by words; every coding and the text have to agree."""
    found: list[Schedule] = []
    words = [code.text]
    for coding in code.coding:
        rhythm = _CODES.get(coding.code.strip().upper())
        if rhythm:
            found.append(Schedule(rhythm))
        else:
            words.append(coding.display or coding.code)
    for text in words:
        if not text.strip():
            continue
        known = _CODES.get(text.strip().upper())
        pieces = read_text(text, names)
        said = Schedule(known) if known else schedule_of(pieces)
        if said.problem:
            return said
        if not known and (not pieces.is_whole or pieces.mg or pieces.counts or pieces.strengths):
            return Schedule(problem=SCHEDULE_UNKNOWN)
        found.append(said)
    rhythms = {s.rhythm for s in found if s.rhythm}
    if not rhythms and any(s.is_at_a_time for s in found):
        rhythms = {DAILY}
    rests = {s.rest for s in found if s.rest}
    notes = {s.note for s in found if s.note}
    courses = {s.course_days for s in found if s.course_days}
    if len(rhythms) > 1 or len(rests) > 1 or len(notes) > 1 or len(courses) > 1:
        return Schedule(problem=DIFFER)
    return Schedule(
        next(iter(rhythms), None), next(iter(rests), None), next(iter(courses), None), next(iter(notes), "")
    )


def _repeat(repeat: Repeat) -> Schedule:
    frequency, period = _optional(repeat.frequency), _optional(repeat.period)
    if _optional(repeat.frequencyMax) not in (None, frequency) or _optional(repeat.periodMax) not in (None, period):
        return Schedule(problem=FREQUENCY_RANGE)
    if repeat.durationUnit in {"d", "wk", "mo", "a"}:
        return Schedule(problem=SCHEDULE_UNKNOWN)
    base = _frequency(repeat, frequency, period)
    if base.problem:
        return base
    course = _course_days(repeat, base)
    if course == 0:
        return Schedule(problem=SCHEDULE_UNKNOWN)
    return Schedule(base.rhythm, base.rest, course)


def _frequency(repeat: Repeat, frequency: Fraction | None, period: Fraction | None) -> Schedule:
    unit = repeat.periodUnit or repeat.periodUnits
    slots = repeat.timeOfDay or repeat.when
    if (period is None) != (not unit):
        return Schedule(problem=SCHEDULE_UNKNOWN)
    if unit and unit not in DAYS_PER_UNIT:
        return Schedule(problem=SCHEDULE_UNKNOWN)
    if repeat.dayOfWeek:
        return _on_weekdays(repeat, frequency, period, unit)
    if slots:
        if frequency is not None and frequency != len(slots) and len(slots) > 1:
            return Schedule(problem=DIFFER)
        if len(slots) > 1 and frequency is None and period is None:
            return per_period(Fraction(len(slots)), Fraction(1))
        frequency = frequency or Fraction(len(slots))
        if period is None:
            period, unit = Fraction(1), "d"
    if period is None:
        # A frequency without a period says nothing; a bare repeat with bounds neither.
        return Schedule(problem=SCHEDULE_UNKNOWN) if frequency is not None else Schedule()
    return per_period(frequency if frequency is not None else Fraction(1), period * DAYS_PER_UNIT[unit])


def _on_weekdays(repeat: Repeat, frequency: Fraction | None, period: Fraction | None, unit: str) -> Schedule:
    days = {day.lower() for day in repeat.dayOfWeek}
    slots = len(repeat.timeOfDay or repeat.when)
    if not days <= _WEEKDAYS or len(days) != len(repeat.dayOfWeek) or slots > 1:
        return Schedule(problem=SCHEDULE_UNKNOWN)
    span = None if period is None else period * DAYS_PER_UNIT[unit]
    if span is None and frequency in (None, 1):
        return Schedule(weekly(len(days)))
    if span == 1 and frequency is not None and frequency.denominator == 1 and 1 <= frequency <= 4:
        return Schedule(weekly(len(days), int(frequency)))
    if span == 7 and (frequency if frequency is not None else 1) == len(days):
        return Schedule(weekly(len(days)))
    return Schedule(problem=SCHEDULE_UNKNOWN)


def _course_days(repeat: Repeat, base: Schedule) -> int | None:
    """The days of `boundsDuration` or `count`; None where there is none, 0 where it cannot be read."""
    if _optional(repeat.countMax) not in (None, _optional(repeat.count)):
        return 0
    count = _optional(repeat.count)
    bounds = None
    if repeat.boundsDuration is not None:
        quantity = repeat.boundsDuration
        meanings = [meanings_of(word) for word in (quantity.code, quantity.unit) if word]
        units = {next((days for kind, days in _DURATION_UNITS.items() if kind in m), None) for m in meanings}
        if quantity.comparator or len(units) > 1:
            return 0
        unit = next(iter(units), None)
        value = exact(number(quantity.value))
        # Months and years are lengths of a prescription, never of a treatment phase.
        bounds = int(value * unit) if unit and value > 0 and (value * unit).denominator == 1 else None
    if count is not None:
        if count <= 1 or count.denominator != 1:
            return 0
        if base.rhythm == DAILY and bounds is None:
            return int(count)
    return bounds
