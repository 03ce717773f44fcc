"""Is a card written as the standard wants it: nothing empty, numbers exact?"""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from cds_service.cdshooks.card import Action, Card, Coding, Link, NotANumber, OverrideReason, Source, Suggestion, encode
from cds_service.cdshooks.schema import NAMES, faults, validator
from cds_service.cdshooks.service import Service, discovery
from tests.support.fake_service import a_card

UUID = "3f3c2a54-1df5-4c3c-93a3-0c8a3f2b9a01"


def full_card() -> Card:
    return Card(
        uuid=UUID,
        summary="Hold",
        indicator="critical",
        source=Source("US label", url="https://example.org", topic=Coding("c", "urn:s")),
        detail="**Why now**",
        suggestions=[
            Suggestion(
                "Hold",
                UUID,
                isRecommended=True,
                actions=[
                    Action("delete", "Remove the order", resourceId="MedicationRequest/1"),
                    Action(
                        "update", "Lower dose", resource={"resourceType": "MedicationRequest", "v": Decimal("2.50")}
                    ),
                ],
            )
        ],
        selectionBehavior="at-most-one",
        overrideReasons=[OverrideReason("c", "urn:s", "Already held")],
        links=[Link("Label", "https://example.org/label", "absolute")],
        extension={"org.example": {"value": Decimal("0.1")}},
    )


def test_members_without_a_value_are_left_out() -> None:
    assert {"uuid", "summary", "indicator", "source"} == set(json.loads(encode([a_card()]))["cards"][0])


def test_a_hint_that_is_false_is_sent_because_some_clients_want_it() -> None:
    shown = full_card()
    shown.suggestions = [Suggestion("Order", UUID)]
    (card,) = json.loads(encode([shown]))["cards"]
    assert (False, False) == (card["suggestions"][0]["isRecommended"], card["links"][0]["autolaunchable"])


def test_a_full_card_is_valid_and_its_decimals_are_exact() -> None:
    body = encode([full_card()])
    assert () == faults("response", json.loads(body))
    assert b'"v":2.50' in body
    assert b'"value":0.1}' in body


@pytest.mark.row("RES-2", "RES-3", "SYS-1")
def test_no_cards_are_an_empty_array_and_system_actions_appear_only_when_given() -> None:
    action = Action("create", "x", resource={"resourceType": "Task"})
    assert b'{"cards":[]}' == encode([])
    assert {"cards", "systemActions"} == set(json.loads(encode([], [action])))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity")])
def test_a_number_that_json_cannot_write_is_refused(number: object) -> None:
    card = full_card()
    card.suggestions[0].actions[1].resource["dose"] = [{"value": number}]
    with pytest.raises(NotANumber):
        encode([card])


def test_a_service_is_written_without_empty_members_and_no_services_are_an_empty_array() -> None:
    assert b'{"services":[]}' == discovery([])
    assert b'{"services":[{"hook":"order-sign","description":"d","id":"x"}]}' == discovery(
        [Service("order-sign", "d", "x")]
    )


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_is_a_valid_schema(name: str) -> None:
    validator(name).check_schema(validator(name).schema)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"summary": "x" * 140}, "$.cards[0].summary: maxLength"),
        ({"detail": ""}, "$.cards[0].detail: pattern"),
        ({"indicator": "hard-stop"}, "$.cards[0].indicator: enum"),
        ({"suggestions": []}, "$.cards[0].suggestions: minItems"),
        ({"selectionBehavior": "any"}, "$.cards[0]: dependentRequired"),
        ({"uuid": "1"}, "$.cards[0].uuid: pattern"),
        ({"extension": {"org.cds-service.recommendation": {"action": "shrug"}}}, "enum"),
    ],
)
def test_the_response_schema_finds_faults_and_repeats_no_value(change: dict[str, object], expected: str) -> None:
    document = json.loads(encode([a_card()]))
    document["cards"][0] |= change
    assert any(expected in fault for fault in faults("response", document))
