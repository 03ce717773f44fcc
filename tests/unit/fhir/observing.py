"""Makers and readers of single Observations for the tests of this folder."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from cds_service.clinical.facts import Finding, Reading, Unusable
from cds_service.fhir.observations import ObservationFacts, read_observations

TODAY = date(2026, 1, 26)
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"


def coded(code: str, system: str = LOINC) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def platelets(identifier: str = "plt", value: Any = 49.999, unit: str = "10*9/L", **more: Any) -> dict[str, Any]:
    resource = {
        "resourceType": "Observation",
        "id": identifier,
        "status": "final",
        "code": coded("777-3"),
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-01-26",
        "valueQuantity": {"value": value, "unit": unit},
    }
    merged = {**resource, **more}
    return {key: member for key, member in merged.items() if member is not None}


def found(code: str | dict[str, Any], **more: Any) -> dict[str, Any]:
    return platelets(**{"code": coded(code) if isinstance(code, str) else code, "valueQuantity": None, **more})


def read(*resources: dict[str, Any], today: date = TODAY) -> ObservationFacts:
    return read_observations([json.dumps(r).encode() for r in resources], "p", today)


def one(*resources: dict[str, Any], fact: str = "platelets") -> Reading:
    facts = read(*resources)
    assert {} == facts.unusable
    (reading,) = facts.readings[fact]
    return reading


def refused(*resources: dict[str, Any], fact: str = "platelets") -> Unusable:
    facts = read(*resources)
    assert () == facts.readings.get(fact, ())
    (unusable,) = facts.unusable[fact]
    return unusable


def finding(*resources: dict[str, Any], fact: str) -> Finding:
    facts = read(*resources)
    assert {} == facts.unusable
    (result,) = facts.findings[fact]
    return result
