"""A read-only FHIR R4 endpoint over the fixture patients, for demonstrations: enough for the CDS Hooks Sandbox and for
the service's own queries.

Known: `metadata`, `Patient/{id}`, and searches by type, by GET or POST `_search`, with `patient` or `subject`, `code`,
`_id`, `_sort` by date and `_count`, answered page by page. A value that such a parameter cannot have is 400. Other
parameters are ignored, as the standard lets a lenient server do, and an OperationOutcome in the Bundle names them. Any
Accept header is taken, the old `application/json+fhir` of the Sandbox included.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from cds_service.errors import NoSuchRoute

ROOT = "/demo/fhir"
PAGE = 500
LARGEST_PAGE = 500
CLINICAL = (
    "AdverseEvent",
    "AllergyIntolerance",
    "Condition",
    "Encounter",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Procedure",
)
TYPES = ("Patient", "Practitioner", "Medication", *CLINICAL)
_CODES = ("code", "medicationCodeableConcept")
_KNOWN = frozenset({"patient", "subject", "code", "_id", "_sort", "_count", "_offset", "_format"})
_DATES = ("effectiveDateTime", "performedDateTime", "authoredOn", "onsetDateTime", "whenHandedOver")

Resource = Mapping[str, Any]
Parameters = Sequence[tuple[str, str]]


def blueprint(resources: Iterable[Resource], on: str) -> Blueprint:
    """The routes below /demo/fhir.

    Args: the resources to serve; the day, as text, that the capability statement carries.
    """
    by_type: dict[str, list[Resource]] = {kind: [] for kind in TYPES}
    for resource in resources:
        kind = by_type.setdefault(str(resource.get("resourceType")), [])
        if resource not in kind:
            kind.append(resource)
    store = _Store(by_type, on)
    routes = Blueprint("demo-fhir", __name__, url_prefix=ROOT)
    rules: tuple[tuple[str, Callable[..., Response], str], ...] = (
        ("/metadata", store.metadata, "GET"),
        ("/<kind>", store.search, "GET"),
        ("/<kind>/_search", store.search, "POST"),
        ("/<kind>/<identifier>", store.read, "GET"),
    )
    for path, view, method in rules:
        routes.add_url_rule(path, f"{view.__name__}-{method}", view, methods=[method])
    return routes


class _Store:
    """The resources by type, and the answers about them."""

    def __init__(self, by_type: dict[str, list[Resource]], on: str) -> None:
        self._by_type = by_type
        self._on = on

    def metadata(self) -> Response:
        """The capability statement."""
        return _fhir(_capability(self._on))

    def read(self, kind: str, identifier: str) -> Response:
        """One Patient.

        Raises: NoSuchRoute for another type and for an unknown patient.
        """
        found = [r for r in self._by_type.get(kind, ()) if r.get("id") == identifier and kind == "Patient"]
        if not found:
            raise NoSuchRoute(sentence="There is no resource of this type and id.")
        return _fhir(found[0])

    def search(self, kind: str) -> Response:
        """A searchset Bundle: one page, with a link to the next one where there is one.

        Raises: NoSuchRoute for a type that is not served.
        """
        if kind not in self._by_type:
            raise NoSuchRoute(sentence="Resources of this type are not served.")
        parameters = [(n, v) for n, v in (*request.args.items(multi=True), *request.form.items(multi=True))]
        wrong = sorted({name for name, value in parameters if _is_wrong(name.partition(":")[0], value)})
        if wrong:
            return _fhir(_outcome("error", "invalid", f"Not a value of this parameter: {', '.join(wrong)}"), 400)
        found = [r for r in self._by_type[kind] if _matches(r, parameters)]
        given = dict(parameters)
        if given.get("_sort", "").lstrip("-") == "date":
            found.sort(key=_day, reverse=given["_sort"].startswith("-"))
        first, size = _whole(given.get("_offset"), 0), _whole(given.get("_count"), PAGE)
        size = min(size, LARGEST_PAGE)
        page = found[first : first + size] if size else []
        return _fhir(_bundle(kind, parameters, found, page, first + size))


def _bundle(kind: str, parameters: Parameters, found: list[Resource], page: list[Resource], after: int) -> Resource:
    base = f"{request.host_url.rstrip('/')}{ROOT}/{kind}"
    kept = [(name, value) for name, value in parameters if name != "_offset"]
    links = [{"relation": "self", "url": f"{base}?{urlencode(kept)}" if kept else base}]
    if page and after < len(found):
        links.append({"relation": "next", "url": f"{base}?{urlencode([*kept, ('_offset', str(after))])}"})
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links}
    entries = [{"resource": each, "search": {"mode": "match"}} for each in page]
    ignored = sorted({name for name, _ in parameters if name.partition(":")[0] not in _KNOWN})
    if ignored:
        # Information, not a warning: what was left out widens the answer, nothing is missing from it.
        said = _outcome("information", "not-supported", f"Ignored: {', '.join(ignored)}")
        entries.append({"resource": said, "search": {"mode": "outcome"}})
    if entries:
        bundle["entry"] = entries
    return bundle


def _is_wrong(name: str, value: str) -> bool:
    """Whether a parameter that this server knows has a value that it cannot have."""
    if name in ("_count", "_offset"):
        return not (value.isascii() and value.isdigit() and len(value) < 10)
    if name == "_sort":
        return value not in ("date", "-date")
    return name in ("patient", "subject", "code", "_id") and not value.strip()


def _outcome(severity: str, code: str, words: str) -> Resource:
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": code, "diagnostics": words}],
    }


def _whole(text: str | None, otherwise: int) -> int:
    """A whole number from 0; another text is as good as none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def _matches(resource: Resource, parameters: Parameters) -> bool:
    return all(_matches_one(resource, name.partition(":")[0], value) for name, value in parameters)


def _matches_one(resource: Resource, name: str, value: str) -> bool:
    if name in ("patient", "subject") and resource.get("resourceType") != "Patient":
        about = resource.get("subject") or resource.get("patient") or {}
        return str(about.get("reference", "")).rpartition("/")[2] == value.rpartition("/")[2]
    if name == "_id":
        return resource.get("id") in value.split(",")
    if name == "code":
        codings = [coding for member in _CODES for coding in (resource.get(member) or {}).get("coding", ())]
        return any(_is_token(token, coding) for token in value.split(",") for coding in codings)
    return True


def _is_token(token: str, coding: Mapping[str, Any]) -> bool:
    """`code`, `system|code`, `|code` (no system) or `system|` (any code of it)."""
    system, bar, code = token.rpartition("|")
    if not bar:
        return coding.get("code") == token
    return coding.get("system", "") == system and code in ("", coding.get("code"))


def _day(resource: Resource) -> str:
    return next((str(resource[name]) for name in _DATES if resource.get(name)), "")


def _capability(on: str) -> Resource:
    search = [{"name": name, "type": kind} for name, kind in (("_id", "token"), ("_count", "number"))]
    clinical = [*search, {"name": "patient", "type": "reference"}, {"name": "code", "type": "token"}]
    served = [
        {
            "type": kind,
            "interaction": [
                {"code": code} for code in (("read", "search-type") if kind == "Patient" else ("search-type",))
            ],
            "searchParam": clinical if kind in CLINICAL else search,
        }
        for kind in TYPES
    ]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": on,
        "kind": "instance",
        "implementation": {"description": "Synthetic patients of the fixture cases, read-only"},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [{"mode": "server", "resource": served}],
    }


def _fhir(resource: Resource, status: int = 200) -> Response:
    return Response(json.dumps(resource, ensure_ascii=False), status, content_type="application/fhir+json")
