"""FHIR dates: what a `date`, `dateTime` or `instant` says, and no more than it says.

A partial date ("2024", "2024-03") is a span of days, never its first day. A time counts as an instant only where its
zone is given; without one it stays the wall-clock time as written, which a caller that knows a zone may place.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone

import msgspec

from cds_service.fhir.decode import Unreadable

_FORM = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"(T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})(\.(?P<fraction>[0-9]{1,30}))?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?"
)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)", re.ASCII)
# Nobody who lives was born before it, so that no result and no diagnosis of theirs lies before it either.
FIRST_BIRTH = date(1906, 1, 1)
# Days from which systems count, so that an empty field reads as one of them: of spreadsheets, statistics, operating systems,
# satellites and the clocks of instruments; a time zone moves them by a day.
_ZERO_DAYS = frozenset({date(1960, 1, 1), date(1969, 12, 31), date(1970, 1, 1), date(1980, 1, 6), date(2001, 1, 1)})
# So do these, which are often the true first day of a year that is all that is known.
_ZERO_DAYS_OR_TRUE = frozenset({date(1980, 1, 1), date(2000, 1, 1)})
# An end further off than this, at the turn of a year this far off, or at the last second of a clock, means no end.
_OPEN_YEARS = 50
_OPEN_TURN_YEARS = 24
_LAST_SECONDS = frozenset({date(2037, 12, 31), date(2038, 1, 19)})
# The widest offset that the standard's own expression allows.
_WIDEST_OFFSET = timedelta(hours=14)


class ReadDate(msgspec.Struct, frozen=True, gc=False):
    """The calendar days that a FHIR date can mean, and its instant where a time with zone was given.

    `on_from` and `on_to` are the first and last day, as written (not moved to another zone); equal for a full date.
    `at` is the instant, with its zone. `local` is the wall-clock time without zone, where a time was given at all.
    """

    on_from: date
    on_to: date
    at: datetime | None = None
    local: datetime | None = None

    @property
    def on(self) -> date | None:
        """The day; None where the date is partial."""
        return self.on_from if self.on_from == self.on_to else None

    @property
    def is_partial(self) -> bool:
        """Whether only the month or the year is known."""
        return self.on_from != self.on_to

    def is_after(self, day: date) -> bool:
        """Whether every day it can mean lies after `day` (a month or year still running is not after it)."""
        return self.on_from > day


def is_filler(read: ReadDate, *, of_result: bool = False) -> bool:
    """Whether a date only fills its field: it lies before any patient's life, or on a day from which a system counts.

    Args: `of_result`: results are drawn at any day, so that the first day of a round year is no date of theirs either.
    Not for births, of which only the first kind is known. Dates ahead are for the reader to call future, or an open end.
    """
    day = read.on_from
    is_zero = not read.is_partial and (day in _ZERO_DAYS or (of_result and day in _ZERO_DAYS_OR_TRUE))
    return day < FIRST_BIRTH or is_zero


def is_open_end(day: date, today: date) -> bool:
    """Whether an end says that no end is meant: the last day that a field can hold, or one that was typed to get past it."""
    is_turn = (day.month, day.day) in ((1, 1), (12, 31))
    ahead = day.year - today.year
    return ahead > _OPEN_YEARS or (is_turn and ahead >= _OPEN_TURN_YEARS) or day in _LAST_SECONDS


def read_date(text: str) -> ReadDate:
    """The days and the instant that a FHIR date, dateTime or instant stands for.

    Seconds may be missing and zones may be missing, because both are seen in the field.

    Raises: Unreadable when it is no FHIR date or no day of the calendar.
    """
    return _read_whole(text) or _read_by_parts(text)


def _read_whole(text: str) -> ReadDate | None:
    """A whole day or an instant to the second, as nearly every date is one: to read it so costs a fifth. None for any other."""
    try:
        if len(text) == 10 and text[4] == "-" == text[7]:
            day = date.fromisoformat(text)
            return ReadDate(day, day)
        if _INSTANT.fullmatch(text):
            at = datetime.fromisoformat(text)
            return ReadDate(day := at.date(), day, at, datetime.fromisoformat(text[:19]))
    except ValueError:
        return None
    return None


def _read_by_parts(text: str) -> ReadDate:
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise Unreadable("not a FHIR date")
    part = found.groupdict()
    try:
        year = int(part["year"])
        if part["month"] is None:
            return ReadDate(date(year, 1, 1), date(year, 12, 31))
        month = int(part["month"])
        if part["day"] is None:
            return ReadDate(date(year, month, 1), date(year, month, monthrange(year, month)[1]))
        day = date(year, month, int(part["day"]))
        if part["hour"] is None:
            return ReadDate(day, day)
        local = _time_of(day, part)
        zone = _zone_of(part["zone"])
        return ReadDate(day, day, None if zone is None else local.replace(tzinfo=zone), local)
    except ValueError:
        # Unreadable is a ValueError too; both mean the same to the caller.
        raise Unreadable("not a day or time of the calendar") from None


def _time_of(day: date, part: dict[str, str | None]) -> datetime:
    second = int(part["second"] or 0)
    if second > 60:
        raise ValueError("second")
    # Second 60 is a leap second, which Python's clock does not have.
    micro = int((part["fraction"] or "0")[:6].ljust(6, "0"))
    return datetime(
        day.year, day.month, day.day, int(part["hour"] or 0), int(part["minute"] or 0), min(second, 59), micro
    )


def _zone_of(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    minutes = int(text[4:6])
    offset = timedelta(hours=int(text[1:3]), minutes=minutes)
    if minutes > 59 or offset > _WIDEST_OFFSET:
        raise ValueError("zone")
    return timezone(-offset if text[0] == "-" else offset)
