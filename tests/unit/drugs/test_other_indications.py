"""Myeloma, lymphoma and off-label uses: which regimen it is, what may start, what is asked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Diagnosis
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
    assert any("early deaths" in quote.text for quote in start.beside if quote.is_said)


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


@pytest.mark.parametrize("disease", ["myeloma", "mcl", "fl"])
def test_an_eu_start_offers_the_hepatitis_b_tests_in_every_indication(disease: str) -> None:
    others = (DEXAMETHASONE,) if disease == "myeloma" else (RITUXIMAB,)
    found = assess(patient(disease, 150000, 2000, 0, *others), day(0), draft(TWENTY), jurisdiction="EU").recommendations
    (offer,) = [r for r in found if "EU-MON-HBV" in r.rules]
    assert (Action.ORDER_LAB, Urgency.INFO) == (offer.action, offer.urgency)
    assert ["hbsag", "hbcab"] == [a.test for a in offer.proposals[0].actions]  # type: ignore[union-attr]


CLL_BESIDE = [("mds-del5q", "mds"), ("myeloma",), ("mcl",), ("fl",)]


@pytest.mark.parametrize("jurisdiction", ["US", "EU"])
@pytest.mark.parametrize("concepts", CLL_BESIDE)
def test_cll_beside_a_labelled_indication_is_reviewed_at_a_start(concepts: tuple[str, ...], jurisdiction: str) -> None:
    of = patient("", 150000, 2000, 0, diagnoses=(diagnosis(*concepts), diagnosis("cll")))
    found = assess(of, day(0), draft(TEN_DAILY), jurisdiction=jurisdiction).recommendations
    assert "leukaemia-beside" == said(found, Action.REVIEW).message
    assert Action.DO_NOT_START not in [r.action for r in found]
    assert [] == [r for r in found if r.dose is not None]


@pytest.mark.parametrize("jurisdiction", ["US", "EU"])
def test_cll_as_the_only_indication_does_not_let_it_start(jurisdiction: str) -> None:
    found = assess(patient("cll", 150000, 2000, 0), day(0), draft(TEN_DAILY), jurisdiction=jurisdiction).recommendations
    stop = said(found, Action.DO_NOT_START)
    assert (Urgency.CRITICAL, "leukaemia") == (stop.urgency, stop.message)


def test_cll_beside_myeloma_takes_no_row_of_myeloma_away() -> None:
    of = patient(
        "", 29999, 2000, 14, DEXAMETHASONE, dose=TWENTY_FIVE, diagnoses=(diagnosis("myeloma"), diagnosis("cll"))
    )
    assert ("US-MM-PLT",) == said(assess(of, day(14)).recommendations, Action.HOLD).rules


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
    assert [("EU-REN-ONTX", f"EU-REN-{disease.upper()}")] == [r.rules for r in reviews]
    assert "creatinineClearance" in [i.fact for i in reviews[0].inputs]


@pytest.mark.parametrize("disease", ["mcl", "fl"])
def test_eu_lymphoma_under_treatment_within_its_renal_row_is_not_reviewed(disease: str) -> None:
    well = patient(disease, 150000, 2000, 14, RITUXIMAB, dose=TEN_OF_CYCLE)
    assert Action.REVIEW not in actions(well, 14, jurisdiction="EU")


# ------------------------------------------------------------------ no rows for the indication
@pytest.mark.parametrize("disease", ["mzl", "poems"])
@pytest.mark.parametrize(("platelets", "neutrophils"), [(24999, 2000), (150000, 499), (5000, 100)])
@pytest.mark.parametrize("dose", [TEN_DAILY, TWENTY_FIVE])
def test_without_rows_counts_at_which_every_eu_table_interrupts_hold(
    disease: str, platelets: int, neutrophils: int, dose: Dose
) -> None:
    found = assess(patient(disease, platelets, neutrophils, 14, dose=dose), day(14), jurisdiction="EU").recommendations
    hold = said(found, Action.HOLD)
    assert ("hold-every-table", Urgency.CRITICAL, None, None) == (hold.message, hold.urgency, hold.dose, hold.resume)
    expected = {"EU-NO-TABLE-PLT"} if platelets < 25000 else set()
    assert expected | ({"EU-NO-TABLE-ANC"} if neutrophils < 500 else set()) == set(hold.rules)
    assert ("EU-IND-OTHER",) in [r.rules for r in found]


@pytest.mark.parametrize(("platelets", "neutrophils"), [(25000, 2000), (150000, 500)])
def test_without_rows_counts_at_which_one_eu_table_goes_on_do_not_hold(platelets: int, neutrophils: int) -> None:
    assert Action.HOLD not in actions(patient("mzl", platelets, neutrophils, 14, dose=TEN_DAILY), 14, jurisdiction="EU")


NO_TABLE = [(diagnosis("cll"),), (), (diagnosis("poems"),)]


@pytest.mark.parametrize("diagnoses", NO_TABLE)
@pytest.mark.parametrize(
    ("jurisdiction", "platelets", "neutrophils", "expected"),
    [
        ("US", 29999, 2000, Action.HOLD),
        ("US", 30000, 2000, Action.REQUEST_DATA),
        ("US", 49999, 2000, Action.REQUEST_DATA),
        ("US", 50000, 2000, None),
        ("US", 150000, 499, Action.REQUEST_DATA),
        ("US", 150000, 999, Action.REQUEST_DATA),
        ("US", 150000, 1000, None),
        ("EU", 24999, 2000, Action.HOLD),
        ("EU", 25000, 2000, Action.REQUEST_DATA),
        ("EU", 150000, 499, Action.HOLD),
        ("EU", 150000, 500, None),
        ("EU", 150000, 2000, None),
        ("", 24999, 2000, Action.HOLD),
        ("", 25000, 2000, None),
    ],
)
def test_without_a_table_for_the_use_counts_hold_where_all_tables_do_and_are_asked_about_where_some_do(
    diagnoses: tuple[Diagnosis, ...],
    jurisdiction: str,
    platelets: int,
    neutrophils: int,
    expected: Action | None,
) -> None:
    of = patient("", platelets, neutrophils, 40, dose=TEN_DAILY, diagnoses=diagnoses)
    found = assess(of, day(40), jurisdiction=jurisdiction).recommendations
    critical = [r for r in found if r.urgency is Urgency.CRITICAL]
    assert ([expected] if expected else []) == [r.action for r in critical]
    assert [] == [r for r in critical if r.dose or r.resume]
    assert all(r.words["which"] for r in critical if r.message == "hold-some-tables")


@pytest.mark.parametrize("diagnoses", NO_TABLE)
@pytest.mark.parametrize(("first", "expected"), [(34, Action.REQUEST_DATA), (33, Action.HOLD)])
def test_without_a_table_low_neutrophils_of_seven_days_hold_in_the_us(
    diagnoses: tuple[Diagnosis, ...], first: int, expected: Action
) -> None:
    low = reading("anc", 499, day(first))
    of = patient("", 150000, 499, 40, dose=TEN_DAILY, diagnoses=diagnoses, before=(low,))
    assert expected in [r.action for r in assess(of, day(40)).recommendations if r.urgency is Urgency.CRITICAL]


@pytest.mark.parametrize("diagnoses", NO_TABLE)
def test_without_a_table_two_counts_of_one_time_of_which_one_would_hold_are_clarified(
    diagnoses: tuple[Diagnosis, ...],
) -> None:
    other = reading("platelets", 370000, day(40))
    of = patient("", 12000, 2000, 40, dose=TEN_DAILY, diagnoses=diagnoses, before=(other,))
    (question,) = [r for r in assess(of, day(40)).recommendations if r.urgency is Urgency.CRITICAL]
    assert ("conflict-critical", Action.REQUEST_DATA) == (question.message, question.action)


MYELOMA_IN_THE_EU = {
    "platelets": ("EU-NDMM-LEVELS", "EU-RRMM-PLT", "EU-MMM", "EU-RVD", "EU-MPR"),
    "anc": ("EU-NDMM-LEVELS", "EU-RRMM-ANC", "EU-MMM", "EU-RVD", "EU-MPR"),
}


@pytest.mark.parametrize(
    ("line", "platelets", "neutrophils"), [("platelets", 24999, 2000), ("anc", 150000, 499), ("anc", 150000, 100)]
)
@pytest.mark.parametrize("dose", [TEN_DAILY, TWENTY_FIVE])
def test_eu_myeloma_without_a_regimen_holds_where_every_regimen_does(
    line: str, platelets: int, neutrophils: int, dose: Dose
) -> None:
    of = patient("myeloma", platelets, neutrophils, 14, dose=dose)
    hold = said(assess(of, day(14), jurisdiction="EU").recommendations, Action.HOLD)
    assert ("hold-either", Urgency.CRITICAL, None, None) == (hold.message, hold.urgency, hold.dose, hold.resume)
    assert set(MYELOMA_IN_THE_EU[line]) <= set(hold.rules)


@pytest.mark.parametrize(("platelets", "asks"), [(29999, True), (30000, False)])
def test_eu_myeloma_without_a_regimen_asks_where_only_some_regimens_hold(platelets: int, asks: bool) -> None:
    of = patient("myeloma", platelets, 2000, 14, dose=TEN_DAILY)
    found = assess(of, day(14), jurisdiction="EU").recommendations
    assert Action.HOLD not in [r.action for r in found]
    assert asks == any("regimen" in {m.fact for m in r.missing} for r in found if r.action is Action.REQUEST_DATA)


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
