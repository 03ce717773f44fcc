"""A chart's medication records as they stood on an earlier day, so that `therapy_of` can tell a course day by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.first_dose import start_of

OVER = ("stopped", "completed", "on-hold")
_DAY = timedelta(days=1)


def as_of(records: Sequence[MedicationRecord], day: date, today: date) -> tuple[MedicationRecord, ...]:
    """The records that had begun on a day; what ended or paused later, and by today, still went on.

    Missing: a record without a start had begun on every day. One whose end nobody wrote down went on until the next record of
    its kind and drugs began; without a next one, and where the day of a pause is not known, it stands as it is.
    """
    begun = [r for r in records if (start := start_of(r)) is None or start <= day]
    return tuple(_going_on(r) if r.status in OVER and _goes_on(r, records, day, today) else r for r in begun)


def changes(records: Iterable[MedicationRecord], today: date) -> tuple[date, ...]:
    """The days up to today on which the records begin, end or pause, oldest first."""
    found: set[date | None] = set()
    for record in records:
        found |= {start_of(record), record.status_since, record.bounds_end}
        # The last day of an order that runs out is a day of treatment; a pause begins on its own day.
        found.add(record.bounds_end + _DAY if record.bounds_end is not None else None)
    return tuple(sorted(day for day in found if day is not None and day <= today))


def _goes_on(record: MedicationRecord, every: Sequence[MedicationRecord], day: date, today: date) -> bool:
    """Whether a record that is over by now was not yet over on the day."""
    ends = [d for d in (record.status_since, record.bounds_end) if d is not None and d <= today][:1]
    start = start_of(record)
    if record.status != "on-hold" and start is not None:
        later = (start_of(r) for r in every if r.kind == record.kind and r.concepts == record.concepts)
        ends += [min(found)] if (found := [s for s in later if s is not None and start < s <= today]) else []
    return bool(ends) and day < min(ends)


def _going_on(record: MedicationRecord) -> MedicationRecord:
    return replace(record, status="active", status_reason="", status_concepts=frozenset(), status_since=None)
