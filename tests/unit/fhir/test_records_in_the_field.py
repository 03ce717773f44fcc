"""Every Condition, Procedure, AllergyIntolerance and AdverseEvent of the public data is read, or refused with a reason."""

import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cds_service.drugs.lenalidomide import DRUG
from cds_service.fhir.adverse_events import read_adverse_events, read_allergies
from cds_service.fhir.conditions import read_conditions
from cds_service.fhir.procedures import read_procedures

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
TODAY = date(2026, 11, 21)


def documents() -> Iterator[object]:
    for path in sorted(DATA.rglob("*")):
        if path.suffix not in (".json", ".ndjson"):
            continue
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        for part in text.splitlines() if path.suffix == ".ndjson" else [text]:
            try:
                yield json.loads(part)
            except ValueError:
                assert part is not None  # a file of the public data that is not JSON holds no resource


def resources(node: object, kind: str) -> Iterator[dict[str, object]]:
    if isinstance(node, dict):
        if node.get("resourceType") == kind:
            yield node
        for value in node.values():
            yield from resources(value, kind)
    elif isinstance(node, list):
        for value in node:
            yield from resources(value, kind)


@pytest.fixture(scope="module")
def public() -> list[object]:
    if not DATA.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the public data are missing")
        pytest.skip("the public data are not here")
    return list(documents())


def patient_of(resource: dict[str, object]) -> str:
    named = resource.get("subject") or resource.get("patient")
    reference = str(named.get("reference", "")) if isinstance(named, dict) else ""
    return reference.removeprefix("urn:uuid:").split("/_history/")[0].rpartition("/")[2]


@pytest.mark.parametrize(
    ("kind", "read", "at_least"),
    [
        (
            "Condition",
            lambda raw, patient: (r := read_conditions([raw], patient, TODAY, DRUG.indications)).diagnoses + r.remarks,
            400,
        ),
        ("Procedure", lambda raw, patient: (r := read_procedures([raw], patient, TODAY)).events + r.remarks, 300),
        (
            "AllergyIntolerance",
            lambda raw, patient: (r := read_allergies([raw], patient, TODAY, ("peanuts",))).events + r.remarks,
            30,
        ),
        ("AdverseEvent", lambda raw, patient: (r := read_adverse_events([raw], patient, TODAY)).events + r.remarks, 0),
    ],
)
def test_each_record_is_read_without_an_exception(public, kind, read, at_least):
    found = [resource for document in public for resource in resources(document, kind)]
    results = [read(json.dumps(resource).encode(), patient_of(resource)) for resource in found]
    assert at_least <= len(found)
    if kind == "Condition":
        # None is lost without a word, but for those that never count.
        lost = [resource for resource, result in zip(found, results, strict=True) if not result]
        assert all("refuted" in str(r.get("verificationStatus")) or "entered-in-error" in str(r) for r in lost)
    else:
        assert at_least == 0 or any(results)
