"""What became of each entry: used, set aside with its reason, or about something else."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from cds_service.drugs.lenalidomide import DRUG
from cds_service.fhir.chart import Chart, read_chart
from cds_service.fhir.ledger import NOT_RELEVANT, SET_ASIDE, USED
from tests.unit.fhir.medication_samples import order
from tests.unit.fhir.observing import platelets

Json = dict[str, Any]
PATIENT = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1950-01-01"}


def chart(*resources: Json) -> Chart:
    by_type: dict[str, tuple[bytes, ...]] = {}
    for each in resources:
        by_type[each["resourceType"]] = (*by_type.get(each["resourceType"], ()), json.dumps(each).encode())
    return read_chart(
        by_type, {}, (), "p", date(2026, 1, 26), DRUG.codes, DRUG.names, DRUG.name, indications=DRUG.indications
    )


def condition(**members: Any) -> Json:
    subject = {"reference": "Patient/p"}
    return {
        "resourceType": "Condition",
        "id": "c",
        "subject": subject,
        "code": {"text": "Deep vein thrombosis"},
    } | members


def procedure(**members: Any) -> Json:
    done = {"resourceType": "Procedure", "id": "d", "status": "completed", "subject": {"reference": "Patient/p"}}
    return done | {"code": {"text": "Hemodialysis"}, "performedDateTime": "2026-01-20"} | members


def taken(**members: Any) -> Json:
    return order(**{"subject": {"reference": "Patient/p"}, **members})


MODIFIER = [{"url": "urn:x"}]


@pytest.mark.parametrize(
    ("resource", "outcome", "reason"),
    [
        (PATIENT, USED, ""),
        (platelets(), USED, ""),
        (platelets(valueQuantity={"value": 5, "unit": "bushel"}), SET_ASIDE, "unit not on the list"),
        (platelets(subject={"reference": "#x"}), SET_ASIDE, "nothing says that the patient"),
        (platelets(subject={"reference": "Patient/other"}), SET_ASIDE, "does not name this patient"),
        (platelets(status="entered-in-error"), NOT_RELEVANT, "taken back"),
        (platelets(code={"text": "Shoe size"}), NOT_RELEVANT, "neither its code nor its words"),
        (platelets(component=[7]), SET_ASIDE, "component"),
        (condition(), USED, ""),
        (condition(modifierExtension=MODIFIER), USED, ""),
        (condition(code={"text": "Ingrown toenail"}), NOT_RELEVANT, "neither its code nor its words"),
        (condition(subject={"reference": "Patient/other"}), SET_ASIDE, "does not name this patient"),
        (condition(subject=None, code={"text": "Myelodysplastic syndrome"}), SET_ASIDE, "names no patient"),
        (condition(subject=None, code={"text": "History of hysterectomy"}), SET_ASIDE, "names no patient"),
        (procedure(), USED, ""),
        (procedure(status="unknown"), USED, ""),
        (procedure(status="odd"), USED, ""),
        (procedure(status="not-done"), NOT_RELEVANT, ""),
        (procedure(subject=None), USED, ""),
        (procedure(code={"text": "Red cell transfusion"}, subject=None), SET_ASIDE, "names no patient"),
        (procedure(code={"text": "Red cell transfusion"}, modifierExtension=MODIFIER), SET_ASIDE, "modifier"),
        (procedure(code={"text": "Red cell transfusion"}, status="unknown"), SET_ASIDE, "status"),
        (taken(), USED, ""),
        (taken(subject={"reference": "urn:uuid:1"}), SET_ASIDE, "nothing says that the patient"),
        (taken(doNotPerform=5), SET_ASIDE, "could not be read"),
        (taken(medicationCodeableConcept={"text": "Paracetamol"}), NOT_RELEVANT, ""),
        ({"resourceType": "Medication", "id": "m"}, NOT_RELEVANT, "tells the drug"),
        ({"resourceType": "Encounter", "id": "e"}, NOT_RELEVANT, "its type"),
    ],
)  # fmt: skip
def test_each_entry_ends_in_one_of_three_ways(resource: Json, outcome: str, reason: str) -> None:
    ((reference, found, why),) = chart({k: v for k, v in resource.items() if v is not None}).entries
    assert (f"{resource['resourceType']}/{resource['id']}", outcome) == (reference, found)
    assert reason in why
    assert bool(why) == (outcome != USED)


def test_an_entry_that_came_twice_is_one_entry() -> None:
    assert 2 == len(chart(platelets(), platelets(), platelets("other")).entries)


def test_an_order_is_used_by_the_medication_that_tells_its_drug() -> None:
    capsule = {"resourceType": "Medication", "id": "m", "code": {"text": "Lenalidomide 10 mg capsule"}}
    named = taken(medicationCodeableConcept=None, medicationReference={"reference": "Medication/m"})
    assert [NOT_RELEVANT, USED] == sorted(entry.outcome for entry in chart(capsule, named).entries)


def test_an_order_with_an_unknown_modifier_is_taken_at_a_dose_that_is_not_known() -> None:
    (record,) = chart(taken(modifierExtension=MODIFIER)).facts.medications
    assert (None, True) == (record.dose, "modifier" in record.dose_problem)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"active": False}, "not in use"),
        ({"active": "false"}, "not in use"),
        ({"link": [{"type": "replaced-by", "other": {"reference": "Patient/q"}}]}, "replaced by another"),
        ({"active": False, "link": [{"type": "refer"}, {"type": "replaced-by"}]}, "replaced by another"),
        ({"active": True, "link": [{"type": "replaces"}]}, ""),
        ({"link": "odd"}, ""),
        ({}, ""),
    ],
)
def test_a_patient_record_that_is_out_of_use_is_a_gap_that_is_said(members: Json, said: str) -> None:
    facts = chart(PATIENT | members).facts
    assert bool(said) == ("medicationRequests" in facts.unseen) == any(said in r for r in facts.remarks if said)
    assert said in facts.unseen.get("medicationRequests", "")
