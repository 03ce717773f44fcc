"""Is one record kept of each call, without patient data, and does shadow mode hide what it records?"""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from cds_service.cdshooks.client import Client
from cds_service.cdshooks.request import parse_request
from cds_service.errors import DataUnobtainable
from cds_service.hooks.pipeline import Pipeline, build_engine
from cds_service.hooks.recording import Recording
from cds_service.settings import Settings
from cds_service.store.chain import hash_patient
from cds_service.store.engine import Database, StoreDown
from cds_service.store.records import Decision, RecordStore
from cds_service.store.tables import card_shown, decision_record
from cds_service.store.verify import verify
from tests.support.calls import SIGN, TODAY, due_request, hold_request

SETTINGS = Settings(mode="demo", auth="none", jurisdiction="US", today=TODAY, hash_key="secret")


class Kept:
    """Records in memory, or a store that is down."""

    def __init__(self, cause: str = "") -> None:
        self.decisions: list[Decision] = []
        self._cause = cause

    def append(self, decision: Decision) -> int:
        if self._cause:
            raise StoreDown(self._cause)
        self.decisions.append(decision)
        return len(self.decisions)


def called(
    settings: Settings, document: dict[str, Any], kept: Kept | None = None, client: Client | None = None
) -> tuple[Any, list[Decision], list[str]]:
    """The answer, the records, and the causes of records that were lost."""
    kept, lost = kept or Kept(), list[str]()
    engine = build_engine(settings, Recording(kept, "1.0", settings.hash_key, lost.append))
    service = next(one for one in engine.services() if one.id == SIGN)
    answer = engine.answer(service, parse_request(json.dumps(document).encode(), service), client or Client())
    return answer, kept.decisions, lost


@pytest.mark.row("SEC-2")
def test_a_call_leaves_one_record_of_what_was_decided() -> None:
    answer, (record,), lost = called(SETTINGS, hold_request(), client=Client(issuer="https://ehr", tenant="t"))
    assert [] == lost
    assert ("order-sign", SIGN, 200, "1.0") == (record.hook, record.service, record.status, record.service_version)
    assert ("https://ehr", "t", hold_request()["hookInstance"]) == (record.client, record.tenant, record.hook_instance)
    assert [card.uuid for card in answer.cards] == [card.uuid for card in record.cards]
    assert "hold" in [card.action for card in record.cards]
    assert {rule for card in record.cards for rule in card.rules} <= set(record.rules_fired)
    assert record.rules_not_fired
    assert {"obtain", "read", "assess", "render", "total"} == set(record.timings)
    assert hash_patient("secret", "https://ehr", hold_request()["context"]["patientId"]) == record.patient_hash


def test_names_of_missing_facts_are_kept() -> None:
    document = hold_request()
    document["prefetch"]["platelets"] = None
    document["prefetch"]["latestLaboratory"] = None
    _, (record,), _ = called(SETTINGS, document)
    assert "platelets" in record.missing


def test_without_a_key_no_hash_of_the_patient_is_kept() -> None:
    _, (record,), _ = called(replace(SETTINGS, hash_key=""), hold_request())
    assert record.patient_hash is None


def test_a_call_that_does_not_concern_the_drug_leaves_a_record_too() -> None:
    document = hold_request()
    document["context"]["draftOrders"]["entry"] = []
    answer, (record,), _ = called(SETTINGS, document)
    assert ([], ()) == (answer.cards, record.cards)


def test_a_call_that_ends_without_an_answer_is_recorded_with_its_status_and_keys() -> None:
    kept = Kept()
    document = hold_request()
    del document["prefetch"]["patient"]
    with pytest.raises(DataUnobtainable):
        called(SETTINGS, document, kept)
    assert [(412, ("prefetch.patient",))] == [(one.status, one.missing) for one in kept.decisions]


def test_a_failure_of_the_service_is_recorded_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    kept = Kept()
    monkeypatch.setattr(Pipeline, "run", fail)
    with pytest.raises(RuntimeError):
        called(SETTINGS, hold_request(), kept)
    assert [500] == [one.status for one in kept.decisions]


def test_a_store_that_is_down_changes_nothing_in_the_answer_and_is_told_by_its_cause() -> None:
    expected, _, _ = called(SETTINGS, hold_request())
    answer, _, lost = called(SETTINGS, hold_request(), Kept("locked"))
    assert (expected, ["locked"]) == (answer, lost)


