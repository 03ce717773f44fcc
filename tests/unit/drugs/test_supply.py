"""How much may an order supply, by the days as stated and by its quantity?"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose
from cds_service.clinical.recommendation import Action, Urgency
from tests.support.facts import TEN, facts
from tests.unit.drugs.test_safety_pregnancy import COUNTS, NOON, pregnancy_test, said, start, woman


@pytest.mark.parametrize(("days", "refills", "speaks"), [("28", 0, False), ("29", 0, True), ("28", 1, True)])
def test_the_rems_allows_28_days_and_no_refill(days: str, refills: int, speaks: bool) -> None:

    found = start(facts(*COUNTS), days_supply=Decimal(days), refills=refills)
    assert speaks is bool(said(found, "US-REMS-RX"))


@pytest.mark.parametrize(
    ("of", "days", "speaks"), [("woman", "29", True), ("other", "84", False), ("other", "85", True)]
)
def test_the_eu_allows_4_weeks_for_women_of_potential_and_12_for_others(of: str, days: str, speaks: bool) -> None:

    one = pregnancy_test(NOON - timedelta(hours=1))
    patient = woman((one,)) if of == "woman" else facts(*COUNTS)
    assert speaks is bool(said(start(patient, "EU", days_supply=Decimal(days)), "EU-RX-SUPPLY"))


@pytest.mark.parametrize(
    ("dose", "capsules", "speaks"),
    [
        (TEN, 28, False),
        (TEN, 29, True),
        (TEN, 56, True),
        (Dose(Decimal(20)), 56, False),
        (Dose(Decimal(10), on_days=21, cycle_days=28), 21, False),
        (Dose(Decimal(10), on_days=21, cycle_days=28), 22, True),
        (Dose(Decimal(10), every_days=2), 14, False),
        (Dose(Decimal(10), every_days=2), 15, True),
        (Dose(Decimal(10), per_week=2), 8, False),
        (Dose(Decimal(10), per_week=2), 9, True),
    ],
)
def test_a_quantity_of_10_mg_capsules_is_as_many_days_as_it_lasts(dose: Dose, capsules: int, speaks: bool) -> None:
    found = start(facts(*COUNTS), dose=dose, days_supply=None, supplied_mg=Decimal(10 * capsules))
    assert [Action.REVIEW] * speaks == [r.action for r in said(found, "US-REMS-RX")]


def test_stated_days_do_not_outweigh_a_quantity_that_lasts_longer() -> None:
    found = start(facts(*COUNTS), days_supply=Decimal(28), supplied_mg=Decimal(560))
    assert ["56 days of supply by its quantity, at most 28"] == [r.words["what"] for r in said(found, "US-REMS-RX")]


def test_a_supply_that_nothing_tells_is_an_information_under_another_card() -> None:
    found = start(facts(*COUNTS), dose=Dose(Decimal(20)), days_supply=None)
    assert [(Urgency.INFO, True)] == [(r.urgency, r.folds) for r in said(found, "US-REMS-RX")]
    assert [] == said(start(facts(*COUNTS), dose=Dose(Decimal(20)), days_supply=Decimal(28)), "US-REMS-RX")
