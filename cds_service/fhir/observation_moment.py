"""When a result was drawn, and which result replaces which."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from cds_service.fhir.dates import ReadDate, is_filler, read_date
from cds_service.fhir.decode import Unreadable
from cds_service.fhir.observation_values import Observation

NO_DATE: Final = "no date"
BAD_DATE: Final = "its date is not readable"
UNMEANT_DATE: Final = "its date stands for one that is not known"
PARTIAL_DATE: Final = "its date is only a month or a year"
FUTURE: Final = "its date is in the future"

_WITHDRAWN: Final = frozenset({"entered-in-error", "cancelled"})
# What says that there is no result yet, or that nobody knows.
WITHOUT_RESULT: Final = frozenset({"registered", "unknown"})
_LONGEST_DAY: Final = 40
_RANK: Final = {"corrected": 3, "amended": 3, "appended": 3, "final": 2, "preliminary": 1}


@dataclass(frozen=True, slots=True)
class Moment:
    """When a result was drawn.

    `when` is None where no date can be read, and then `fault` says why; `on` is its day, None where it is partial.
    `until` ends an effectivePeriod. `key` is equal for equal moments: the instant where one is known, else the wall-clock
    time, else the day. `order` sorts within a day: the instant, else the wall-clock time, else the start of the day.
    """

    when: ReadDate | None
    fault: str = ""
    until: ReadDate | None = None
    key: Hashable = None
    order: datetime = datetime.min
    on: date | None = None

    @classmethod
    def of(cls, when: ReadDate, until: ReadDate | None) -> Moment:
        """The moment of a date that could be read."""
        if when.at is not None:
            instant = when.at.astimezone(UTC)
            return cls(when, "", until, instant, instant.replace(tzinfo=None), when.on)
        start = datetime(when.on_from.year, when.on_from.month, when.on_from.day)
        return cls(when, "", until, when.local or (when.on_from, when.on_to), when.local or start, when.on)


def moment_of(observation: Observation) -> Moment:
    """When the result was drawn: effective[x], else `issued`.

    A period counts from its start (from its end where it has no start): the older day, so that no result looks newer
    than it is. A date that stands there and cannot be read is not replaced by `issued`.
    """
    text, end = _written(observation)
    # What is longer is no date, and is not remembered.
    is_long = len(text) > _LONGEST_DAY or len(end) > _LONGEST_DAY
    return Moment(None, BAD_DATE) if is_long else _moment_at(text, end)


def day_as_written(observation: Observation) -> str:
    """When the result was drawn, in the words of the resource; "" where it says nothing."""
    return _written(observation)[0][:_LONGEST_DAY]


def _written(observation: Observation) -> tuple[str, str]:
    """The words of the day that counts, and of the end of its period."""
    text, end = observation.effectiveDateTime, ""
    if not text:
        text, period = observation.effectiveInstant, observation.effectivePeriod
        if not text and period is not None:
            text, end = period.start or period.end, period.end
        text = text or observation.issued
    return text, end


# The results of one draw carry the same time.
@lru_cache(maxsize=1024)
def _moment_at(text: str, end: str) -> Moment:
    if not text:
        return Moment(None, NO_DATE)
    try:
        when, until = known_date(text), known_date(end) if end else None
    except Unreadable:
        return Moment(None, BAD_DATE)
    return Moment(None, UNMEANT_DATE) if is_filler(when, of_result=True) else Moment.of(when, until)


def known_date(text: str) -> ReadDate:
    """The date. Raises: Unreadable when it is no FHIR date, or lies at the edge of the calendar."""
    if len(text) > 40:
        raise Unreadable("not a FHIR date")
    read = read_date(text)
    if not date.min.year < read.on_from.year < date.max.year:
        # An instant at the edge of the calendar cannot be moved to another zone.
        raise Unreadable("not a day of any patient's life")
    return read


def is_future(when: ReadDate, today: date) -> bool:
    """Whether a date lies after today, both as written and in UTC."""
    if not when.is_after(today):
        return False
    return when.at is None or when.at.astimezone(UTC).date() > today


def day_of(moment: Moment, today: date) -> date | None:
    """The day of a result that is not of the future; None where it is partial.

    A zone ahead of ours may write tomorrow on an instant that has passed: that is today, and the result counts.
    """
    on = moment.on
    return today if on is not None and on > today else on


def latest_versions(observations: Iterable[Observation]) -> list[Observation]:
    """One version of each resource id: entered in error takes all back, then corrected, final, preliminary, then the latest.

    Withdrawn results leave nothing. Resources without id all stay; versions that cannot be told apart stay too, and show as a conflict.
    """
    observations = list(observations)
    ids = {observation.id for observation in observations}
    if len(ids) == len(observations) and "" not in ids:
        return [observation for observation in observations if not is_withdrawn(observation.status)]
    by_id: dict[str, list[Observation]] = {}
    kept: list[Observation] = []
    for observation in observations:
        if observation.id:
            by_id.setdefault(observation.id, []).append(observation)
        elif not is_withdrawn(observation.status):
            kept.append(observation)
    for versions in by_id.values():
        if len(versions) == 1:
            if not is_withdrawn(versions[0].status):
                kept.append(versions[0])
        elif not any(is_withdrawn(v.status) for v in versions):
            best = max(_version(v) for v in versions)
            kept.extend(v for v in versions if _version(v) == best)
    return kept


def is_withdrawn(status: str) -> bool:
    """Whether the resource says that it never was a result."""
    return status not in _RANK and plain_status(status) in _WITHDRAWN


def plain_status(status: str) -> str:
    """The code of a status, also where it is written in capitals or with blanks."""
    return status if status in _RANK else status.strip().lower()


def is_odd(status: str) -> bool:
    """Whether the status is missing, not known or none of a result, so that nothing says what the result is worth."""
    return not rank(status) and not is_withdrawn(status) and plain_status(status) != "registered"


def rank(status: str) -> int:
    """Which of two results of one code and moment replaces the other: the higher; 0 for results that do not count."""
    return _RANK.get(plain_status(status), 0)


def _version(observation: Observation) -> tuple[int, float]:
    updated = observation.meta.lastUpdated if observation.meta else ""
    return rank(observation.status), instant_number(updated or observation.issued)


def instant_number(text: str) -> float:
    """An instant as a number for ordering; -1 where there is none."""
    try:
        at = known_date(text).at if text else None
    except Unreadable:
        return -1.0
    return at.timestamp() if at is not None else -1.0
