"""Terms of a collected set, each read by the reader of the resource that it stands in: what becomes of it?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from cds_service.drugs.lenalidomide import DRUG as LENALIDOMIDE
from cds_service.fhir.conditions import read_conditions
from cds_service.fhir.medications import read_medications
from cds_service.fhir.observations import read_observations
from cds_service.fhir.procedures import read_procedures
from cds_service.fhir.words import remarks_in
from tests.support.resources import Json, condition, observation, procedure

TODAY: Final = date(2026, 1, 26)
ON: Final = "2026-01-20"
# Where the unit of a result is in question: the analyte as the set names it, its code of LOINC, and our fact.
UNITS: Final[Mapping[str, tuple[str, str]]] = {
    "platelets": ("777-3", "platelets"),
    "neutrophils": ("751-8", "anc"),
    "haemoglobin": ("718-7", "hemoglobin"),
    "creatinine": ("2160-0", "creatinine"),
    "hCG": ("2118-8", "pregnancyTest"),
    "temperature": ("8310-5", "temperature"),
    "weight": ("29463-7", "weight"),
}
_NUMBER: Final = re.compile(r"([<>]=?)?\s*([0-9]+(?:[.,][0-9]+)?)")


class Told(NamedTuple):
    """What is read from a resource, and what is asked about because it could not be read or believed."""

    read: frozenset[str]
    asked: frozenset[str]


def _code(term: Mapping[str, Any]) -> Json:
    coding = [{"system": term["system"], "code": term["code"]}] if term.get("code") else []
    return {"text": term["text"], **({"coding": coding} if coding else {})}


def _value(term: Mapping[str, Any]) -> Json:
    """The value as it was reported: a quantity where it begins as a number, else its words."""
    said = str(term.get("value", ""))
    number = _NUMBER.fullmatch(said)
    if number is None:
        return {"valueString": f"{said} {term.get('unit', '')}".strip()} if said else {}
    quantity: Json = {"value": float(number[2].replace(",", "."))}
    quantity |= {"comparator": number[1]} if number[1] else {}
    return {"valueQuantity": {**quantity, "unit": term["unit"]} if term.get("unit") else quantity}


def _results(term: Mapping[str, Any], code: str) -> Told:
    one = observation("p", "one", code, term["text"], f"{ON}T07:00:00Z", **_value(term))
    read = read_observations([json.dumps(one if code else {**one, "code": _code(term)}).encode()], "p", TODAY)
    remarks = remarks_in(f"{term['text']} {term.get('value', '')}")
    return Told(frozenset(read.readings) | frozenset(read.findings), frozenset(read.unusable) | remarks)


def told(term: Mapping[str, Any], code: str = "") -> Told:
    """What a term is read as, by our own names, where it stands alone in a resource of its kind.

    Args: `term` with `resource`, `text`, and `system`, `code`, `value`, `unit` where it has them; `code` a code of LOINC to
    put the text of a result beside, where its unit is in question.
    """
    if term["resource"] == "Condition":
        return _diagnosis(condition("p", "one", _code(term), ON))
    if term["resource"] == "Procedure":
        return _procedure(procedure("p", "one", _code(term), ON))
    if term["resource"] == "MedicationRequest":
        return _medication(_code(term))
    return _results(term, code)


def _diagnosis(resource: Json) -> Told:
    read = read_conditions([json.dumps(resource).encode()], "p", TODAY, LENALIDOMIDE.indications).diagnoses
    sure, doubted = (
        frozenset().union(*(each.concepts for each in read if each.is_suspected is suspected))
        for suspected in (False, True)
    )
    return Told(sure, doubted)


def _procedure(resource: Json) -> Told:
    events = read_procedures([json.dumps(resource).encode()], "p", TODAY)
    unsaid = {"transfusion"} if any("transfusion of a product" in each for each in events.remarks) else set()
    return Told(
        frozenset().union(*(each.concepts for each in events.events)),
        frozenset(unsaid.union(*(each.concepts for each in events.believed))),
    )


def _medication(code: Json) -> Told:
    order = {
        "resourceType": "MedicationRequest",
        "id": "one",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "authoredOn": ON,
        "medicationCodeableConcept": code,
    }
    raws, drug = [json.dumps(order).encode()], LENALIDOMIDE
    read = read_medications(raws, "p", TODAY, drug.codes, drug.names, drug.name)
    return Told(
        frozenset().union(*(each.concepts for each in read.records)), frozenset({"untold"} if read.untold else ())
    )
