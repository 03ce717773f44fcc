"""When is each test due that no dosing decision waits for?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Diagnosis, Reading
from cds_service.clinical.recommendation import OrderTest, Urgency
from tests.support.facts import TEN, assess, day, draft, facts, order, reading

MYELOMA = Diagnosis(frozenset({"myeloma"}), "Multiple myeloma", True, "Condition/mm")
DEXAMETHASONE = MedicationRecord(
    "order", "MedicationRequest/dex", frozenset({"dexamethasone", "corticosteroid"}), "active", text="dexamethasone"
)
FULL = Dose(Decimal(25), on_days=21, cycle_days=28)


def recent(on: date, liver: date | None = None, thyroid: date | None = None) -> tuple[Reading, ...]:
    """Normal counts of one day, with liver and thyroid of that day or another."""
    return (
        reading("platelets", 150000, on),
        reading("anc", 2000, on),
        reading("alt", 20, liver or on),
        reading("tsh", 2, thyroid or on),
    )


def due(number: int, *readings: Reading) -> str:
    """What the reminder of a treatment day names; "" where there is none."""
    found = assess(facts(*readings, orders=(order(TEN),)), day(number)).recommendations
    return next((r.words["what"] for r in found if r.message == "reminders"), "")


@pytest.mark.parametrize(
    ("today", "last", "expected"),
    [
        (60, -2, ""),
        (61, -2, "liver enzymes"),
        (61, 20, ""),
        (140, 20, ""),
        (141, 20, "liver enzymes"),
    ],
)
def test_liver_tests_are_due_within_two_months_and_then_every_four(today: int, last: int, expected: str) -> None:
    assert expected == due(today, *recent(day(today), liver=day(last)))


@pytest.mark.parametrize(("last", "expected"), [(50, ""), (49, "TSH")])
def test_thyroid_is_due_after_90_days(last: int, expected: str) -> None:
    assert expected == due(140, *recent(day(140), thyroid=day(last)))


def test_a_test_that_the_call_already_orders_is_not_named() -> None:
    chart = facts(*recent(day(140), thyroid=day(10)), orders=(order(TEN),))
    (reminder,) = [r for r in assess(chart, day(140)).recommendations if r.message == "reminders"]
    assert [(OrderTest("tsh", day(140)),)] == [p.actions for p in reminder.proposals]


def test_a_search_that_could_not_be_obtained_makes_nothing_due() -> None:
    chart = facts(*recent(day(140), thyroid=day(10)), orders=(order(TEN),), unseen={"tsh": "timed out"})
    assert "reminders" not in {r.message for r in assess(chart, day(140)).recommendations}


@pytest.mark.parametrize(("today", "expected"), [(365, False), (366, True)])
def test_a_karyotype_older_than_a_year_is_due(today: int, expected: bool) -> None:
    assert expected is ("karyotype" in due(today, *recent(day(today))))


@pytest.mark.parametrize(("today", "expected"), [(364, False), (365, True), (392, True), (393, False), (730, True)])
def test_second_cancers_are_named_in_the_four_weeks_after_each_year(today: int, expected: bool) -> None:
    assert expected is ("second cancer" in due(today, *recent(day(today))))


@pytest.mark.parametrize(("covered", "expected"), [((), True), (("aspirin", "antiplatelet"), False)])
def test_myeloma_with_dexamethasone_without_prophylaxis_is_said(covered: tuple[str, ...], expected: bool) -> None:
    other = (
        (MedicationRecord("order", "MedicationRequest/x", frozenset(covered), "active", text="x"),) if covered else ()
    )
    chart = facts(*recent(day(0)), diagnoses=(MYELOMA,), orders=(DEXAMETHASONE, *other))
    found = [r for r in assess(chart, day(0), draft(FULL)).recommendations if r.message == "prophylaxis"]
    assert expected is bool(found)
    assert all(r.urgency is Urgency.WARNING and "US-BOX-VTE" in r.rules for r in found)


def test_the_risk_factors_on_file_stand_on_the_card_as_values() -> None:
    epoetin = MedicationRecord("order", "MedicationRequest/e", frozenset({"esa"}), "active", text="epoetin alfa")
    chart = facts(*recent(day(0)), diagnoses=(MYELOMA,), orders=(DEXAMETHASONE, epoetin))
    (said,) = [r for r in assess(chart, day(0), draft(FULL)).recommendations if r.message == "prophylaxis"]
    for value in ("epoetin alfa", "dexamethasone", "age 72", "sex female", "platelets 150,000"):
        assert value in said.words["factors"]
    assert {"age", "sex", "platelets"} <= {i.fact for i in said.inputs}
