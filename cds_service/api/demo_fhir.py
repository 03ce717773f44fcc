"""A read-only FHIR R4 endpoint over the fixture patients, for demonstrations: enough for the CDS Hooks Sandbox, for curl and
for the service's own queries.

Known: `metadata`, `{type}/{id}`, and searches by type, by GET or POST `_search`, with the parameters of `_PARAMETERS`, `_sort`
and `_count`, answered page by page. What this server does not know is left out as the standard lets a lenient server do:
the self link says what was looked for, and an OperationOutcome in the Bundle names the rest. A value that a known parameter
cannot have is 400, and so is a modifier that would change its meaning. A resource type of R4 that no patient has a resource
of is searched in vain, another name is 404. Any Accept header is taken, the old `application/json+fhir` of the Sandbox included.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from cds_service.errors import NoSuchRoute
from cds_service.fhir.model import is_resource_type

ROOT = "/demo/fhir"
PAGE = 500
LARGEST_PAGE = 500
CLINICAL = (
    *("AdverseEvent", "AllergyIntolerance", "Condition", "Encounter", "Observation", "Procedure"),
    *("MedicationAdministration", "MedicationDispense", "MedicationRequest", "MedicationStatement"),
)
TYPES = ("Patient", "Practitioner", "Medication", *CLINICAL)

Resource = Mapping[str, Any]
Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A search parameter: its type, the resource types that have it, the modifiers that it takes."""

    type: str
    kinds: tuple[str, ...]
    modifiers: tuple[str, ...] = ()


_NOT_CODED = ("AdverseEvent", "Encounter")
_PARAMETERS = {
    "_id": _Parameter("token", TYPES),
    "name": _Parameter("string", ("Patient", "Practitioner"), ("contains", "exact")),
    "patient": _Parameter("reference", CLINICAL, ("Patient",)),
    "subject": _Parameter("reference", tuple(kind for kind in CLINICAL if kind != "AllergyIntolerance"), ("Patient",)),
    "code": _Parameter("token", ("Medication", *(kind for kind in CLINICAL if kind not in _NOT_CODED))),
}
_CONTROLS = frozenset({"_sort", "_count", "_offset", "_format"})
_CODES = ("code", "medicationCodeableConcept")
_DATES = ("effectiveDateTime", "performedDateTime", "authoredOn", "onsetDateTime", "recordedDate", "whenHandedOver")


def blueprint(resources: Iterable[Resource], on: str) -> Blueprint:
    """The routes below /demo/fhir.

    Args: the resources to serve, of those with the same type and id the first; the day, as text, that the capability
    statement carries.
    """
    by_type: dict[str, dict[str, Resource]] = {kind: {} for kind in TYPES}
    for resource in resources:
        by_type.setdefault(str(resource.get("resourceType")), {}).setdefault(str(resource.get("id")), resource)
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
    """The resources by type and id, and the answers about them."""

    def __init__(self, by_type: dict[str, dict[str, Resource]], on: str) -> None:
        self._by_type = by_type
        self._on = on

    def metadata(self) -> Response:
        """The capability statement."""
        return _fhir(_capability(self._on))

    def read(self, kind: str, identifier: str) -> Response:
        """One resource.

        Raises: NoSuchRoute for what is not there.
        """
        found = self._by_type.get(kind, {}).get(identifier)
        if found is None:
            raise NoSuchRoute(sentence="There is no resource of this type and id.", hint=f"GET {ROOT}/Patient lists.")
        return _fhir(found)

    def search(self, kind: str) -> Response:
        """A searchset Bundle: one page, with a link to the next one where there is one.

        Raises: NoSuchRoute for a type that R4 does not have.
        """
        if kind not in self._by_type and not is_resource_type(kind):
            raise NoSuchRoute(sentence="FHIR R4 has no resource type of this name.", hint=f"GET {ROOT}/metadata lists.")
        given = [(n, v) for n, v in (*request.args.items(multi=True), *request.form.items(multi=True))]
        wrong = sorted({name for name, value in given if _is_wrong(kind, name, value)})
        if wrong:
            words = f"A value or a modifier that this parameter cannot have: {', '.join(wrong)}"
            return _fhir(_outcome("error", "invalid", words), 400)
        used = [(name, _sorted_by(kind, value) if name == "_sort" else value) for name, value in given]
        used = [(name, value) for name, value in used if _is_known(kind, name) and value]
        found = [r for r in self._by_type.get(kind, {}).values() if all(_matches(r, *one) for one in used)]
        controls = dict(used)
        for key in reversed(controls["_sort"].split(",") if "_sort" in controls else ()):
            found.sort(key=partial(_sort_key, key=key.removeprefix("-")), reverse=key.startswith("-"))
        first, size = int(controls.get("_offset", 0)), min(int(controls.get("_count", PAGE)), LARGEST_PAGE)
        page = found[first : first + size] if size else []
        ignored = sorted({n for n, v in given if not _is_known(kind, n) or (n == "_sort" and v != _sorted_by(kind, v))})
        return _fhir(_bundle(kind, used, ignored, found, page, first + size))


