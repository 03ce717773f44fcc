"""Does the CDS Hooks Sandbox work first time: its discovery, its prefetch by GET, its three hooks, its feedback?

The calls are made as the Sandbox makes them: query values encoded anew, `application/json+fhir`, a token that nobody has
registered, `fhirServer` beside the prefetch, keys that gave an error left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from flask.testing import FlaskClient

from cds_service.api.demo_fhir import blueprint
from cds_service.commands.fixtures import Fixture, fixtures, resources
from tests.cases.player import RECOMMENDATION, golden, play
from tests.support.application import application

Json = dict[str, Any]
ORIGIN = "https://sandbox.cds-hooks.org"
HEADERS = {"Origin": ORIGIN, "Accept": "application/json", "Authorization": "Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln"}
CASES = {case.name: case for case in fixtures()}
PLAYED = (
    "platelets-49999-week-3",
    "sandbox-patient-view",
    "sandbox-before-a-drug-is-chosen",
    "sandbox-drug-chosen",
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


BODIES = tuple(name for name in CASES if name.startswith("sandbox-"))


def test_the_sandbox_s_own_bodies_are_there_for_each_of_its_hooks_and_for_feedback() -> None:
    assert {"patient-view", "order-select", "order-sign"} == {CASES[name].request["hook"] for name in BODIES}
    assert {"accepted", "overridden"} == {kept["outcome"] for name in BODIES for kept in feedback(CASES[name])}


def feedback(case: Fixture) -> list[Json]:
    """The entries of the feedback that the Sandbox sends after a case's first card; none where the case holds none."""
    path = case.folder / "feedback.json"
    found: list[Json] = json.loads(path.read_bytes())["feedback"] if path.exists() else []
    return found


@pytest.mark.parametrize("name", BODIES)
def test_a_body_of_the_sandbox_as_it_stands_gives_the_golden_cards(name: str) -> None:
    assert golden(CASES[name]) == play(CASES[name])


@pytest.mark.parametrize("name", [name for name in BODIES if feedback(CASES[name])])
def test_the_sandbox_s_feedback_is_about_the_card_that_it_was_shown_and_is_kept(
    sandbox: FlaskClient, name: str
) -> None:
    case, (entry,) = CASES[name], feedback(CASES[name])
    card = golden(case)["cards"][0]
    suggested = {suggestion["uuid"] for suggestion in card["suggestions"]}
    assert card["uuid"] == entry["card"]
    assert {accepted["id"] for accepted in entry.get("acceptedSuggestions", ())} <= suggested
    body = (case.folder / "feedback.json").read_bytes()
    path = f"/cds-services/{case.service}/feedback"
    answer = sandbox.post(path, data=body, headers=HEADERS, content_type="application/json")
    assert 200 == answer.status_code, answer.get_data(as_text=True)[:400]
    again = sandbox.post(path, data=body, headers=HEADERS, content_type="application/json")
    assert 200 == again.status_code
