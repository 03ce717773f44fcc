"""Days, weeks, cycles, ages: calendar arithmetic of the rules. Day 0 is the day of the first dose."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def treatment_day(on: date, first_dose: date) -> int:
    """Days since the first dose; the first dose is day 0 (US-MDS-4WKDEF). Negative before it."""
    return (on - first_dose).days


def months_later(day: date, months: int) -> date:
    """The same calendar day some months later; the last day of that month where it has no such day (31 January → 28 February)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = day.day if day.day <= 28 else monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def age_on(on: date, born: date) -> int:
    """Completed years on a day. A birthday on 29 February is completed on 1 March of other years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
