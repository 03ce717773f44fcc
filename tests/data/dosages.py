"""Every distinct shape of a dosage instruction in the public data: which members it has, whatever their values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from cds_service.fhir.decode import decode
from cds_service.fhir.dosage.instruction import Dosage, DoseRead, read_dosage
from tests.support.public_data import FOLDER, files, resources, sets

STRENGTH_MG = Decimal(5)
"""The strength of one capsule that is taken for every product, so that counted capsules give mg."""
_LEFT_OUT = frozenset({"extension", "modifierExtension", "id"})


@dataclass(frozen=True, slots=True)
class Example:
    """The first instruction of a shape, and where it stands."""

    file: str
    resource: str
    number: int
    shape: frozenset[str]
    instruction: object


def examples() -> list[Example]:
    """One instruction for each shape, in the order of the files."""
    found: dict[frozenset[str], Example] = {}
    for one in _instructions():
        found.setdefault(one.shape, one)
    return list(found.values())


def _instructions() -> Iterator[Example]:
    for name in sets():
        for path in files(name):
            for resource in resources(path):
                if not str(resource.get("resourceType", "")).startswith("Medication"):
                    continue
                listed = resource.get("dosageInstruction") or resource.get("dosage")
                several = listed if isinstance(listed, list) else [listed]
                for number, instruction in enumerate(several):
                    if isinstance(instruction, dict):
                        shape = frozenset(_members(instruction))
                        file, identifier = str(path.relative_to(FOLDER)), str(resource.get("id", ""))
                        yield Example(file, identifier, number, shape, instruction)


def _members(value: object, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            if name not in _LEFT_OUT:
                yield from _members(member, f"{path}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from _members(item, path)
    else:
        yield path


def read(instruction: object) -> DoseRead:
    """What the reader makes of one instruction for capsules of 5 mg."""
    return read_dosage([decode(json.dumps(instruction).encode(), Dosage)], STRENGTH_MG)


def row(example: Example) -> dict[str, str]:
    """The outcome as it stands in the table."""
    found = read(example.instruction)
    dose = found.dose
    return {
        "file": example.file,
        "resource": example.resource,
        "number": str(example.number),
        "mg": str(dose.mg) if dose else "",
        "times_per_day": str(dose.times_per_day) if dose else "",
        "every_days": str(dose.every_days) if dose else "",
        "mg_per_day": str(dose.mg_per_day) if dose else "",
        "problem": found.problem,
    }
