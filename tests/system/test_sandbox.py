"""Does the CDS Hooks Sandbox work first time: its discovery, its prefetch by GET, its three hooks, its feedback?

The calls are made as the Sandbox makes them: query values encoded anew, `application/json+fhir`, a token that nobody has
registered, `fhirServer` beside the prefetch, keys that gave an error left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from flask.testing import FlaskClient

from cds_service.api.demo_fhir import blueprint
from cds_service.commands.fixtures import Fixture, fixtures, resources
from tests.cases.player import RECOMMENDATION
from tests.support.application import application

Json = dict[str, Any]
ORIGIN = "https://sandbox.cds-hooks.org"
HEADERS = {"Origin": ORIGIN, "Accept": "application/json", "Authorization": "Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln"}
CASES = {case.name: case for case in fixtures()}
PLAYED = (
    "platelets-49999-week-3",
    "sandbox-before-a-drug-is-chosen",
    "order-select-before-a-dose-is-chosen",
    "sandbox-draft-in-pills",
    "sandbox-two-pills-of-5-mg",
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[FlaskClient]:
    """A client of the demo with its FHIR endpoint, on the day of the Sandbox's cases."""
    days = {CASES[name].today for name in PLAYED}
    assert 1 == len(days)
    app = application(CDS_MODE="demo", CDS_JURISDICTION="US", CDS_TODAY=days.pop().isoformat())
    app.register_blueprint(blueprint(list(resources(CASES.values())), "2026-01-26"))
    yield app.test_client()


def encoded(template: str, patient: str) -> str:
    """A prefetch template as the Sandbox fills it in: every query value is decoded and encoded again."""
    path, question, query = template.replace("{{context.patientId}}", patient).partition("?")
    values = "&".join(f"{name}={quote(value, safe='')}" for name, value in parse_qsl(query))
    return f"{path}{question}{values}"


def prefetched(sandbox: FlaskClient, service: Json, patient: str) -> Json:
    """What the Sandbox sends as prefetch."""
    found = {}
    for key, template in service["prefetch"].items():
        query = f"/demo/fhir/{encoded(template, patient)}"
        answer = sandbox.get(query, headers={"Accept": "application/json+fhir", "Origin": ORIGIN})
        if answer.status_code == 200:
            found[key] = answer.get_json()
    return found


def called(sandbox: FlaskClient, case: Fixture) -> list[Json]:
    """The cards of one call from discovery on."""
    listed = sandbox.get("/cds-services", headers=HEADERS).get_json()["services"]
    service = next(one for one in listed if one["id"] == case.service)
    request = {
        "hookInstance": case.request["hookInstance"],
        "hook": service["hook"],
        "fhirServer": "http://localhost/demo/fhir",
        "context": case.request["context"],
        "prefetch": prefetched(sandbox, service, case.patient_id),
    }
    answer = sandbox.post(f"/cds-services/{case.service}", json=request, headers=HEADERS)
    assert 200 == answer.status_code, answer.get_data(as_text=True)[:400]
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", ORIGIN)
    cards: list[Json] = answer.get_json()["cards"]
    return cards


@pytest.mark.parametrize("name", PLAYED)
def test_a_call_of_the_sandbox_gives_the_right_decisions(sandbox: FlaskClient, name: str) -> None:
    case = CASES[name]
    assert list(case.actions) == [card["extension"][RECOMMENDATION]["action"] for card in called(sandbox, case)]


@pytest.mark.parametrize("outcome", ["accepted", "overridden"])
def test_feedback_of_the_sandbox_is_kept(sandbox: FlaskClient, outcome: str) -> None:
    case = CASES["sandbox-two-pills-of-5-mg"]
    case = case if case.actions else CASES["platelets-49999-week-3"]
    card = next(card for card in called(sandbox, case) if card.get("suggestions"))
    entry: Json = {"card": card["uuid"], "outcome": outcome, "outcomeTimestamp": "2026-01-26T10:00:00.123Z"}
    if outcome == "accepted":
        entry["acceptedSuggestions"] = [{"id": card["suggestions"][0]["uuid"]}]
    else:
        reason = {"code": "contraindicated", "system": "http://terminology.cds-hooks.org/CodeSystem/OverrideReasons"}
        entry["overrideReason"] = {"reason": reason, "userComment": "seen"}
    path = f"/cds-services/{case.service}/feedback"
    answer = sandbox.post(path, json={"feedback": [entry]}, headers=HEADERS)
    assert 200 == answer.status_code, answer.get_data(as_text=True)[:400]
