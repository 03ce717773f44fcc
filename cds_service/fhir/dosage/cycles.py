"""What the phrases of days on, days off and cycles add to the pieces of a dosage text."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from cds_service.fhir.dosage.pieces import Found, Handler, Pieces
from cds_service.fhir.schedule import DAYS_OF_A_SUPPLY

CYCLES: Final = (21, 28, 35, 42)
_FEWEST_BARE: Final = 7
_MOST_MONTHS: Final = 12
_WEEKLY: Final = "every 7"
_DAY_LETTER: Final = "t"


def _days(f: Found, number: str, unit: str) -> int | None:
    count = f.count(number)
    return None if not count else count * (7 if f.has(unit) else 1)


def into(kind: str) -> Handler:
    """A length of days (group `n`, with `week` of weeks) of one kind of piece."""

    def add(p: Pieces, f: Found) -> bool:
        days = _days(f, "n", "week")
        if days is None or (kind == "cycles" and days not in CYCLES):
            return False
        getattr(p, kind).add(days)
        p.continuous = p.continuous or bool(f.values("CONTINUOUS"))
        return True

    return add


def add_cycle_of(p: Pieces, f: Found) -> bool:
    """ "Of 28 days", after the days on; before them the same word may mean "for" ("per 21 giorni")."""
    is_said = bool({"EVERY", "REPEAT"} & f.tokens[0].meanings.keys())
    return (is_said or bool(p.days_on)) and into("cycles")(p, f)


def add_cycle_of_weeks(p: Pieces, f: Found) -> bool:
    """ "Repeated 4-weekly", "4-wöchentlich": the length of the cycle, after its days on."""
    weeks = f.count("n")
    if f.values("RHYTHM") != [_WEEKLY] or not weeks or weeks * 7 not in CYCLES or not (p.days_on or p.days_of_course):
        return False
    p.cycles.add(weeks * 7)
    return True


def add_on_off(p: Pieces, f: Found) -> bool:
    """ "21 days on, 7 off": the second number has the unit of the first where it has none of its own."""
    on = _days(f, "n", "week") if f.has("n") else 7
    off = f.count("n2") if f.has("n2") else 1
    if not on or not off:
        return False
    own_unit = f.has("week2") or f.has("day2")
    p.days_on.add(on)
    p.days_off.add(off * (7 if f.has("week2") or (not own_unit and f.has("week")) else 1))
    return True


def add_on_of(p: Pieces, f: Found) -> bool:
    """ "21 of 28 days", "three weeks out of four"; "3/28" is as likely a date."""
    unit = 7 if f.has("week") or f.has("week2") else 1
    on, cycle = f.count("n"), f.count("n2")
    if not on or not cycle or on > cycle or cycle * unit not in CYCLES:
        return False
    is_bare = unit == 1 and not f.has("day") and not f.has("day2")
    if (f.has("slash") and on <= _MOST_MONTHS) or (is_bare and on % 7):
        return False
    p.days_on.add(on * unit)
    p.cycles.add(cycle * unit)
    return True


def add_interval(p: Pieces, f: Found) -> bool:
    """ "Days 1-21"; "rest on days 22-28" is the end of a cycle of 28."""
    first, last = f.count("a"), f.count("n")
    if first is None or last is None or first >= last:
        return False
    if f.has("off") or f.has("off2"):
        p.days_off.add(last - first + 1)
        p.cycles.add(last)
    elif first == 1:
        p.days_on.add(last)
    else:
        return False
    return True


def add_interval_by_letter(p: Pieces, f: Found) -> bool:
    """ "t1-t21" of Tag: the letter of a tablet, where the days begin with the first."""
    return f.tokens[0].text == _DAY_LETTER and f.count("a") == 1 and add_interval(p, f)


def add_weeks(p: Pieces, f: Found) -> bool:
    """ "Weeks 1-3": the days on of a cycle; more weeks may be a phase with another dose after it."""
    first, last = f.count("a"), f.count("n")
    if first != 1 or last not in (2, 3):
        return False
    p.days_on.add(last * 7)
    return True


def add_week_off(p: Pieces, f: Found) -> bool:
    """ "Week 4 off": the last week of a cycle of so many."""
    ordinals = f.values("ORDINAL")
    week = (
        int(ordinals[0])
        if f.has("nth") or f.has("nth2")
        else f.count(next((group for group in ("n", "n2", "n3") if f.has(group)), "n"))
    )
    if not week or week * 7 not in CYCLES:
        return False
    p.days_off.add(7)
    p.cycles.add(week * 7)
    return True


def add_weeks_then_off(p: Pieces, f: Found) -> bool:
    """ "Three weeks, and rest in the fourth"."""
    on = f.count("n")
    if not on or f.values("ORDINAL")[-1] != str(on + 1) or (on + 1) * 7 not in CYCLES:
        return False
    p.days_on.add(on * 7)
    p.cycles.add((on + 1) * 7)
    return True


def add_last_off(p: Pieces, f: Found) -> bool:
    """ "Rest on the last 7 days of 28"."""
    off, cycle = _days(f, "n", "week"), _days(f, "n2", "week2")
    if not f.values("LAST") or not off or not cycle or cycle not in CYCLES or off >= cycle:
        return False
    p.days_off.add(off)
    p.cycles.add(cycle)
    return True


def add_first_of(p: Pieces, f: Found) -> bool:
    """ "The first 3 weeks of each cycle of 4 weeks"."""
    on, cycle = _days(f, "n", "week"), _days(f, "n2", "week2")
    if not f.values("FIRST") or not on or not cycle or cycle not in CYCLES or on > cycle:
        return False
    p.days_on.add(on)
    p.cycles.add(cycle)
    return True


def add_off_after(p: Pieces, f: Found) -> bool:
    """ "1 Wo. Pause", after the days on; before them the point may end a sentence."""
    return bool(p.days_on or p.days_of_course) and not p.days_off and into("days_off")(p, f)


def add_bare_days_off(p: Pieces, f: Found) -> bool:
    """ "And seven of rest": so many are days, after days on that with them are a cycle."""
    off = f.count("n") or 0
    if off < _FEWEST_BARE or p.days_off or not any(on + off in CYCLES for on in p.days_on | p.days_of_course):
        return False
    p.days_off.add(off)
    return True


def add_week_of_rest(p: Pieces, f: Found) -> bool:
    """ "Dan stopweek": seven days, unless it is said to be several of them."""
    if f.has("n") and f.count("n") != 1:
        return False
    p.days_off.add(7)
    return True


def add_ratio_of_weeks(p: Pieces, f: Found) -> bool:
    """ "3:1 (3 Wo. Einnahme, 1 Wo. Pause)": weeks on and off in short, before they are said at length."""
    on, off = f.count("n"), f.count("n2")
    if not on or not off or (on + off) * 7 not in CYCLES:
        return False
    p.days_on.add(on * 7)
    p.days_off.add(off * 7)
    return True


def add_over_seven_off(p: Pieces, f: Found) -> bool:
    """ "21/7 then 7/7 off": days, as pharmacists write them."""
    on, off = f.count("n"), f.count("n2")
    if not on or not off or f.count("days") != 7 or f.count("days2") != 7:
        return False
    p.days_on.add(on)
    p.days_off.add(off)
    return True


def add_cycle_in_brackets(p: Pieces, f: Found) -> bool:
    """ "Days 1-21 (28 days)": a cycle that is longer than the days before it."""
    days = f.count("n")
    if days not in CYCLES or not p.days_on or max(p.days_on) >= days:
        return False
    p.cycles.add(days)
    return True


def add_rest_until(p: Pieces, f: Found) -> bool:
    """ "Then rest until day 28": the last day of the cycle."""
    last = f.count("n")
    if last not in CYCLES or not p.days_on:
        return False
    p.cycles.add(last)
    return True


def add_same_day(p: Pieces, f: Found) -> bool:
    """ "Day 22 = day 1", "J1 = J22": a cycle of 21 days."""
    days = [f.count("n"), f.count("n2")]
    if days[0] == 1:
        f = replace(f, groups={"n": f.groups["n2"]})
        days.reverse()
    return days[1] == 1 and add_repeat_on(p, f)


def add_end_off(p: Pieces, f: Found) -> bool:
    """ "Nothing from 22 to 28", after "days 1-21"."""
    first = f.count("a")
    return first is not None and first - 1 in p.days_on and _ends_off(p, f)


def _ends_off(p: Pieces, f: Found) -> bool:
    first, last = f.count("a"), f.count("n")
    if first is None or last is None or first >= last:
        return False
    p.days_off.add(last - first + 1)
    p.cycles.add(last)
    return True


def add_cycle_number(_p: Pieces, f: Found) -> bool:
    """ "Cycle 3", "cycle 3 of 8"; "cycle 21/28" is its days."""
    return not f.has("n2") or f.count("n2") not in CYCLES


def no_rest(p: Pieces, _f: Found) -> bool:
    """ "No break": beside days off it is a contradiction."""
    p.days_on.add(DAYS_OF_A_SUPPLY)
    p.cycles.add(DAYS_OF_A_SUPPLY)
    return True


def is_continuous(p: Pieces, _f: Found) -> bool:
    """ "Continuous dosing": what a cycle without days on or off means; beside either it says nothing."""
    p.continuous = True
    return True


def add_repeat_on(p: Pieces, f: Found) -> bool:
    """ "Repeat on day 29": a cycle of 28 days."""
    day = f.count("n")
    if day is None or day - 1 not in CYCLES:
        return False
    p.cycles.add(day - 1)
    return True


def name_cycle(p: Pieces, _f: Found) -> bool:
    """ "Each cycle" says nothing where its length is not said."""
    p.cycle_named = True
    return True
