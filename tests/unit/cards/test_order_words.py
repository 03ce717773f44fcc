"""An order is named by its own words."""

from __future__ import annotations

from typing import Any

import pytest

from cds_service.cards.order_words import order_words
from tests.support.decisions import DRAFT, draft, raw

CODE = "http://www.nlm.nih.gov/research/umls/rxnorm"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, "Lenalidomide 10 MG Oral Capsule, 10 mg once daily"),
        ({"dosageInstruction": []}, "Lenalidomide 10 MG Oral Capsule"),
        ({"medicationCodeableConcept": {"coding": [{"display": "Revlimid"}]}}, "Revlimid, 10 mg once daily"),
        ({"medicationCodeableConcept": {"coding": [{"code": "602910"}]}}, "code 602910, 10 mg once daily"),
        (
            {
                "medicationCodeableConcept": {},
                "medicationReference": {"reference": "#m"},
                "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "Lenalidomid"}}],
            },
            "Lenalidomid, 10 mg once daily",
        ),
        (
            {
                "dosageInstruction": [
                    {
                        "doseAndRate": [{"doseQuantity": {"value": 2.50, "unit": "mg"}}],
                        "timing": {"repeat": {"frequency": 1, "period": 2, "periodUnit": "d"}},
                    }
                ]
            },
            "Lenalidomide 10 MG Oral Capsule, 2.5 mg every 2 days",
        ),
        ({"dosageInstruction": {"text": "as before"}}, "Lenalidomide 10 MG Oral Capsule, as before"),
        ({"dosageInstruction": "as before"}, "Lenalidomide 10 MG Oral Capsule, as before"),
        ({"dosageInstruction": ["as before", 5, None]}, "Lenalidomide 10 MG Oral Capsule, as before"),
        (
            {"medicationCodeableConcept": "x", "dosageInstruction": {"text": ["y"]}, "contained": [3]},
            "an order without drug and dosage",
        ),
    ],
)
def test_an_order_is_told_by_drug_and_dosage(members: dict[str, Any], expected: str) -> None:
    assert expected == order_words(DRAFT, {DRAFT: raw(draft(**members))})


def test_an_unreadable_order_is_said_to_be_so() -> None:
    expected = "an order that cannot be read"
    assert expected == order_words(DRAFT, {DRAFT: b"[]"})


def test_an_order_that_is_not_there_has_no_words() -> None:
    assert not order_words(DRAFT, {})
