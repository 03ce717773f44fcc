"""Drafts at signing that are broken or of another type: said where they may be the drug, silent where they only name it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.application import client
from tests.support.resources import RXNORM, Json

CASE = Path(__file__).resolve().parents[3] / "fhir_fixtures" / "start-platelets-49999" / "request.json"
NUMBER = {"coding": [{"system": RXNORM, "code": 602910}]}
UNTOLD = "Which medicine is this order? It cannot be recognised, so it was not checked"
UNREAD = "Lenalidomide order not checked: its resource type is no medication order's"


def summaries(*drafts: Json) -> list[str]:
    """The summaries at signing of drafts made by changing the one of the case; None takes a member away."""
    request = json.loads(CASE.read_text(encoding="utf-8"))
    own = {
        k: v for k, v in request["context"]["draftOrders"]["entry"][0]["resource"].items() if k != "dosageInstruction"
    }
    made = [{k: v for k, v in {**own, **draft}.items() if v is not None} for draft in drafts]
    request["context"]["draftOrders"]["entry"] = [{"resource": each} for each in made]
    answer = client(jurisdiction="US", today="2026-01-26").post("/cds-services/lenalidomide-order-sign", json=request)
    assert answer.status_code == 200
    return [card["summary"] for card in answer.json["cards"]]


ASPIRIN = {"id": "other", "medicationCodeableConcept": {"text": "Aspirin 75 mg"}}


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ({"medicationCodeableConcept": NUMBER}, UNTOLD),
        ({"medicationCodeableConcept": None, "medicationReference": "Medication/1"}, UNTOLD),
        ({"resourceType": "medicationRequest", "medicationCodeableConcept": NUMBER}, UNTOLD),
        ({"resourceType": "medicationRequest"}, UNREAD),
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