def _bundle(
    kind: str, used: Parameters, ignored: list[str], found: list[Resource], page: list[Resource], after: int
) -> Resource:
    base = f"{request.host_url.rstrip('/')}{ROOT}/{kind}"
    links = [{"relation": "self", "url": f"{base}?{urlencode(used)}" if used else base}]
    if page and after < len(found):
        kept = [(name, value) for name, value in used if name != "_offset"]
        links.append({"relation": "next", "url": f"{base}?{urlencode([*kept, ('_offset', str(after))])}"})
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links}
    entries = [{"fullUrl": f"{base}/{each['id']}", "resource": each, "search": {"mode": "match"}} for each in page]
    # Information, not a warning: what was left out widens the answer, nothing is missing from it.
    said = [f"Ignored: {', '.join(ignored)}"] if ignored else []
    said += [f"This server has no {kind} of anybody"] if kind not in TYPES else []
    for words in said:
        outcome = _outcome("information", "not-supported", words)
        entries.append({"resource": outcome, "search": {"mode": "outcome"}})
    if entries:
        bundle["entry"] = entries
    return bundle


def _is_known(kind: str, name: str) -> bool:
    """Whether a search of this type looks at the parameter; its modifier was judged before."""
    known = _PARAMETERS.get(name.partition(":")[0])
    return name in _CONTROLS or (known is not None and kind in known.kinds)


def _is_wrong(kind: str, name: str, value: str) -> bool:
    """Whether a parameter that this server knows has a value that it cannot have, or a modifier that is not known."""
    name, colon, modifier = name.partition(":")
    if name in ("_count", "_offset"):
        return not (value.isascii() and value.isdigit() and len(value) < 10)
    if name in _CONTROLS or not _is_known(kind, name):
        return False
    return not value.strip() or (bool(colon) and modifier not in _PARAMETERS[name].modifiers)


def _sorted_by(kind: str, value: str) -> str:
    """Those of the keys of `_sort` that this server can sort a type by."""
    keys = ("_id", "name") if kind == "Patient" else ("_id", "date") if kind in CLINICAL else ("_id",)
    return ",".join(key for key in value.split(",") if key.removeprefix("-") in keys)


def _sort_key(resource: Resource, key: str) -> str:
    if key == "date":
        return next((str(resource[name]) for name in _DATES if resource.get(name)), "")
    return " ".join(_names(resource)) if key == "name" else str(resource.get("id"))


def _outcome(severity: str, code: str, words: str) -> Resource:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code, "diagnostics": words}]}


def _matches(resource: Resource, name: str, value: str) -> bool:
    name, _, modifier = name.partition(":")
    if name in ("patient", "subject"):
        about = resource.get("subject") or resource.get("patient") or {}
        return str(about.get("reference", "")).rpartition("/")[2] == value.rpartition("/")[2]
    if name == "_id":
        return resource.get("id") in value.split(",")
    if name == "code":
        codings = [coding for member in _CODES for coding in (resource.get(member) or {}).get("coding", ())]
        return any(_is_token(token, coding) for token in value.split(",") for coding in codings)
    if name == "name":
        return any(_is_called(part, text, modifier) for text in value.split(",") for part in _names(resource))
    return True


def _names(resource: Resource) -> list[str]:
    """The parts of somebody's names."""
    names = resource.get("name") or ()
    parts = [part for n in names for part in (n.get("text"), n.get("family"), *n.get("given", ()))]
    return [str(part) for part in parts if part]


def _is_called(part: str, text: str, modifier: str) -> bool:
    """A string of FHIR: a part that begins with the text, in whatever case; `:contains` it; `:exact` is it."""
    if modifier == "exact":
        return part == text
    part, text = part.casefold(), text.casefold()
    return text in part if modifier == "contains" else part.startswith(text)


def _is_token(token: str, coding: Mapping[str, Any]) -> bool:
    """`code`, `system|code`, `|code` (no system) or `system|` (any code of it)."""
    system, bar, code = token.rpartition("|")
    if not bar:
        return coding.get("code") == token
    return coding.get("system", "") == system and code in ("", coding.get("code"))


def _capability(on: str) -> Resource:
    served = [
        {
            "type": kind,
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            "searchParam": [{"name": n, "type": p.type} for n, p in _PARAMETERS.items() if kind in p.kinds],
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
