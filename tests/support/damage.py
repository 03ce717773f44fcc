"""Ways in which one entry of a request arrives damaged: each a small function on the resource, as data."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.support.resources import Json

Change = Callable[[Json], Any]
ORDERS = ("MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration")
DATES = (
    *(
        "effectiveDateTime",
        "effectiveInstant",
        "effectivePeriod",
        "issued",
        "authoredOn",
        "dateAsserted",
        "whenHandedOver",
    ),
    *("onsetDateTime", "recordedDate", "performedDateTime", "performedPeriod", "date"),
)


class Damage(NamedTuple):
    """A way to damage a resource; `of` the types that it is for, all where empty; `change` returns False where it does not apply."""

    name: str
    change: Change
    of: tuple[str, ...] = ()


def _set(**members: Any) -> Change:
    return lambda one: one.update(copy.deepcopy(members))


def _instead(*names: str, by: Callable[[Any], Any]) -> Change:
    """Each of the members that is there becomes something else; None takes it out."""

    def change(one: Json) -> bool:
        present = [name for name in names if name in one]
        for name in present:
            made = by(one[name])
            if made is ...:
                del one[name]
            else:
                one[name] = made
        return bool(present)

    return change


def _concept(by: Callable[[Json], Any]) -> Change:
    """The code of the resource, or its medication, becomes something else."""
    return _instead("code", "medicationCodeableConcept", by=lambda code: by(code) if isinstance(code, dict) else code)


def _coding(by: Callable[[Json], Any]) -> Change:
    return _concept(lambda code: {**code, "coding": [by(dict(each)) for each in code.get("coding", ())]})


def _whom(by: Callable[[str], Any]) -> Change:
    return _instead("subject", "patient", by=lambda whom: by(whom["reference"]) if isinstance(whom, dict) else whom)


def _date(by: Callable[[Any], Any]) -> Change:
    return _instead(*DATES, by=by)


def _quantity(by: Callable[[Json], Any]) -> Change:
    return _instead("valueQuantity", by=by)


def _words(code: Json) -> str:
    return str(code.get("text") or next((c["display"] for c in code.get("coding", ()) if "display" in c), "unnamed"))


def _value_as(name: str, by: Callable[[Json], Any]) -> Change:
    def change(one: Json) -> bool:
        quantity = one.pop("valueQuantity", None)
        if quantity is None:
            return False
        one[name] = by(quantity)
        return True

    return change


def _as_r5(one: Json) -> bool:
    if "medicationCodeableConcept" not in one:
        return False
    one["medication"] = {"concept": one.pop("medicationCodeableConcept")}
    return True


def _by_display(one: Json) -> bool:
    if "medicationCodeableConcept" not in one:
        return False
    words = _words(one.pop("medicationCodeableConcept"))
    one["medicationReference"] = {"reference": "Medication/not-sent", "display": words}
    return True


def _odd_dates(value: Any) -> Any:
    return 20260126 if isinstance(value, str) else [1, 2]


OID = "urn:oid:2.16.840.1.113883.6.1"
DAMAGES: tuple[Damage, ...] = (
    # what nobody needs
    Damage("no id", _instead("id", by=lambda _: ...)),
    Damage("id a number", _set(id=5)),
    Damage("id an object", _set(id={"$oid": "5"})),
    Damage("meta a text", _set(meta="x")),
    Damage("meta.lastUpdated an object", _set(meta={"lastUpdated": {"$date": "2026-01-01T00:00:00Z"}})),
    Damage("members that are null", _set(meta=None, note=None, encounter=None, identifier=None, contained=None)),
    Damage("unknown members", _set(_id="x", resourceVersion=4, foo=[{"bar": None}])),
    Damage("narrative a number", _set(text=5)),
    Damage("contained an object", _set(contained={"resourceType": "Basic"})),
    Damage("extension a number", _set(extension=7)),
    Damage("identifier a text", _set(identifier="4711")),
    Damage("note a text", _set(note="drawn at home")),
    Damage("category a text", _set(category="laboratory")),
    # whose it is
    Damage("no patient", _whom(lambda _: ...)),
    Damage("patient a text", _whom(lambda whom: whom)),
    Damage("patient with a slash", _whom(lambda whom: {"reference": f"/{whom}"})),
    Damage("patient with a version", _whom(lambda whom: {"reference": f"{whom}/_history/3"})),
    Damage("patient by bare id", _whom(lambda whom: {"reference": whom.removeprefix("Patient/")})),
    Damage("patient on another server", _whom(lambda whom: {"reference": f"https://else.example.org/fhir/{whom}"})),
    Damage("patient by an unknown uuid", _whom(lambda _: {"reference": "urn:uuid:0b1c"})),
    Damage("patient contained and missing", _whom(lambda _: {"reference": "#p"})),
    Damage("patient by identifier", _whom(lambda _: {"identifier": {"system": "urn:x", "value": "1"}})),
    Damage("patient in a list", _whom(lambda whom: [{"reference": whom}])),
    Damage("patient with a number as display", _whom(lambda whom: {"reference": whom, "display": 5})),
    # what it is
    Damage("code its text alone", _concept(_words)),
    Damage("code in a list", _concept(lambda code: [code])),
    Damage("coding no list", _concept(lambda code: {**code, "coding": next(iter(code.get("coding", ())), None)})),
    Damage("coding holds null", _concept(lambda code: {**code, "coding": [None, *code.get("coding", ())]})),
    Damage("system https", _coding(lambda c: {**c, "system": str(c.get("system")).replace("http:", "https:")})),
    Damage("system with a slash", _coding(lambda c: {**c, "system": f"{c.get('system')}/"})),
    Damage("system with a version", _coding(lambda c: {**c, "system": f"{c.get('system')}|2.77"})),
    Damage(
        "system an oid", _coding(lambda c: {**c, "system": OID if "loinc" in str(c.get("system")) else c.get("system")})
    ),
    Damage("no system", _coding(lambda c: {k: v for k, v in c.items() if k != "system"})),
    Damage("display a number", _coding(lambda c: {**c, "display": 5})),
    Damage("no display", _coding(lambda c: {k: v for k, v in c.items() if k != "display"})),
    Damage("code with blanks", _coding(lambda c: {**c, "code": f" {c.get('code')} "})),
    Damage(
        "local code, same words",
        _concept(lambda code: {"coding": [{"system": "urn:local", "code": "X1", "display": _words(code)}]}),
    ),
    Damage(
        "one more local code",
        _concept(lambda code: {**code, "coding": [{"system": "urn:local", "code": "X1"}, *code.get("coding", ())]}),
    ),
    # how far it is
    Damage("no status", _instead("status", by=lambda _: ...)),
    Damage("status null", _instead("status", by=lambda _: None)),
    Damage("status unknown", _instead("status", by=lambda _: "unknown")),
    Damage("status of nobody", _instead("status", by=lambda _: "in-review")),
    Damage("status a number", _instead("status", by=lambda _: 4)),
    Damage("status in capitals", _instead("status", by=lambda status: str(status).upper())),
    Damage("status in a list", _instead("status", by=lambda status: [status])),
    Damage("status a concept", _instead("status", by=lambda status: {"coding": [{"code": status}]})),
    Damage("clinicalStatus a text", _instead("clinicalStatus", by=lambda _: "active"), ("Condition",)),
    Damage("clinicalStatus unknown", _instead("clinicalStatus", by=lambda _: {"text": "current"}), ("Condition",)),
    Damage("verificationStatus unknown", _set(verificationStatus={"text": "seen"}), ("Condition",)),
    Damage("an unknown modifier", _set(modifierExtension=[{"url": "urn:x", "valueBoolean": True}])),
    # when it was
    Damage("no date", _date(lambda _: ...)),
    Damage("date null", _date(lambda _: None)),
    Damage("date a number", _date(_odd_dates)),
    Damage("date as people write it", _date(lambda _: "26.1.2026")),
    Damage("date a month", _date(lambda value: value[:7] if isinstance(value, str) else value)),
    Damage("date of 1970", _date(lambda value: "1970-01-01" if isinstance(value, str) else {"start": "1970-01-01"})),
    Damage("date of year 1", _date(lambda value: "0001-01-01" if isinstance(value, str) else {"start": "0001-01-01"})),
    # what it says
    Damage("unit unknown", _quantity(lambda q: {"value": q.get("value"), "unit": "bushel"})),
    Damage("no unit", _quantity(lambda q: {"value": q.get("value")})),
    Damage("unit percent", _quantity(lambda q: {"value": q.get("value"), "unit": "%"})),
    Damage("unit a number", _quantity(lambda q: {**q, "unit": 7, "code": 7})),
    Damage("value a text", _quantity(lambda q: {**q, "value": str(q.get("value"))})),
    Damage("value of another kind", _quantity(lambda q: {**q, "value": {"amount": q.get("value")}})),
    Damage("quantity in a list", _quantity(lambda q: [q])),
    Damage("quantity a number", _quantity(lambda q: q.get("value"))),
    Damage("quantity a text", _quantity(lambda q: f"{q.get('value')} {q.get('unit', '')}")),
    Damage("comparator unknown", _quantity(lambda q: {**q, "comparator": "~"})),
    Damage("comparator a number", _quantity(lambda q: {**q, "comparator": 5})),
    Damage(
        "value as a text with its unit", _value_as("valueString", lambda q: f"{q.get('value')} {q.get('unit', '')}")
    ),
    Damage("value in words", _value_as("valueString", lambda _: "low")),
    Damage("value absent", _value_as("dataAbsentReason", lambda _: {"text": "error"})),
    Damage("value a range", _value_as("valueRange", lambda q: {"low": q})),
    Damage("reference range a text", _set(referenceRange="150-400"), ("Observation",)),
    Damage("interpretation a text", _set(interpretation="L"), ("Observation",)),
    Damage("component empty", _set(component=[{}]), ("Observation",)),
    # orders
    Damage("medication as in R5", _as_r5, ORDERS),
    Damage("medication by a display", _by_display, ORDERS),
    Damage("no intent", _instead("intent", by=lambda _: ...), ORDERS),
    Damage("intent of nobody", _instead("intent", by=lambda _: "wish"), ORDERS),
    Damage(
        "dosage no list", _instead("dosageInstruction", by=lambda d: d[0] if isinstance(d, list) and d else d), ORDERS
    ),
    Damage("dosage a text", _instead("dosageInstruction", by=lambda _: "as discussed"), ORDERS),
    Damage("no dosage", _instead("dosageInstruction", by=lambda _: ...), ORDERS),
    Damage("dispense a text", _set(dispenseRequest="28 capsules"), ORDERS),
    Damage("not to perform, a number", _set(doNotPerform=0), ORDERS),
)


def damaged(request: Json, place: tuple[str, int], damage: Damage) -> Json | None:
    """The request with one entry damaged, wherever the same resource stands; None where the damage does not apply."""
    made = copy.deepcopy(request)
    original = _entries(request)[place]
    if damage.of and original["resourceType"] not in damage.of:
        return None
    changed = copy.deepcopy(original)
    if damage.change(changed) is False or changed == original:
        return None
    for bundle in _bundles(made):
        for entry in bundle["entry"]:
            if entry.get("resource") == original:
                entry["resource"] = changed
    return made


def without(request: Json, place: tuple[str, int]) -> Json:
    """The request without one entry, wherever the same resource stands."""
    made = copy.deepcopy(request)
    original = _entries(request)[place]
    for bundle in _bundles(made):
        bundle["entry"] = [entry for entry in bundle["entry"] if entry.get("resource") != original]
    return made


def places(request: Json) -> list[tuple[str, int]]:
    """The entries that can be damaged: each resource of the prefetch and of the drafts once, but for the Patient."""
    found: dict[str, tuple[str, int]] = {}
    for place, resource in _entries(request).items():
        if resource.get("resourceType") not in (None, "Patient"):
            found.setdefault(str(resource), place)
    return list(found.values())


def _entries(request: Json) -> dict[tuple[str, int], Json]:
    named = {**request["prefetch"], **request["context"]}
    return {
        (key, number): entry["resource"]
        for key, bundle in named.items()
        if isinstance(bundle, dict)
        for number, entry in enumerate(bundle.get("entry") or ())
        if isinstance(entry.get("resource"), dict)
    }


def _bundles(request: Json) -> Iterator[Json]:
    every = (*request["prefetch"].values(), *request["context"].values())
    return (each for each in every if isinstance(each, dict) and each.get("entry"))
