"""Rows that once said more than the label: each test is named after its difference from the SmPC, with both sides of the number."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Event
from cds_service.clinical.recommendation import Action, Recommendation
from tests.support.facts import assess, day, draft, reading
from tests.support.other_indications import (
    DEXAMETHASONE,
    NEGATIVE_B,
    RITUXIMAB,
    TRANSPLANT,
    TWENTY,
    TWENTY_FIVE,
    drug,
    patient,
    said,
)


def cycle(mg: str) -> Dose:
    """A dose once daily on days 1-21 of 28."""
    return Dose(Decimal(mg), on_days=21, cycle_days=28)


# A woman of 72 years and 62 kg has a clearance of 49.77 mL/min divided by her creatinine in mg/dL.
def with_creatinine(
    disease: str, creatinine: str, on: int, *others: MedicationRecord, ordered: Dose | None, **more: object
) -> tuple[Recommendation, ...]:
    """What is said in the EU with a creatinine in mg/dL; without an order on patient-view."""
    of = patient(disease, 150000, 2000, on, *others, findings=NEGATIVE_B, **more)
    of = replace(of, readings={**of.readings, "creatinine": (reading("creatinine", creatinine, day(on)),)})
    orders = (draft(ordered),) if ordered is not None else ()
    return assess(of, day(on), *orders, jurisdiction="EU").recommendations


@pytest.mark.parametrize(
    ("creatinine", "mg"),
    [("0.82", None), ("0.83", "10"), ("0.858", "10"), ("0.99", "10"), ("1.65", "10"), ("1.66", "5"), ("4", "5")],
)
def test_d1_eu_follicular_lymphoma_below_60_starts_at_10_mg(creatinine: str, mg: str | None) -> None:
    """60.7 mL/min: 20 mg; 59.97, 58 and 50.3: 10 mg; 30.2: 10 mg; 29.98: 5 mg."""
    found = with_creatinine("fl", creatinine, 0, RITUXIMAB, ordered=TWENTY)
    starts = [r for r in found if r.action is Action.START]
    assert ([] if mg is None else [(cycle(mg), "EU-REN-FL")]) == [(r.dose, r.rules[0]) for r in starts]


@pytest.mark.parametrize(("on", "is_allowed"), [(55, False), (56, True)])
def test_d1_eu_follicular_lymphoma_below_60_may_take_15_mg_after_2_cycles(on: int, is_allowed: bool) -> None:
    found = with_creatinine("fl", "0.858", on, RITUXIMAB, ordered=cycle("15"), dose=cycle("10"))
    assert is_allowed == (Action.REDUCE not in [r.action for r in found])


@pytest.mark.parametrize(("creatinine", "mg"), [("0.995", None), ("0.996", "10"), ("1.65", "10"), ("1.66", None)])
def test_the_eu_reduces_mantle_cell_lymphoma_below_50_and_not_below_60(creatinine: str, mg: str | None) -> None:
    """50.02 mL/min: 25 mg; 49.97 and 30.2: 10 mg; 29.98: two doses, which the clinician chooses from."""
    found = with_creatinine("mcl", creatinine, 0, ordered=TWENTY_FIVE)
    starts = [r for r in found if r.action is Action.START]
    assert ([] if mg is None else [(cycle(mg), "EU-REN-MCL")]) == [(r.dose, r.rules[0]) for r in starts]
    reviews = [r.note for r in found if r.action is Action.REVIEW]
    both = "7.5 mg once daily on days 1-21 of 28 or 15 mg every other day, clinician chooses."
    assert ([both] if creatinine == "1.66" else []) == reviews


@pytest.mark.parametrize("ordered", [cycle("7.5"), Dose(Decimal(15), every_days=2)])
@pytest.mark.parametrize(("disease", "beside"), [("mcl", RITUXIMAB), ("myeloma", DEXAMETHASONE)])
def test_d2_eu_below_30_starts_at_either_dose_of_the_row(disease: str, beside: MedicationRecord, ordered: Dose) -> None:
    found = with_creatinine(disease, "1.66", 0, beside, ordered=ordered)
    assert [] == [r for r in found if r.action in (Action.START, Action.REVIEW, Action.REDUCE, Action.INFORM)]


@pytest.mark.parametrize("mg", ["7.6", "10", "25"])
def test_d2_eu_myeloma_below_30_has_no_10_mg_at_a_start(mg: str) -> None:
    review = said(with_creatinine("myeloma", "1.66", 0, DEXAMETHASONE, ordered=cycle(mg)), Action.REVIEW)
    assert (("EU-REN-MM",), None) == (review.rules, review.dose)


@pytest.mark.parametrize("on", [20, 56, 100])
@pytest.mark.parametrize("taken", [cycle("7.5"), Dose(Decimal(15), every_days=2)])
def test_d2_eu_myeloma_below_30_has_no_10_mg_later_either(on: int, taken: Dose) -> None:
    found = with_creatinine("myeloma", "1.66", on, DEXAMETHASONE, ordered=cycle("10"), dose=taken)
    assert cycle("7.5") == said(found, Action.REDUCE).dose


def test_d2_eu_myeloma_below_30_treatment_at_10_mg_is_said() -> None:
    found = with_creatinine("myeloma", "1.66", 100, DEXAMETHASONE, ordered=None, dose=cycle("10"))
    assert (("EU-REN-ONTX", "EU-REN-MM"), cycle("7.5")) == (
        said(found, Action.REDUCE).rules,
        said(found, Action.REDUCE).dose,
    )
    at_30 = with_creatinine("myeloma", "1.65", 100, DEXAMETHASONE, ordered=None, dose=cycle("10"))
    assert Action.REDUCE not in [r.action for r in at_30]


MPR = (drug("melphalan", "alkylating-agent"), drug("prednisone", "corticosteroid"))
BORTEZOMIB = drug("bortezomib", "proteasome-inhibitor")


@pytest.mark.parametrize(
    ("beside", "events", "none_may", "each_may"),
    [
        ((DEXAMETHASONE,), (), (1000, 30000), (1000, 75000)),
        ((DEXAMETHASONE, BORTEZOMIB), (), (1000, 50000), (1000, 50000)),
        (MPR, (), (1500, 75000), (1500, 75000)),
        ((), (TRANSPLANT,), (1000, 75000), (1000, 75000)),
        ((), (), (1000, 30000), (1500, 75000)),
        (MPR[:1], (), (1000, 30000), (1500, 75000)),
        ((BORTEZOMIB,), (), (1000, 30000), (1500, 75000)),
        (MPR, (TRANSPLANT,), (1000, 75000), (1500, 75000)),
        ((DEXAMETHASONE, MPR[0]), (), (1000, 30000), (1500, 75000)),
    ],
    ids=[
        "Rd or relapse",
        "RVd",
        "MPR",
        "maintenance",
        "unknown",
        "melphalan",
        "bortezomib",
        "MPR or maintenance",
        "Md",
    ],
)
def test_d5_eu_myeloma_counts_for_a_start_go_by_the_regimen(
    beside: tuple[MedicationRecord, ...],
    events: tuple[Event, ...],
    none_may: tuple[int, int],
    each_may: tuple[int, int],
) -> None:
    """Neutrophils and platelets at and just below: under the first no regimen may begin, under the second one may not."""
    for line in (0, 1):
        for limit in {none_may[line], each_may[line]}:
            for count in (limit - 1, limit):
                counts = (150_000, count) if line == 0 else (count, 2000)
                of = patient("myeloma", *counts, 0, *beside, events=events, findings=NEGATIVE_B)
                found = assess(of, day(0), draft(TWENTY), jurisdiction="EU").recommendations
                stopped = any(r.action is Action.DO_NOT_START for r in found)
                asked = any(r.message == "start-regimen-decides" for r in found)
                assert (count < none_may[line], none_may[line] <= count < each_may[line]) == (stopped, asked)


def test_d5_eu_myeloma_counts_of_more_than_a_week_ago_are_asked_for_before_a_start() -> None:
    """Where the regimen is not told too: an old count says nothing of a start."""
    of = patient("myeloma", 150_000, 900, 0, findings=NEGATIVE_B)
    found = assess(of, day(8), draft(TWENTY), jurisdiction="EU").recommendations
    request = next(r for r in found if r.action is Action.REQUEST_DATA)
    assert {"regimen", "platelets", "anc"} == {m.fact for m in request.missing}
    assert Action.DO_NOT_START not in [r.action for r in found]
    assert Action.DO_NOT_START in [
        r.action for r in assess(of, day(7), draft(TWENTY), jurisdiction="EU").recommendations
    ]
