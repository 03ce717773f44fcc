"""Do the FHIR routes keep HTTP, authentication and limits as the hooks do, and is the knowledge found by its addresses?"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.app import create_app
from cds_service.cdshooks.client import Client
from cds_service.errors import Unauthorized
from cds_service.hooks.pipeline import Pipeline
from cds_service.hooks.recording import Recording
from cds_service.settings import Settings
from tests.support.bundles import as_bundle, bundle
from tests.support.fake_service import FakeSink
from tests.unit.api.trust.case import BASE, EC, ISSUER, bearer
from tests.unit.exchange.test_evaluation import HOLD
from tests.unit.hooks.test_recording import Kept

Json = dict[str, Any]
SETTINGS = Settings(
    mode="demo", auth="none", jurisdiction="US", today=HOLD.today, hash_key="known to these tests and to nothing else"
)
EVALUATE = "/fhir/$evaluate"
FHIR = "application/fhir+json"
ROOT = Path(__file__).resolve().parents[3]


@cache
def fhir_client() -> FlaskClient:
    return create_app(SETTINGS, engine=Pipeline(SETTINGS), feedback=FakeSink()).test_client()


class TokenGood:
    """Takes the header "Bearer good" only; remembers the addresses it was asked about."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def authenticate(self, header: str | None, url: str) -> Client:
        self.urls.append(url)
        if header != "Bearer good":
            raise Unauthorized("no good")
        return Client(issuer="https://ehr.example.org")


def test_the_media_type_is_that_of_fhir_but_on_cards() -> None:
    for path, kind in (
        (EVALUATE, FHIR),
        (f"{EVALUATE}?_format=json", FHIR),
        (f"{EVALUATE}?_format=cards", "application/json"),
    ):
        answer = fhir_client().post(path, json=as_bundle(HOLD))
        assert (200, kind) == (answer.status_code, answer.headers["Content-Type"])
        assert answer.headers["CDS-Content-Version"]
    refused = fhir_client().post(EVALUATE, json=bundle([]))
    assert (400, FHIR) == (refused.status_code, refused.headers["Content-Type"])


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("POST", EVALUATE, {"data": "{}", "content_type": "text/plain"}, 415, "CDS-415"),
        ("POST", EVALUATE, {"data": "MSH|", "content_type": "application/hl7-v2"}, 415, "CDS-415"),
        ("POST", EVALUATE, {"data": b"x" * 5_000_001, "content_type": FHIR}, 413, "CDS-413"),
        ("POST", EVALUATE, {"data": b"", "content_type": FHIR}, 400, "CDS-400-JSON"),
        ("POST", f"{EVALUATE}?_format=xml", {"json": {}}, 406, "CDS-406"),
        ("POST", "/fhir/PlanDefinition/$apply?_format=cards", {"json": {}}, 406, "CDS-406"),
        ("GET", EVALUATE, {}, 405, "CDS-405"),
        ("GET", "/fhir/PlanDefinition/$apply", {}, 404, "CDS-404-ROUTE"),
        ("POST", "/fhir/Library", {}, 405, "CDS-405"),
        ("GET", "/fhir/Patient", {}, 404, "CDS-404-ROUTE"),
        ("GET", "/fhir/Library/none", {}, 404, "CDS-404-ROUTE"),
        ("GET", "/fhir/metadata?_format=xml", {}, 406, "CDS-406"),
    ],
)
def test_what_cannot_be_answered_is_an_operation_outcome(
    method: str, path: str, sent: Json, status: int, code: str
) -> None:
    answer = fhir_client().open(path, method=method, **sent)
    body = answer.get_json()
    assert (status, "OperationOutcome") == (answer.status_code, body["resourceType"])
    assert code == body["issue"][0]["details"]["coding"][0]["code"]


def test_a_body_of_100_mb_is_refused_by_its_announced_length() -> None:
    answer = fhir_client().post(EVALUATE, content_type=FHIR, environ_overrides={"CONTENT_LENGTH": "100000000"})
    assert 413 == answer.status_code


def production(**changes: Any) -> tuple[FlaskClient, TokenGood]:
    settings = Settings(
        auth="none",
        allow_anonymous=True,
        allow_unreviewed=True,
        jurisdiction="US",
        public_base_url="https://cds.example.org",
    )
    judge = TokenGood()
    app = create_app(replace(settings, **changes), engine=Pipeline(settings), feedback=FakeSink(), authenticator=judge)
    return app.test_client(), judge


def test_every_route_needs_the_token_of_the_hooks() -> None:
    client, judge = production()
    for method, path in (
        ("POST", EVALUATE),
        ("POST", "/fhir/PlanDefinition/$apply"),
        ("GET", "/fhir/Library"),
        ("GET", "/fhir/metadata"),
    ):
        answer = client.open(path, method=method)
        assert (401, b'{"message":"Unauthorized"}') == (answer.status_code, answer.data)
        assert 401 != client.open(path, method=method, headers={"Authorization": "Bearer good"}).status_code
    assert f"https://cds.example.org{EVALUATE}" in judge.urls


APPLY = "/fhir/PlanDefinition/$apply"


