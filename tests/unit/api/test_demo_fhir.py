"""Does the demonstration's FHIR endpoint answer what the Sandbox and the service itself ask?"""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import ANY

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds_service.api import cors, demo_fhir, faults
from cds_service.cdshooks.prefetch import Answered, read_answer
from cds_service.fhir.model import problems_of

LOINC = "http://loinc.org"


def observation(identifier: str, patient: str, code: str, on: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": identifier,
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": patient},
        "effectiveDateTime": on,
    }


RESOURCES = [
    {"resourceType": "Patient", "id": "one", "name": [{"family": "Synthetic", "given": ["One"]}]},
    {"resourceType": "Patient", "id": "two", "name": [{"family": "Synthetic", "given": ["Two"]}]},
    observation("a", "Patient/one", "777-3", "2026-01-05"),
    observation("b", "http://ehr.example.org/fhir/Patient/one", "777-3", "2026-01-26"),
    observation("c", "Patient/one", "751-8", "2026-01-12"),
    observation("d", "Patient/two", "751-8", "2026-01-12"),
]


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("demo")
    cors.install(app, ("*",))
    faults.install(app)
    app.register_blueprint(demo_fhir.blueprint([*RESOURCES, RESOURCES[0]], "2026-01-26"))
    return app.test_client()


def ids(bundle: Any) -> list[str]:
    return [entry["resource"]["id"] for entry in bundle.get("entry", ())]


def test_the_capability_statement_is_sound_r4(client: FlaskClient) -> None:
    answer = client.get("/demo/fhir/metadata", headers={"Accept": "application/json+fhir"})
    statement = answer.get_json(force=True)
    assert (200, "4.0.1") == (answer.status_code, statement["fhirVersion"])
    assert [] == list(problems_of(statement))


def test_a_patient_is_read_and_every_browser_may_see_it(client: FlaskClient) -> None:
    answer = client.get("/demo/fhir/Patient/one", headers={"Origin": "https://sandbox.example.org"})
    assert RESOURCES[0] == answer.get_json(force=True)
    assert "*" == answer.headers["Access-Control-Allow-Origin"]
    assert answer.content_type.startswith("application/fhir+json")


@pytest.mark.parametrize("path", ["Patient/nobody", "Observation/one", "Basic/a", "Pateint", "HumanName"])
def test_what_is_not_there_is_an_operation_outcome(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/demo/fhir/{path}")
    assert (404, "OperationOutcome") == (answer.status_code, answer.get_json(force=True)["resourceType"])


def test_a_patient_stands_in_the_list_once(client: FlaskClient) -> None:
    assert ["one", "two"] == ids(client.get("/demo/fhir/Patient").get_json(force=True))
    assert ["two"] == ids(client.get("/demo/fhir/Patient?_id=two,nobody").get_json(force=True))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("patient=one", ["a", "b", "c"]),
        ("patient=Patient/two", ["d"]),
        ("patient:Patient=two", ["d"]),
        ("_id=a,d", ["a", "d"]),
        ("patient=one&_sort=-_id", ["c", "b", "a"]),
        ("_sort=-date,-_id", ["b", "d", "c", "a"]),
        ("subject=Patient/one&code=751-8", ["c"]),
        (f"patient=one&code={LOINC}|777-3,{LOINC}|751-8&_sort=-date", ["b", "c", "a"]),
        (f"patient=one&code={LOINC}|", ["a", "b", "c"]),
        ("patient=one&code=|777-3", []),
        ("patient=one&code=http://snomed.info/sct|777-3", []),
        ("patient=nobody", []),
    ],
)
def test_a_search_finds_by_patient_and_code_by_get_and_by_post(
    client: FlaskClient, query: str, expected: list[str]
) -> None:
    by_get = client.get(f"/demo/fhir/Observation?{query}")
    form = "application/x-www-form-urlencoded"
    by_post = client.post("/demo/fhir/Observation/_search", data=query, content_type=form)
    assert expected == ids(by_get.get_json(force=True)) == ids(by_post.get_json(force=True))


