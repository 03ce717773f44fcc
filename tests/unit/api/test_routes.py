"""Does each route answer as HTTP and the contract have it, and does a failure never look like "all is well"?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.api import hooks
from cds_service.cdshooks.card import Action
from cds_service.cdshooks.client import Client
from cds_service.cdshooks.service import UNSOUND, HookResult
from cds_service.errors import DataUnobtainable, TwoPatients, Unauthorized
from cds_service.settings import Settings
from cds_service.turns import Turns
from tests.support.fake_service import FakeEngine, FakeSink, a_card, a_request
from tests.unit.api.conftest import DEMO

VIEW = "/cds-services/lenalidomide-patient-view"
FEEDBACK = {"feedback": [{"card": "c", "outcome": "overridden", "outcomeTimestamp": "2026-01-02T03:04:05Z"}]}
PRODUCTION = Settings(auth="none", allow_anonymous=True, cors_origins=("https://ehr.example.org",))


class TokenGood:
    """Takes the header "Bearer good" only; remembers the addresses it was asked about."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def authenticate(self, header: str | None, url: str) -> Client:
        self.urls.append(url)
        if header != "Bearer good":
            raise Unauthorized("no good")
        return Client(issuer="https://ehr.example.org")


def issue(answer: Any) -> dict[str, Any]:
    body = answer.get_json()
    assert "OperationOutcome" == body["resourceType"]
    first: dict[str, Any] = body["issue"][0]
    return first


def test_a_call_reaches_the_engine_and_its_cards_come_back(client: FlaskClient, engine: FakeEngine) -> None:
    answer = client.post(VIEW, json=a_request())
    assert (200, "application/json") == (answer.status_code, answer.headers["Content-Type"])
    assert a_card().uuid == answer.get_json()["cards"][0]["uuid"]
    assert "1" == engine.seen[0].patient_id
    assert "content-1" == answer.headers["CDS-Content-Version"]
    assert answer.headers["CDS-Service-Version"]


