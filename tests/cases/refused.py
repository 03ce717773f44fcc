"""Ways in which one result of a chart becomes unusable, by the reason; each changes a copy of a whole request."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Change = Callable[[Json, list[Json]], object]

LOINC = "http://loinc.org"


def _quantity(**members: Any) -> Change:
    return lambda one, _: one.update(valueQuantity=members)


def _member(**members: Any) -> Change:
    return lambda one, _: one.update(members)


def _code(*codes: tuple[str, str], text: str = "") -> Change:
    coding = [{"system": system, "code": code} for system, code in codes]
    return lambda one, _: one.update(code={"coding": coding, "text": text})


def _second(value: int) -> Change:
    """Another result at the same time on the other side of every threshold."""

    def change(one: Json, bundle: list[Json]) -> None:
        twin = {**one, "id": f"{one['id']}-twin", "valueQuantity": {**one["valueQuantity"], "value": value}}
        bundle.append({"resource": twin})

    return change


COMMON: dict[str, Change] = {
    "unit missing": _quantity(value=30),
    "unit not known": _quantity(value=30, unit="bushel"),
    "unit and code in conflict": _quantity(value=30, unit="10*9/L", code="/uL", system="http://unitsofmeasure.org"),
    "implausible": _quantity(value=45000000, unit="10*9/L"),
    "negative": _quantity(value=-3, unit="10*9/L"),
    "not a number": lambda one, _: (one.pop("valueQuantity"), one.update(valueString="low")),
    "no value": lambda one, _: (
        one.pop("valueQuantity"),
        one.update(dataAbsentReason={"coding": [{"code": "error"}], "text": "error"}),
    ),
    "preliminary": _member(status="preliminary"),
    "registered": _member(status="registered"),
    "status unknown": _member(status="unknown"),
    "future": _member(effectiveDateTime="2031-01-26"),
    "no date": lambda one, _: one.pop("effectiveDateTime"),
    "year only": _member(effectiveDateTime="2026"),
    "another specimen": _code((LOINC, "74398-9")),
    "codes of two facts": _code((LOINC, "777-3"), (LOINC, "751-8")),
    "comparator on both sides": _quantity(value=100, comparator="<", unit="10*9/L"),
    "comparator not known": _quantity(value=30, comparator="~", unit="10*9/L"),
    "another patient's": _member(subject={"reference": "Patient/somebody-else"}),
    "nobody's": lambda one, _: one.pop("subject"),
    "entered in error": _member(status="entered-in-error"),
    "cannot be read": _member(effectiveDateTime=17),
    "two results at one time": _second(150000),
}
PLATELETS: dict[str, Change] = {
    **COMMON,
    "clumped": _member(note=[{"text": "Platelet clumps seen; count is an estimate."}]),
    "local code": _code(("urn:example:lab", "THR"), text="Platelets"),
}
NEUTROPHILS: dict[str, Change] = {**COMMON, "local code": _code(("urn:example:lab", "NEU"), text="Neutrophils")}


def spoiled(request: Json, key: str, change: Change) -> Json:
    """The request with the latest result under a prefetch key made unusable."""
    changed = copy.deepcopy(request)
    entries = changed["prefetch"][key]["entry"]
    latest = max((e["resource"] for e in entries), key=lambda r: str(r.get("effectiveDateTime", "")))
    change(latest, entries)
    changed["prefetch"][key].pop("total", None)
    return changed
