"""References in every form: to the patient, and to a Medication wherever it lies in the call."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.application import client
from tests.support.resources import Json

FIXTURES = Path(__file__).resolve().parents[3] / "fhir_fixtures"
SERVER = "https://ehr.example.org/fhir"
MRN = {"system": "urn:example:mrn", "value": "4711"}


def request_of(case: str = "platelets-49999-week-3") -> Json:
    read: Json = json.loads((FIXTURES / case / "request.json").read_text(encoding="utf-8"))
    return read


def cards(request: Json) -> list[Json]:
    service = f"/cds-services/lenalidomide-{request['hook']}"
    answer = client(jurisdiction="US", today="2026-01-26").post(service, json=request)
    assert answer.status_code == 200, answer.json
    return [{k: v for k, v in card.items() if k in ("summary", "indicator", "detail")} for card in answer.json["cards"]]


def each_subject(request: Json, change: Callable[[Json], Any]) -> Json:
    """The request with each subject changed, of the chart and of the drafts."""
    made = copy.deepcopy(request)
    for answer in made["prefetch"].values():
        for entry in answer.get("entry", ()) if isinstance(answer, dict) else ():
            resource = entry["resource"]
            name = "subject" if "subject" in resource else "patient"
            if name in resource:
                change(resource)
    return made


def as_reference(form: str) -> Callable[[Json], None]:
    def change(resource: Json) -> None:
        name = "subject" if "subject" in resource else "patient"
        resource[name] = {"reference": form.format(resource[name]["reference"].removeprefix("Patient/"))}

    return change


def as_contained(resource: Json) -> None:
    name = "subject" if "subject" in resource else "patient"
    resource[name] = {"reference": "#p"}
    resource["contained"] = [{"resourceType": "Patient", "id": "p", "identifier": [MRN]}]


def with_full_url(request: Json, address: str) -> Json:
    patient = request["prefetch"]["patient"]
    return {
        **request,
        "prefetch": {
            **request["prefetch"],
            "patient": {"resourceType": "Bundle", "entry": [{"fullUrl": address, "resource": patient}]},
        },
    }


@pytest.mark.parametrize("form", ["{}", "/Patient/{}", "Patient/{}/_history/2", f"{SERVER}/Patient/{{}}"])
def test_a_chart_is_read_whatever_the_form_of_its_subjects(form: str) -> None:
    request = {**request_of(), "fhirServer": SERVER}
    assert cards(request)
    assert cards(request) == cards(each_subject(request, as_reference(form)))


@pytest.mark.parametrize("address", ["urn:uuid:0b1c", "https://other.example.org/r4/Patient/x", "urn:oid:1.2.3"])
def test_the_address_of_the_patient_s_entry_names_the_patient(address: str) -> None:
    request = with_full_url(request_of(), address)
    assert cards(request_of()) == cards(each_subject(request, as_reference(address)))


def test_a_contained_patient_with_an_identifier_of_the_patient_is_the_patient() -> None:
    request = request_of()
    request["prefetch"]["patient"]["identifier"] = [MRN]
    assert cards(request_of()) == cards(each_subject(request, as_contained))


@pytest.mark.parametrize(
    "change",
    [
        as_contained,
        as_reference("urn:uuid:0b1c"),
        as_reference("https://other.example.org/fhir/Patient/{}"),
        lambda resource: resource.update(subject={"identifier": MRN}),
    ],
)
def test_one_count_of_a_patient_who_cannot_be_compared_is_asked_about_as_gravely_as_if_it_were_believed(
    change: Callable[[Json], Any],
) -> None:
    request = request_of("cbc-not-due-week-3")
    assert [] == cards(request)
    entries = request["prefetch"]["platelets"]["entry"]
    low = copy.deepcopy(entries[0]["resource"]) | {"id": "new", "effectiveDateTime": "2026-01-26"}
    low["valueQuantity"] = {"value": 12, "unit": "10*3/uL"}
    change(low)
    entries.append({"resource": low})
    (card, *_) = cards(request)
    assert ("critical", True) == (
        card["indicator"],
        "nothing says" in card["summary"] or "no patient" in card["summary"],
    )


MEDICATION = "medicationCodeableConcept"
DISPLAY = "urn:uuid:4f1"


def with_medication(request: Json, reference: str, medication: Json, place: str, **entry: Any) -> Json:
    """The request whose order names its drug by a reference to a Medication that lies under a key or in the drafts."""
    made = copy.deepcopy(request)
    for answer in (*made["prefetch"].values(), made["context"].get("draftOrders")):
        for each in answer.get("entry", ()) if isinstance(answer, dict) else ():
            if MEDICATION in each.get("resource", {}):
                code = each["resource"].pop(MEDICATION)
                each["resource"]["medicationReference"] = {"reference": reference}
    held = {"resource": {"resourceType": "Medication", "code": code, **medication}, **entry}
    if place == "drafts":
        made["context"]["draftOrders"]["entry"].append(held)
    else:
        bundle = made["prefetch"].setdefault(place, {"resourceType": "Bundle", "type": "searchset", "entry": []})
        bundle["entry"] = [*bundle.get("entry", ()), held]
        bundle.pop("total", None)
    return made


WAYS = [
    ("Medication/m1", {"id": "m1"}, {}),
    ("/Medication/m1", {"id": "m1"}, {}),
    (f"{SERVER}/Medication/m1", {"id": "m1"}, {}),
    ("Medication/m1/_history/3", {"id": "m1"}, {}),
    ("urn:uuid:m1", {"id": "m1"}, {}),
    (DISPLAY, {}, {"fullUrl": DISPLAY}),
    (DISPLAY, {"id": "m1"}, {"fullUrl": DISPLAY}),
    (f"{SERVER}/Medication/7", {}, {"fullUrl": f"{SERVER}/Medication/7"}),
    ("urn:oid:1.2.3", {"id": 5}, {"fullUrl": "urn:oid:1.2.3"}),
]


@pytest.mark.parametrize("place", ["medicationRequests", "medications", "patient-medications", "laboratory"])
@pytest.mark.parametrize(("reference", "medication", "entry"), WAYS)
def test_the_medication_of_an_order_on_file_is_found_wherever_it_lies(
    reference: str, medication: Json, entry: Json, place: str
) -> None:
    request = request_of()
    assert cards(request) == cards(with_medication(request, reference, medication, place, **entry))


@pytest.mark.parametrize("place", ["drafts", "medicationRequests", "else"])
@pytest.mark.parametrize(("reference", "medication", "entry"), WAYS)
def test_the_medication_of_a_draft_is_found_wherever_it_lies(
    reference: str, medication: Json, entry: Json, place: str
) -> None:
    request = request_of("start-platelets-49999")
    said = cards(request)
    assert [card["summary"] for card in said] == [
        card["summary"] for card in cards(with_medication(request, reference, medication, place, **entry))
    ]
