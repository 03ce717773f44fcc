"""What a dosage text says: every word of it has to be part of a known phrase, or of a clause that is about something else.

What is neither stays in `left_over`. Two different values of one kind are never chosen between. Ranges, parts of capsules
and "as needed" are problems of their own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cds_service.fhir.dosage.clauses import gathered
from cds_service.fhir.dosage.other_drugs import read_own
from cds_service.fhir.dosage.pieces import Pieces
from cds_service.fhir.dosage.vocabulary import tokens_of
from cds_service.fhir.schedule import (
    DAILY,
    DAYS_OF_A_SUPPLY,
    NOT_UNDERSTOOD,
    SCHEDULE_UNKNOWN,
    Rhythm,
    Schedule,
    weekly,
)

LONGEST_TEXT: Final = 1000


def read_text(text: str, names: tuple[str, ...] = ()) -> Pieces:
    """The pieces of a dosage text. Args: `names` are the drug's own names, which say nothing about the dose.

    Returns: new Pieces; a text longer than LONGEST_TEXT characters is left over as a whole.
    """
    if len(text) > LONGEST_TEXT:
        return Pieces(left_over=["…"], risky=["…"])
    pieces = Pieces()
    pieces.add(_remembered(text, names))
    return pieces


# The same few sentences stand in most orders, and each word is tried against the whole grammar.
@lru_cache(maxsize=512)
def _remembered(text: str, names: tuple[str, ...]) -> Pieces:
    """The pieces of a text, which nobody may change."""
    return read_own(gathered(tokens_of(text, names)))


def schedule_of(pieces: Pieces) -> Schedule:
    """The schedule that the pieces give; a problem where two of them differ or a part is missing."""
    if pieces.problems:
        return Schedule(problem=pieces.problems[0])
    every = {days for days in pieces.every if days < 14}
    cycles = pieces.cycles | {days for days in pieces.every if days >= 14}
    rhythms = pieces.rhythms | {Rhythm(days) if days else Rhythm(0) for days in every}
    days_a_week = pieces.days_a_week | ({len(pieces.weekdays)} if pieces.weekdays else set())
    if DAILY in rhythms and (len(pieces.weekdays) == 1 or (days_a_week and pieces.places > 1)):
        # "1 capsule daily. 5 mg on Mondays": one may come on top of the other; "daily, Sun" may be about the sun.
        return Schedule(problem=NOT_UNDERSTOOD)
    if days_a_week:
        # "Once daily on Mondays and Thursdays" names the days on which "daily" holds.
        rhythms = (rhythms - {DAILY}) | {weekly(days) for days in days_a_week}
    if pieces.daily_at_a_time and (pieces.places > 1 or not rhythms):
        rhythms = rhythms | {DAILY}
    slots = _slots(pieces)
    if 0 in every or slots is None or len(pieces.notes) > 1:
        return Schedule(problem=NOT_UNDERSTOOD)
    if slots > 1 and not pieces.is_once:
        # "Daily, morning and evening": each part of the list is a dose.
        rhythms = (rhythms - {DAILY}) | {Rhythm(1, None, slots)}
    if pieces.except_days and not days_a_week:
        if rhythms - {DAILY} or slots > 1:
            return Schedule(problem=NOT_UNDERSTOOD)
        rhythms = {weekly(7 - len(pieces.except_days))}
    if (
        len(pieces.schemes) > 1
        or len(rhythms) > 1
        or (slots > 1 and pieces.is_once)
        or (pieces.except_days & pieces.weekdays)
    ):
        return Schedule(problem=NOT_UNDERSTOOD)
    rhythm = next(iter(rhythms), None)
    rest, course, problem = _rest(pieces, cycles)
    if rest == (1, 2) and rhythm in (None, DAILY):
        # One day on, one day off is a rhythm, not a cycle.
        rhythm, rest = Rhythm(2), None
    if pieces.cycle_named and not rest and not course and not problem:
        problem = SCHEDULE_UNKNOWN
    return Schedule(
        rhythm, rest, course, next(iter(pieces.notes), ""), problem, bool(pieces.slots) and not pieces.on_a_date
    )


def _slots(pieces: Pieces) -> int | None:
    """How many times of the day are listed; 0 where none is, None where two mentions differ."""
    lists = {slots for slots in pieces.slots if len(slots) > 1}
    single = {slots[0] for slots in pieces.slots if len(slots) == 1}
    if len(lists) > 1 or (lists and not single <= set(next(iter(lists)))) or (not lists and len(single) > 1):
        return None
    return len(next(iter(lists))) if lists else len(single)


def _rest(pieces: Pieces, cycles: set[int]) -> tuple[tuple[int, int] | None, int | None, str]:
    """Days on and cycle; or the length of a course without a cycle; or why they cannot be told."""
    days_on = set(pieces.days_on)
    if cycles or pieces.days_off:
        # A course of whole cycles says nothing about the days on; a shorter one is the days on.
        days_on |= {d for d in pieces.days_of_course if not any(c and d % c == 0 for c in cycles)}
    if pieces.days_off and not days_on and pieces.days_of_course & cycles:
        # "21 days, a cycle of 21, 7 off": whether the rest lies within the 21 days or after them is not said.
        return None, None, NOT_UNDERSTOOD
    if len(days_on) > 1 or len(cycles) > 1 or len(pieces.days_off) > 1:
        return None, None, NOT_UNDERSTOOD
    on, cycle, off = next(iter(days_on), None), next(iter(cycles), None), next(iter(pieces.days_off), None)
    if on and off and cycle is None:
        cycle = on + off
    if cycle is not None and on is None and off:
        on = cycle - off
    if cycle is not None and on is None and pieces.continuous:
        on = cycle
    if cycle is None and off is None:
        if len(pieces.days_of_course) > 1:
            # "21 days, 28 days": which of them are the days on is not said.
            return None, None, SCHEDULE_UNKNOWN
        course = on or max(pieces.days_of_course, default=None)
        whole = (on, on) if on and on >= DAYS_OF_A_SUPPLY else None
        if on and not whole and on != 21:
            return None, None, SCHEDULE_UNKNOWN
        return whole, None if whole else course, ""
    if not on or not cycle or on > cycle or (off is not None and on + off != cycle):
        return None, None, SCHEDULE_UNKNOWN
    return (on, cycle), None, ""
