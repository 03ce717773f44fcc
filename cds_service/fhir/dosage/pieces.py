"""The pieces of a dosage text, and what each matched phrase adds to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from decimal import Decimal
from fractions import Fraction
from typing import Final

from cds_service.fhir.dosage.vocabulary import Token, begins_with, factor, number_of
from cds_service.fhir.schedule import (
    DAILY,
    FREQUENCY_RANGE,
    NOT_UNDERSTOOD,
    SCHEDULE_UNKNOWN,
    Rhythm,
    rhythm_of,
    weekly,
)

DOSE_RANGE: Final = "the dose is a range"
PART_OF_CAPSULE: Final = "the dose is a part of a capsule"
AMOUNT_UNCLEAR: Final = "the amount in the text is not clear"
AFTER_DIALYSIS: Final = "after dialysis on dialysis days"
# What stands for a bare number of capsules; a larger one may be milligrams.
_MOST_BARE: Final = 4
_FEWEST_OF_A_COURSE: Final = 14
_WEEKEND: Final = "6-7"
_MOST_OF_A_DOSE: Final = 100
"""No number of capsules, mg, hours or days of an instruction is larger."""


@dataclass(slots=True)
class Pieces:
    """The pieces found, each kind as the set of its distinct values; mg are Decimal, days and counts whole numbers.

    `daily_at_a_time`: "at the same time each day", which is the rhythm where no other is said and else about the time of day;
    `slots` are the times of a day, one tuple for each list of them; `on_a_date`: a day is named that is no beginning or end;
    `limits` what must not be exceeded a day, as (mg, None) or (None, capsules); `places` at how many places of a text an
    amount stands. `left_over` holds what was not understood, `risky` those of it that could change a dose.
    """

    mg: set[Decimal] = field(default_factory=set)
    counts: set[int] = field(default_factory=set)
    strengths: set[Decimal] = field(default_factory=set)
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


def add_amount(p: Pieces, f: Found) -> bool:
    p.mg.add(f.mg("s", "u"))
    p.mg_seen += 1
    return True


def add_count(p: Pieces, f: Found) -> bool:
    count = f.count("n")
    if count is None:
        p.problems.append(PART_OF_CAPSULE)
    else:
        p.counts.add(count)
        p.counts_seen += 1
    return True


def add_bare_count(p: Pieces, f: Found) -> bool:
    """ "Take one daily": so small a number is one of capsules."""
    count = f.count("n")
    return count is not None and 1 <= count <= _MOST_BARE and add_count(p, f)


def add_bare_article(p: Pieces, f: Found) -> bool:
    """ "Kapseln: täglich eine", where no amount stands before it; "täglich ein" may end a verb."""
    return not (p.counts_seen or p.mg_seen) and add_bare_count(p, f)


def add_bare_strength(p: Pieces, f: Found) -> bool:
    """ "Lenalidomide 10: 1 capsule": a number after the name is the strength where it is none of capsules."""
    strength = f.number("n")
    if strength <= _MOST_BARE:
        return False
    p.strengths.add(strength)
    return True


def add_bare_mg(p: Pieces, f: Found) -> bool:
    """ "Len 25 OD": so large a number after the name is one of mg."""
    if f.number("n") <= _MOST_BARE:
        return False
    p.mg.add(f.number("n"))
    p.mg_seen += 1
    return True


def add_count_of_strength(p: Pieces, f: Found) -> bool:
    p.strengths.add(f.mg("s", "u"))
    return add_count(p, f)


def add_total(p: Pieces, f: Found) -> bool:
    """ "2 capsules of 5 mg, total 10 mg": a second way to say the same, so that it counts as no second amount."""
    p.mg.add(f.mg("s", "u"))
    p.mg_seen = max(p.mg_seen, 1)
    return True


def add_roman(p: Pieces, f: Found) -> bool:
    """ "i cap": the figure of an apothecary."""
    p.counts.add(int(f.groups["n"][0].value("ROMAN")))
    p.counts_seen += 1
    return True


def add_strength(p: Pieces, f: Found) -> bool:
    p.strengths.add(f.mg("s", "u"))
    p.single_capsule = p.single_capsule or f.has("one")
    return True


def add_strength_of_each(p: Pieces, f: Found) -> bool:
    """ "2 capsules daily (5 mg each)"."""
    p.strengths.add(f.mg("s", "u") if f.has("s") else f.mg("s2", "u2"))
    return True


def add_limit(p: Pieces, f: Found) -> bool:
    p.limits.add((f.mg("s", "u"), None) if f.has("s") else (None, f.count("n")))
    return True


def add_scheme(p: Pieces, f: Found) -> bool:
    """The times of a day, such as "1-0-1": how often, and how many capsules where nothing else is said."""
    parts = [number_of(token) for token in f.tokens if "NUMBER" in token.meanings]
    taken = {part for part in parts if part}
    times = [words for _, words in _times_of_day(f.tokens)]
    if times and (len(set(times)) != len(parts) or max(parts) > _MOST_BARE):
        p.problems.append(SCHEDULE_UNKNOWN)
        return True
    if len(taken) != 1:
        p.problems.append(SCHEDULE_UNKNOWN if not taken else AMOUNT_UNCLEAR)
        return True
    each = taken.pop()
    p.rhythms.add(Rhythm(1, None, sum(1 for part in parts if part)))
    return _capsules_each(p, each)


def add_scheme_of_amounts(p: Pieces, f: Found) -> bool:
    """ "10 mg - 0 - 0": the amount at each time of the day."""
    taken = [number_of(token) for token in f.tokens if "NUMBER" in token.meanings and number_of(token)]
    units = {factor(token.value("UNIT")) for token in f.tokens if "UNIT" in token.meanings}
    if len(set(taken)) != 1 or len(units) != 1:
        p.problems.append(AMOUNT_UNCLEAR)
        return True
    p.mg.add(taken[0] * units.pop())
    p.mg_seen += 1
    p.rhythms.add(Rhythm(1, None, len(taken)))
    return True


def add_scheme_of_week(p: Pieces, f: Found) -> bool:
    """ "Mo 1, Di 0, Mi 1": how many capsules on each day of the week."""
    days = [_weekday(token) for token in f.tokens if {"WEEKDAY", "WEEKDAY_SHORT"} & token.meanings.keys()]
    counts = [number_of(token) for token in f.tokens if "NUMBER" in token.meanings]
    taken = {day: count for day, count in zip(days, counts, strict=True) if count}
    if len(set(days)) != len(days) or len(set(taken.values())) != 1 or any("-" in day for day in days):
        p.problems.append(SCHEDULE_UNKNOWN)
        return True
    p.weekdays |= {int(day) for day in taken}
    return _capsules_each(p, next(iter(taken.values())))


def add_supplied(_p: Pieces, f: Found) -> bool:
    """ "Box of 28", "OP = 28": a number after a word of supply; "28 capsules": nobody takes so many at once."""
    topics = {topic for value in f.values("TOPIC") for topic in value.split()}
    return (not topics or "supply" in topics) and f.number("n") >= _FEWEST_OF_A_COURSE


def add_only_supplied(_p: Pieces, f: Found) -> bool:
    """ "Only by the hospital's pharmacy", "nur auf T-Rezept": how it is supplied."""
    said = {topic for value in f.values("TOPIC") for topic in value.split()}
    return "ONLY" in f.tokens[0].meanings and "DRUG" not in f.tokens[-1].meanings and said <= {"supply", "programme"}


def add_number_of_paper(_p: Pieces, f: Found) -> bool:
    """ "No. 4471": of a prescription or a plan, where it is too large for a dose."""
    return f.number("n") > _MOST_OF_A_DOSE


def waits_for_an_event(p: Pieces, f: Found) -> bool:
    """ "Start after transplant": nothing is taken until then."""
    if not begins_with(f.tokens[-1], "AFTER"):
        return False
    p.problems.append(SCHEDULE_UNKNOWN)
    return True


def with_a_point(_p: Pieces, f: Found) -> bool:
    """ "N. 1 capsula"; "no 1" may deny it."""
    return f.tokens[0].text.endswith(".")


def add_times_by_count(p: Pieces, f: Found) -> bool:
    """ "2x1": twice daily one capsule."""
    times, each = f.count("t"), f.count("n")
    if times is None or each is None or not 1 <= times <= 4 or not 1 <= each <= _MOST_BARE:
        return False
    p.rhythms.add(Rhythm(1, None, times))
    return _capsules_each(p, Decimal(each))


def _capsules_each(p: Pieces, each: Decimal) -> bool:
    if each == 1:
        p.one_each = True
    elif each == int(each):
        p.counts.add(int(each))
        p.counts_seen += 1
    else:
        p.problems.append(PART_OF_CAPSULE)
    return True


# Rhythms.


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
    ends = [{int(d) for d in _weekday(f.groups[end][0]).split("-")} for end in ("a", "n")]
    if any(len(days) != 1 for days in ends) or ends[0] == ends[1]:
        p.problems.append(SCHEDULE_UNKNOWN)
        return True
    first, last = (days.pop() for days in ends)
    p.weekdays |= {(first - 1 + n) % 7 + 1 for n in range((last - first) % 7 + 1)}
    return True


def _weekday(token: Token) -> str:
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
    items = list(_times_of_day(f.tokens))
    kinds = {"OR" if "OR" in t.meanings else "AND" for t in f.tokens if {"OR", "AND"} & t.meanings.keys()}
    slots = tuple(slot for slot, _ in items)
    if len(items) == 1 or "OR" in kinds or (len(set(slots)) == 1 and "AND" not in kinds):
        p.slots.add(slots[:1])
    elif len({text for _, text in items}) == len(items) and ("AND" in kinds or len(set(slots)) == len(items)):
        p.slots.add(tuple(sorted(slots)))
    else:
        p.problems.append(SCHEDULE_UNKNOWN)
    return True


def _times_of_day(tokens: tuple[Token, ...]) -> Iterator[tuple[str, str]]:
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
    items = list(_times_of_day(f.tokens))
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
