"""Myeloma and lymphoma on hold: when treatment resumes, and at which dose or by whose choice."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Diagnosis
from cds_service.clinical.recommendation import Action
from tests.support.facts import assess, day, facts, order, reading
from tests.support.other_indications import (
    DEXAMETHASONE,
    RITUXIMAB,
    TEN_DAILY,
    TRANSPLANT,
    TWENTY_FIVE,
    diagnosis,
    held,
    held_in_the_eu,
    neutropenia,
    said,
)


@pytest.mark.parametrize(("mg", "lower"), [(25, "20"), (20, "15"), (15, "10"), (10, "5"), ("7.5", "5")])
def test_mantle_cell_lymphoma_resumes_at_5_mg_less_down_to_5(mg: int | str, lower: str) -> None:
    resume = said(held("mcl", Dose(Decimal(mg), on_days=21, cycle_days=28)), Action.RESUME_REDUCED)
    assert Dose(Decimal(lower), on_days=21, cycle_days=28) == resume.dose


@pytest.mark.parametrize("disease", ["mcl", "fl", "mzl"])
def test_at_the_floor_there_is_no_dose(disease: str) -> None:
    remain = said(held(disease, Dose(Decimal("2.5"), on_days=21, cycle_days=28), RITUXIMAB), Action.REMAIN_ON_HOLD)
    assert (None, None) == (remain.dose, remain.resume)
    assert remain.note


def test_five_mg_less_of_every_other_day_is_left_to_the_clinician() -> None:
    resume = said(held("mcl", Dose(Decimal(15), every_days=2)), Action.RESUME_REDUCED)
    assert resume.dose is None
    assert "clinician chooses" in resume.note


def test_a_lymphoma_started_at_5_mg_has_no_lower_dose() -> None:
    assert said(held("fl", Dose(Decimal(5), on_days=21, cycle_days=28), RITUXIMAB), Action.REMAIN_ON_HOLD)


@pytest.mark.parametrize("dose", [TEN_DAILY, Dose(Decimal(15))])
def test_maintenance_above_5_mg_steps_down_by_the_clinicians_choice(dose: Dose) -> None:
    resume = said(held("myeloma", dose, events=(TRANSPLANT,)), Action.RESUME_REDUCED)
    assert resume.dose is None
    assert resume.note


def test_maintenance_at_2_5_mg_lies_below_the_floor() -> None:
    assert said(held("myeloma", Dose(Decimal("2.5")), events=(TRANSPLANT,)), Action.REMAIN_ON_HOLD)


def test_an_unknown_regimen_on_hold_asks_before_it_resumes() -> None:
    found = held("myeloma", TEN_DAILY)
    assert Action.REQUEST_DATA in [r.action for r in found]
    assert [] == [r for r in found if r.action in (Action.RESUME_REDUCED, Action.RESUME_SAME)]


def test_the_first_fall_of_neutrophils_alone_goes_back_to_the_starting_dose() -> None:
    assert TWENTY_FIVE == said(neutropenia((14, 900), (21, 1000)), Action.RESUME_SAME).dose


def test_low_counts_of_one_interruption_are_one_fall() -> None:
    assert said(neutropenia((7, 900), (10, 800), (14, 850), (21, 1000)), Action.RESUME_SAME)


def test_a_count_that_recovered_in_between_makes_two_falls() -> None:
    assert ("US-MM-ANC-N",) == said(
        neutropenia((3, 900), (5, 1200), (14, 900), (21, 1000)), Action.RESUME_REDUCED
    ).rules


def test_a_low_count_before_the_first_dose_is_no_fall() -> None:
    assert said(neutropenia((-1, 900), (7, 1500), (14, 900), (21, 1000)), Action.RESUME_SAME)


def test_another_toxicity_since_the_start_forbids_the_same_dose() -> None:
    rash = Diagnosis(frozenset({"rash"}), "rash", True, "Condition/rash", recorded_on=day(10))
    assert said(neutropenia((14, 900), (21, 1000), diagnoses=(diagnosis("myeloma"), rash)), Action.RESUME_REDUCED).note


def test_a_rash_of_before_the_start_does_not() -> None:
    rash = Diagnosis(frozenset({"rash"}), "rash", True, "Condition/rash", recorded_on=day(-10))
    assert said(neutropenia((14, 900), (21, 1000), diagnoses=(diagnosis("myeloma"), rash)), Action.RESUME_SAME)


@pytest.mark.parametrize(
    ("disease", "mg", "lower"), [("mcl", 25, "20"), ("mcl", 5, "2.5"), ("fl", 20, "15"), ("fl", 10, "5")]
)
def test_the_eu_steps_down_one_level(disease: str, mg: int, lower: str) -> None:
    resume = said(held_in_the_eu(disease, mg), Action.RESUME_REDUCED)
    assert (Dose(Decimal(lower), on_days=21, cycle_days=28), disease) == (resume.dose, resume.indication)


@pytest.mark.parametrize(("disease", "mg"), [("mcl", "2.5"), ("fl", "5")])
def test_after_the_last_eu_level_there_is_no_dose(disease: str, mg: str) -> None:
    assert said(held_in_the_eu(disease, mg), Action.REMAIN_ON_HOLD).dose is None


@pytest.mark.parametrize("begun", ["10", "15"])
def test_eu_follicular_lymphoma_begun_at_10_mg_goes_below_5_mg_by_choice(begun: str) -> None:
    resume = said(held_in_the_eu("fl", "5", before=begun), Action.RESUME_REDUCED)
    assert resume.dose is None
    assert "not below 2.5 mg once daily or 5 mg every other day" in resume.note


@pytest.mark.parametrize("mg", ["20", "25"])
def test_eu_follicular_lymphoma_begun_at_20_mg_or_above_does_not_go_below_5_mg(mg: str) -> None:
    assert said(held_in_the_eu("fl", "5", before=mg), Action.REMAIN_ON_HOLD).dose is None


@pytest.mark.parametrize("lowest", [Dose(Decimal("2.5"), 1, None, 21, 28), Dose(Decimal(5), every_days=2)])
@pytest.mark.parametrize(("disease", "begun"), [("fl", "10"), ("mcl", "25")])
def test_below_the_lowest_eu_dose_of_lymphoma_there_is_none(disease: str, begun: str, lowest: Dose) -> None:
    assert said(held_in_the_eu(disease, lowest, before=begun), Action.REMAIN_ON_HOLD).dose is None


def test_eu_mantle_cell_lymphoma_recovers_at_60_not_at_50() -> None:
    assert said(held_in_the_eu("mcl", 25, platelets=59999), Action.REMAIN_ON_HOLD)
    assert said(held_in_the_eu("fl", 20, platelets=50000), Action.RESUME_REDUCED)


def test_the_week_of_rest_between_two_orders_is_no_interruption() -> None:
    cycles = (
        order(TWENTY_FIVE, "completed", since=day(0), until=day(20)),
        order(TWENTY_FIVE, "completed", since=day(28), until=day(48)),
        order(TWENTY_FIVE, "completed", since=day(56), until=day(76)),
        order(TWENTY_FIVE, "active", since=day(84), until=day(104)),
    )
    counts = (reading("platelets", 150000, day(84)), reading("anc", 2000, day(84)))
    of = facts(*counts, orders=(*cycles, DEXAMETHASONE), diagnoses=(diagnosis("myeloma"),), events=(), findings={})
    assert Action.ORDER_CBC not in [r.action for r in assess(of, day(95)).recommendations]
