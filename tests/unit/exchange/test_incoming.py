"""Is every form of a Bundle taken apart, and is what no call can be made of refused with its place?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds_service.errors import CdsError, NestedTooDeep, NotReadable, TwoPatients, WrongBundle
from cds_service.exchange.incoming import Incoming, read_incoming
from tests.support.bundles import bundle

Json = dict[str, Any]
PATIENT = {"resourceType": "Patient", "id": "p"}
COUNT = {"resourceType": "Observation", "id": "c", "status": "final", "subject": {"reference": "Patient/p"}}
HEADER = {"resourceType": "MessageHeader", "id": "h"}
UUID = "6F0E7A52-9d0b-5c39-8d58-5a1f6f7f0c11"


def read(body: Any, members: tuple[str, ...] = ("draftOrders",)) -> Incoming:
    return read_incoming(body if isinstance(body, bytes) else json.dumps(body).encode(), members)


def held(*resources: Json) -> list[Json]:
    return [{"resource": resource} for resource in resources]


def parameters(*listed: Json) -> Json:
    return {"resourceType": "Parameters", "parameter": list(listed)}


CHART = bundle(held(PATIENT, COUNT))


@pytest.mark.parametrize(
    "body",
    [
        CHART,
        bundle(held(PATIENT, COUNT), "searchset", total=2),
        bundle(held(HEADER, PATIENT, COUNT), "message"),
        bundle([{"resource": r, "request": {"method": "PUT", "url": "x"}} for r in (PATIENT, COUNT)], "transaction"),
        bundle(held(bundle(held(PATIENT), "searchset"), bundle(held(COUNT), "searchset")), "batch-response"),
        bundle(held(PATIENT, PATIENT, COUNT)),
        bundle([PATIENT, COUNT]),
        parameters({"name": "data", "resource": CHART}),
        parameters({"name": "data", "resource": PATIENT}, {"name": "data", "resource": COUNT}),
        parameters({"name": "content", "resource": CHART}, {"name": "subject", "valueString": "Patient/p"}),
        parameters(
            {"name": "data", "resource": bundle(held(PATIENT))}, {"name": "data", "resource": bundle(held(COUNT))}
        ),
    ],
)
def test_a_chart_in_every_form(body: Json) -> None:
    found = read(body)
    assert "p" == found.patient.id
    assert {("Patient", "p"), ("Observation", "c")} <= {(entry.kind, entry.id) for entry in found.entries}


def test_what_has_no_id_yet_is_known_by_its_uuid() -> None:
    address = f"urn:uuid:{UUID}"
    found = read(
        bundle(
            [
                {
                    "fullUrl": address,
                    "resource": {"resourceType": "Patient"},
                    "request": {"method": "POST", "url": "Patient"},
                },
                {"resource": {**COUNT, "subject": {"reference": address}}},
            ],
            "transaction",
        )
    )
    assert (UUID.lower(), address) == (found.patient.id, found.patient.address)
    assert {"resourceType": "Patient", "id": UUID.lower()} == json.loads(found.patient.raw)


def test_a_patient_without_address_is_the_one_that_all_others_name() -> None:
    named = {**COUNT, "subject": {"reference": "https://ehr.example.org/fhir/Patient/p"}}
    other = {**COUNT, "subject": {"reference": "https://other.example.org/Patient/p"}}
    assert "https://ehr.example.org/fhir/Patient/p" == read(bundle(held(PATIENT, named))).patient.address
    assert "" == read(bundle(held(PATIENT, named, other))).patient.address


def test_what_says_that_something_is_lacking_is_kept() -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    refused = {"response": {"status": "403 Forbidden"}}
    link = [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]
    found = read(bundle([*held(PATIENT, outcome), refused], "searchset", link=link))
    assert 2 == len(found.faults)
    assert found.next_link.endswith("page=2")


def test_an_odd_member_costs_that_member_alone() -> None:
    found = read(bundle([*held(PATIENT), {"fullUrl": 7, "resource": {**COUNT, "id": 17, "status": ["final"]}}]))
    assert ("", "", "") == (found.entries[1].id, found.entries[1].status, found.entries[1].address)


TWO = bundle(held(PATIENT, {"resourceType": "Patient", "id": "q"}))
REFUSED: dict[str, tuple[Any, type[CdsError], str]] = {
    "no JSON": (b"MSH|^~\\&|LAB", NotReadable, ""),
    "nested too deeply": (b'{"resourceType":"Bundle","entry":' + b"[" * 200 + b"]" * 200 + b"}", NestedTooDeep, ""),
    "a list": (b"[]", WrongBundle, "resourceType"),
    "no resource": ({}, WrongBundle, ""),
    "another resource": (PATIENT, WrongBundle, "Patient"),
    "a type that is no text": ({"resourceType": 7}, WrongBundle, "resourceType"),
    "a member twice": (b'{"resourceType":"Bundle","type":"collection","entry":[],"entry":[]}', WrongBundle, "Bundle"),
    "two patients": (TWO, TwoPatients, "Bundle.entry"),
    "two patients in two Bundles": (
        parameters({"name": "data", "resource": CHART}, {"name": "data", "resource": TWO}), TwoPatients, "Bundle.entry",
    ),
    "another subject": (
        parameters({"name": "data", "resource": CHART}, {"name": "subject", "valueReference": {"reference": "Patient/q"}}),
        TwoPatients,
        "Parameters.parameter",
    ),
    "no patient": (bundle(held(COUNT)), WrongBundle, "Bundle.entry"),
    "nothing": (bundle([]), WrongBundle, "Bundle.entry"),
    "a patient without an id": (bundle(held({"resourceType": "Patient"})), WrongBundle, "Bundle.entry"),
    "no type": ({"resourceType": "Bundle", "entry": held(PATIENT)}, WrongBundle, "Bundle.type"),
    "a history": (bundle(held(PATIENT), "history"), WrongBundle, "Bundle.type"),
    "entries that are no list": ({"resourceType": "Bundle", "type": "collection", "entry": {}}, WrongBundle, "Bundle"),
    "an entry that is no object": (bundle([*held(PATIENT), 7]), WrongBundle, "Bundle.entry[1]"),  # type: ignore[list-item]
    "an entry without a resource": (bundle([*held(PATIENT), {"fullUrl": "urn:x"}]), WrongBundle, "Bundle.entry[1]"),
    "a deletion": (
        bundle([*held(PATIENT), {"request": {"method": "DELETE", "url": "Observation/c"}}], "transaction"),
        WrongBundle,
        "Bundle.entry[1].request.method",
    ),
    "a message without a header": (bundle(held(PATIENT, HEADER), "message"), WrongBundle, "Bundle.entry[0]"),
    "an empty message": (bundle([], "message"), WrongBundle, "Bundle.entry[0]"),
    "no Bundle": (parameters({"name": "subject", "valueString": "p"}), WrongBundle, "Parameters.parameter"),
    "only drafts": (parameters({"name": "draftOrders", "resource": CHART}), WrongBundle, "Parameters.parameter"),
    "parameters that are no list": ({"resourceType": "Parameters", "parameter": 7}, WrongBundle, "Parameters.parameter"),
    "a parameter of another form": (
        parameters({"name": "data", "resource": CHART}, {"name": ["hook"]}), WrongBundle, "Parameters.parameter[1]",
    ),
    "Bundles without end": (
        bundle(held(PATIENT, bundle(held(bundle(held(bundle(held(bundle(held(COUNT)))))))))),
        WrongBundle,
        "Bundle.entry[1].resource.entry[0].resource.entry[0].resource.entry[0].resource",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_call_can_be_made_of_is_refused_with_its_place(name: str) -> None:
    body, kind, where = REFUSED[name]
    with pytest.raises(kind) as refused:
        read(body)
    assert where == refused.value.where
    assert refused.value.sentence and refused.value.hint
