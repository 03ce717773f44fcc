"""Other drugs that are taken beside lenalidomide."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.first_dose import is_supply
from cds_service.clinical.recommendation import Input
from cds_service.dosing.case import Case
from cds_service.dosing.context import About
from cds_service.dosing.words import capitalised

RULE = "GIVEN-RECENTLY"
MOST_NAMES = 3
# The name of a medicine before its strength, form and brand.
_name = re.compile(r"[^\d,(\[]*")


@dataclass(frozen=True, slots=True)
class Active:
    """The active drugs of some classes."""

    found: tuple[Input, ...]

    @property
    def names(self) -> str:
        """The drugs by name, few enough for a headline."""
        names = list(dict.fromkeys(_name.match(i.value)[0].strip() or i.value for i in self.found))  # type: ignore[index]
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        return capitalised(", ".join(names[:MOST_NAMES]) + more)


def active(about: About, *concepts: str) -> Active:
    """The active drugs of some classes, as of today."""
    return Active(active_medication(about.case, *concepts))


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
