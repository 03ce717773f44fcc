"""The siblings of each reported situation, from `siblings.yaml`, and what some systems do to every entry of a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.spec.reported.edits import Json, Sibling, siblings_of
from tests.support.yaml_files import read_yaml

DRUG = "medicationCodeableConcept"
SIBLINGS: dict[str, list[Sibling]] = {
    short: [sibling for group in groups for sibling in siblings_of(group)]
    for short, groups in read_yaml(Path(__file__).parent / "siblings.yaml").items()
}


def _entries(request: Json) -> Iterator[Json]:
    """The resources of the prefetch."""
    for bundle in request["prefetch"].values():
        for entry in (bundle or {}).get("entry") or ():
            if isinstance(entry.get("resource"), dict):
                yield entry["resource"]


def _reversed(request: Json) -> None:
    for bundle in request["prefetch"].values():
        if isinstance(bundle, dict) and isinstance(bundle.get("entry"), list):
            bundle["entry"].reverse()


def _twice(request: Json) -> None:
    """The results come under the search by category as well."""
    results = [each for key in ("platelets", "neutrophils") for each in request["prefetch"][key].get("entry") or ()]
    request["prefetch"]["laboratory"].setdefault("entry", []).extend(results)


def _codings(request: Json, change: Callable[[Json], None]) -> None:
    for resource in _entries(request):
        for name in ("code", DRUG):
            for coding in (resource.get(name) or {}).get("coding") or ():
                change(coding)


def _spelt_systems(request: Json) -> None:
    def change(coding: Json) -> None:
        if str(coding.get("system", "")).startswith("http:"):
            coding["system"] = coding["system"].replace("http:", "https:") + "/"

    _codings(request, change)


def _no_displays(request: Json) -> None:
    _codings(request, lambda coding: coding.pop("display", None) if coding.get("system") else None)


def _local_codes(request: Json) -> None:
    for resource in _entries(request):
        code = resource.get("code")
        if isinstance(code, dict) and code.get("coding"):
            code["coding"].insert(
                0, {"system": "urn:oid:1.2.3.4.5", "code": "4711", "display": code.get("text") or "x"}
            )


def _absolute_subjects(request: Json) -> None:
    request["fhirServer"] = "https://ehr.example.org/fhir"
    for resource in _entries(request):
        subject = resource.get("subject")
        if isinstance(subject, dict) and str(subject.get("reference", "")).startswith("Patient/"):
            subject["reference"] = f"https://ehr.example.org/fhir/{subject['reference']}"


def _no_ids(request: Json) -> None:
    for resource in _entries(request):
        if resource["resourceType"] in ("Observation", "Condition", "Procedure"):
            resource.pop("id", None)


def _no_searches(request: Json) -> None:
    for bundle in request["prefetch"].values():
        for entry in (bundle or {}).get("entry") or ():
            if (entry.get("resource") or {}).get("resourceType") != "OperationOutcome":
                entry.pop("search", None)


def _categories_in_words(request: Json) -> None:
    for resource in _entries(request):
        if resource["resourceType"] == "Observation":
            resource["category"] = [{"text": "Laboratory"}]


def _clinical_status_in_short(request: Json) -> None:
    for resource in _entries(request):
        if resource["resourceType"] == "Condition" and "clinicalStatus" in resource:
            coding = resource["clinicalStatus"].get("coding") or ({},)
            resource["clinicalStatus"] = {"text": coding[0].get("code", "active")}


def _as_order_select(request: Json) -> None:
    """The same draft while it is being written: order-select names what is chosen."""
    if request["hook"] == "order-sign":
        request["hook"] = "order-select"
        request["context"]["selections"] = ["MedicationRequest/draft-1", "MedicationRequest/draft-len"]


EVERYWHERE: dict[str, Callable[[Json], None]] = {
    "entries the other way round": _reversed,
    "results under two keys": _twice,
    "systems with https and a slash": _spelt_systems,
    "no displays": _no_displays,
    "a local code first": _local_codes,
    "subjects as absolute URLs": _absolute_subjects,
    "no ids": _no_ids,
    "no search modes": _no_searches,
    "categories in words": _categories_in_words,
    "clinical status as a text": _clinical_status_in_short,
    "on order-select": _as_order_select,
}
"""What a system does to every entry of its requests, and nothing of which changes what they mean."""
