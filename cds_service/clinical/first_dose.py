"""The first-dose day of a course, from records whose evidence ranks: taken, bounds, validity, dispensed, authored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from cds_service.clinical.exposure import MedicationRecord

NEW_COURSE_GAP = timedelta(days=28)  # a completed order followed later than this ended that course
SAME_WEEKS = timedelta(days=60)  # later evidence of a first dose that may speak of the same start
TOOK_PLACE = ("completed", "in-progress", "unknown", "")
START_RANK = {"taken": 0, "bounds": 1, "validity": 2, "dispensed": 3, "authored": 4}


def start_of(record: MedicationRecord) -> date | None:
    """The day from which a record was meant or taken, else the day it was written; None without any date."""
    return record.starts_on or record.authored_on


def first_doses(course: Sequence[MedicationRecord], own: Iterable[MedicationRecord], today: date) -> tuple[date, ...]:
    """The first-dose day by the best evidence, then other evidence that disagrees with it and may be right.

    An earlier day always may: only the evidence ranks, not the day. A later one may within the same weeks, but not a
    dispense after a start that an order or a statement tells: that is a refill.
    Missing: empty without evidence, and where the best evidence names a day that is not to be believed.
    """
    begin = min((s for s in (start_of(e) for e in course) if s is not None), default=None)
    found: dict[str, date] = {}
    unbelieved = {r.starts_by for r in course if r.starts_on is None and r.starts_by}
    for record in (*course, *(r for r in own if is_supply(r))):
        day, by = record.starts_on, record.starts_by
        if day is None:
            day, by = record.authored_on, "authored"
        if day is None or day > today or (by == "authored" and is_supply(record)):
            continue
        if is_supply(record) and begin is not None and day < begin - NEW_COURSE_GAP:
            continue
        found[by] = min(day, found.get(by, day))
    ranked = sorted({*found, *unbelieved}, key=lambda k: START_RANK.get(k, 9))
    if not ranked or ranked[0] in unbelieved:
        return ()
    ranked = [k for k in ranked if k in found]
    best, *rest = (found[k] for k in ranked if k == ranked[0] or k != "dispensed" or found[k] < found[ranked[0]])
    # The day of writing says little beside better evidence, unless it is of an order long before.
    written = found.get("authored")
    if written is not None and len(found) > 1 and abs(best - written) <= NEW_COURSE_GAP:
        rest.remove(written)
    others = [d for d in dict.fromkeys(rest) if d < best or timedelta(0) < d - best <= SAME_WEEKS]
    return (best, *others)


def is_supply(record: MedicationRecord) -> bool:
    """Whether the record is a dispense or administration that took place."""
    return record.kind in ("dispense", "administration") and record.status in TOOK_PLACE
