"""When is each test due that no dosing decision waits for?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Diagnosis, Reading
from cds_service.clinical.recommendation import OrderTest, Urgency
from cds_service.dosing.case import Case
from tests.support.facts import TEN, assess, assess_case, day, draft, facts, order, reading

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
        (59, -2, ""),
        (60, -2, "liver enzymes"),
        (60, 20, ""),
        (139, 20, ""),
        (140, 20, "liver enzymes"),
    ],
)
def test_liver_tests_are_due_within_two_months_and_then_every_four(today: int, last: int, expected: str) -> None:
    assert expected == due(today, *recent(day(today), liver=day(last)))


@pytest.mark.parametrize(("last", "expected"), [(51, ""), (50, "TSH")])
def test_thyroid_is_due_after_90_days(last: int, expected: str) -> None:
    assert expected == due(140, *recent(day(140), thyroid=day(last)))


def test_a_test_that_the_call_already_orders_is_not_named() -> None:
    chart = facts(*recent(day(140), thyroid=day(40)), orders=(order(TEN),))
    (reminder,) = [r for r in assess(chart, day(140)).recommendations if r.message == "reminders"]
    assert [(OrderTest("tsh", day(140)),)] == [p.actions for p in reminder.proposals]


def test_a_search_that_could_not_be_obtained_makes_nothing_due() -> None:
    chart = facts(*recent(day(140), thyroid=day(40)), orders=(order(TEN),), unseen={"tsh": "timed out"})
    assert "reminders" not in {r.message for r in assess(chart, day(140)).recommendations}


@pytest.mark.parametrize(("today", "expected"), [(364, False), (365, True)])
def test_a_karyotype_older_than_a_year_is_due(today: int, expected: bool) -> None:
    assert expected is ("karyotype" in due(today, *recent(day(today))))


@pytest.mark.parametrize(("last", "expected"), [(51, ""), (50, "creatinine")])
def test_creatinine_is_due_after_90_days(last: int, expected: str) -> None:
    assert expected == due(140, *recent(day(140)), reading("creatinine", "0.8", day(last)))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-1, False),
        (0, True),
        (27, True),
        (28, False),
        (34, False),
        (35, True),
        (41, True),
        (42, False),
        (69, False),
        (70, True),
        (76, True),
        (77, False),
    ],
)
def test_a_reminder_is_shown_for_four_weeks_and_then_a_week_of_every_five(days: int, expected: bool) -> None:
    today = 100 + days
    assert expected is ("TSH" in due(today, *recent(day(today), thyroid=day(10))))


@pytest.mark.parametrize("first", range(28))
def test_no_rhythm_of_four_weeks_misses_it(first: int) -> None:
    visits = range(128 + first, 128 + first + 5 * 28, 28)
    assert any("TSH" in due(today, *recent(day(today), thyroid=day(10))) for today in visits)


@pytest.mark.parametrize("hook", ["order-select", "order-sign", "order-dispatch"])
def test_under_treatment_no_order_is_interrupted_by_a_reminder(hook: str) -> None:
    of = facts(*recent(day(140), thyroid=day(40)), orders=(order(TEN),))
    found = assess_case(Case(of, (draft(TEN),), hook, day(140), datetime(2026, 5, 25, 12, tzinfo=UTC), "US"))
    assert "reminders" not in {r.message for r in found.recommendations}


def test_all_that_is_due_is_one_card_with_one_suggestion() -> None:
    old = recent(day(140), liver=day(10), thyroid=day(40))
    of = facts(*old, reading("creatinine", "0.8", day(40)), orders=(order(TEN),))
    (card,) = [r for r in assess(of, day(140)).recommendations if r.message == "reminders"]
    assert (Urgency.INFO, "TSH, liver enzymes, creatinine") == (card.urgency, card.words["what"])
    assert [["tsh", "alt", "ast", "creatinine"]] == [[a.test for a in p.actions] for p in card.proposals]  # type: ignore[union-attr]


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
