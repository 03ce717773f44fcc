"""The FHIR search that the simulated EHR answers prefetch templates with.

Known: the patient, `code` and `combo-code` (token OR lists, also on components), `category`, `status`,
`clinical-status`, `intent`, `date` with prefixes, `_sort`, `_count` and `_include` of Medication. Other parameters are
ignored, as the standard lets a lenient server do; then the answer holds more than was asked for, never less.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.support.chart import Chart
from tests.support.resources import Json

SUBJECT_MEMBERS = ("subject", "patient", "beneficiary", "individual")
DATE_MEMBERS = (
    "effectiveDateTime",
    "effectiveInstant",
    "performedDateTime",
    "authoredOn",
    "onsetDateTime",
    "recordedDate",
    "whenHandedOver",
    "whenPrepared",
    "dateAsserted",
    "issued",
)
PERIOD_MEMBERS = ("effectivePeriod", "performedPeriod", "onsetPeriod")
CODE_MEMBERS = ("code", "medicationCodeableConcept", "vaccineCode")


def search(query: str, chart: Chart) -> Json:
    """A searchset Bundle; where `_count` cut it, it has a `next` link as a paging server gives it."""
    kind, _, text = query.partition("?")
    parameters = parse_qsl(text, keep_blank_values=True)
    found = [r for r in chart.of(kind) if all(_matches(name, value, r, chart) for name, value in parameters)]
    given = dict(parameters)
    if "_sort" in given:
        found = _sorted(found, given["_sort"])
    total, links = len(found), []
    count = given.get("_count", "")
    if count.isdigit() and total > int(count):
        found = found[: int(count)]
        address = "http://ehr.example.org/fhir?" + urlencode({"_getpages": kind, "_offset": count})
        links = [{"relation": "next", "url": address}]
    entries: list[Json] = [{"resource": r, "search": {"mode": "match"}} for r in found]
    if any(name == "_include" for name, _ in parameters):
        entries += [{"resource": r, "search": {"mode": "include"}} for r in _included(found, chart)]
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "total": total}
    return {**bundle, **({"link": links} if links else {}), **({"entry": entries} if entries else {})}


def _matches(name: str, value: str, resource: Json, chart: Chart) -> bool:
    name, _, modifier = name.partition(":")
    if modifier and modifier != "Patient":
        return True
    if name in {"patient", "subject"}:
        return _is_about(resource, value.removeprefix("Patient/"))
    if name == "code":
        return _has_code(value, _concepts(resource, chart))
    if name == "combo-code":
        parts = [c.get("code", {}) for c in resource.get("component", ()) if isinstance(c, dict)]
        return _has_code(value, [*_concepts(resource, chart), *parts])
    if name == "category":
        return _has_code(value, _listed(resource.get("category")))
    if name == "clinical-status":
        return _has_code(value, _listed(resource.get("clinicalStatus")))
    if name in {"status", "intent"}:
        return resource.get(name) in value.split(",")
    if name == "_id":
        return resource.get("id") in value.split(",")
    if name == "date":
        return _in_period(value, resource)
    return True


def _is_about(resource: Json, patient_id: str) -> bool:
    for member in SUBJECT_MEMBERS:
        reference = resource.get(member)
        if isinstance(reference, dict) and isinstance(reference.get("reference"), str):
            return bool(reference["reference"].rsplit("/", 1)[-1].rsplit(":", 1)[-1] == patient_id)
    return False


def _concepts(resource: Json, chart: Chart) -> list[Any]:
    concepts = [resource[member] for member in CODE_MEMBERS if member in resource]
    reference = resource.get("medicationReference")
    if isinstance(reference, dict):
        concepts += [medication.get("code", {}) for medication in _medication(resource, reference, chart)]
    return concepts


def _medication(resource: Json, reference: Json, chart: Chart) -> Iterable[Json]:
    target = str(reference.get("reference", ""))
    inside = resource.get("contained") or ()
    yield from (m for m in inside if isinstance(m, dict) and target == f"#{m.get('id')}")
    yield from (m for m in chart.of("Medication") if target.endswith(f"Medication/{m.get('id')}"))


def _included(found: Iterable[Json], chart: Chart) -> list[Json]:
    result: list[Json] = []
    for resource in found:
        reference = resource.get("medicationReference")
        if isinstance(reference, dict):
            for medication in _medication({}, reference, chart):
                if medication not in result:
                    result.append(medication)
    return result


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _has_code(wanted: str, concepts: Iterable[Any]) -> bool:
    codings = [
        coding
        for concept in concepts
        if isinstance(concept, Mapping)
        for coding in _listed(concept.get("coding"))
        if isinstance(coding, Mapping)
    ]
    return any(_is_wanted(_tokens(wanted), coding) for coding in codings)


@functools.cache
def _tokens(wanted: str) -> frozenset[str]:
    return frozenset(wanted.split(","))


def _is_wanted(tokens: frozenset[str], coding: Mapping[str, Any]) -> bool:
    """By one of `code`, `system|code`, `|code` (no system) and `system|` (any code of it)."""
    system, code = coding.get("system", ""), coding.get("code")
    return f"{system}|" in tokens or (isinstance(code, str) and (code in tokens or f"{system}|{code}" in tokens))


def _when(resource: Json) -> str:
    for member in DATE_MEMBERS:
        if isinstance(resource.get(member), str):
            return str(resource[member])
    for member in PERIOD_MEMBERS:
        period = resource.get(member)
        if isinstance(period, dict):
            return str(period.get("end") or period.get("start") or "")
    return ""


def _in_period(value: str, resource: Json) -> bool:
    """By calendar day; a resource without a date is kept, so that what has no date is never lost here."""
    when = _when(resource)[:10]
    prefix, day = (value[:2], value[2:12]) if value[:2].isalpha() else ("eq", value[:10])
    if not when:
        return True
    return {"ge": when >= day, "gt": when > day, "le": when <= day, "lt": when < day}.get(prefix, when == day)


def _sorted(found: list[Json], by: str) -> list[Json]:
    first = by.split(",")[0]
    return sorted(found, key=_when, reverse=first.startswith("-"))
