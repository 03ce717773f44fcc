"""Medication records of one course, in a few words: orders, statements, supplies, and the therapy that they tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.therapy import Therapy, therapy_of
from tests.support.facts import START, TEN, day, order

TODAY = day(30)


def therapy(*records: MedicationRecord, on: date = TODAY) -> Therapy:
    """The therapy, the same for every order of the records."""
    found = therapy_of(records, "lenalidomide", on)
    assert found == therapy_of(reversed(records), "lenalidomide", on)
    return found


def statement(
    dose: Dose | None, status: str = "active", since: date | None = START, until: date | None = None
) -> MedicationRecord:
    """A statement of what is taken."""
    base = order(dose, status, since, until)
    by = "taken" if since else ""
    reference = base.reference.replace("Request", "Statement")
    return replace(base, kind="statement", intent="", starts_by=by, reference=reference)


def supply(
    on: date | None, kind: str = "dispense", status: str = "completed", dose: Dose | None = TEN
) -> MedicationRecord:
    """A dispense or an administration."""
    by = {"dispense": "dispensed", "administration": "taken"}[kind] if on else ""
    return replace(order(dose, status, on), kind=kind, intent="", starts_by=by, reference=f"{kind}/{on}")


def written(on: date, dose: Dose = TEN, status: str = "active", **more: object) -> MedicationRecord:
    """An order that has only the day of writing."""
    return replace(order(dose, status, None), authored_on=on, reference=f"MedicationRequest/w-{on}", **more)  # type: ignore[arg-type]
