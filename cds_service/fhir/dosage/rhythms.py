"""What phrases of rhythms add to the pieces: how often, on which days, at which times of the day."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from cds_service.fhir.dosage.pieces import AFTER_DIALYSIS, AMOUNT_UNCLEAR, Found, Handler, Pieces, problem
from cds_service.fhir.dosage.vocabulary import Token, number_of
from cds_service.fhir.schedule import (
    DAILY,
    FREQUENCY_RANGE,
    NOT_UNDERSTOOD,
    SCHEDULE_UNKNOWN,
    Rhythm,
    rhythm_of,
    weekly,
)

_FEWEST_OF_A_COURSE: Final = 14
_WEEKEND: Final = "-".join("67")


def add_often(p: Pieces, f: Found) -> bool:
    """ "Three times a week", "once daily": so often in a day, a week, or a rhythm that is known by its own word."""
    times = int(f.groups["o"][0].value("OFTEN")) if f.has("o") else f.count("n")
    if f.has("one") and f.count("one") != 1:
        return False
    if f.has("r"):
        rhythm = rhythm_of(f.groups["r"][0].value("RHYTHM"))
        is_week, is_day = rhythm == Rhythm(7), rhythm == DAILY
    else:
        rhythm = None
        times = 1 if times is None and f.has("once") else times
        is_week, is_day = f.has("week"), not f.has("week")
    if times == 1 and rhythm is not None:
        p.is_once = True
        p.rhythms.add(rhythm)
    elif is_day and times in (1, 2, 3, 4):
        p.is_once = p.is_once or times == 1
        p.rhythms.add(Rhythm(1, None, times))
    elif is_week and times is not None and 1 <= times <= 7:
        p.rhythms.add(weekly(times))
    else:
        p.problems.append(SCHEDULE_UNKNOWN)
    return True


def add_rhythm(p: Pieces, f: Found) -> bool:
    p.rhythms.add(next((rhythm_of(value) for value in f.values("RHYTHM")), DAILY))
    return True


def add_same_time(p: Pieces, f: Found) -> bool:
    """ "At the same time each day": no second rhythm beside "every 2 days"."""
    rhythms = {rhythm_of(value) for value in f.values("RHYTHM")}
    p.daily_at_a_time = p.daily_at_a_time or rhythms <= {DAILY}
    p.rhythms |= rhythms - {DAILY}
    return True


def is_once(p: Pieces, f: Found) -> bool:
    """ "Once", where the rhythm follows."""
    times = int(f.groups["o"][0].value("OFTEN")) if f.has("o") else f.count("n")
    if times == 1:
        p.is_once = True
    else:
        p.problems.append(SCHEDULE_UNKNOWN)
    return True


def rhythm_is(rhythm: Rhythm) -> Handler:
    """The phrase is one rhythm."""

    def add(p: Pieces, _f: Found) -> bool:
        p.rhythms.add(rhythm)
        return True

    return add


def add_daily_in_parts(p: Pieces, f: Found) -> bool:
    """ "10 mg a day in one dose"; in two doses each of them is less than what is named."""
    if f.groups["o"][0].value("OFTEN") != "1":
        p.problems.append(AMOUNT_UNCLEAR)
        return True
    p.is_once = True
    p.rhythms.add(rhythm_of(f.groups["r"][0].value("RHYTHM")))
    return True


def add_times_a_week(p: Pieces, f: Found) -> bool:
    count = f.count("n")
    if count is None or not 1 <= count <= 7:
        return False
    p.rhythms.add(weekly(count))
    return True


def add_days_of_seven(p: Pieces, f: Found) -> bool:
    """ "5 days a week", "5 jours sur 7": the days on which "daily" holds."""
    count = f.count("n")
    if count is None or not 1 <= count <= 7 or (f.has("days") and f.count("days") != 7):
        return False
    if f.has("r") and rhythm_of(f.groups["r"][0].value("RHYTHM")) != Rhythm(7):
        return False
    p.days_a_week.add(count)
    return True


def add_days_over_seven(p: Pieces, f: Found) -> bool:
    """ "28/7": days, as pharmacists write them; fewer than two weeks may be so many days of a week."""
    count = f.count("n")
    if count is None or f.count("days") != 7 or count < _FEWEST_OF_A_COURSE:
        return False
    p.days_of_course.add(count)
    return True


def add_course_of_doses(_p: Pieces, f: Found) -> bool:
    """ "For 28 doses": how long, where there are too many for one day."""
    count = f.count("n")
    return count is not None and count >= _FEWEST_OF_A_COURSE


def add_every(p: Pieces, f: Found) -> bool:
    """ "Every 2 days", "q24h", "every 4 weeks": from two weeks on it is the length of a cycle."""
    count = f.count("n")
    if f.has("hour"):
        period = Fraction(count or 0, 24)
        if period.denominator == 1 and period:
            p.every.add(int(period))
        elif count in (6, 8, 12):
            p.rhythms.add(Rhythm(1, None, 24 // count))
        else:
            p.problems.append(SCHEDULE_UNKNOWN)
    elif f.has("week") and count == 2:
        p.problems.append(SCHEDULE_UNKNOWN)
    else:
        p.every.add((count or 0) * (7 if f.has("week") else 1))
    return True


def add_once_in(p: Pieces, f: Found) -> bool:
    """ "Once per 2 days"; several times in so many days is no rhythm that a capsule is taken by."""
    times = int(f.groups["o"][0].value("OFTEN")) if f.has("o") else f.count("n")
    period = Fraction(f.count("each") or 0, 24 if f.has("hour") else 1)
    if times != 1 or period.denominator != 1 or not period:
        p.problems.append(SCHEDULE_UNKNOWN)
    else:
        p.every.add(int(period))
    return True


def add_clock_or_interval(p: Pieces, f: Found) -> bool:
    """ "Alle 20:00" is a time of the clock; "every 20 h" an interval that no dose has."""
    if ":" not in f.tokens[-1].text:
        p.problems.append(SCHEDULE_UNKNOWN)
        return True
    return add_slots(p, f)


def adds_the_weekend(_p: Pieces, f: Found) -> bool:
    """ "Daily, also at weekends" says no more than "daily"; "also on Mondays" would."""
    return f.values("WEEKDAY") == [_WEEKEND]


def starts_on_a_weekday(_p: Pieces, f: Found) -> bool:
    """ "Start on Monday"; "le lundi", "am Montag" name each Monday by a word that may begin a date as well."""
    return not {"FILLER", "PER", "ON"} & f.tokens[0].meanings.keys()


def add_weekdays(p: Pieces, f: Found) -> bool:
    p.weekdays |= _weekdays(f)
    return True


def add_dialysis_weekdays(p: Pieces, f: Found) -> bool:
    """ "After dialysis (Mon, Wed, Fri)": the days of the capsule too, where it is not taken daily."""
    return DAILY in p.rhythms or add_weekdays(p, f)


def add_weekday_range(p: Pieces, f: Found) -> bool:
    """ "Monday to Saturday", "Sunday through Thursday"; several days on a side are no end of a range."""
    ends = [{int(d) for d in weekday_of(f.groups[end][0]).split("-")} for end in ("a", "n")]
    if any(len(days) != 1 for days in ends) or ends[0] == ends[1]:
        p.problems.append(SCHEDULE_UNKNOWN)
        return True
    first, last = (days.pop() for days in ends)
    p.weekdays |= {(first - 1 + n) % 7 + 1 for n in range((last - first) % 7 + 1)}
    return True


def weekday_of(token: Token) -> str:
    """The number of a weekday, 1 for Monday; of several that one word names, "1-3-5"."""
    return token.meanings.get("WEEKDAY") or token.value("WEEKDAY_SHORT")


def add_except_days(p: Pieces, f: Found) -> bool:
    """ "Sundays off"; "Monday to Friday, weekends none" names the days of the capsule first."""
    listed = [{int(day) for day in days.split("-")} for days in f.values("WEEKDAY")]
    if len(listed) == 2 and len(set.union(*listed)) == 7:
        p.weekdays |= listed[0]
        return True
    p.except_days |= _weekdays(f)
    return True


def _weekdays(f: Found) -> set[int]:
    listed = [*f.values("WEEKDAY"), *f.values("WEEKDAY_SHORT")]
    return {int(day) for days in listed for day in days.split("-")}


def add_slots(p: Pieces, f: Found) -> bool:
    """A time of day, or a list of them: each part of a list is a dose."""
    items = list(times_of_day(f.tokens))
    kinds = {"OR" if "OR" in t.meanings else "AND" for t in f.tokens if {"OR", "AND"} & t.meanings.keys()}
    slots = tuple(slot for slot, _ in items)
    if len(items) == 1 or "OR" in kinds or (len(set(slots)) == 1 and "AND" not in kinds):
        p.slots.add(slots[:1])
    elif len({text for _, text in items}) == len(items) and ("AND" in kinds or len(set(slots)) == len(items)):
        p.slots.add(tuple(sorted(slots)))
    else:
        p.problems.append(SCHEDULE_UNKNOWN)
    return True


def times_of_day(tokens: tuple[Token, ...]) -> Iterator[tuple[str, str]]:
    """Each time of day by its part of the day, with the words for it."""
    for token, following in zip(tokens, [*tokens[1:], None], strict=False):
        if _is_before_slot(token) and following is not None and _SLOTS & following.meanings.keys():
            # "Am Abend": the word is no morning.
            continue
        for kind in ("TIME_OF_DAY", "TIME_OF_DAY_SHORT"):
            if kind in token.meanings:
                part = token.value(kind)
                yield ("evening" if part in ("bedtime", "night") else part), token.text
                break
        else:
            hour = _hour_of(token)
            if hour is not None:
                part = "morning" if 4 <= hour < 11 else "noon" if hour < 14 else "afternoon" if hour < 17 else "evening"
                yield ("evening" if hour < 4 else part), f"{hour} h {token.text[-8:]}"


_SLOTS: Final = frozenset({"TIME_OF_DAY", "CLOCK", "MILITARY"})


def _is_before_slot(token: Token) -> bool:
    return {"TIME_OF_DAY_SHORT", "PER"} <= token.meanings.keys()


def _hour_of(token: Token) -> int | None:
    if "MILITARY" in token.meanings:
        return int(token.value("MILITARY")[:2])
    if "CLOCK" in token.meanings:
        digits = "".join(c for c in token.text[:2] if c.isdigit())
        return int(digits) % 12 + (12 if "p" in token.text else 0) if "m" in token.text else int(digits)
    return None


def add_amount_at_each(p: Pieces, f: Found, amounts: list[tuple[Token, ...]]) -> bool:
    """ "1 capsule in the morning and 1 capsule in the evening": as many doses as parts, where the amounts are one."""
    values = {tuple(str(number_of(t)) if _is_number(t) else "" for t in one if _says_amount(t)) for one in amounts}
    rhythms = {rhythm_of(value) for value in f.values("RHYTHM")}
    if len(values) != 1 or not rhythms <= {DAILY}:
        p.problems.append(AMOUNT_UNCLEAR if len(values) != 1 else NOT_UNDERSTOOD)
        return True
    items = list(times_of_day(f.tokens))
    if len(items) != len(amounts) or len(set(items)) != len(items):
        p.problems.append(SCHEDULE_UNKNOWN)
    p.slots.add(tuple(sorted(slot for slot, _ in items)))
    return True


def _is_number(token: Token) -> bool:
    return "NUMBER" in token.meanings or "ARTICLE" in token.meanings


def _says_amount(token: Token) -> bool:
    return _is_number(token) or bool({"UNIT", "CAPSULE", "CAPSULES"} & token.meanings.keys())


def add_date(p: Pieces, f: Found) -> bool:
    """A date; where it is not said to be a beginning or an end, the text may be about that one day."""
    p.on_a_date = p.on_a_date or not f.has("from")
    return True


def add_sessions(p: Pieces, f: Found) -> bool:
    """ "On dialysis days (3 a week), after the session"."""
    if DAILY in p.rhythms or not add_times_a_week(p, f):
        return False
    return add_note(p, f) if f.has("after") else True


def add_note(p: Pieces, _f: Found) -> bool:
    p.notes.add(AFTER_DIALYSIS)
    return True


RANGE_OF_TIMES: Final = problem(FREQUENCY_RANGE)
