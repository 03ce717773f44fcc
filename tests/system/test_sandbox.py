"""Does the CDS Hooks Sandbox work first time: each link of docs/sandbox.md, its hooks, its feedback?

Each link is read as the Sandbox reads it (`tests/support/sandbox.py`): its parameters, its reads and searches, the service
that its screen calls, the body that its form writes. No link may end in "All clear!" where the case has a card.
"""

from __future__ import annotations

import functools
import json
import re
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from cds_service.api.demo_fhir import blueprint
from cds_service.commands.fixtures import Fixture, charts_on, fixtures
from tests.cases.player import RECOMMENDATION, golden, play
from tests.cases.sandbox_links import FIRST, link_to
from tests.cases.table import SANDBOX
from tests.support.application import application
from tests.support.sandbox import ORIGIN, Form, Sandbox

Json = dict[str, Any]
HEADERS = {"Origin": ORIGIN, "Accept": "application/json"}
CASES = {case.name: case for case in fixtures()}
TODAY = date(2026, 11, 30)
# The Sandbox's order is for 30 days, which both labels have something to say about.
OF_SUPPLY = frozenset({"US-REMS-RX", "EU-RX-SUPPLY"})
LINKS = dict(re.findall(r"^\| \[([\w-]+)\]\(([^)]+)\)", SANDBOX.read_text(encoding="utf-8"), re.M))


@functools.cache
def held() -> list[Json]:
    """What the FHIR server of the demonstration holds."""
    return list(charts_on(CASES.values(), TODAY))


@functools.cache
def demo(jurisdiction: str) -> FlaskClient:
    """A client of the demonstration with its FHIR endpoint."""
    app = application(CDS_MODE="demo", CDS_JURISDICTION=jurisdiction, CDS_TODAY=TODAY.isoformat())
    app.register_blueprint(blueprint(held(), TODAY.isoformat()))
    return app.test_client()


def opened(name: str, **changed: str) -> Sandbox:
    """The Sandbox on the page of a link, with its form filled in as the page says."""
    case, link = CASES[name], LINKS[name]
    for parameter, value in changed.items():
        link = re.sub(rf"&{parameter}=[^&]*", f"&{parameter}={value}" if value else "", link)
    window = Sandbox(demo(case.jurisdiction), TODAY)
    window.open(link)
    made = link_to(case)
    assert made
    window.form = made.form or Form()
    return window


def decided(cards: list[Json]) -> list[tuple[str, frozenset[str]]]:
    """Each decision of the cards, folded ones too, with its rules."""
    every = [card["extension"][RECOMMENDATION] for card in cards]
    every += [folded for one in every for folded in one.get("alsoFound", ())]
    return [(one["action"], frozenset(one["rules"])) for one in every]


def faults(name: str) -> list[str]:
    """In what a link does not show what its case expects."""
    case, cards = CASES[name], opened(name).cards()
    found = decided(cards)
    rest = [action for action, rules in found if not rules & OF_SUPPLY]
    wrong = [f"{name}: {action} is not shown, but {rest}" for action in case.actions if action not in rest]
    wrong += [f"{name}: {rule} is not shown" for rule in case.rules if not any(rule in rules for _, rules in found)]
    if not case.actions and rest:
        wrong.append(f"{name}: {rest}, and nothing is expected")
    if case.service.endswith("-patient-view") and len(cards) != len(case.actions):
        wrong.append(f"{name}: {len(cards)} cards")
    return wrong


def test_every_case_that_the_sandbox_can_show_has_one_link_and_the_first_five_stand_first() -> None:
    assert {name for name, case in CASES.items() if link_to(case)} == set(LINKS)
    assert FIRST == tuple(LINKS)[:5]
    assert len(LINKS) > 200


def test_every_link_names_the_screen_that_fires_its_hook() -> None:
    for name, link in LINKS.items():
        given = parse_qs(urlsplit(link).query)
        pair = (given["hook"][0], given["screen"][0])
        assert pair in {("patient-view", "patient-view"), ("order-select", "rx-view"), ("order-sign", "rx-sign")}, name


@pytest.mark.parametrize("name", [*FIRST, *list(LINKS)[5::50]])
def test_a_link_shows_what_its_case_expects(name: str) -> None:
    assert [] == faults(name)


@pytest.mark.slow
def test_every_link_shows_what_its_case_expects() -> None:
    assert [] == [fault for name in LINKS for fault in faults(name)]


def test_without_its_screen_a_link_to_an_order_would_be_all_clear() -> None:
    window = opened("renewal-to-be-held", screen="")
    assert ("patient-view", "order-select", []) == (window.screen, window.hook, window.cards())


def test_before_a_drug_is_chosen_there_is_no_card_whatever_the_address_says_about_a_medication() -> None:
    window = opened("renewal-to-be-held")
    window.open(f"{LINKS['renewal-to-be-held']}&prescribedMedication=602910")
    assert ("", []) == (window.form.rxnorm, window.cards())


def test_two_pills_count_as_two_and_twice_daily_as_twice() -> None:
    window = opened("start-as-ordered")
    assert all(rules & OF_SUPPLY for _, rules in decided(window.cards()))
    for changed in ({"number": 2}, {"frequency": "bid"}):
        window.form = Form("602910", "lenalidomide 10 MG Oral Capsule", **changed)  # type: ignore[arg-type]
        assert "start" in [action for action, _ in decided(window.cards())], changed


@pytest.mark.parametrize("outcome", ["accepted", "overridden"])
def test_feedback_of_the_sandbox_is_kept(outcome: str) -> None:
    case = CASES["platelets-49999-week-3"]
    card = next(card for card in opened(case.name).cards() if card.get("suggestions"))
    entry: Json = {"card": card["uuid"], "outcome": outcome, "outcomeTimestamp": "2026-01-26T10:00:00.123Z"}
    if outcome == "accepted":
        entry["acceptedSuggestions"] = [{"id": card["suggestions"][0]["uuid"]}]
    else:
        reason = {"code": "contraindicated", "system": "http://terminology.cds-hooks.org/CodeSystem/OverrideReasons"}
        entry["overrideReason"] = {"reason": reason, "userComment": "seen"}
    path = f"/cds-services/{case.service}/feedback"
    answer = demo(case.jurisdiction).post(path, json={"feedback": [entry]}, headers=HEADERS)
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
def test_the_sandbox_s_feedback_is_about_the_card_that_it_was_shown_and_is_kept(name: str) -> None:
    case, (entry,) = CASES[name], feedback(CASES[name])
    card = golden(case)["cards"][0]
    suggested = {suggestion["uuid"] for suggestion in card["suggestions"]}
    assert card["uuid"] == entry["card"]
    assert {accepted["id"] for accepted in entry.get("acceptedSuggestions", ())} <= suggested
    body = (case.folder / "feedback.json").read_bytes()
    path = f"/cds-services/{case.service}/feedback"
    answer = demo(case.jurisdiction).post(path, data=body, headers=HEADERS, content_type="application/json")
    assert 200 == answer.status_code, answer.get_data(as_text=True)[:400]
    again = demo(case.jurisdiction).post(path, data=body, headers=HEADERS, content_type="application/json")
    assert 200 == again.status_code
