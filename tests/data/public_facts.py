"""What the reader makes of every Observation in the public data: one outcome for each fact that it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

from cds_service.fhir.observations import ObservationFacts, read_observations
from tests.support.public_data import FOLDER, files, resources
from tests.support.resources import Json

TODAY = date(2027, 1, 1)
CHECKED = ("anc", "creatinine", "hemoglobin", "platelets", "weight")


@dataclass(frozen=True, slots=True, order=True)
class Outcome:
    """One fact of one resource: `canonical` is its amount in the canonical unit, or "" and `reason` says why not."""

    file: str
    resource: str
    fact: str
    reported: str
    unit: str
    canonical: str
    reason: str


def patients_of(path: Path) -> dict[str, list[Json]]:
    """The Observations of a file by the id of their subject, "" where they name none."""
    found: dict[str, list[Json]] = {}
    for resource in resources(path):
        if resource.get("resourceType") != "Observation":
            continue
        subject = resource.get("subject")
        reference = subject.get("reference") if isinstance(subject, dict) else ""
        name = reference if isinstance(reference, str) else ""
        found.setdefault(name.rsplit("/", 1)[-1].rsplit(":", 1)[-1], []).append(resource)
    return found


def read(patient: str, observations: list[Json]) -> ObservationFacts:
    """The facts of one patient."""
    return read_observations([json.dumps(o).encode() for o in observations], patient, TODAY)


def outcomes(name: str, facts: tuple[str, ...] = CHECKED) -> Iterator[Outcome]:
    """The outcomes of a data set, for the facts asked for."""
    for path in files(name):
        file = str(path.relative_to(FOLDER))
        for patient, observations in patients_of(path).items():
            found = read(patient, observations)
            for fact in facts:
                for reading in (each for each in found.readings.get(fact, ()) if not each.is_derived):
                    canonical = str(reading.amount.value) if reading.amount.is_exact else "interval"
                    yield Outcome(
                        file, _id(reading.reference), fact, reading.reported, reading.reported_unit, canonical, ""
                    )
                for refused in found.unusable.get(fact, ()):
                    yield Outcome(
                        file, _id(refused.reference), fact, refused.reported, refused.reported_unit, "", refused.reason
                    )


def _id(reference: str) -> str:
    return reference.removeprefix("Observation/")


def exact(text: str) -> Fraction:
    """A canonical amount of the table, a decimal number or a fraction."""
    return Fraction(text)
