"""Is each row of the standard that needs the whole service met: real rules, real discovery, a real FHIR answer?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.cards.override_reasons import SYSTEM, override_reasons
from cds_service.cards.plain import day_words
from cds_service.cdshooks.request import parse_request
from cds_service.clinical.recommendation import Action
from cds_service.fhir.fetch_result import FetchResult
from cds_service.hooks.pipeline import Pipeline
from cds_service.settings import Settings
from tests.support.application import client as client_of
from tests.support.calls import SIGN, TODAY, hold_request

# Published hook versions (CDS Hooks library, tag v1.0.1).
HOOK_VERSIONS = {
    "patient-view": "1.0",
    "order-select": "1.0",
    "order-sign": "1.0",
    "order-dispatch": "1.1",
    "medication-refill": "0.1.0",
    "encounter-start": "1.0",
    "problem-list-item-create": "0.1.0",
}
# Code system non-adherence-reason-codes of HL7/cds-hooks: the codes that we use of it.
NON_ADHERENCE = {
    "action-completed",
    "need-more-info",
    "expert-contradicts",
    "policy-contradicts",
    "risk-benefit-ratio",
    "patient-contraindication",
    "patient-refuses",
}
NAME = "org.cds-service.recommendation"


@pytest.fixture
def client() -> FlaskClient:
    made: FlaskClient = client_of(jurisdiction="US", today=str(TODAY))
    return made


def cards(client: FlaskClient, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    answer = client.post(f"/cds-services/{SIGN}", json=document)
    assert 200 == answer.status_code, answer.text
    found: list[dict[str, Any]] = answer.get_json()["cards"]
    return found


@pytest.mark.row("DIS-9 DIS-10 DIS-11 SEC-4")
def test_discovery_names_versions_and_what_is_required(client: FlaskClient) -> None:
    services = client.get("/cds-services").get_json()["services"]
    assert services
    hooks = {one["hook"] for one in services}
    assert all(hook in one["usageRequirements"] for one in services for hook in hooks)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", one["version"]) for one in services)
    assert {one["hook"]: HOOK_VERSIONS[one["hook"]] for one in services} == {
        one["hook"]: one["hookVersion"] for one in services
    }


@pytest.mark.row("DIS-7")
def test_each_service_answers_at_its_id(client: FlaskClient) -> None:
    services = client.get("/cds-services").get_json()["services"]
    assert {400} == {client.post(f"/cds-services/{one['id']}", json={}).status_code for one in services}


@pytest.mark.row("PD-9")
@pytest.mark.parametrize("key", ["platelets", "neutrophils", "conditions", "laboratory", "medicationRequests"])
def test_data_that_came_and_hold_nothing_are_no_412(client: FlaskClient, key: str) -> None:
    document = hold_request()
    for nothing in (None, {"resourceType": "Bundle", "type": "searchset", "total": 0}):
        document["prefetch"][key] = nothing
        cards(client, document)
    document = hold_request()
    del document["prefetch"]["patient"]["birthDate"]
    cards(client, document)


@pytest.mark.row("EXT-1 EXT-2 RES-6")
def test_our_extension_is_one_object_under_a_name_of_its_own(client: FlaskClient) -> None:
    for card in cards(client, hold_request()):
        assert [NAME] == list(card["extension"])
        assert isinstance(card["extension"][NAME], dict)
        assert re.fullmatch(r"[a-z]+(\.[a-z-]+)+", NAME)


@pytest.mark.row("EXT-4")
def test_the_words_for_people_say_what_the_extension_says(client: FlaskClient) -> None:
    hold = next(card for card in cards(client, hold_request()) if card["extension"][NAME]["action"] == "hold")
    words = hold["summary"] + hold["detail"]
    assert "49" in words
    assert "hold" in words.lower()
    assert day_words(date.fromisoformat(hold["extension"][NAME]["nextCbcDue"]), TODAY) in words


@pytest.mark.row("SEC-5 CALL-12")
def test_drafts_come_from_the_context_and_are_never_fetched() -> None:
    asked: list[str] = []

    class Nobody:
        def fetch(self, server: str, token: str | None, queries: Mapping[str, str]) -> Mapping[str, FetchResult]:
            asked.extend(queries.values())
            return {}

    settings = Settings(mode="demo", auth="none", jurisdiction="US", today=TODAY)
    engine = Pipeline(settings, fetcher=Nobody())
    service = next(one for one in engine.services() if one.id == SIGN)
    document = {**hold_request(), "fhirServer": "https://ehr.example.org/fhir"}
    assert engine.answer(service, parse_request(json.dumps(document).encode(), service), None).cards
    assert [] == asked


@pytest.mark.row("FA-3")
def test_prefetch_and_the_fhir_server_give_the_same_cards() -> None:
    document = hold_request()
    sent = document["prefetch"]

    class Server:
        def fetch(self, server: str, token: str | None, queries: Mapping[str, str]) -> Mapping[str, FetchResult]:
            return {key: FetchResult(pages=(json.dumps(sent[key]).encode(),)) for key in queries}

    settings = Settings(mode="demo", auth="none", jurisdiction="US", today=TODAY)
    engine = Pipeline(settings, fetcher=Server())
    service = next(one for one in engine.services() if one.id == SIGN)

    def answered(prefetch: dict[str, Any]) -> Any:
        whole = {**document, "prefetch": prefetch, "fhirServer": "https://ehr.example.org/fhir"}
        return engine.answer(service, parse_request(json.dumps(whole).encode(), service), None).cards

    expected = answered(sent)
    assert expected
    assert expected == answered({})
    assert expected == answered({key: sent[key] for key in list(sent)[::2]})


@pytest.mark.row("CARD-8 COD-1")
def test_override_reasons_are_codes_of_the_non_adherence_code_system() -> None:
    reasons = [reason for action in Action for reason in override_reasons(action)]
    assert {SYSTEM} == {reason.system for reason in reasons}
    assert set() == {reason.code for reason in reasons} - NON_ADHERENCE
    assert all(4 <= len(override_reasons(action)) <= 6 for action in Action)
