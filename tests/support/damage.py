"""Ways in which one entry of a request arrives damaged: each a small function on the resource, as data."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.support.resources import Json

Change = Callable[[Json], Any]
# The key of what is damaged, and its number there.
Place = tuple[str, int]
CONTEXT = "context"
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
    """A way to damage a resource, or the context.

    `of` are the types that it is for, all resources where empty; `change` returns False where it does not apply.
    """

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


def _bundled(by: Callable[[list[Json]], Any]) -> Change:
    """What the hook brings in a Bundle becomes something else."""
    return _instead(*BROUGHT, by=lambda bundle: by(bundle["entry"]))


def _bundle_of(by: Callable[[list[Json]], Any]) -> Change:
    """The entries of what the hook brings become something else."""
    return _instead(*BROUGHT, by=lambda bundle: {**bundle, "entry": by(bundle["entry"])})


PATIENT, IN_CONTEXT = ("Patient",), (CONTEXT,)
BROUGHT, SENT_OUT = ("draftOrders", "medications", "conditions"), ("dispatchedOrders",)
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
BIRTH_SEX = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
OID = "urn:oid:2.16.840.1.113883.6.1"
DAMAGES: tuple[Damage, ...] = (
    # what nobody needs
    Damage("no id", _instead("id", by=lambda _: ...)),
    Damage("id a number", _set(id=5)),
    Damage("id an object", _set(id={"$oid": "5"})),
    Damage("type in lower case", _instead("resourceType", by=str.lower)),
    Damage("type with blanks", _instead("resourceType", by=lambda kind: f" {kind} ")),
    Damage("type with a prefix", _instead("resourceType", by=lambda kind: f"fhir:{kind}")),
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
    Damage("value of samples", _value_as("valueSampledData", lambda q: {"origin": q, "period": 10, "data": "9 8 9"})),
    Damage("value empty", _quantity(lambda _: {})),
    Damage("value null", _quantity(lambda _: None)),
    Damage("no value", _quantity(lambda _: ...)),
    Damage("a unit without a value", _quantity(lambda q: {**q, "value": None})),
    Damage("value a range", _value_as("valueRange", lambda q: {"low": q})),
    Damage("reference range a text", _set(referenceRange="150-400"), ("Observation",)),
    Damage("interpretation a text", _set(interpretation="L"), ("Observation",)),
    Damage("a component empty", lambda one: one.setdefault("component", []).append({}), ("Observation",)),
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
    Damage("not to perform, a number", lambda one: one.setdefault("doNotPerform", 0) == 0, ORDERS),
    # who it is
    Damage("no birth date", _instead("birthDate", by=lambda _: ...), PATIENT),
    Damage("birth date null", _instead("birthDate", by=lambda _: None), PATIENT),
    Damage("birth date a number", _instead("birthDate", by=lambda _: 19540101), PATIENT),
    Damage(
        "birth date as people write it", _instead("birthDate", by=lambda born: ".".join(born.split("-")[::-1])), PATIENT
    ),
    Damage("birth date with a time", _instead("birthDate", by=lambda born: f"{born}T00:00:00Z"), PATIENT),
    Damage("birth date a year", _instead("birthDate", by=lambda born: born[:4]), PATIENT),
    Damage("birth date a month", _instead("birthDate", by=lambda born: born[:7]), PATIENT),
    Damage("birth date of year 1", _instead("birthDate", by=lambda _: "0001-01-01"), PATIENT),
    Damage("birth date of 1900", _instead("birthDate", by=lambda _: "1900-01-01"), PATIENT),
    Damage("birth date ahead", _instead("birthDate", by=lambda _: "2099-01-01"), PATIENT),
    Damage("birth date in a list", _instead("birthDate", by=lambda born: [born]), PATIENT),
    Damage(
        "birth date masked",
        _instead("birthDate", by=lambda _: {"extension": [{"url": ABSENT, "valueCode": "masked"}]}),
        PATIENT,
    ),
    Damage("no gender", _instead("gender", by=lambda _: ...), PATIENT),
    Damage("gender null", _instead("gender", by=lambda _: None), PATIENT),
    Damage("gender unknown", _instead("gender", by=lambda _: "unknown"), PATIENT),
    Damage("gender other", _instead("gender", by=lambda _: "other"), PATIENT),
    Damage("gender a number", _instead("gender", by=lambda _: 2), PATIENT),
    Damage("gender a letter", _instead("gender", by=lambda gender: gender[:1].upper()), PATIENT),
    Damage("gender in capitals", _instead("gender", by=str.upper), PATIENT),
    Damage("gender a concept", _instead("gender", by=lambda gender: {"coding": [{"code": gender}]}), PATIENT),
    Damage("gender in a list", _instead("gender", by=lambda gender: [gender]), PATIENT),
    Damage("birth sex a text", _set(extension=[{"url": BIRTH_SEX, "valueString": "female"}]), PATIENT),
    Damage("birth sex unknown", _set(extension=[{"url": BIRTH_SEX, "valueCode": "UNK"}]), PATIENT),
    Damage("deceased", _set(deceasedBoolean=True), PATIENT),
    Damage("not deceased, a text", _set(deceasedBoolean="false"), PATIENT),
    Damage("deceased, a text", _set(deceasedBoolean="true"), PATIENT),
    Damage("deceased, a day of no calendar", _set(deceasedDateTime="26.1.2026"), PATIENT),
    Damage("deceased null", _set(deceasedDateTime=None), PATIENT),
    Damage("active a text", _set(active="true"), PATIENT),
    Damage("not active", _set(active=False), PATIENT),
    Damage("link a text", _set(link="Patient/2"), PATIENT),
    Damage("link holds null", _set(link=[None]), PATIENT),
    Damage("name a text", _set(name="Doe"), PATIENT),
    Damage("type of another", _set(resourceType="Person"), PATIENT),
    # what the hook brings
    Damage("user null", _instead("userId", by=lambda _: None), IN_CONTEXT),
    Damage("user a number", _instead("userId", by=lambda _: 5), IN_CONTEXT),
    Damage("no user", _instead("userId", by=lambda _: ...), IN_CONTEXT),
    Damage("encounter a number", _set(encounterId=5), IN_CONTEXT),
    Damage("encounter null", _set(encounterId=None), IN_CONTEXT),
    Damage("patient with its type", _instead("patientId", by=lambda one: f"Patient/{one}"), IN_CONTEXT),
    Damage("patient with blanks", _instead("patientId", by=lambda one: f" {one} "), IN_CONTEXT),
    Damage("patient null", _instead("patientId", by=lambda _: None), IN_CONTEXT),
    Damage("patient a reference", _instead("patientId", by=lambda one: {"reference": f"Patient/{one}"}), IN_CONTEXT),
    Damage("patient another one", _instead("patientId", by=lambda _: "somebody-else"), IN_CONTEXT),
    Damage("unknown members of the context", _set(foo=[{"bar": None}], draftOrderIds=["1"]), IN_CONTEXT),
    Damage("orders null", _instead(*BROUGHT, by=lambda _: None), IN_CONTEXT),
    Damage("orders empty", _instead(*BROUGHT, by=lambda _: {}), IN_CONTEXT),
    Damage("orders a text", _instead(*BROUGHT, by=str), IN_CONTEXT),
    Damage("orders in a list", _bundled(lambda entries: [entry["resource"] for entry in entries]), IN_CONTEXT),
    Damage("an order alone", _bundled(lambda entries: entries[0]["resource"]), IN_CONTEXT),
    Damage("orders an outcome", _instead(*BROUGHT, by=lambda _: {"resourceType": "OperationOutcome"}), IN_CONTEXT),
    Damage("orders without a type", _bundled(lambda entries: {"entry": entries}), IN_CONTEXT),
    Damage("entries no list", _bundle_of(lambda entries: entries[0]), IN_CONTEXT),
    Damage(
        "entries without a member resource", _bundle_of(lambda entries: [e["resource"] for e in entries]), IN_CONTEXT
    ),
    Damage("an entry null", _bundle_of(lambda entries: [None, *entries]), IN_CONTEXT),
    Damage("an empty entry", _bundle_of(lambda entries: [{}, *entries]), IN_CONTEXT),
    Damage("an entry twice", _bundle_of(lambda entries: [*entries, *entries]), IN_CONTEXT),
    Damage(
        "entries in text",
        _bundle_of(lambda entries: [{"resource": json.dumps(e["resource"])} for e in entries]),
        IN_CONTEXT,
    ),
    Damage("no selections", _instead("selections", by=lambda _: ...), IN_CONTEXT),
    Damage("selections empty", _instead("selections", by=lambda _: []), IN_CONTEXT),
    Damage("selections a text", _instead("selections", by=lambda named: named[0]), IN_CONTEXT),
    Damage("selections of numbers", _instead("selections", by=lambda _: [5]), IN_CONTEXT),
    Damage("selections unknown", _instead("selections", by=lambda _: ["MedicationRequest/nobody"]), IN_CONTEXT),
    Damage(
        "dispatched by bare id", _instead(*SENT_OUT, by=lambda named: [n.split("/")[-1] for n in named]), IN_CONTEXT
    ),
    Damage("dispatched a text", _instead(*SENT_OUT, by=lambda named: named[0]), IN_CONTEXT),
    Damage(
        "dispatched by reference", _instead(*SENT_OUT, by=lambda named: [{"reference": n} for n in named]), IN_CONTEXT
    ),
    Damage("dispatched and unknown", _instead(*SENT_OUT, by=lambda _: ["MedicationRequest/nobody"]), IN_CONTEXT),
)

# After these a result says no amount at all.
WITHOUT_AMOUNT = frozenset(
    (
        "value of samples",
        "value empty",
        "value null",
        "no value",
        "a unit without a value",
        "value in words",
        "value absent",
    )
)


def damaged(request: Json, place: Place, damage: Damage) -> Json | None:
    """The request with one entry damaged, wherever the same resource stands; None where the damage does not apply.

    What is not damaged is shared with the request.
    """
    original, changed = entry_at(request, place), damaged_entry(request, place, damage)
    if changed is None:
        return None
    return {**request, CONTEXT: changed} if kind_of(original) == CONTEXT else _mapped(request, original, [changed])


def damaged_entry(request: Json, place: Place, damage: Damage) -> Json | None:
    """The entry as it arrives damaged; None where the damage does not apply."""
    original = entry_at(request, place)
    kind = kind_of(original)
    if kind not in damage.of if damage.of or kind == CONTEXT else False:
        return None
    changed = copy.deepcopy(original)
    return None if damage.change(changed) is False or changed == original else changed


def without(request: Json, place: Place) -> Json:
    """The request without one entry, wherever the same resource stands; without what the hook brings, for the context."""
    original = entry_at(request, place)
    if kind_of(original) == CONTEXT:
        return {**request, CONTEXT: {k: v for k, v in original.items() if isinstance(v, str)}}
    return _mapped(request, original, [])


def places(request: Json) -> list[Place]:
    """What can be damaged: each resource of the prefetch and of the drafts once, and the context."""
    found: dict[str, Place] = {}
    for place, resource in _entries(request).items():
        if resource.get("resourceType"):
            found.setdefault(str(resource), place)
    return [*found.values(), (CONTEXT, 0)]


def entry_at(request: Json, place: Place) -> Json:
    """What stands at a place."""
    return dict(request[CONTEXT]) if place == (CONTEXT, 0) else _entries(request)[place]


def kind_of(entry: Json) -> str:
    """The type of a resource, or that it is the context."""
    return str(entry.get("resourceType", CONTEXT))


def _entries(request: Json) -> dict[Place, Json]:
    named = {**request["prefetch"], **request[CONTEXT]}
    return {
        (key, number): resource
        for key, answer in named.items()
        if isinstance(answer, dict)
        for number, resource in enumerate(_resources(answer))
        if isinstance(resource, dict)
    }


def _resources(answer: Json) -> list[Any]:
    """The resources of a Bundle by their place in it; what is no Bundle stands for itself."""
    is_bundle = answer.get("resourceType") == "Bundle"
    return [entry.get("resource") for entry in answer.get("entry") or ()] if is_bundle else [answer]


def _mapped(request: Json, original: Json, by: list[Json]) -> Json:
    """The request with other resources in the place of one, wherever it stands."""

    def answer(one: Any) -> Any:
        if one == original:
            return by[0] if by else None
        if not isinstance(one, dict) or not one.get("entry"):
            return one
        entries = [
            made
            for entry in one["entry"]
            for made in ([{**entry, "resource": r} for r in by] if entry.get("resource") == original else [entry])
        ]
        return {**one, "entry": entries}

    mapped = {name: {key: answer(one) for key, one in request[name].items()} for name in ("prefetch", CONTEXT)}
    return {**request, **mapped}
