"""How long a record shows that the drug is taken: to the end of what it supplies, and for a while after it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from cds_service.clinical.exposure import MOST_SUPPLY_DAYS, MedicationRecord
from cds_service.clinical.first_dose import NEW_COURSE_GAP, start_of

SUPPLY_DAYS = 28  # what one prescription covers where it does not say
# What a reason names that ends treatment: ended as planned, progression, death, for good; afterwards it is a new start.
ENDING = frozenset({"treatment-ended", "for-good", "pregnant", "acute-leukemia"})
# What a reason names that makes of a pause one for toxicity.
TOXIC = frozenset(
    {"low-counts", "rash", "toxicity", "liver", "tumor-lysis", "tumor-flare", "vte", "ate", "bleeding", "for-good"}
)


def supplied_until(record: MedicationRecord) -> date | None:
    """The day on which a record's supply ends: its own end, else its start and its days of supply with all repeats.

    Missing: without days of supply one prescription of 28 days; None without any date, and where the end is only planned for a
    record that has ended is taken as it stands.
    """
    if record.bounds_end is not None:
        return record.bounds_end
    start = start_of(record)
    if start is None:
        return None
    stated = record.days_supply
    days = int(stated) if stated is not None and stated <= MOST_SUPPLY_DAYS else SUPPLY_DAYS
    return start + timedelta(days=min(days * (1 + (record.refills or 0)), MOST_SUPPLY_DAYS))


def is_within_course(records: Iterable[MedicationRecord], today: date) -> bool:
    """Whether a course still goes on by the last supply of some records; undated ones show nothing."""
    ends = [end for r in records if (end := supplied_until(r)) is not None]
    return bool(ends) and today - max(ends) <= NEW_COURSE_GAP


def ends_treatment(record: MedicationRecord) -> bool:
    """Whether the record gives a reason that ends treatment for good, as against pausing it or running out."""
    return record.status in ("stopped", "completed") and not ENDING.isdisjoint(record.status_concepts)


def is_paused(record: MedicationRecord) -> bool:
    """Whether the record says that treatment paused: on hold, or stopped without the word that it ended."""
    return record.status == "on-hold" or (record.status == "stopped" and not ends_treatment(record))
