"""The situations of this folder as requests: a base patient, what is added, what is changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.spec.reported.edits import Json, concept, edited, quantity
from tests.spec.reported.judged import Case
from tests.support.yaml_files import read_yaml

BOOKS: list[Json] = [read_yaml(path) for path in sorted(Path(__file__).parent.glob("*.yaml"))]
# `situations.yaml` holds the limits, capsules, tests and bases that the other files build on.
BOOK: Json = next(book for book in BOOKS if "tests" in book)
BASES: Json = {name: base for book in BOOKS for name, base in book.get("bases", {}).items()}
TYPES = {
    "medicationRequests": "MedicationRequest",
    "medicationStatements": "MedicationStatement",
    "medicationDispenses": "MedicationDispense",
    "medicationAdministrations": "MedicationAdministration",
    "conditions": "Condition",
    "procedures": "Procedure",
    "latestProcedures": "Procedure",
    "testOrders": "ServiceRequest",
    "allergies": "AllergyIntolerance",
    "adverseEvents": "AdverseEvent",
    **dict.fromkeys(
        (
            *("platelets", "neutrophils", "laboratory", "latestLaboratory", "vitals", "marrow", "hepatitisB"),
            *("pregnancyTests", "contraception", "socialHistory"),
        ),
        "Observation",
    ),
}
"""The keys of the prefetch, and what their searches ask for."""
CONCEPTS = ("code", "medicationCodeableConcept", "valueCodeableConcept", "statusReason", "substance", "event")
STATUSES = {"Observation": "final", "Procedure": "completed", "MedicationRequest": "active"}


@cache
def situations() -> dict[str, tuple[Case, bytes]]:
    """Each situation by its name, and its request as it is sent."""
    return {each["name"]: situation(each) for book in BOOKS for each in book["situations"]}


def situation(told: Json) -> tuple[Case, bytes]:
    layers = [*_bases(told["base"]), told]
    request = _request(layers)
    hook = request["hook"]
    case = Case(
        told["name"],
        request,
        f"lenalidomide-{hook}",
        next((each["jurisdiction"] for each in reversed(layers) if "jurisdiction" in each), "US"),
        dt.date.fromisoformat(BOOK["today"]),
        told["expect"],
        False,
    )
    body = edited(request, [edit for each in layers for edit in each.get("edits", {}).items()])
    return case, body


def _bases(name: str) -> Iterator[Json]:
    base = BASES[name]
    if "base" in base:
        yield from _bases(base["base"])
    yield base


def _request(layers: list[Json]) -> Json:
    patient = {"resourceType": "Patient", "id": "p1"}
    chart: dict[str, list[Json]] = {key: [] for key in TYPES}
    context: Json = {"userId": "Practitioner/example", "patientId": "p1"}
    hook = "patient-view"
    for layer in layers:
        hook = layer.get("hook", hook)
        patient |= layer.get("patient", {})
        for key, gone in layer.get("without", {}).items():
            chart[key] = [each for each in chart[key] if gone != "all" and each["id"] not in gone]
        for key, made in _told(layer):
            chart[key].append(_whole(key, made, len(chart[key])))
        context |= layer.get("context", {})
        if "draft" in layer:
            context["draftOrders"] = {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{"resource": _whole("medicationRequests", _order(f"draft-1 draft {layer['draft']}"), 0)}],
            }
    prefetch: Json = {"patient": patient}
    for key, resources in chart.items():
        entry = [{"resource": each, "search": {"mode": "match"}} for each in resources]
        prefetch[key] = {"resourceType": "Bundle", "type": "searchset", "total": len(entry), "entry": entry}
    return {
        "hook": hook,
        "hookInstance": "0a52ae4b-cd22-4cf0-b54e-c82d54a03c7c",
        "context": context,
        "prefetch": prefetch,
    }


def _told(layer: Json) -> Iterator[tuple[str, Json]]:
    """What a layer adds: results and orders in short, the rest as it stands in FHIR."""
    for spelt in layer.get("results", ()):
        name, value, unit, on = spelt.split(" ")
        key, code = BOOK["tests"][name]
        made = {
            "id": f"{name}-{on[:10]}",
            "code": code,
            "effectiveDateTime": on,
            "valueQuantity": f"{value} [[{unit}]]",
        }
        if name in BOOK["limits"]:
            made["referenceRange"] = [{"high": quantity(f"{BOOK['limits'][name]} [[{unit}]]")}]
        yield key, made
    for spelt in layer.get("orders", ()):
        yield "medicationRequests", _order(spelt)
    for spelt in layer.get("problems", ()):
        code, on = spelt.split(" @ ")
        yield "conditions", {"code": code, "onsetDateTime": on}
    for spelt in layer.get("procedures", ()):
        code, on = spelt.split(" @ ")
        yield "procedures", {"code": code, "performedDateTime": on}
    for key, made in layer.get("add", {}).items():
        yield from ((key, each) for each in made)


def _order(spelt: str) -> Json:
    """`ID STATUS MG DAY [21]`: one capsule of that strength daily, or on days 1 to 21 of 28."""
    name, status, mg, on, *rest = spelt.split(" ")
    days = rest[0] if rest else "28"
    text = f"{mg} mg by mouth once daily" + (f" on days 1-{days} of 28" if rest else "")
    return {
        "id": name,
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": BOOK["capsules"][mg],
        "authoredOn": on,
        "dosageInstruction": [
            {
                "text": text,
                "timing": {
                    "repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}
                    | ({} if status == "draft" else {"boundsPeriod": {"start": on}})
                },
                "doseAndRate": [{"doseQuantity": quantity(f"{mg} [[mg]]") | {"unit": "mg"}}],
            }
        ],
    } | (
        {
            "dispenseRequest": {
                "numberOfRepeatsAllowed": 0,
                "quantity": {"value": int(days), "unit": "capsule"},
                "expectedSupplyDuration": quantity("28 [[d]]") | {"unit": "days"},
            }
        }
        if status == "draft"
        else {}
    )


def _whole(key: str, told: Json, place: int) -> Json:
    """A resource with what every one has: type, id, status, subject."""
    kind = told.get("resourceType") or TYPES[key]
    made: Json = {"resourceType": kind, "id": f"{key}-{place}"}
    if kind in STATUSES:
        made["status"] = STATUSES[kind]
    made["patient" if kind == "AllergyIntolerance" else "subject"] = {"reference": "Patient/p1"}
    if kind in ("Condition", "AllergyIntolerance"):
        made["clinicalStatus"] = {"coding": [{"code": "active"}]}
    return made | _spelt_out(told)


def _spelt_out(told: Any) -> Any:
    """Concepts and quantities that are written in short, wherever they stand."""
    if isinstance(told, list):
        return [_spelt_out(each) for each in told]
    if not isinstance(told, dict):
        return told
    made = {}
    for name, value in told.items():
        if name in CONCEPTS and isinstance(value, str) and " " in value:
            made[name] = concept(value)
        elif name in ("valueQuantity", "doseQuantity") and isinstance(value, str):
            made[name] = quantity(value)
        else:
            made[name] = _spelt_out(value)
    return made
