"""What a dosage text says, by a closed grammar: it is read from left to right and every word has to be a known piece.

Pieces: an amount ("10 mg", "2 x 5 mg", "1 capsule", "5 mg capsule"), a rhythm ("daily", "every other day", "2x/week", weekdays),
days on ("days 1-21", "for 21 days", "3 weeks on"), days off ("7 days rest"), a cycle ("of 28", "q28d", "28-day cycle"), the note
"after dialysis", a time of day, and fillers that change nothing. What is no piece stays in `left_over`. Two different
values of one kind are never chosen between. Ranges, fractions of capsules and "as needed" are problems of their own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from cds_service.fhir.dosage_grammar import Grammar, grammar
from cds_service.fhir.dosage_pieces import Pieces
from cds_service.fhir.dosage_words import FILLERS, TIME_OF_DAY, normalised
from cds_service.fhir.schedule import (
    DAILY,
    DAYS_OF_A_SUPPLY,
    NOT_UNDERSTOOD,
    SCHEDULE_UNKNOWN,
    Rhythm,
    Schedule,
    weekly,
)

LONGEST_TEXT: Final = 500
_CLOCK: Final = re.compile(
    r"(?:(?:at|um|a|alle|om|as) )?(?:[01]?[0-9]|2[0-3])(?:[:.][0-5][0-9]\s*(?:am|pm|uhr|uur|h)?|\s*(?:am|pm|uhr))(?![a-z0-9:.])"
)
_BREAK: Final = re.compile(r"[\s,;.:()\[\]=&|\"*-]+")
_WORD: Final = re.compile(r"[^\s,;:()\[\]]+")


def read_text(text: str, names: tuple[str, ...] = ()) -> Pieces:
    """The pieces of a dosage text. Args: `names` are the drug's own names, which say nothing about the dose."""
    plain = normalised(text)
    if len(plain) > LONGEST_TEXT:
        return Pieces(left_over=["0"])
    pieces = Pieces()
    pieces.add(_remembered(plain, names))
    return pieces


# The same few sentences stand in most orders, and each word is tried against the whole grammar.
@lru_cache(maxsize=512)
def _remembered(plain: str, names: tuple[str, ...]) -> Pieces:
    """The pieces of a normalised text, which nobody may change."""
    pieces = Pieces()
    own = _pattern_of(names)
    phrases = grammar(own.pattern)
    position = 0
    while position < len(plain):
        position = _step(plain, position, pieces, own, phrases)
    return pieces


@lru_cache(maxsize=16)
def _pattern_of(names: tuple[str, ...]) -> re.Pattern[str]:
    """What matches one of the names; without names it matches nothing."""
    return re.compile("(?:" + "|".join(re.escape(normalised(n)) for n in names) + r")(?![a-z])" if names else "(?!)")


def _step(plain: str, position: int, pieces: Pieces, own: re.Pattern[str], phrases: Grammar) -> int:
    gap = _BREAK.match(plain, position)
    if gap:
        return gap.end()
    if name := own.match(plain, position):
        return name.end()
    for pattern, handler in phrases:
        found = pattern.match(plain, position)
        if found and found.end() > position:
            handler(pieces, found)
            return found.end()
    time = TIME_OF_DAY.match(plain, position)
    if time:
        pieces.times_of_day.add(str(time.lastgroup))
        return time.end()
    clock = _CLOCK.match(plain, position)
    if clock:
        pieces.times_of_day.add(clock.group())
        return clock.end()
    filler = FILLERS.match(plain, position)
    if filler and filler.end() > position:
        return filler.end()
    word = _WORD.match(plain, position)
    end = word.end() if word else position + 1
    pieces.left_over.append(plain[position:end])
    return end


def schedule_of(pieces: Pieces) -> Schedule:
    """The schedule that the pieces give; a problem where two of them differ or a part is missing."""
    if pieces.problems:
        return Schedule(problem=pieces.problems[0])
    every = {days for days in pieces.every if days < 14}
    cycles = pieces.cycles | {days for days in pieces.every if days >= 14}
    rhythms = pieces.rhythms | {Rhythm(days) if days else Rhythm(0) for days in every}
    if pieces.weekdays:
        # "Once daily on Mondays and Thursdays" names the days on which "daily" holds.
        rhythms = (rhythms - {DAILY}) | {weekly(len(pieces.weekdays))}
    if 0 in every or len(rhythms) > 1 or len(pieces.times_of_day) > 1 or len(pieces.notes) > 1:
        return Schedule(problem=NOT_UNDERSTOOD)
    rhythm = next(iter(rhythms), None)
    rest, course, problem = _rest(pieces, cycles)
    if rest == (1, 2) and rhythm in (None, DAILY):
        # One day on, one day off is a rhythm, not a cycle.
        rhythm, rest = Rhythm(2), None
    return Schedule(rhythm, rest, course, next(iter(pieces.notes), ""), problem)


def _rest(pieces: Pieces, cycles: set[int]) -> tuple[tuple[int, int] | None, int | None, str]:
    """Days on and cycle; or the length of a course without a cycle; or why they cannot be told."""
    days_on = set(pieces.days_on)
    if cycles or pieces.days_off:
        # A course of whole cycles says nothing about the days on; a shorter one is the days on.
        days_on |= {d for d in pieces.days_of_course if not any(c and d % c == 0 for c in cycles)}
    if len(days_on) > 1 or len(cycles) > 1 or len(pieces.days_off) > 1:
        return None, None, NOT_UNDERSTOOD
    on, cycle, off = next(iter(days_on), None), next(iter(cycles), None), next(iter(pieces.days_off), None)
    if on and off and cycle is None:
        cycle = on + off
    if cycle is not None and on is None and off:
        on = cycle - off
    if cycle is None and off is None:
        course = on or max(pieces.days_of_course, default=None)
        whole = (on, on) if on and on >= DAYS_OF_A_SUPPLY else None
        if on and not whole and on != 21:
            return None, None, SCHEDULE_UNKNOWN
        return whole, None if whole else course, ""
    if not on or not cycle or on > cycle or (off is not None and on + off != cycle):
        return None, None, SCHEDULE_UNKNOWN
    return (on, cycle), None, ""
