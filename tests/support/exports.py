"""Bulk exports for the tests of replay: the fixture patients as an EHR would export them, each under an id of its own."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from cds_service.commands.fixtures import Fixture, fixtures, resources
from tests.support.resources import Json

IN_CONTEXT = ("draftOrders", "medications", "conditions")


def patients(jurisdiction: str = "US") -> tuple[Fixture, ...]:
    """The fixture cases of a jurisdiction that are played on hooks with orders or without."""
    return tuple(case for case in fixtures() if case.jurisdiction == jurisdiction)


def charted(case: Fixture, suffix: str = "") -> Iterator[Json]:
    """What an export would hold of a case: its chart, and the orders of the call as they were signed on that day."""
    own = case.request["context"]["patientId"]
    signed = [
        entry["resource"]
        for member in IN_CONTEXT
        for entry in (case.request["context"].get(member) or {}).get("entry", ())
        if "resource" in entry
    ]
    for order in signed:
        if order.get("status") == "draft":
            order["status"] = "active"
            order.setdefault("authoredOn", case.today.isoformat())
    seen: set[str] = set()
    for resource in (*resources([case]), *signed):
        text = json.dumps(resource)
        if text not in seen:
            seen.add(text)
            yield _renamed(resource, own, f"{case.name}{suffix}")


def _renamed(resource: Json, old: str, new: str) -> Json:
    found = copy.deepcopy(resource)
    if found.get("resourceType") == "Patient" and found.get("id") == old:
        found["id"] = new
    for member in ("subject", "patient"):
        named = found.get(member)
        if isinstance(named, dict) and named.get("reference") == f"Patient/{old}":
            named["reference"] = f"Patient/{new}"
    return found


def write(folder: Path, charts: Iterable[Json]) -> Path:
    """An export of these resources: one file for each type."""
    by_type: dict[str, list[str]] = {}
    for resource in charts:
        by_type.setdefault(resource["resourceType"], []).append(json.dumps(resource, ensure_ascii=False))
    folder.mkdir(parents=True, exist_ok=True)
    for kind, lines in by_type.items():
        (folder / f"{kind}.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def lines_of(charts: Iterable[Mapping[str, object]]) -> list[bytes]:
    """The resources as lines."""
    return [json.dumps(resource, ensure_ascii=False).encode() for resource in charts]
