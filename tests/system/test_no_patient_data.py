"""Does anything of a patient leave by a side door? Every fixture is played with canaries in names, ids, notes and tokens."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds_service.api.wiring import KEY
from cds_service.hooks.hook import HOOKS
from cds_service.store.sink import open_database
from tests.support.application import application
from tests.support.calls import SIGN, TODAY, due_request, hold_request
from tests.support.mutation import seeds

pytestmark = pytest.mark.slow

CANARY = "cAnArY7"
_NAMES = ("name", "identifier", "telecom", "address", "contact", "photo")
_AT = "2026-01-26T10:00:00Z"


def with_canaries(document: dict[str, Any]) -> dict[str, Any]:
    """The request with a canary wherever a person could be known from: the call itself stays as it decides."""
    marked: dict[str, Any] = copy.deepcopy(document)
    patient = marked["context"]["patientId"]
    _mark(marked, patient)
    marked["context"]["patientId"] = f"{CANARY}-{patient}"
    if "userId" in marked["context"]:
        marked["context"]["userId"] = f"Practitioner/{CANARY}-user"
    marked["context"]["encounterId"] = f"{CANARY}-encounter"
    marked["fhirServer"] = f"https://{CANARY.lower()}.example.org/fhir"
    marked["fhirAuthorization"] = {
        "access_token": f"{CANARY}-token",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.read",
        "subject": f"{CANARY}-subject",
        "patient": f"{CANARY}-patient",
    }
    marked["extension"] = {"org.example.note": {"text": f"{CANARY} extension"}}
    return marked


def _mark(value: Any, patient: str) -> None:
    if isinstance(value, list):
        for one in value:
            _mark(one, patient)
    if not isinstance(value, dict):
        return
    for member in list(value.values()):
        _mark(member, patient)
    if isinstance(value.get("reference"), str) and value["reference"].endswith(f"Patient/{patient}"):
        value["reference"] = f"Patient/{CANARY}-{patient}"
        value["display"] = f"{CANARY} display"
    if "resourceType" in value and value["resourceType"] != "Bundle":
        value["note"] = [{"text": f"{CANARY} note", "authorString": f"{CANARY} author"}]
        value["text"] = {"status": "generated", "div": f"<div xmlns='http://www.w3.org/1999/xhtml'>{CANARY}</div>"}
        value["identifier"] = [{"system": f"urn:{CANARY}", "value": f"{CANARY} identifier"}]
    if value.get("resourceType") == "Patient":
        value["id"] = f"{CANARY}-{patient}"
        value |= {name: [{"text": f"{CANARY} {name}", "value": CANARY, "family": CANARY}] for name in _NAMES}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The whole application with a store of its own, a hash key and metrics, as production keeps them."""
    made: Flask = application(
        CDS_MODE="demo",
        CDS_JURISDICTION="US",
        CDS_TODAY=str(TODAY),
        CDS_HASH_KEY="k" * 32,
        CDS_SERVICES=",".join(HOOKS),
        CDS_DATA_DIR=str(tmp_path_factory.mktemp("canary")),
    )
    yield made
    open_database(made.extensions[KEY].settings).close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def stored(app: Flask) -> str:
    """Every byte of the store's files: tables, indexes and what is not yet checkpointed."""
    folder: Path = app.extensions[KEY].settings.data_dir
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return "".join(path.read_bytes().decode("latin-1") for path in files)


def side_doors(app: Flask, log: str) -> dict[str, str]:
    """Everything that is written or told beside the answers."""
    client = app.test_client()
    told = {path: client.get(path).text for path in ("/healthz", "/readyz", "/metrics", "/", "/cds-services")}
    return {**told, "log": log, "store": stored(app)}


def leaks(doors: dict[str, str]) -> list[str]:
    return [
        f"{name}: {found[0]}" for name, text in doors.items() if (found := re.findall(f"(?i).{{0,60}}{CANARY}", text))
    ]


