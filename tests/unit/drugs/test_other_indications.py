"""Myeloma, lymphoma and off-label uses: which regimen it is, what may start, what is asked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.recommendation import Action, Urgency
from tests.support.facts import assess, day, draft, facts, order, reading
from tests.support.other_indications import (
    DEXAMETHASONE,
    NEGATIVE_B,
    RITUXIMAB,
    TEN_DAILY,
    TRANSPLANT,
    TWENTY,
    TWENTY_FIVE,
    actions,
    diagnosis,
    drug,
    held_in_the_eu,
    patient,
    said,
)

REMISSION = diagnosis("myeloma", "myeloma-in-remission", is_active=False)
TEN_OF_CYCLE = Dose(Decimal(10), on_days=21, cycle_days=28)
FIFTEEN_ALTERNATE = Dose(Decimal(15), every_days=2)


def test_active_dexamethasone_means_the_combination() -> None:
    found = assess(patient("myeloma", 150000, 900, 14, DEXAMETHASONE, dose=TWENTY_FIVE), day(14)).recommendations
    hold = said(found, Action.HOLD)
    assert ("myeloma-combination", ("US-MM-ANC-1",)) == (hold.indication, hold.rules)


def test_a_transplant_means_maintenance() -> None:
    of = patient("myeloma", 150000, 499, 14, dose=TEN_DAILY, events=(TRANSPLANT,))
    hold = said(assess(of, day(14)).recommendations, Action.HOLD)
    assert ("myeloma-maintenance", ("US-MMM-ANC",)) == (hold.indication, hold.rules)


def test_dexamethasone_after_a_transplant_is_the_combination_again() -> None:
    of = patient("myeloma", 150000, 900, 14, DEXAMETHASONE, dose=TEN_DAILY, events=(TRANSPLANT,))
    assert "myeloma-combination" == said(assess(of, day(14)).recommendations, Action.HOLD).indication


def test_dexamethasone_that_has_run_out_means_nothing() -> None:
    over = drug("dexamethasone", until=day(7))
    found = assess(patient("myeloma", 150000, 900, 14, over, dose=TEN_DAILY), day(14)).recommendations
    assert ("regimen",) == tuple(m.fact for m in said(found, Action.REQUEST_DATA).missing)


def test_an_order_for_maintenance_is_maintenance() -> None:
    own = order(TEN_DAILY, reasons=("Maintenance after transplant",))
    of = patient("myeloma", 150000, 499, 14, own)
    assert "myeloma-maintenance" == said(assess(of, day(14)).recommendations, Action.HOLD).indication


def test_maintenance_in_words_beside_dexamethasone_is_asked() -> None:
    own = order(TEN_DAILY, reasons=("maintenance",))
    of = patient("myeloma", 150000, 900, 14, own, DEXAMETHASONE)
    assert "US-IND-OTHER" in said(assess(of, day(14)).recommendations, Action.REQUEST_DATA).rules


def test_a_myeloma_in_remission_still_is_the_indication_of_maintenance() -> None:
    remission = diagnosis("myeloma", "myeloma-in-remission", is_active=False)
    of = patient("myeloma", 150000, 499, 14, dose=TEN_DAILY, events=(TRANSPLANT,), diagnoses=(remission,))
    assert Action.HOLD in actions(of, 14)


def test_an_unknown_regimen_holds_where_both_regimens_hold_and_names_no_dose() -> None:
    hold = said(assess(patient("myeloma", 29999, 2000, 14, dose=TEN_DAILY), day(14)).recommendations, Action.HOLD)
    assert (("US-MM-PLT", "US-MMM-PLT"), None, None) == (hold.rules, hold.dose, hold.resume)


def test_an_unknown_regimen_with_good_counts_is_not_asked_about_on_every_view() -> None:
    assert Action.REQUEST_DATA not in actions(patient("myeloma", 150000, 2000, 14, dose=TEN_DAILY), 14)


def test_a_start_without_a_regimen_asks_for_it_and_for_missing_counts() -> None:
    of = facts(reading("anc", 2000, day(0)), diagnoses=(diagnosis("myeloma"),), events=(), findings={})
    request = said(assess(of, day(0), draft(TWENTY_FIVE)).recommendations, Action.REQUEST_DATA)
    assert {"regimen", "platelets"} == {m.fact for m in request.missing}
    assert request.dose is None


@pytest.mark.parametrize("antibody", ["pembrolizumab", "nivolumab"])
def test_a_pd_1_antibody_in_myeloma_is_critical_and_withholds_the_dose(antibody: str) -> None:
    of = patient("myeloma", 150000, 2000, 0, DEXAMETHASONE, drug(antibody, "checkpoint-inhibitor"))
    found = assess(of, day(0), draft(TEN_DAILY)).recommendations
    assert Urgency.CRITICAL is said(found, Action.REVIEW).urgency
    assert [] == [r for r in found if r.dose is not None]


def test_a_stopped_pd_1_antibody_is_silent() -> None:
    of = patient(
        "myeloma", 150000, 2000, 0, DEXAMETHASONE, drug("pembrolizumab", "checkpoint-inhibitor", status="stopped")
    )
    assert Action.REVIEW not in actions(of, 0, draft(TWENTY_FIVE))


def test_a_lymphoma_start_without_rituximab_goes_on_and_says_so() -> None:
    found = assess(patient("fl", 150000, 2000, 0), day(0), draft(TWENTY)).recommendations
    start = said(found, Action.START)
    assert (Urgency.INFO, ("rituximab",)) == (start.urgency, tuple(m.fact for m in start.missing))


def test_a_mantle_cell_start_says_the_early_deaths_on_its_card() -> None:
    start = said(
        assess(patient("mcl", 150000, 2000, 0), day(0), draft(Dose(Decimal(25)))).recommendations, Action.START
    )
    assert any("early deaths" in a for a in start.assumptions)


def test_cll_is_never_given_a_dose() -> None:
    found = assess(patient("cll", 150000, 2000, 0), day(0), draft(Dose(Decimal("2.5")))).recommendations
    stop = said(found, Action.DO_NOT_START)
    assert (Urgency.CRITICAL, ("US-IND-CLL",)) == (stop.urgency, stop.rules)
    assert [] == [r for r in found if r.dose is not None]


def test_poems_is_off_label_and_shows_the_kidneys_without_a_dose() -> None:
    review = said(assess(patient("poems", 150000, 2000, 0), day(0), draft(TWENTY_FIVE)).recommendations, Action.REVIEW)
    assert ("poems", None) == (review.indication, review.dose)
    assert {"creatinineClearance", "platelets", "anc"} <= {i.fact for i in review.inputs}


def test_two_labelled_indications_at_a_start_are_asked_about() -> None:
    of = patient("mcl", 150000, 2000, 0, diagnoses=(diagnosis("mds", "mds-del5q"), diagnosis("mcl")))
    assert [Action.REQUEST_DATA] == [
        a for a in actions(of, 0, draft(TEN_DAILY)) if a in (Action.START, Action.REQUEST_DATA)
    ]


def test_eu_rows_that_are_not_there_are_said_and_give_no_dose() -> None:
    found = assess(patient("mzl", 150000, 2000, 0), day(0), draft(TWENTY), jurisdiction="EU").recommendations
    assert ("EU-IND-OTHER",) == said(found, Action.REVIEW).rules
    assert [] == [r for r in found if r.dose is not None]


@pytest.mark.parametrize("disease", ["mcl", "fl", "myeloma"])
def test_an_eu_start_needs_the_hepatitis_b_status_in_every_indication(disease: str) -> None:
    of = patient(disease, 150000, 2000, 0, DEXAMETHASONE)
    found = assess(of, day(0), draft(TWENTY), jurisdiction="EU").recommendations
    assert ("EU-MON-HBV",) == said(found, Action.REQUEST_DATA).rules
    assert [] == [r for r in found if r.dose is not None]


@pytest.mark.parametrize(("platelets", "neutrophils"), [(24999, 2000), (150000, 499)])
def test_eu_myeloma_holds_where_first_treatment_and_relapse_agree(platelets: int, neutrophils: int) -> None:
    of = patient("myeloma", platelets, neutrophils, 14, DEXAMETHASONE, dose=TWENTY_FIVE)
    hold = said(assess(of, day(14), jurisdiction="EU").recommendations, Action.HOLD)
    assert ("myeloma-combination", None) == (hold.indication, hold.resume)
    assert "EU-NDMM-LEVELS" in hold.rules


@pytest.mark.parametrize("disease", ["mcl", "fl"])
@pytest.mark.parametrize("orders", [(), (draft(TEN_OF_CYCLE),)])
def test_eu_lymphoma_under_treatment_above_todays_renal_row_is_reduced_once(
    disease: str, orders: tuple[MedicationRecord, ...]
) -> None:
    weak = patient(disease, 150000, 2000, 14, RITUXIMAB, dose=TEN_OF_CYCLE)
    readings = {**weak.readings, "creatinine": (reading("creatinine", "2.2", day(14)),)}
    found = assess(replace(weak, readings=readings), day(14), *orders, jurisdiction="EU").recommendations
    reviews = [r for r in found if r.action is Action.REDUCE]
    assert [(f"EU-REN-{disease.upper()}",)] == [r.rules for r in reviews]
    assert "creatinineClearance" in [i.fact for i in reviews[0].inputs]


@pytest.mark.parametrize("disease", ["mcl", "fl"])
def test_eu_lymphoma_under_treatment_within_its_renal_row_is_not_reviewed(disease: str) -> None:
    well = patient(disease, 150000, 2000, 14, RITUXIMAB, dose=TEN_OF_CYCLE)
    assert Action.REVIEW not in actions(well, 14, jurisdiction="EU")


# ------------------------------------------------------------------ no rows for the indication
@pytest.mark.parametrize("disease", ["myeloma", "mzl", "poems"])
@pytest.mark.parametrize(("platelets", "neutrophils"), [(24999, 2000), (150000, 499), (5000, 100)])
@pytest.mark.parametrize("dose", [TEN_DAILY, TWENTY_FIVE])
def test_without_rows_counts_at_which_every_eu_table_interrupts_hold(
    disease: str, platelets: int, neutrophils: int, dose: Dose
) -> None:
    found = assess(patient(disease, platelets, neutrophils, 14, dose=dose), day(14), jurisdiction="EU").recommendations
    hold = said(found, Action.HOLD)
    assert ("hold-every-table", Urgency.CRITICAL, None, None) == (hold.message, hold.urgency, hold.dose, hold.resume)
    assert {"EU-NDMM-LEVELS", "EU-MCL", "EU-FL"} <= set(hold.rules)
    assert ("EU-IND-OTHER",) in [r.rules for r in found]


@pytest.mark.parametrize(("platelets", "neutrophils"), [(25000, 2000), (150000, 500)])
def test_without_rows_counts_at_which_one_eu_table_goes_on_do_not_hold(platelets: int, neutrophils: int) -> None:
    assert Action.HOLD not in actions(patient("mzl", platelets, neutrophils, 14, dose=TEN_DAILY), 14, jurisdiction="EU")


def test_a_refill_without_rows_is_taken_back_at_such_counts() -> None:
    of = patient("myeloma", 5000, 2000, 14, dose=TEN_DAILY, diagnoses=(REMISSION,))
    hold = said(assess(of, day(14), draft(TEN_DAILY), jurisdiction="EU").recommendations, Action.HOLD)
    assert (Urgency.CRITICAL, True) == (hold.urgency, hold.proposals[0].is_recommended)


def test_off_label_in_the_us_counts_at_which_every_table_interrupts_hold() -> None:
    assert Action.HOLD in actions(patient("poems", 5000, 100, 40, dose=TEN_DAILY), 40)


def test_on_hold_without_rows_such_counts_keep_on_hold() -> None:
    found = held_in_the_eu("mzl", 10, platelets=5000)
    assert "remain-on-hold-every-table" == said(found, Action.REMAIN_ON_HOLD).message


def test_eu_myeloma_asks_where_only_the_relapse_table_interrupts() -> None:
    of = patient("myeloma", 29999, 2000, 14, DEXAMETHASONE, dose=TWENTY_FIVE)
    found = assess(of, day(14), jurisdiction="EU").recommendations
    assert "EU-RRMM-PLT" in said(found, Action.REQUEST_DATA).rules
    assert Action.HOLD not in [r.action for r in found]


def test_an_eu_myeloma_start_has_the_dose_that_both_lines_begin_with() -> None:
    of = patient("myeloma", 150000, 2000, 0, DEXAMETHASONE, findings=NEGATIVE_B)
    start = said(assess(of, day(0), draft(Dose(Decimal(25))), jurisdiction="EU").recommendations, Action.START)
    assert ("EU-NDMM-LEVELS", TWENTY_FIVE) == (start.rules[0], start.dose)


@pytest.mark.parametrize(
    ("dose", "allowed"),
    [
        (TWENTY_FIVE, False),
        (TEN_OF_CYCLE, False),
        (Dose(Decimal("7.5"), 1, None, 21, 28), True),
        (FIFTEEN_ALTERNATE, True),
    ],
)
def test_an_eu_myeloma_order_below_30_ml_per_minute_goes_by_either_dose_of_the_row(dose: Dose, allowed: bool) -> None:
    of = patient("myeloma", 150000, 2000, 20, DEXAMETHASONE, dose=FIFTEEN_ALTERNATE)
    of = replace(of, readings={**of.readings, "creatinine": (reading("creatinine", "2.5", day(20)),)})
    found = assess(of, day(20), draft(dose), jurisdiction="EU").recommendations
    assert allowed == (not [r for r in found if r.action in (Action.REDUCE, Action.REVIEW)])


def test_an_eu_myeloma_order_beside_an_unknown_dose_is_asked_about() -> None:
    of = patient("myeloma", 150000, 2000, 20, DEXAMETHASONE, order(None))
    found = assess(of, day(20), draft(TWENTY_FIVE), jurisdiction="EU").recommendations
    assert Action.REQUEST_DATA in [r.action for r in found]


def test_an_eu_myeloma_order_gets_no_dose_where_one_of_the_tables_interrupts() -> None:
    of = patient("myeloma", 29999, 2000, 20, DEXAMETHASONE, dose=TEN_OF_CYCLE)
    found = assess(of, day(20), draft(Dose(Decimal(25))), jurisdiction="EU").recommendations
    assert "EU-RRMM-PLT" in said(found, Action.REQUEST_DATA).rules
    assert [] == [r for r in found if r.dose is not None]
