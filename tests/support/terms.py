"""Terms of a collected set, each read by the reader of the resource that it stands in: what becomes of it?"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from cds_service.drugs.lenalidomide import DRUG as LENALIDOMIDE
from cds_service.fhir.conditions import read_conditions
from cds_service.fhir.decode import CodeableConcept, Coding
from cds_service.fhir.medications import read_medications
from cds_service.fhir.observations import read_observations
from cds_service.fhir.procedures import read_procedures
from tests.support.resources import LOINC, Json, condition, observation, procedure

TODAY: Final = date(2026, 1, 26)
ON: Final = "2026-01-20"
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
    return Told(frozenset(read.readings) | frozenset(read.findings), frozenset(read.unusable))


def told(term: Mapping[str, Any], code: str = "") -> Told:
    """What a term is read as, by our own names, where it stands alone in a resource of its kind.

    Args: `term` with `resource`, `text`, and `system`, `code`, `value`, `unit` where it has them; `code` a code of LOINC to
    put the text of a result beside, where its unit is in question.
    """
    names = LENALIDOMIDE.names
    if term["resource"] == "Condition":
        diagnoses = read_conditions([json.dumps(condition("p", "one", _code(term), ON)).encode()], "p", TODAY, LENALIDOMIDE.indications).diagnoses
        sure = [each.concepts for each in diagnoses if not each.is_suspected]
        return Told(frozenset().union(*sure), frozenset().union(*(each.concepts for each in diagnoses)))
    if term["resource"] == "Procedure":
        events = read_procedures([json.dumps(procedure("p", "one", _code(term), ON)).encode()], "p", TODAY)
        return Told(frozenset().union(*(each.concepts for each in events.events)), frozenset(["transfusion"] if any("transfusion of a product" in each for each in events.remarks) else ()))
    if term["resource"] == "MedicationRequest":
        order = {"resourceType": "MedicationRequest", "id": "one", "status": "active", "intent": "order", "subject": {"reference": "Patient/p"}, "authoredOn": ON, "medicationCodeableConcept": _code(term)}
        medications = read_medications([json.dumps(order).encode()], "p", TODAY, LENALIDOMIDE.codes, names, LENALIDOMIDE.name)
        return Told(frozenset().union(*(each.concepts for each in medications.records)), frozenset(["untold"] if medications.untold else ()))
    if term["resource"] == "Observation":
        return _results(term, code)
    return Told(frozenset(), frozenset())
