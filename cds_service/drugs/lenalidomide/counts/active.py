"""Other drugs that are taken beside lenalidomide."""

from __future__ import annotations

from datetime import date, timedelta

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.first_dose import is_supply
from cds_service.clinical.recommendation import Input
from cds_service.dosing.case import Case

RULE = "GIVEN-RECENTLY"


def active_medication(case: Case, *concepts: str) -> tuple[Input, ...]:
    """What the patient takes of some drugs or classes, as inputs: active orders and statements, and what was given or dispensed
    of late, since many drugs are given on a ward or in an infusion room and nowhere ordered.

    Missing: a record without a day of its end has none; one that was given on an unknown day does not count.
    """
    wanted = set(concepts)
    return tuple(
        [
            Input("medication", m.text or ", ".join(sorted(m.concepts & wanted)), on=m.starts_on, reference=m.reference)
            for m in case.facts.medications
            if wanted & m.concepts and (_is_ordered(m, case.on) or _is_given(m, case))
        ]
    )


def given_recently(case: Case) -> list[MedicationRecord]:
    """What was given or dispensed of late, of any drug but the one of the case."""
    return [m for m in case.facts.medications if _is_given(m, case)]


def _is_given(record: MedicationRecord, case: Case) -> bool:
    if not is_supply(record) or case.content.name in record.concepts or record.starts_on is None:
        return False
    return case.on - timedelta(days=case.rules.number(RULE, "days")) <= record.starts_on <= case.on


def _is_ordered(record: MedicationRecord, on: date) -> bool:
    is_active = record.kind in ("order", "statement") and record.status in ("active", "unknown", "")
    return is_active and not record.is_draft and (record.bounds_end is None or record.bounds_end >= on)