def test_records_in_the_database_are_chained_and_know_the_cards(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/records.sqlite3")
    database.prepare()
    engine = build_engine(SETTINGS, Recording(RecordStore(database, "secret"), "1.0", "secret"))
    service = next(one for one in engine.services() if one.id == SIGN)
    answer = engine.answer(service, parse_request(json.dumps(hold_request()).encode(), service), Client())

    def read(connection: Connection) -> tuple[list[str], list[str]]:
        bodies = list(connection.execute(select(decision_record.c.body)).scalars())
        return bodies, list(connection.execute(select(card_shown.c.card)).scalars())

    (body,), cards = database.read(read)
    assert {card.uuid for card in answer.cards} == set(cards)
    assert hold_request()["context"]["patientId"] not in body
    assert verify(database, "secret").is_sound
    database.close()


def test_a_locked_store_holds_an_answer_for_a_quarter_second_and_the_next_record_tells_the_loss(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/records.sqlite3")
    database.prepare()
    lost: list[str] = []
    engine = build_engine(SETTINGS, Recording(RecordStore(database), "1.0", "", lost.append))
    service = next(one for one in engine.services() if one.id == SIGN)
    request = parse_request(json.dumps(hold_request()).encode(), service)
    expected = engine.answer(service, request, Client())
    other = sqlite3.connect(tmp_path / "records.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    answer = engine.answer(service, request, Client())
    took = time.monotonic() - began
    other.execute("ROLLBACK")
    other.close()
    assert (expected, ["locked"]) == (answer, lost)
    assert took < 0.6
    engine.answer(service, request, Client())
    audit = verify(database)
    assert (True, 2, 1) == (audit.is_sound, audit.records, audit.lost)
    database.close()


@pytest.mark.parametrize("words", [{"all"}, {SIGN}])
def test_in_the_shadow_everything_is_recorded_and_nothing_shown(words: set[str]) -> None:
    shown, _, _ = called(SETTINGS, hold_request())
    answer, (record,), _ = called(replace(SETTINGS, shadow=frozenset(words)), hold_request())
    rules = {
        rule for card in shown.cards for rule in card.extension["org.cds-service.recommendation"]["rules"]
    }  # what a card would have said
    assert [] == answer.cards
    assert rules <= set(record.rules_shadowed)
    assert rules <= set(record.rules_fired)
    assert () == record.cards


def test_a_decision_is_hidden_when_all_of_its_rules_are() -> None:
    shown, _, _ = called(SETTINGS, hold_request())
    rules = shown.cards[0].extension["org.cds-service.recommendation"]["rules"]
    hidden, (record,), _ = called(replace(SETTINGS, shadow=frozenset(rules)), hold_request())
    assert [card.summary for card in shown.cards[1:]] == [card.summary for card in hidden.cards]
    assert set(rules) <= set(record.rules_shadowed)
    if len(rules) > 1:
        partly, _, _ = called(replace(SETTINGS, shadow=frozenset(rules[:1])), hold_request())
        assert len(shown.cards) == len(partly.cards)


def test_the_shadow_of_one_client_hides_nothing_from_another() -> None:
    pilot = Client(issuer="https://pilot", shadow=frozenset({"all"}))
    hidden, _, _ = called(SETTINGS, hold_request(), client=pilot)
    shown, _, _ = called(SETTINGS, hold_request(), client=Client(issuer="https://other"))
    assert [] == hidden.cards
    assert shown.cards


@pytest.mark.row("SYS-1", "SYS-2")
def test_system_actions_are_for_clients_that_agreed_to_them_and_leave_no_second_order_on_the_card() -> None:
    plain, _, _ = called(SETTINGS, due_request())
    agreed, _, _ = called(SETTINGS, due_request(), client=Client(takes_system_actions=True))
    assert () == plain.system_actions
    offered = [card for card in plain.cards if card.suggestions]
    assert ["ServiceRequest"] == [one.resource["resourceType"] for one in agreed.system_actions]
    assert len(offered) - 1 == len([card for card in agreed.cards if card.suggestions])
    assert [card.summary for card in plain.cards] == [card.summary for card in agreed.cards]


@pytest.mark.row("PT-9")
def test_templates_hold_a_day_only_behind_the_setting() -> None:
    plain = build_engine(SETTINGS).services()[0].prefetch
    bounded = build_engine(replace(SETTINGS, prefetch_today=True)).services()[0].prefetch
    assert [] == [key for key, template in plain.items() if "today()" in template]
    assert ["vitals"] == [key for key, template in bounded.items() if "date=ge{{today() - 400 days}}" in template]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ({"system": "urn:site:lab", "code": "THRO"}, "platelets urn:site:lab|THRO"),
        ({"code": "THRO"}, "platelets |THRO"),
        # A code can hold anything: what does not look like one is not kept.
        ({"system": "urn:site:lab", "code": "a name, and a day"}, "platelets"),
        ({"system": "of a person's own", "code": "THRO"}, "platelets"),
        ({}, "platelets"),
    ],
)
def test_a_result_under_a_local_code_that_nobody_mapped_is_recorded_by_its_fact_and_code(
    code: dict[str, str], expected: str
) -> None:
    document = hold_request()
    entries = document["prefetch"]["platelets"]["entry"]
    local = json.loads(json.dumps(entries[0]))
    local["resource"]["id"] = "local-1"
    local["resource"]["code"] = {"coding": [code], "text": "Platelet count"}
    entries.append(local)
    _, (record,), _ = called(SETTINGS, document)
    assert (expected,) == record.unmapped_codes


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("zyx/ul", ("platelets zyx/ul",)), ("", ("platelets",)), ("of a person's own", ("platelets",)), ("/uL", ())],
)
def test_a_unit_that_is_not_known_is_recorded_with_its_fact(unit: str, expected: tuple[str, ...]) -> None:
    document = hold_request()
    for entry in document["prefetch"]["platelets"]["entry"]:
        entry["resource"]["valueQuantity"] = {"value": 49999, "unit": unit}
    _, (record,), _ = called(SETTINGS, document)
    assert expected == record.unknown_units