@pytest.mark.row("JWT-17 FA-4 SEC-2")
def test_no_fixture_leaves_a_trace_of_its_patient(
    app: Flask, client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    calls = [(one.service, json.loads(one.text)) for one in seeds()]
    calls += [(SIGN, hold_request()), (SIGN, due_request())]
    statuses = set()
    for service, document in calls:
        answer = client.post(f"/cds-services/{service}", json=with_canaries(document))
        statuses.add(answer.status_code)
        if answer.status_code == 200:
            client.post(f"/cds-services/{service}/feedback", json=_feedback(answer.get_json()["cards"]))
    captured = capfd.readouterr()
    assert 200 in statuses
    assert {200, 412} >= statuses
    assert [] == leaks(side_doors(app, captured.out + captured.err))


def _feedback(cards: list[dict[str, Any]]) -> dict[str, Any]:
    entry = {"outcome": "overridden", "outcomeTimestamp": _AT}
    why = {"reason": {"code": "need-more-info"}, "userComment": f"{CANARY} comment"}
    return {"feedback": [{"card": card["uuid"], **entry, "overrideReason": why} for card in cards]}


def broken() -> Iterator[tuple[str, str, Any]]:
    """Calls that end as errors, with canaries where an error could repeat them."""
    path = f"/cds-services/{SIGN}"
    good = with_canaries(hold_request())
    yield "POST", path, {**good, "hook": CANARY}
    yield "POST", path, {**good, "hookInstance": {"x": CANARY}}
    yield "POST", path, {**good, "context": {**good["context"], "patientId": [CANARY]}}
    yield "POST", path, {**good, "context": {**good["context"], "draftOrders": CANARY}}
    yield "POST", path, {**good, "context": {**good["context"], "patientId": f"{CANARY}-other"}}
    yield "POST", path, {**good, "fhirAuthorization": CANARY}
    yield "POST", path, {**good, "prefetch": {}}
    yield "POST", path, {**good, "prefetch": {**good["prefetch"], "patient": _outcome()}}
    yield "POST", path, json.dumps(good)[:-20]
    yield "POST", f"{path}/feedback", {"feedback": [{"card": "x", "outcome": CANARY, "outcomeTimestamp": CANARY}]}
    yield "POST", f"{path}/feedback", {"feedback": CANARY}
    yield "POST", f"/cds-services/{CANARY}?patient={CANARY}", good
    yield "GET", f"/{CANARY}", None
    yield "PUT", path, good
    yield CANARY.upper(), path, good


def _outcome() -> dict[str, Any]:
    issue = {"severity": "error", "code": "exception", "diagnostics": f"no {CANARY}", "details": {"text": CANARY}}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def test_no_error_repeats_what_was_sent(app: Flask, client: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    headers = {"Authorization": f"Bearer {CANARY}", "Origin": f"https://{CANARY}.example.org", "X-Name": CANARY}
    answers = []
    for method, path, body in broken():
        text = body if isinstance(body, str) else json.dumps(body)
        kind = None if body is None else "application/json"
        answers.append(client.open(path, method=method, data=text, content_type=kind, headers=headers))
    captured = capfd.readouterr()
    assert {400, 404, 405, 412} == {answer.status_code for answer in answers}
    told = {f"answer {number}": answer.text + str(answer.headers) for number, answer in enumerate(answers)}
    assert [] == leaks(told | side_doors(app, captured.out + captured.err))


def test_a_failure_of_the_service_repeats_nothing_either(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"{CANARY} in the words of an exception")

    monkeypatch.setattr("cds_service.hooks.pipeline.read_chart", fail)
    answer = client.post(f"/cds-services/{SIGN}", json=with_canaries(hold_request()))
    captured = capfd.readouterr()
    assert 500 == answer.status_code
    assert "Traceback" not in captured.err
    assert [] == leaks({"answer": answer.text} | side_doors(app, captured.out + captured.err))


def test_the_search_finds_a_canary_wherever_it_stands(app: Flask) -> None:
    """Else the tests above could pass on a search that finds nothing."""
    assert ["log: patient cAnArY7"] == leaks(side_doors(app, f"patient {CANARY}-1"))
    marked = json.dumps(with_canaries(hold_request()))
    assert marked.count(CANARY) > 50