@pytest.mark.row("CALL-11", "DIS-14")
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "CDS-404-ROUTE"),
        ("POST", "/cds-services/none", 404, "CDS-404-SERVICE"),
        ("POST", "/cds-services/none/feedback", 404, "CDS-404-SERVICE"),
        ("GET", VIEW, 405, "CDS-405"),
        ("PUT", VIEW, 405, "CDS-405"),
        ("POST", "/cds-services", 405, "CDS-405"),
        ("GET", f"{VIEW}/feedback", 405, "CDS-405"),
        ("POST", "/healthz", 405, "CDS-405"),
    ],
)
def test_wrong_addresses_and_methods_are_said_so(
    client: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.open(path, method=method, json=a_request())
    assert (status, code) == (answer.status_code, issue(answer)["details"]["coding"][0]["code"])
    assert (status == 405) == ("Allow" in answer.headers)


@pytest.mark.parametrize(
    "kind",
    ["application/json", "application/json; charset=utf-8", "application/fhir+json", "application/json+fhir", None],
)
def test_these_media_types_are_read(client: FlaskClient, kind: str | None) -> None:
    assert 200 == client.post(VIEW, data=json.dumps(a_request()), content_type=kind).status_code


@pytest.mark.row("CALL-11")
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_other_media_types_are_415(client: FlaskClient, kind: str) -> None:
    assert 415 == client.post(VIEW, data=json.dumps(a_request()), content_type=kind).status_code


def test_a_compressed_body_is_415(client: FlaskClient) -> None:
    assert 415 == client.post(VIEW, json=a_request(), headers={"Content-Encoding": "gzip"}).status_code


def test_four_megabytes_pass_and_one_byte_beyond_the_limit_does_not(client_of: Callable[..., FlaskClient]) -> None:
    assert 200 == client_of().post(VIEW, json=a_request(padding="x" * 4_000_000)).status_code
    body = json.dumps(a_request())
    for most, status in ((len(body), 200), (len(body) - 1, 413)):
        small = client_of(replace(DEMO, max_body_bytes=most))
        assert status == small.post(VIEW, data=body, content_type="application/json").status_code


def test_a_failure_of_the_engine_is_500_without_words_of_its_own(
    client: FlaskClient, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.error = ValueError("Jane Roe, MRN-4711")
    answer = client.post(VIEW, json=a_request())
    logged = capsys.readouterr().err
    assert (500, "fatal") == (answer.status_code, issue(answer)["severity"])
    assert "MRN" not in answer.text + logged
    assert "cards" not in answer.get_json()
    assert '"error": "ValueError"' in logged
    assert "fake_service.py:" in logged


@pytest.mark.row("PD-8")
def test_required_data_that_could_not_be_obtained_is_412_and_names_each_key(
    client: FlaskClient, engine: FakeEngine
) -> None:
    engine.error = DataUnobtainable({"platelets": "the server answered 500", "neutrophils": "not sent"})
    answer = client.post(VIEW, json=a_request())
    issues = answer.get_json()["issue"]
    assert 412 == answer.status_code
    assert [["prefetch.neutrophils"], ["prefetch.platelets"]] == [one["expression"] for one in issues]
    assert "platelets" in issues[1]["details"]["text"]


def test_a_call_that_finds_no_turn_is_503_and_no_empty_answer(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "turns", Turns(at_once=1, patience=0.01))
    with hooks.turns.one():
        answer = client.post(VIEW, json=a_request())
    assert (503, "CDS-503-BUSY") == (answer.status_code, issue(answer)["details"]["coding"][0]["code"])
    assert 200 == client.post(VIEW, json=a_request()).status_code


def test_two_patients_are_400(client: FlaskClient, engine: FakeEngine) -> None:
    engine.error = TwoPatients("$.prefetch.patient")
    assert 400 == client.post(VIEW, json=a_request()).status_code


@pytest.mark.row("SYS-2")
def test_system_actions_reach_only_a_client_that_agreed_to_them(
    client_of: Callable[..., FlaskClient], engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions = (Action(type="delete", description="Remove.", resourceId="MedicationRequest/1"),)
    monkeypatch.setattr(engine, "answer", lambda *_: HookResult(engine.cards, system_actions=actions))

    class Agreed:
        def authenticate(self, header: str | None, url: str) -> Client:
            return Client(takes_system_actions=header is not None)

    caller = client_of(authenticator=Agreed())
    plain = caller.post(VIEW, json=a_request())
    agreed = caller.post(VIEW, json=a_request(), headers={"Authorization": "Bearer x"})
    assert "systemActions" not in plain.get_json()
    assert ["MedicationRequest/1"] == [one["resourceId"] for one in agreed.get_json()["systemActions"]]


def test_feedback_is_kept_before_it_is_answered(client: FlaskClient, sink: FakeSink) -> None:
    assert 200 == client.post(f"{VIEW}/feedback", json=FEEDBACK).status_code
    assert ["c"] == [entry.card for entry in sink.kept]


def test_a_store_that_is_down_is_503_for_feedback_only_and_readiness_says_so(
    client: FlaskClient, sink: FakeSink
) -> None:
    sink.is_down = True
    feedback, hook, ready = (
        client.post(f"{VIEW}/feedback", json=FEEDBACK),
        client.post(VIEW, json=a_request()),
        client.get("/readyz"),
    )
    assert (503, 200, 200) == (feedback.status_code, hook.status_code, ready.status_code)
    assert feedback.headers["Retry-After"].isdigit()
    assert "CDS-503-STORE" == issue(feedback)["details"]["coding"][0]["code"]
    assert "down" == ready.get_json()["store"]


@pytest.mark.row("JWT-1", "JWT-16", "DIS-15", "FB-11")
@pytest.mark.parametrize("header", [None, "Bearer bad", "Basic good", "good", ""])
def test_every_bad_token_gets_the_same_bytes_before_anything_else_is_looked_at(
    client_of: Callable[..., FlaskClient], engine: FakeEngine, header: str | None
) -> None:
    client = client_of(PRODUCTION, authenticator=TokenGood())
    headers = {} if header is None else {"Authorization": header}
    calls = (
        ("GET", "/cds-services"),
        ("POST", VIEW),
        ("POST", "/cds-services/none"),
        ("GET", VIEW),
        ("GET", "/nowhere"),
    )
    for method, path in calls:
        answer = client.open(path, method=method, data=b"{", content_type="text/plain", headers=headers)
        assert (401, b'{"message":"Unauthorized"}') == (answer.status_code, answer.data)
        assert 'Bearer realm="cds-services"' == answer.headers["WWW-Authenticate"]
    assert [] == engine.seen


@pytest.mark.row("JWT-6")
def test_the_authenticator_is_asked_about_the_address_that_the_client_called(
    client_of: Callable[..., FlaskClient],
) -> None:
    judge = TokenGood()
    behind_proxy = replace(PRODUCTION, public_base_url="https://cds.example.org/base")
    client_of(behind_proxy, authenticator=judge).post(
        f"{VIEW}?x=1", json=a_request(), headers={"Authorization": "Bearer good"}
    )
    assert [f"https://cds.example.org/base{VIEW}"] == judge.urls


def test_health_needs_no_token_and_open_discovery_none_either(client_of: Callable[..., FlaskClient]) -> None:
    closed = client_of(PRODUCTION, authenticator=TokenGood())
    opened = client_of(replace(PRODUCTION, discovery_open=True), authenticator=TokenGood())
    assert [200, 200, 401, 401] == [
        closed.get(path).status_code for path in ("/healthz", "/readyz", "/metrics", "/cds-services")
    ]
    assert (200, 401) == (opened.get("/cds-services").status_code, opened.post(VIEW, json=a_request()).status_code)


def test_the_pages_of_the_navigation_and_what_lies_below_need_no_token_and_no_path_beside_them_goes_without(
    client_of: Callable[..., FlaskClient],
) -> None:
    with_pages = client_of(replace(PRODUCTION, pages=True), authenticator=TokenGood())
    without = client_of(PRODUCTION, authenticator=TokenGood())

    def statuses(client: FlaskClient, *paths: str) -> list[int]:
        return [client.get(path).status_code for path in paths]

    assert [200, 200, 404, 404] == statuses(with_pages, "/", "/try", "/try/none", "/web/static/none")
    assert [401, 401, 401] == statuses(with_pages, "/tryout", "/cds-services", "/none")
    assert [401, 401, 401] == statuses(without, "/", "/try", "/web/static/none")


def test_metrics_are_bound_to_their_own_token(client_of: Callable[..., FlaskClient]) -> None:
    client = client_of(replace(PRODUCTION, metrics_token="m" * 32))
    statuses = [
        client.get("/metrics", headers={"Authorization": value}).status_code
        for value in ("Bearer " + "m" * 32, "Bearer x", "")
    ]
    assert [200, 401, 401] == statuses
    assert b"cds_requests_total" in client_of(DEMO).get("/metrics").data


def test_what_cards_do_without_is_counted_and_a_resource_that_was_no_fhir_is_logged(
    client: FlaskClient, engine: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    gaps = {"suggestions_dropped": 2, UNSOUND: 1}

    def counted() -> dict[str, float]:
        """What this process has counted so far, other tests' calls included."""
        found = client.get("/metrics").get_data(as_text=True)
        pattern = r'cds_cards_reduced_total\{reason="%s",service="lenalidomide-patient-view"\} (\S+)'
        each = {gap: re.search(pattern % gap, found) for gap in gaps}
        return {gap: float(match[1]) if match else 0 for gap, match in each.items()}

    before = counted()
    capsys.readouterr()
    engine.counts = {"suggestions_dropped": 2}
    client.post(VIEW, json=a_request())
    assert 1 == len(capsys.readouterr().err.splitlines())
    engine.counts = {UNSOUND: 1}
    client.post(VIEW, json=a_request())
    fault = json.loads(capsys.readouterr().err.splitlines()[0])
    assert ("error", "lenalidomide-patient-view", 1) == (fault["level"], fault["service"], fault["count"])
    assert gaps == {gap: count - before[gap] for gap, count in counted().items()}


@pytest.mark.row("GEN-8")
def test_the_home_page_shows_services_and_who_checked_the_documents(
    client_of: Callable[..., FlaskClient], engine: FakeEngine
) -> None:
    page = client_of().get("/")
    assert 200 == page.status_code
    for words in ("lenalidomide-order-sign", "signed by TEST, not a person", "curl http://localhost/cds-services"):
        assert words in page.text
    with client_of().get("/web/static/style.css") as style:
        assert 200 == style.status_code
    assert 404 == client_of(PRODUCTION).get("/").status_code
    assert 200 == client_of(replace(PRODUCTION, pages=True), authenticator=TokenGood()).get("/").status_code


def test_a_page_carries_a_strict_policy_and_an_error_below_it_is_a_page(client_of: Callable[..., FlaskClient]) -> None:
    client = client_of()
    for answer, status in ((client.get("/"), 200), (client.get("/try/nothing-here"), 404), (client.post("/"), 405)):
        assert (status, "text/html; charset=utf-8") == (answer.status_code, answer.content_type)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert "GET" in client.post("/").headers["Allow"]
    assert "application/json" == client.get("/nothing-here").content_type
    assert "application/json" == client_of(PRODUCTION).get("/try/nothing-here").content_type


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PROGRAM = {"Accept": "application/json, text/plain, */*"}


@pytest.mark.parametrize("settings", [DEMO, PRODUCTION, replace(PRODUCTION, pages=True)])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nope"),
        ("GET", "/cds-services/nope"),
        ("POST", "/cds-services/nope"),
        ("GET", VIEW),
        ("POST", VIEW),
        ("GET", "/fhir/Library/nope"),
        ("GET", "/fhir/metadata?_format=xml"),
        ("GET", "/try?case=nope"),
        ("GET", "/try/nope"),
        ("GET", "/insights"),
        ("GET", "/rules/review/nope"),
        ("GET", "/rules/nope"),
        ("DELETE", "/"),
    ],
)
def test_an_error_is_a_page_for_a_browser_and_json_for_a_program(
    settings: Settings, method: str, path: str, client_of: Callable[..., FlaskClient]
) -> None:
    client = client_of(settings)
    shown = client.open(path, method=method, headers=BROWSER, data=b"{")
    told = client.open(path, method=method, headers=PROGRAM, data=b"{")
    assert shown.status_code == told.status_code >= 400
    assert ("text/html", True) == (shown.mimetype, str(told.mimetype).endswith("json"))
    assert "<h1>" in shown.text and ("/web/static/style.css" in shown.text) == settings.pages
    assert shown.headers.get("Allow") == told.headers.get("Allow")
    assert "default-src 'self'" in shown.headers["Content-Security-Policy"]


def test_who_takes_anything_gets_a_page_at_the_address_of_one_and_json_elsewhere(
    client_of: Callable[..., FlaskClient],
) -> None:
    for headers in ({"Accept": "*/*"}, {}):
        assert "text/html" == client_of().get("/try/nope", headers=headers).mimetype
        assert "application/json" == client_of().get("/nope", headers=headers).mimetype
        assert "application/json" == client_of(PRODUCTION).get("/try/nope", headers=headers).mimetype


@pytest.mark.parametrize("pages", [True, False])
def test_a_browser_without_a_token_is_told_the_same_for_every_cause_and_where_pages_are(
    pages: bool, client_of: Callable[..., FlaskClient]
) -> None:
    client = client_of(replace(PRODUCTION, pages=pages), authenticator=TokenGood())
    answers = [
        client.get(path, headers={**BROWSER, **more})
        for path in ("/cds-services", VIEW, "/nowhere")
        for more in ({}, {"Authorization": "Bearer bad"}, {"Authorization": "Basic good"})
    ]
    assert {(401, 'Bearer realm="cds-services"')} == {(a.status_code, a.headers["WWW-Authenticate"]) for a in answers}
    assert 1 == len({answer.text for answer in answers})
    assert pages == ('href="/try"' in answers[0].text) and pages != ("CDS_PAGES=1" in answers[0].text)


@pytest.mark.row("JWT-17", "FA-4")
def test_no_log_line_holds_patient_token_or_query(client: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    body = a_request(fhirServer="https://e.org", fhirAuthorization={"access_token": "tok-4711"})
    body["context"]["patientId"] = "pat-4711"
    client.post(f"{VIEW}?id=query-4711", json=body, headers={"Authorization": "Bearer jwt-4711"})
    client.get("/nowhere/path-4711")
    logged = capsys.readouterr().err
    assert 2 == len(logged.splitlines())
    assert "4711" not in logged
    assert {
        "service": "lenalidomide-patient-view",
        "hook": "patient-view",
        "status": 200,
        "cards": 1,
    }.items() <= json.loads(logged.splitlines()[0]).items()


@pytest.mark.row("CORS-2")
def test_listed_origins_only_are_named_in_production(client_of: Callable[..., FlaskClient]) -> None:
    client = client_of(PRODUCTION)
    found = [
        client.get("/nowhere", headers={"Origin": origin}).headers.get("Access-Control-Allow-Origin")
        for origin in ("https://ehr.example.org", "https://evil.example.org")
    ]
    assert ["https://ehr.example.org", None] == found
