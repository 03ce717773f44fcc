"""Reads pieces of an export: who has to do with a drug, and the lines of those people, parted by their keys.

First the medication files tell whose lines are wanted; then every file that may hold anything is read once, and a line is decoded no
further than its head. Both steps are pure functions of their piece, so that a piece that was done is done for good.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Final, NamedTuple

import msgspec

from cds_service.population.export import LONGEST_LINE, Lines, Piece, Source
from cds_service.population.resources import Head, Relevance, head_of_line

BROKEN: Final = "broken lines"
TOO_LONG: Final = "lines longer than 16 MB"
CUT_OFF: Final = "files that end early"
NOBODYS: Final = "resources that name no patient"
OTHER_TYPES: Final = "resources of types that no rule looks at"
OTHER_CODES: Final = "results that no rule looks at"
OTHERS: Final = "resources of patients without the drug"
UNSOUGHT: Final = "orders of the drug in files named for another type"
_REFERENCE: Final = re.compile(rb'(?:Medication/|urn:uuid:)([A-Za-z0-9.\-]{1,64})"')


class Found(msgspec.Struct):
    """What the medication files of an export tell.

    `patients` have to do with a drug; `drug_medications` are Medications that are one; `referring` names for each patient the
    Medications that its resources refer to. All are keys: the system, a slash, the id.
    """

    patients: set[str] = set()
    drug_medications: set[str] = set()
    referring: dict[str, set[str]] = {}

    def add(self, other: Found) -> None:
        """With what another piece tells."""
        self.patients |= other.patients
        self.drug_medications |= other.drug_medications
        for patient, ids in other.referring.items():
            self.referring.setdefault(patient, set()).update(ids)


class Wanted(msgspec.Struct):
    """Whose lines are kept, and which patients refer to a Medication."""

    patients: set[str] = set()
    medications: dict[str, list[str]] = {}

    @classmethod
    def of(cls, found: Found) -> Wanted:
        """Those who take, or may take, a drug: by its name, or by a Medication that is one."""
        patients = found.patients | {
            patient for patient, ids in found.referring.items() if not ids.isdisjoint(found.drug_medications)
        }
        medications: dict[str, list[str]] = {}
        for patient in sorted(patients & found.referring.keys()):
            for identifier in found.referring[patient]:
                medications.setdefault(identifier, []).append(patient)
        return cls(patients, medications)


class Told(NamedTuple):
    """What a line about medication tells: its patient or, of a Medication, itself; whether it is of a drug; to which it refers."""

    key: str
    is_drug: bool
    refers: tuple[str, ...] = ()
    is_medication: bool = False


@dataclass(slots=True)
class Parted:
    """The kept lines of a piece by the number of their part, each with the key of its patient; broken lines apart."""

    parts: dict[int, list[bytes]] = field(default_factory=dict)
    broken: list[bytes] = field(default_factory=list)
    size: int = 0


def head_of(line: bytes) -> Head | None:
    """The head of a line; None where it holds no resource, or is too long to be one."""
    return head_of_line(line) if len(line) < LONGEST_LINE - 1 else None


def is_of_medications(source: Source) -> bool:
    """Whether a file may hold resources about medication: by its name, or because its name says no type."""
    return not source.kind or source.kind.startswith("Medication")


def is_looked_at(source: Source, relevance: Relevance) -> bool:
    """Whether a file may hold anything that a rule looks at."""
    return not source.kind or source.kind in relevance.types


@dataclass(slots=True)
class Scanner:
    """Scans pieces; remembers what codes mean from one to the next."""

    relevance: Relevance

    def told_by(self, system: str, line: bytes) -> Told | None:
        """What one line tells of who has to do with a drug; None where it is not about medication."""
        head = head_of_line(line) if b"edication" in line else None
        if head is None or not head.resourceType.startswith("Medication"):
            return None
        is_drug = any(self.relevance.mentions(drug, line) for drug in self.relevance.drugs)
        if head.resourceType == "Medication":
            return Told(key_of(system, head.id), is_drug, is_medication=True)
        refers = {key_of(system, each.decode()) for each in _REFERENCE.findall(line)}
        return Told(key_of(system, head.patient_id), is_drug, tuple(sorted(refers)))

    def find(self, piece: Piece) -> Found:
        """Whom the medication resources of a piece name."""
        found = Found()
        for line in Lines(piece):
            told = self.told_by(piece.source.system, line)
            if told is None:
                continue
            if told.is_drug:
                (found.drug_medications if told.is_medication else found.patients).add(told.key)
            if told.refers:
                found.referring.setdefault(told.key, set()).update(told.refers)
        return found

    def part(self, piece: Piece, wanted: Wanted, parts: int, counts: Counter[str]) -> Iterator[Parted]:
        """The lines of a piece that are wanted, in portions of some megabytes.

        Args: `counts` is told how many lines there were of each kind.
        """
        parted = Parted()
        place_of = cache(partial(_place_of, parts=parts))
        lines = Lines(piece)
        for line in lines:
            head = head_of(line)
            if head is None:
                counts[BROKEN] += 1
                parted.broken.append(line)
                parted.size += len(line)
            else:
                for patient in self._whose(piece.source, head, line, wanted, counts):
                    part, prefix = place_of(patient)
                    text = prefix + line
                    parted.parts.setdefault(part, []).append(text)
                    parted.size += len(text)
            if parted.size > LONGEST_LINE:
                yield parted
                parted = Parted()
        counts[TOO_LONG] += lines.too_long
        counts[CUT_OFF] += lines.is_cut_off
        yield parted

    def _whose(self, source: Source, head: Head, line: bytes, wanted: Wanted, counts: Counter[str]) -> list[str]:
        """The keys of the patients for whom a line is kept."""
        if head.resourceType not in self.relevance.types:
            counts[OTHER_TYPES] += 1
            return []
        if head.resourceType == "Medication":
            patients = wanted.medications.get(key_of(source.system, head.id), [])
        else:
            identifier = head.patient_id
            if not identifier:
                counts[NOBODYS] += 1
                return []
            patient = key_of(source.system, identifier)
            patients = [patient] if patient in wanted.patients else []
            if not patients and head.resourceType.startswith("Medication") and not is_of_medications(source):
                counts[UNSOUGHT] += any(self.relevance.mentions(drug, line) for drug in self.relevance.drugs)
        if not patients:
            counts[OTHERS] += 1
        elif not self.relevance.holds(head):
            counts[OTHER_CODES] += 1
            return []
        return patients


def key_of(system: str, identifier: str) -> str:
    """The key of an id: ids of two systems are never the same."""
    return f"{system}/{identifier}"


def part_of(key: str, parts: int) -> int:
    """The part in which a patient is decided: the same for each run."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()) % parts


def _place_of(key: str, parts: int) -> tuple[int, bytes]:
    """The part of a patient, and what stands before each line that is the patient's."""
    return part_of(key, parts), msgspec.json.encode(key) + b"\t"


def grouped(lines: Iterator[bytes]) -> Mapping[str, list[bytes]]:
    """The lines of a part by the key of their patient."""
    found: dict[bytes, list[bytes]] = {}
    for line in lines:
        key, _, text = line.partition(b"\t")
        found.setdefault(key, []).append(text)
    return {msgspec.json.decode(key): found[key] for key in sorted(found)}
