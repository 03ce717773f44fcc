"""Written instructions with the reading of a careful pharmacist: how a file of them is played, and how it came out."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from cds_service.clinical.exposure import Dose
from cds_service.drugs.catalogue import DRUGS
from cds_service.fhir.decode import decode
from cds_service.fhir.dosage.instruction import Dosage, DoseRead, read_dosage
from tests.support.yaml_files import read_yaml

TODAY: Final = date(2026, 11, 30)
NAMES: Final = DRUGS[0].names
AFTER_DIALYSIS: Final = "after dialysis on dialysis days"
_DAY: Final = re.compile(r"\{([a-z]+)(\d+)\}")
_FORMATS: Final = {"iso": "%Y-%m-%d", "d": "%m/%d/%Y", "nl": "%d-%m-%Y", "de": "%d.%m.%Y", "text": "%b %d, %Y"}
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sig:
    """One instruction as it stands in the file."""

    entry: Json

    def __str__(self) -> str:
        return f"{self.entry['id']} {self.entry.get('text', '')!r}"

    @property
    def expected(self) -> Json:
        found: Json = self.entry["expected"]
        return found

    @property
    def read(self) -> DoseRead:
        """What the product reads."""
        strength = self.entry.get("strength")
        dosages = [decode(json.dumps(d).encode(), Dosage) for d in _dosages(self.entry)]
        return read_dosage(dosages, None if strength is None else Decimal(str(strength)), True, NAMES)

    @property
    def outcome(self) -> str:
        """`exact`, `refused` (rightly), `missed` (refused where it has a dose), or `unsafe`."""
        dose = self.read.dose
        if "refuse" in self.expected:
            return "refused" if dose is None else "unsafe"
        if dose is None:
            return "open" if self.expected.get("or_refuse") else "missed"
        return "exact" if _words(dose) == _expected_words(self.expected) else "unsafe"


def sigs(path: Path) -> list[Sig]:
    """The instructions of a file."""
    return [Sig(entry) for entry in read_yaml(path)["sigs"]]


def shares(played: list[Sig]) -> Counter[str]:
    """How many instructions came out how."""
    return Counter(sig.outcome for sig in played)


def _dosages(entry: Json) -> Iterator[Json]:
    filled: Json = json.loads(_DAY.sub(_as_date, json.dumps(entry, ensure_ascii=False)))
    first: Json = dict(filled.get("more", {}))
    for name, member in (("text", "text"), ("patient", "patientInstruction"), ("timing", "timing")):
        if name in filled:
            first[member] = filled[name]
    if "additional" in filled:
        first["additionalInstruction"] = [{"text": text} for text in filled["additional"]]
    doses = filled.get("doses", [filled["dose"]] if "dose" in filled else [])
    if doses:
        first["doseAndRate"] = [{"doseQuantity": _quantity(dose)} for dose in doses]
    yield first
    yield from filled.get("also", [])


def _quantity(dose: str | Json) -> Json:
    if isinstance(dose, dict):
        return dose
    value, unit = dose.split()
    number = json.loads(value)
    return {"value": number, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


def _as_date(found: re.Match[str]) -> str:
    return (TODAY + timedelta(days=int(found[2]))).strftime(_FORMATS[found[1]])


def _words(dose: Dose) -> tuple[Decimal, str, bool]:
    often = (
        f"{dose.per_week} per week" if dose.per_week
        else "1 per week" if dose.every_days == 7
        else f"every {dose.every_days} days" if dose.every_days > 1
        else "daily" if dose.times_per_day == 1
        else f"{dose.times_per_day} a day"
    )  # fmt: skip
    if dose.times_per_day > 1 and not often.endswith(" a day"):
        often += f", {dose.times_per_day} a day"
    if dose.on_days:
        rest = f"days {dose.on_days} of {dose.cycle_days}"
        often = rest if often == "daily" else f"{often}, {rest}"
    return dose.mg, often, dose.note == AFTER_DIALYSIS


def _expected_words(expected: Json) -> tuple[Decimal, str, bool]:
    return Decimal(str(expected["mg"])), expected["schedule"], bool(expected.get("after_dialysis"))
