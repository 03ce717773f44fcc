"""Drafts at signing that are broken or of another type: said where they may be the drug, silent where they only name it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.application import client
from tests.support.resources import Json

CASE = Path(__file__).resolve().parents[3] / "fhir_fixtures" / "start-platelets-49999" / "request.json"
NUMBER = {"coding": [602910]}
UNTOLD = "Which medicine is this order? It cannot be recognised, so it was not checked"
CHECKED = "Platelets 49,999 /µL before start: below the trial's entry counts, review"
UNREAD = "Lenalidomide order not checked: its resource type is no medication order's"


def summaries(*drafts: Json) -> list[str]:
    """The summaries at signing of drafts made by changing the one of the case; None takes a member away."""
    request = json.loads(CASE.read_text(encoding="utf-8"))
    own = {
        k: v for k, v in request["context"]["draftOrders"]["entry"][0]["resource"].items() if k != "dosageInstruction"
    }
    made = [{k: v for k, v in {**own, **draft}.items() if v is not None} for draft in drafts]
    request["context"]["draftOrders"]["entry"] = [{"resource": each} for each in made]
    return [card["summary"] for card in cards(request)]


def cards(request: Json) -> list[Json]:
    answer = client(jurisdiction="US", today="2026-01-26").post("/cds-services/lenalidomide-order-sign", json=request)
    assert answer.status_code == 200
    return list(answer.json["cards"])


ASPIRIN = {"id": "other", "medicationCodeableConcept": {"text": "Aspirin 75 mg"}}


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ({"medicationCodeableConcept": NUMBER}, UNTOLD),
        ({"medicationCodeableConcept": None, "medicationReference": "Medication/1"}, UNTOLD),
        ({"resourceType": "medicationRequest", "medicationCodeableConcept": NUMBER}, UNTOLD),
        ({"resourceType": "medicationRequest"}, CHECKED),
        ({"resourceType": "MedicationRequests"}, UNREAD),
        ({"resourceType": "Foo"}, UNREAD),
        ({"resourceType": "RequestGroup", "contained": [{"resourceType": "MedicationRequest"}]}, UNREAD),
    ],
)
def test_a_draft_that_may_be_the_drug_and_cannot_be_read_is_said_alone_and_beside_another(
    draft: Json, expected: str
) -> None:
    assert [expected] == summaries(draft)
    assert [expected] == summaries(draft, ASPIRIN)


@pytest.mark.parametrize("kind", ["ServiceRequest", "Communication"])
def test_a_draft_that_names_the_drug_beside_what_it_is_needs_no_card(kind: str) -> None:
    beside = {"resourceType": kind, "medicationCodeableConcept": None, "code": {"text": "CBC under lenalidomide"}}
    assert [] == summaries(beside)
    assert [] == summaries(beside, ASPIRIN)


@pytest.mark.parametrize(
    "shape",
    [
        lambda draft: [draft],
        lambda draft: [{"fullUrl": "urn:uuid:1", **draft}],
        lambda draft: [{"resource": [draft]}],
        lambda draft: [{"resource": {"resourceType": "Bundle", "entry": [draft]}}],
        lambda draft: [{"resource": ASPIRIN | {"resourceType": "MedicationRequest"}}, draft],
    ],
)
def test_a_draft_is_found_wherever_its_entry_holds_it(shape: Callable[[Json], list[Json]]) -> None:
    request = json.loads(CASE.read_text(encoding="utf-8"))
    bundle = request["context"]["draftOrders"]
    usual = cards(request)
    assert usual
    bundle["entry"] = shape(bundle["entry"][0]["resource"])
    assert [c["summary"] for c in usual] == [c["summary"] for c in cards(request)]


@pytest.mark.parametrize("entry", [{"fullUrl": "urn:uuid:1"}, {"resource": {}}, {"resource": "MedicationRequest"}, 5])
def test_an_entry_without_a_resource_is_an_order_that_nobody_saw(entry: object) -> None:
    request = json.loads(CASE.read_text(encoding="utf-8"))
    request["context"]["draftOrders"]["entry"] = [entry]
    assert any("could not be seen" in json.dumps(card) for card in cards(request))
    request["context"]["draftOrders"]["entry"] = []
    assert [] == cards(request)
