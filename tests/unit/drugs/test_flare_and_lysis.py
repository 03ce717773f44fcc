"""Tumour flare and tumour lysis by the rows of each document, and a rash that is weighed."""

from __future__ import annotations

from typing import Any

import pytest

from cds_service.clinical.facts import Diagnosis
from cds_service.clinical.recommendation import Action, Urgency
from tests.support.facts import TEN, assess, day, draft, facts, order, reading

COUNTS = (reading("platelets", 150_000, day(40)), reading("anc", 2_000, day(40)))
HELD = (order(TEN, "on-hold", until=day(35)),)
HOLD = (Action.HOLD, Urgency.CRITICAL)
STAYS = (Action.REMAIN_ON_HOLD, Urgency.INFO)
INFORM = (Action.INFORM, Urgency.INFO)
REVIEW = (Action.REVIEW, Urgency.WARNING)
ASK = (Action.REQUEST_DATA, Urgency.WARNING)


def said(law: str, rule: str, text: str, grade: int | None, orders: Any = None, drafts: Any = ()) -> list[Any]:
    """What is said of a reaction on day 40 by a rule."""
    severity = f"CTCAE grade {grade}" if grade is not None else ""
    words = {"rash": "rash", "lysis": "tumor-lysis"}
    concepts = frozenset(concept for word, concept in words.items() if word in text.casefold())
    found = Diagnosis(concepts, text, True, "Condition/r", day(30), day(30), day(30), severity)
    disease = Diagnosis(frozenset({"mcl"}), "Mantle cell lymphoma", True, "Condition/mcl")
    of = facts(*COUNTS, orders=orders or (order(TEN),), diagnoses=(disease, found))
    decided = assess(of, day(40), *drafts, jurisdiction=law).recommendations
    return [(r.action, r.urgency) for r in decided if rule in r.rules]


@pytest.mark.parametrize(("law", "rule"), [("US", "US-WP-TFR"), ("EU", "EU-TFR")])
@pytest.mark.parametrize(
    ("grade", "taken", "held"),
    [
        (1, [INFORM], [INFORM]),
        (2, [INFORM], [STAYS]),
        (3, [HOLD], [STAYS]),
        (4, [HOLD], [STAYS]),
        (None, [ASK], [STAYS]),
    ],
)
def test_a_tumour_flare_holds_from_grade_3_until_grade_1(
    grade: int | None, taken: list[Any], held: list[Any], law: str, rule: str
) -> None:
    assert taken == said(law, rule, "Tumor flare reaction", grade)
    assert held == said(law, rule, "Tumour flare reaction", grade, HELD)


@pytest.mark.parametrize(
    ("grade", "taken", "held"),
    [(1, [INFORM], [STAYS]), (2, [HOLD], [STAYS]), (4, [HOLD], [STAYS]), (None, [ASK], [STAYS])],
)
def test_in_the_eu_tumour_lysis_holds_from_grade_2_until_grade_0(
    grade: int | None, taken: list[Any], held: list[Any]
) -> None:
    assert taken == said("EU", "EU-TLS", "Tumor lysis syndrome", grade)
    assert held == said("EU", "EU-TLS", "Tumour lysis syndrome", grade, HELD)


@pytest.mark.parametrize(("grade", "expected"), [(2, [REVIEW]), (3, [])])
def test_in_the_us_tumour_lysis_below_grade_3_is_reviewed(grade: int, expected: list[Any]) -> None:
    assert expected == said("US", "US-WP-TLS", "Tumor lysis syndrome", grade)


@pytest.mark.parametrize(
    ("law", "rule", "grade", "expected"),
    [
        ("US", "US-SKIN", 1, []),
        ("US", "US-SKIN", 2, [REVIEW]),
        ("US", "US-SKIN", 3, []),
        ("US", "US-NONHEM-G34", 3, [HOLD]),
        ("EU", "EU-SKIN", 1, []),
        ("EU", "EU-SKIN", 2, [REVIEW]),
        ("EU", "EU-SKIN", 3, [REVIEW]),
    ],
)
def test_a_rash_is_weighed_from_grade_2(law: str, rule: str, grade: int, expected: list[Any]) -> None:
    assert expected == said(law, rule, "Rash", grade)


def test_a_hold_that_goes_on_is_red_only_where_an_order_is_written() -> None:
    assert [STAYS] == said("US", "US-NONHEM-G34", "Neuropathy", 3, HELD)
    assert [(Action.REMAIN_ON_HOLD, Urgency.CRITICAL)] == said(
        "US", "US-NONHEM-G34", "Neuropathy", 3, HELD, (draft(TEN),)
    )
