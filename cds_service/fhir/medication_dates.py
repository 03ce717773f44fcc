"""When a medication was begun, by the order of evidence: taken, bounds, validity, dispensed, authored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from cds_service.clinical.exposure import MOST_SUPPLY_DAYS
from cds_service.fhir.dates import ReadDate, is_filler, is_open_end, read_date
from cds_service.fhir.decode import Quantity, Unreadable
from cds_service.fhir.dosage.instruction import Dosage
from cds_service.fhir.medication_members import days_in, member
from cds_service.fhir.medication_shapes import DispenseRequest, MedicationResource

FUTURE: Final = "a {what} date lies in the future and was not used"
PARTIAL: Final = "a {what} date is not a full date and was not used"
UNREADABLE: Final = "a {what} date cannot be read and was not used"
UNBELIEVED: Final = "a {what} date lies before 1950 or stands for an unknown one and was not used"
LONG_SUPPLY: Final = "a supply of more than {days} days is not believed"

# The first day that a course of a living patient can have.
EARLIEST: Final = date(1950, 1, 1)
# No supply that is believed lasts so long, and nothing of it is remembered.
_LONG_OVER: Final = timedelta(days=365)


@dataclass(slots=True)
class Dates:
    """The dates of one resource, its supply in days, and remarks about those that could not be used.

    `starts_by` with a `starts_on` of None: there is such evidence, and its day is not to be believed.
    """

    starts_on: date | None = None
    starts_by: str = ""
    planned_from: date | None = None
    bounds_end: date | None = None
    authored_on: date | None = None
    authored_at: datetime | None = None
    authored_local: datetime | None = None
    days_supply: Decimal | None = None
    remarks: list[str] = field(default_factory=list)


def read_dates(resource: MedicationResource, dosages: Iterable[Dosage], request: DispenseRequest, today: date) -> Dates:
    """The start, end and writing dates of a medication resource.

    A start that lies in the future or is partial is not replaced by weaker evidence: then the start is not known, and one
    in the future is a plan. A date that only fills its place is none.
    Source: rulings, "First dose".
    """
    dates = Dates()
    authored = _read(resource.authoredOn or resource.dateWritten or resource.dateAsserted, "writing", dates)
    if authored is not None and _is_usable(authored, today, "writing", dates):
        dates.authored_on, dates.authored_at = authored.on, authored.at
        dates.authored_local = authored.local if authored.at is None else None
    bounds = [d.timing.repeat.boundsPeriod for d in dosages if d.timing and d.timing.repeat]
    taken = resource.effectivePeriod.start if resource.effectivePeriod else resource.effectiveDateTime
    written = resource.authoredOn or resource.dateWritten
    is_taken = resource.resourceType in {"MedicationStatement", "MedicationAdministration"}
    candidates = (
        ("taken", taken if is_taken else ""),
        ("bounds", min((b.start for b in bounds if b and b.start), default="")),
        ("validity", request.validityPeriod.start if request.validityPeriod else ""),
        ("dispensed", resource.whenHandedOver or resource.whenPrepared),
    )
    for evidence, text in candidates:
        read = _read(text, "start", dates)
        if read is None:
            continue
        dates.planned_from = read.on_from if read.is_after(today) else None
        if _is_usable(read, today, "start", dates):
            dates.starts_on = read.on
        elif evidence == "dispensed" and read.on is None and today - read.on_to > _LONG_OVER:
            # Whichever day of it was meant, that supply is over.
            dates.starts_on = read.on_to
        dates.starts_by = evidence if dates.starts_on or _is_unmeant(read) else ""
        break
    else:
        if dates.authored_on is not None and written:
            dates.starts_on, dates.starts_by = dates.authored_on, "authored"
    ends = [b.end for b in bounds if b and b.end]
    if resource.effectivePeriod and resource.effectivePeriod.end and is_taken:
        ends.append(resource.effectivePeriod.end)
    # An end in the future is a plan, not an error.
    read_ends = [on for text in ends if (on := _end(_read(text, "end", dates), today, dates)) is not None]
    dates.bounds_end = max(read_ends, default=None)
    dates.days_supply = _supply(request.expectedSupplyDuration or member(resource.daysSupply, Quantity), dates)
    return dates


def _end(read: ReadDate | None, today: date, dates: Dates) -> date | None:
    """The day of an end; None where there is none, or where it only says that no end is meant."""
    if read is None or read.on is None or is_open_end(read.on, today):
        return None
    if _is_unmeant(read):
        dates.remarks.append(UNBELIEVED.format(what="end"))
        return None
    return read.on


def _supply(stated: Quantity | None, dates: Dates) -> Decimal | None:
    """The days that a supply lasts as stated, None without; one that no supply lasts is said and kept, to be questioned."""
    days = days_in(stated)
    if days is not None and days > MOST_SUPPLY_DAYS:
        dates.remarks.append(LONG_SUPPLY.format(days=MOST_SUPPLY_DAYS))
    return days


def _is_unmeant(read: ReadDate) -> bool:
    """Whether a full date is one that no course of a drug can have."""
    return read.on is not None and (read.on < EARLIEST or is_filler(read))


def _read(text: str, what: str, dates: Dates) -> ReadDate | None:
    if not text:
        return None
    try:
        return read_date(text)
    except Unreadable:
        dates.remarks.append(UNREADABLE.format(what=what))
        return None


def _is_usable(read: ReadDate, today: date, what: str, dates: Dates) -> bool:
    if read.is_after(today):
        dates.remarks.append(FUTURE.format(what=what))
        return False
    if read.on is None:
        dates.remarks.append(PARTIAL.format(what=what))
        return False
    if _is_unmeant(read):
        dates.remarks.append(UNBELIEVED.format(what=what))
        return False
    return True