@pytest.fixture(scope="module")
def under_jwt(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The service as a hospital runs it: tokens of one listed client, judged by the real authenticator."""
    folder = tmp_path_factory.mktemp("jwt")
    clients = folder / "trusted-clients.toml"
    keys = json.dumps({"keys": [EC.jwk()]})
    clients.write_text(f"[[client]]\niss = '{ISSUER}'\njwks = '{keys}'\n", encoding="utf-8")
    settings = replace(
        SETTINGS, mode="production", today=None, auth="jwt", allow_unreviewed=True, public_base_url=BASE, trusted_clients=clients,
        data_dir=folder,
    )  # fmt: skip
    return create_app(settings, engine=Pipeline(settings), feedback=FakeSink()).test_client()


@pytest.mark.parametrize("path", [EVALUATE, APPLY])
def test_a_client_with_a_token_of_its_own_is_answered_once_for_each(under_jwt: FlaskClient, path: str) -> None:
    now = time.time()
    own = {"aud": BASE + path, "iat": now, "exp": now + 60}
    header = {"Authorization": bearer(**own)}
    answer = under_jwt.post(path, json=as_bundle(HOLD), headers=header)
    assert 200 == answer.status_code, answer.data
    assert '"hold"' in answer.text
    again = under_jwt.post(path, json=as_bundle(HOLD), headers=header)
    assert (401, b'{"message":"Unauthorized"}') == (again.status_code, again.data)


@pytest.mark.parametrize("path", [EVALUATE, APPLY])
@pytest.mark.parametrize(
    "changes",
    [
        {"aud": BASE + "/cds-services/lenalidomide-patient-view"},
        {"aud": BASE + "/fhir"},
        {"iss": "https://other.example.org"},
        {"exp": 1.0, "iat": 0.0},
    ],
    ids=["a hook's address", "the base of FHIR", "an unknown issuer", "expired"],
)
def test_a_token_for_something_else_is_refused_there(under_jwt: FlaskClient, path: str, changes: Json) -> None:
    now = time.time()
    header = {"Authorization": bearer(**{"aud": BASE + path, "iat": now, "exp": now + 60, **changes})}
    answer = under_jwt.post(path, json=as_bundle(HOLD), headers=header)
    assert (401, b'{"message":"Unauthorized"}') == (answer.status_code, answer.data)


def test_metadata_is_open_where_discovery_is() -> None:
    client, _ = production(discovery_open=True)
    statement = client.get("/fhir/metadata").get_json()
    assert ("CapabilityStatement", "https://cds.example.org/fhir/metadata") == (
        statement["resourceType"],
        statement["url"],
    )
    assert 401 == client.get("/fhir/Library").status_code
    assert 401 == client.post("/fhir/metadata").status_code


def test_what_the_capability_statement_names_is_there() -> None:
    statement = fhir_client().get("/fhir/metadata").get_json()
    rest = statement["rest"][0]
    for kind in (each["type"] for each in rest["resource"]):
        found = fhir_client().get(f"/fhir/{kind}").get_json()
        assert found["total"] == len(found["entry"]) > 0
        first = found["entry"][0]
        assert first["resource"] == fhir_client().get(first["fullUrl"].removeprefix("http://localhost")).get_json()
    assert 200 == fhir_client().get(rest["operation"][0]["definition"].removeprefix("http://localhost")).status_code


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("_id=action", 1),
        ("url=urn:cds-service:rule", 1),
        ("_id=action,rule", 2),
        ("name=FACT", 1),
        ("_id=action&url=urn:x", 0),
        ("colour=blue", 3),
    ],
)
def test_resources_are_found_by_their_members(query: str, count: int) -> None:
    found = fhir_client().get(f"/fhir/CodeSystem?{query}").get_json()
    assert count == found["total"]
    assert ("outcome" in [e["search"]["mode"] for e in found.get("entry", ())]) is ("colour" in query)


def test_a_call_is_recorded_as_a_hook_s_and_logs_nothing_of_the_patient(capsys: pytest.CaptureFixture[str]) -> None:
    kept = Kept()
    app = create_app(
        SETTINGS, engine=Pipeline(SETTINGS, recording=Recording(kept, "1.0", "secret", print)), feedback=FakeSink()
    )
    client = app.test_client()
    answer = client.post(EVALUATE, json=as_bundle(HOLD))
    (record,) = kept.decisions
    assert ("patient-view", 200, "hold") == (record.hook, record.status, record.cards[0].action)
    assert record.patient_hash
    group = next(e["resource"] for e in answer.get_json()["entry"] if e["resource"]["resourceType"] == "RequestGroup")
    assert [action["id"] for action in group["action"]] == [card.uuid for card in record.cards]
    assert 400 == client.post(EVALUATE, json=bundle([{"resource": {"resourceType": HOLD.patient_id}}])).status_code
    logged = capsys.readouterr().err
    assert json.loads(logged.splitlines()[0])["hook"] == "patient-view"
    assert HOLD.patient_id not in logged and "Synthetic" not in logged


@pytest.mark.slow
def test_the_hooks_do_without_what_these_routes_need() -> None:
    program = f"""
import pathlib, sys
from cds_service.app import create_app
from cds_service.hooks.pipeline import Pipeline
from cds_service.settings import Settings
from tests.support.fake_service import FakeSink
settings = Settings(mode="demo", auth="none", jurisdiction="US")
client = create_app(settings, engine=Pipeline(settings), feedback=FakeSink()).test_client()
body = pathlib.Path("fhir_fixtures/{HOLD.name}/request.json").read_bytes()
assert 200 == client.post("/cds-services/{HOLD.service}", data=body, content_type="application/json").status_code
needless = {{"cds_service.exchange.evaluation", "cds_service.knowledge.plan"}} & sys.modules.keys()
sys.exit(" ".join(needless) or 0)
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert 0 == ended.returncode, ended.stderr
