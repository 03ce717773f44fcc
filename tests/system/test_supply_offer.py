"""Is an order for too long a supply brought to what the law allows by one click, and then left alone?"""

from __future__ import annotations

from typing import Any

import pytest

from cds_service.commands.fixtures import Fixture, fixtures
from tests.cases.player import client

Json = dict[str, Any]
CASES = {case.name: case for case in fixtures()}
DAYS = {"unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}


def called(case: Fixture, draft: Json) -> list[Json]:
    """The cards for the case with another draft."""
    request = case.request
    request["context"]["draftOrders"]["entry"][0]["resource"] = draft
    answer = client(case.jurisdiction, case.today.isoformat()).post(f"/cds-services/{case.service}", json=request)
    assert 200 == answer.status_code
    cards: list[Json] = answer.get_json()["cards"]
    return cards


def drafted(case: Fixture, dispense: Json) -> Json:
    draft: Json = case.request["context"]["draftOrders"]["entry"][0]["resource"]
    return {**draft, "dispenseRequest": dispense}


@pytest.mark.parametrize(
    ("name", "given", "label", "expected"),
    [
        (
            "start-as-ordered",
            {"expectedSupplyDuration": {"value": 30, **DAYS}},
            "Change this order to 28 days, no refills",
            {"expectedSupplyDuration": {"value": 28, **DAYS}, "numberOfRepeatsAllowed": 0},
        ),
        (
            "start-as-ordered",
            {"expectedSupplyDuration": {"value": 28, **DAYS}, "numberOfRepeatsAllowed": 2},
            "Change this order to 28 days, no refills",
            {"expectedSupplyDuration": {"value": 28, **DAYS}, "numberOfRepeatsAllowed": 0},
        ),
        (
            "start-as-ordered",
            {"quantity": {"value": 90, "unit": "capsule"}, "performer": {"display": "Pharmacy"}},
            "Change this order to 28 days, no refills",
            {
                "quantity": {"value": 28, "unit": "capsule"},
                "performer": {"display": "Pharmacy"},
                "expectedSupplyDuration": {"value": 28, **DAYS},
                "numberOfRepeatsAllowed": 0,
            },
        ),
        (
            "eu-mds-start-as-ordered",
            {"expectedSupplyDuration": {"value": 90, **DAYS}, "quantity": {"value": 68, "unit": "capsule"}},
            "Change this order to 84 days",
            {"expectedSupplyDuration": {"value": 84, **DAYS}, "quantity": {"value": 63, "unit": "capsule"}},
        ),
    ],
)
def test_the_supply_alone_is_changed_and_the_card_is_gone(name: str, given: Json, label: str, expected: Json) -> None:
    case = CASES[name]
    draft = drafted(case, given)
    (card,) = called(case, draft)
    (suggestion,) = card["suggestions"]
    (action,) = suggestion["actions"]
    assert (label, True, "update") == (suggestion["label"], suggestion["isRecommended"], action["type"])
    assert {**draft, "dispenseRequest": expected} == action["resource"]
    assert [] == called(case, action["resource"])


@pytest.mark.parametrize(
    "name", ["start-no-indication", "kidney-45-renewal-at-10", "renewal-to-be-held", "start-at-25-mg"]
)
def test_an_order_that_is_in_question_or_changed_otherwise_is_not_given_another_supply(name: str) -> None:
    case = CASES[name]
    cards = called(case, drafted(case, {"expectedSupplyDuration": {"value": 30, **DAYS}}))
    assert any("30 days of supply" in str(card) for card in cards)
    assert [] == [s["label"] for card in cards for s in card.get("suggestions", ()) if "28 days" in s["label"]]


def test_a_quantity_of_something_else_than_capsules_is_not_left_beside_the_days() -> None:
    case = CASES["start-as-ordered"]
    bottle = {"quantity": {"value": 1, "unit": "bottle"}, "numberOfRepeatsAllowed": 1}
    (card,) = called(case, drafted(case, bottle))
    (action,) = card["suggestions"][0]["actions"]
    expected = {"expectedSupplyDuration": {"value": 28, **DAYS}, "numberOfRepeatsAllowed": 0}
    assert expected == action["resource"]["dispenseRequest"]


def test_a_supply_that_cannot_mean_what_it_says_is_corrected_by_hand() -> None:
    case = CASES["start-as-ordered"]
    cards = called(case, drafted(case, {"quantity": {"value": 84, "unit": "mg"}, "numberOfRepeatsAllowed": 1}))
    assert any("84 mg is no whole number" in str(card) for card in cards)
    assert [] == [s["label"] for card in cards for s in card.get("suggestions", ())]
