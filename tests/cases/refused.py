"""Ways in which one result of a chart becomes unusable, by the reason; each changes a copy of a whole request."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Change = Callable[[Json, list[Json]], object]
Ways = dict[str, Change]

LOINC = "http://loinc.org"


def _quantity(**members: Any) -> Change:
    return lambda one, _: one.update(valueQuantity=members)


def _member(**members: Any) -> Change:
    return lambda one, _: one.update(members)


def _code(*codes: tuple[str, str], text: str = "") -> Change:
    coding = [{"system": system, "code": code} for system, code in codes]
    return lambda one, _: one.update(code={"coding": coding, "text": text})


def _second(value: float) -> Change:
    """Another result at the same time on the other side of every threshold."""

    def change(one: Json, bundle: list[Json]) -> None:
        twin = {**one, "id": f"{one['id']}-twin", "valueQuantity": {**one["valueQuantity"], "value": value}}
        bundle.append({"resource": twin})

    return change


def _ways(
    unit: str, low: int | str, wrong_code: str, implausible: int, undecided: tuple[str, int], other: float
) -> Ways:
    """The ways for a fact.

    Args:
        unit: the fact's unit. low: a value that would decide. wrong_code: the UCUM code of another unit.
        implausible: no value of a living patient. undecided: a comparator and limit on both sides of the decision.
        other: a value on the other side of the decision.
    """
    ucum = "http://unitsofmeasure.org"
    return {
        "unit missing": _quantity(value=low),
        "unit not known": _quantity(value=low, unit="bushel"),
        "unit and code in conflict": _quantity(value=low, unit=unit, code=wrong_code, system=ucum),
        "implausible": _quantity(value=implausible, unit=unit),
        "negative": _quantity(value=-3, unit=unit),
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
        "comparator on both sides": _quantity(value=undecided[1], comparator=undecided[0], unit=unit),
        "comparator not known": _quantity(value=low, comparator="~", unit=unit),
        "another patient's": _member(subject={"reference": "Patient/somebody-else"}),
        "nobody's": lambda one, _: one.pop("subject"),
        "entered in error": _member(status="entered-in-error"),
        "cancelled": _member(status="cancelled"),
        "cannot be read": _member(component=[17]),
        "date of another form": _member(effectiveDateTime=17),
        "two results at one time": _second(other),
    }


COMMON = _ways("10*9/L", 30, "/uL", 45000000, ("<", 100), 150000)
CREATININE = _ways("mg/dL", 2, "umol/L", 900, ("<", 2), 0.5)
WEIGHT = _ways("kg", 60, "[lb_av]", 900, ("<", 200), 160)
TEMPERATURE = _ways("Cel", 39, "[degF]", 90, (">", 36), 36)
HEMOGLOBIN = _ways("g/dL", 13, "g/L", 90, (">", 9), 12)
PLATELETS: Ways = {
    **COMMON,
    "clumped": _member(note=[{"text": "Platelet clumps seen; count is an estimate."}]),
    "local code": _code(("urn:example:lab", "THR"), text="Platelets"),
}
NEUTROPHILS: Ways = {**COMMON, "local code": _code(("urn:example:lab", "NEU"), text="Neutrophils")}


def spoiled(request: Json, key: str, change: Change, code: str = "") -> Json:
    """The request with the latest result under a prefetch key made unusable.

    Args:
        code: the LOINC code of the result, where the key holds several facts.
    """
    changed = copy.deepcopy(request)
    results = (e["resource"] for e in changed["prefetch"][key]["entry"])
    chosen = [r for r in results if not code or any(c.get("code") == code for c in r["code"].get("coding", ()))]
    name = max(chosen, key=lambda r: str(r.get("effectiveDateTime", "")))["id"]
    # The same result may stand under other keys too, such as the latest of the laboratory.
    done: set[int] = set()
    for answer in changed["prefetch"].values():
        entries = answer.get("entry", ()) if isinstance(answer, dict) else ()
        for one in [e["resource"] for e in entries]:
            if (one["resourceType"], one.get("id")) == ("Observation", name):
                answer.pop("total", None)
                if id(one) not in done:
                    done.add(id(one))
                    change(one, entries)
    return changed