def test_pages_follow_each_other_to_the_end(client: FlaskClient) -> None:
    path, seen = "/demo/fhir/Observation?patient=one&_count=2", []
    while path:
        bundle = client.get(path).get_json(force=True)
        assert 3 == bundle["total"]
        assert [] == list(problems_of(bundle))
        seen += ids(bundle)
        path = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")
    assert ["a", "b", "c"] == seen


@pytest.mark.parametrize(
    "query",
    [
        "_count=many",
        "_count=-1",
        "_offset=x",
        "patient:Group=one",
        "code:in=a",
        "patient=",
        "code=",
        "_id=",
        "subject=%20",
    ],
)
def test_a_value_that_a_parameter_cannot_have_is_refused(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/demo/fhir/Observation?{query}")
    outcome = answer.get_json(force=True)
    assert (400, "OperationOutcome", []) == (answer.status_code, outcome["resourceType"], list(problems_of(outcome)))


def test_a_parameter_that_is_ignored_is_named_and_leaves_nothing_out(client: FlaskClient) -> None:
    bundle = client.get("/demo/fhir/Observation?patient=two&colour=<b>red&category=laboratory").get_json(force=True)
    match, outcome = bundle["entry"]
    assert ("d", "match", "outcome") == (match["resource"]["id"], match["search"]["mode"], outcome["search"]["mode"])
    assert ["http://localhost/demo/fhir/Observation?patient=two"] == [link["url"] for link in bundle["link"]]
    assert "Ignored: category, colour" == outcome["resource"]["issue"][0]["diagnostics"]
    assert (1, []) == (bundle["total"], list(problems_of(bundle)))
    assert Answered((ANY,), ("Observation",), total=1) == read_answer(json.dumps(bundle).encode())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("name=syn", ["one", "two"]),
        ("name=ONE", ["one"]),
        ("name=ne", []),
        ("name:contains=ne,tw", ["one", "two"]),
        ("name:exact=one", []),
        ("name:exact=One", ["one"]),
        ("_sort=-name", ["two", "one"]),
    ],
)
def test_a_patient_is_found_by_name(client: FlaskClient, query: str, expected: list[str]) -> None:
    assert expected == ids(client.get(f"/demo/fhir/Patient?{query}").get_json(force=True))


def test_a_sort_key_that_is_not_known_is_left_out_and_named(client: FlaskClient) -> None:
    bundle = client.get("/demo/fhir/Observation?_sort=-date,sideways").get_json(force=True)
    assert "http://localhost/demo/fhir/Observation?_sort=-date" == bundle["link"][0]["url"]
    assert "Ignored: _sort" == bundle["entry"][-1]["resource"]["issue"][0]["diagnostics"]


def test_a_type_that_nobody_has_a_resource_of_is_searched_in_vain(client: FlaskClient) -> None:
    bundle = client.get("/demo/fhir/ServiceRequest?patient=one").get_json(force=True)
    assert (0, "outcome", []) == (bundle["total"], bundle["entry"][0]["search"]["mode"], list(problems_of(bundle)))


def test_the_capability_statement_is_true(client: FlaskClient) -> None:
    statement = client.get("/demo/fhir/metadata").get_json(force=True)
    for served in statement["rest"][0]["resource"]:
        for parameter in served["searchParam"]:
            bundle = client.get(f"/demo/fhir/{served['type']}?{parameter['name']}=x").get_json(force=True)
            assert (0, None) == (bundle["total"], bundle.get("entry")), parameter
    read = client.get("/demo/fhir/Observation/b").get_json(force=True)
    assert {**RESOURCES[3]} == read


def test_a_count_of_zero_gives_the_number_alone(client: FlaskClient) -> None:
    bundle = client.get("/demo/fhir/Observation?patient=one&_count=0").get_json(force=True)
    assert (3, []) == (bundle["total"], ids(bundle))
    assert ["self"] == [link["relation"] for link in bundle["link"]]


def test_nothing_can_be_written(client: FlaskClient) -> None:
    assert 405 == client.post("/demo/fhir/Patient", json=RESOURCES[0]).status_code
    assert 405 == client.delete("/demo/fhir/Patient/one").status_code
