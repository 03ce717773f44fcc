"""Is each row of the standard that concerns the wire met? A test's name begins with the row's id."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.app import create_app
from cds_service.cdshooks.schema import faults
from cds_service.settings import Settings
from tests.support.fake_service import FakeEngine, FakeSink, a_request

VIEW = "/cds-services/lenalidomide-patient-view"
CARD = "4e0a3a1e-3283-4575-ab82-028d55fe2719"
AT = "2026-01-02T03:04:05Z"
SETTINGS = Settings(mode="demo", auth="none", jurisdiction="US", cors_origins=("*",))
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def client(engine: FakeEngine) -> FlaskClient:
    return create_app(SETTINGS, engine=engine, feedback=FakeSink()).test_client()


def empties(value: object, path: str = "$") -> Iterator[str]:
    """Paths of values that the standard forbids."""
    if value in (None, "", [], {}) and not isinstance(value, bool | int):
        yield path
    if isinstance(value, dict):
        for name, member in value.items():
            yield from empties(member, f"{path}.{name}")
    if isinstance(value, list):
        for number, member in enumerate(value):
            yield from empties(member, f"{path}[{number}]")


@pytest.mark.row("GEN-1", "GEN-3", "FB-12", "FB-1")
def test_gen_1_every_2xx_body_is_json(client: FlaskClient) -> None:
    entry = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": AT}
    answers = [
        client.get("/cds-services"),
        client.post(VIEW, json=a_request()),
        client.post(f"{VIEW}/feedback", json={"feedback": [entry]}),
    ]
    assert [(200, "application/json")] * 3 == [(one.status_code, one.headers["Content-Type"]) for one in answers]
    assert all(json.loads(one.data.decode("utf-8")) is not None for one in answers)


@pytest.mark.row("GEN-4", "GEN-5")
def test_gen_4_and_5_nothing_empty_is_sent(client: FlaskClient) -> None:
    bodies = [client.get("/cds-services").get_json(), client.post(VIEW, json=a_request()).get_json()]
    bodies.append(client.post(VIEW, json={}).get_json())
    assert [] == [path for body in bodies for path in empties(body)]


@pytest.mark.row("DIS-1", "DIS-2")
def test_dis_1_and_2_discovery_is_there_and_stable(client: FlaskClient) -> None:
    first, second = client.get("/cds-services"), client.get("/cds-services")
    assert first.data == second.data
    assert isinstance(first.get_json()["services"], list)


@pytest.mark.row("DIS-3")
def test_dis_3_no_services_are_an_empty_array(engine: FakeEngine, client: FlaskClient) -> None:
    engine.offered = ()
    assert b'{"services":[]}' == client.get("/cds-services").data


@pytest.mark.row("DIS-4", "DIS-5", "DIS-6", "DIS-7", "DIS-8")
def test_dis_4_to_8_each_entry_has_its_members(client: FlaskClient) -> None:
    for entry in client.get("/cds-services").get_json()["services"]:
        assert all(entry[name].strip() for name in ("hook", "title", "description", "id"))
        assert all(key and template.strip() for key, template in entry["prefetch"].items())


@pytest.mark.row("CALL-1")
def test_call_1_a_valid_call_is_200_and_get_is_405(client: FlaskClient) -> None:
    assert (200, 405) == (client.post(VIEW, json=a_request()).status_code, client.get(VIEW).status_code)


@pytest.mark.row("CALL-2")
@pytest.mark.parametrize("value", [None, "", 1, "order-sign"])
def test_call_2_hook_is_required_and_must_be_the_services(client: FlaskClient, value: object) -> None:
    assert 400 == client.post(VIEW, json=a_request() | {"hook": value}).status_code


@pytest.mark.row("CALL-3")
@pytest.mark.parametrize("value", [None, "", 1, []])
def test_call_3_hook_instance_is_a_required_string(client: FlaskClient, value: object) -> None:
    assert (
        400 == client.post(VIEW, json=a_request(hookInstance=value) if value else _without("hookInstance")).status_code
    )


@pytest.mark.row("CALL-3")
def test_call_3_a_hook_instance_that_is_no_uuid_or_repeated_is_answered(client: FlaskClient) -> None:
    answers = [client.post(VIEW, json=a_request() | {"hookInstance": "call-1"}) for _ in range(2)]
    assert [200, 200] == [answer.status_code for answer in answers]


@pytest.mark.row("CALL-4", "CALL-5")
def test_call_4_and_5_authorization_needs_a_server_and_neither_is_required(client: FlaskClient) -> None:
    token = {"access_token": "t", "token_type": "Bearer", "expires_in": 300, "scope": "user/*.read", "subject": "cds"}
    server = "https://ehr.example.org/fhir"
    requests = [a_request(), a_request(fhirServer=server), a_request(fhirServer=server, fhirAuthorization=token)]
    assert [200, 200, 200] == [client.post(VIEW, json=one).status_code for one in requests]
    assert 400 == client.post(VIEW, json=a_request(fhirAuthorization=token)).status_code


@pytest.mark.row("CALL-6")
@pytest.mark.parametrize("value", [None, {}, [], "x", {"patientId": "1"}, {"userId": "Practitioner/1"}])
def test_call_6_context_is_required_and_checked_for_the_hook(client: FlaskClient, value: object) -> None:
    assert 400 == client.post(VIEW, json=a_request() | {"context": value}).status_code


@pytest.mark.row("CALL-7", "PD-1")
@pytest.mark.parametrize("prefetch", [{}, {"patient": None}, {"unknown": 1}, {"patient": {"resourceType": "Patient"}}])
def test_call_7_prefetch_is_optional_and_may_be_partial(client: FlaskClient, prefetch: dict[str, Any]) -> None:
    assert 200 == client.post(VIEW, json=a_request(prefetch=prefetch)).status_code


@pytest.mark.row("CALL-8")
def test_call_8_unknown_members_change_nothing(client: FlaskClient) -> None:
    document = a_request(unknown={"a": [1, None]})
    document["context"]["unknown"] = {"b": 2.5}
    assert client.post(VIEW, json=a_request()).data == client.post(VIEW, json=document).data


@pytest.mark.row("CALL-9", "EXT-3")
@pytest.mark.parametrize("extension", [{}, {"a": {"b": [1, None, {"c": 1.5}]}}, {"a": "text"}, None, []])
def test_call_9_and_ext_3_extensions_are_ignored(client: FlaskClient, extension: object) -> None:
    assert 200 == client.post(VIEW, json=a_request(extension=extension)).status_code


@pytest.mark.row("CALL-11", "RES-5", "RES-4")
@pytest.mark.parametrize(
    ("method", "path", "kind", "body", "status"),
    [
        ("POST", "/cds-services/unknown", "application/json", b"{}", 404),
        ("DELETE", VIEW, "application/json", b"{}", 405),
        ("POST", VIEW, "text/plain", b"{}", 415),
        ("POST", VIEW, "application/json", b"{", 400),
        ("POST", VIEW, "application/json", b'{"hook": NaN}', 400),
    ],
)
def test_call_11_and_res_5_every_error_is_an_operation_outcome(
    client: FlaskClient, method: str, path: str, kind: str, body: bytes, status: int
) -> None:
    answer = client.open(path, method=method, data=body, content_type=kind)
    document = answer.get_json()
    assert (status, "OperationOutcome") == (answer.status_code, document["resourceType"])
    assert all({"severity", "code", "details"} <= set(issue) for issue in document["issue"])
    assert "Traceback" not in answer.text


@pytest.mark.row("CALL-12")
def test_call_12_drafts_as_incomplete_as_the_sandboxs_are_answered(client: FlaskClient) -> None:
    draft = {"resourceType": "MedicationRequest", "id": "request-123", "category": {"coding": [{}]}, "reasonCode": []}
    document = a_request("order-select")
    document["context"] |= {
        "selections": ["MedicationRequest/request-123"],
        "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": draft}, {}, {"resource": None}]},
    }
    assert 200 == client.post("/cds-services/lenalidomide-order-select", json=document).status_code


@pytest.mark.row("RES-1", "RES-2")
def test_res_1_and_2_no_guidance_is_an_empty_array(engine: FakeEngine, client: FlaskClient) -> None:
    engine.cards = []
    answer = client.post(VIEW, json=a_request())
    assert (200, b'{"cards":[]}') == (answer.status_code, answer.data)


@pytest.mark.row("CARD-1", "CARD-4", "CARD-5")
def test_card_1_to_9_the_answer_is_valid_by_schema(client: FlaskClient) -> None:
    assert () == faults("response", client.post(VIEW, json=a_request()).get_json())


@pytest.mark.row("FB-1", "FB-2", "FB-3", "FB-6", "FB-8", "FB-9")
def test_fb_1_to_9_mixed_entries_and_repeats_are_taken(client: FlaskClient) -> None:
    entries = [
        {
            "card": CARD,
            "outcome": "accepted",
            "acceptedSuggestions": [{"id": "a"}, {"id": "b"}],
            "outcomeTimestamp": AT,
        },
        {"card": CARD, "outcome": "overridden", "outcomeTimestamp": AT},
        {
            "card": CARD,
            "outcome": "overridden",
            "overrideReason": {"reason": {"code": "x"}, "userComment": "y"},
            "outcomeTimestamp": AT,
        },
    ]
    statuses = [client.post(f"{VIEW}/feedback", json={"feedback": entries}).status_code for _ in range(2)]
    assert [200, 200] == statuses


@pytest.mark.row("FB-3", "FB-4", "FB-5", "FB-7")
@pytest.mark.parametrize("missing", ["card", "outcome", "outcomeTimestamp", "acceptedSuggestions"])
def test_fb_3_to_7_a_missing_member_is_400(client: FlaskClient, missing: str) -> None:
    entry = {"card": CARD, "outcome": "accepted", "acceptedSuggestions": [{"id": "a"}], "outcomeTimestamp": AT}
    del entry[missing]
    assert 400 == client.post(f"{VIEW}/feedback", json={"feedback": [entry]}).status_code


@pytest.mark.row("CORS-1")
@pytest.mark.parametrize("path", ["/cds-services", VIEW, f"{VIEW}/feedback", "/cds-services/none", "/nowhere"])
def test_cors_1_preflights_are_answered_everywhere(client: FlaskClient, path: str) -> None:
    headers = {
        "Origin": "https://sandbox.cds-hooks.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = client.options(path, headers=headers)
    assert (204, "*") == (answer.status_code, answer.headers["Access-Control-Allow-Origin"])
    assert "GET, POST, OPTIONS" == answer.headers["Access-Control-Allow-Methods"]
    assert "Authorization, Content-Type" == answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.row("CORS-1")
def test_cors_1_errors_carry_the_origin_too(client: FlaskClient, engine: FakeEngine) -> None:
    headers = {"Origin": "https://sandbox.cds-hooks.org"}
    answers = [client.get("/nowhere", headers=headers), client.post(VIEW, data=b"{", headers=headers)]
    engine.error = RuntimeError()
    answers.append(client.post(VIEW, json=a_request(), headers=headers))
    assert [(404, "*"), (400, "*"), (500, "*")] == [
        (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) for answer in answers
    ]


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in a_request().items() if key != name}


def _public(folder: str, pattern: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if not DATA.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the public data are not there")
        pytest.skip("the public data are not there")
    for path in sorted((DATA / folder).glob(pattern)):
        document = _parsed(path.read_text("utf-8"))
        if document is not None:
            yield path.name, document


def _parsed(text: str) -> dict[str, Any] | None:
    """The JSON object, None for published examples that are cut-outs and no JSON at all."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def test_public_requests_that_hold_what_the_standard_requires_are_all_answered(client: FlaskClient) -> None:
    hooks = {service.hook for service in FakeEngine().services()}
    played = [
        (
            name,
            client.post(f"/cds-services/lenalidomide-{document['hook']}", json=document).status_code,
            faults("request", document),
        )
        for name, document in _public(".", "cdshooks-*/*.json")
        if document.get("hook") in hooks
    ]
    assert len(played) > 25
    assert [] == [(name, status) for name, status, found in played if (status == 200) != (not found)]
    assert {200, 400} >= {status for _, status, _ in played}


def test_public_feedback_is_taken(client: FlaskClient) -> None:
    played = [
        client.post(f"{VIEW}/feedback", json=document).status_code
        for _, document in _public("cdshooks-ahrq-cql-services", "*eedback*.json")
    ]
    assert played
    assert {200} == set(played)
