"""Does the product start EU treatment outside MDS as the independent oracle reads the SmPC, on both sides of every number?"""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Event, PatientFacts
from cds_service.clinical.recommendation import Action, Recommendation
from tests.spec.grid_points import forty_years_old, on_dialysis, with_clearance
from tests.spec.oracle_eu_start import DoseOf, begins, doses, needs_test, numbers, start
from tests.support.examples import examples
from tests.support.facts import START, assess, day, draft, facts, order, reading
from tests.support.other_indications import DEXAMETHASONE, NEGATIVE_B, RITUXIMAB, TRANSPLANT, diagnosis, drug

DISEASES = {"MM": ("myeloma", DEXAMETHASONE), "MCL": ("mcl", RITUXIMAB), "FL": ("fl", RITUXIMAB)}
AROUND = Fraction(1, 100)
CUT_OFFS = (Fraction(30), Fraction(50), Fraction(60))
CLEARANCES = (Fraction(10), *(c + d for c in CUT_OFFS for d in (-AROUND, 0, AROUND)), Fraction(58), Fraction(90))
ORDERED: tuple[DoseOf, ...] = (
    *((Fraction(mg), 1) for mg in ("2.5", "5", "7.5", "10", "15", "20", "25")), (Fraction(15), 2), (Fraction(25), 2),
)  # fmt: skip


def _patient(disease: str, beside: tuple[MedicationRecord, ...], *, anc: int = 2000, platelets: int = 150_000,
             events: tuple[Event, ...] = ()) -> PatientFacts:  # fmt: skip
    counts = (reading("platelets", platelets, START), reading("anc", anc, START))
    more = {"diagnoses": (diagnosis(disease),), "events": events, "findings": NEGATIVE_B}
    return facts(*counts, orders=beside, **{**forty_years_old(START), **more})


def _ordered(dose: DoseOf) -> Dose:
    mg, days = dose
    return (
        Dose(Decimal(str(float(mg))), every_days=days) if days > 1 else Dose(Decimal(str(float(mg))), 1, None, 21, 28)
    )


def _about_the_dose(found: tuple[Recommendation, ...]) -> tuple[str, Fraction | None]:
    said = [r for r in found if r.action in (Action.START, Action.REVIEW)]
    if not said:
        return "silent", None
    (one,) = said
    return str(one.action), None if one.dose is None else Fraction(one.dose.mg)


@pytest.mark.parametrize("dialysis", [False, True], ids=["", "dialysis"])
@pytest.mark.parametrize("clearance", CLEARANCES, ids=lambda c: str(float(c)))
@pytest.mark.parametrize("disease", DISEASES)
def test_every_order_at_a_start_is_judged_by_the_row_of_the_clearance(
    disease: str, clearance: Fraction, dialysis: bool
) -> None:
    concept, beside = DISEASES[disease]
    patient = with_clearance(_patient(concept, (beside,)), clearance, START)
    patient = on_dialysis(patient) if dialysis else patient
    for ordered in ORDERED:
        found = assess(patient, START, draft(_ordered(ordered)), jurisdiction="EU").recommendations
        assert (ordered, start(disease, clearance, ordered, dialysis=dialysis)) == (ordered, _about_the_dose(found))


CHARTS: dict[str, tuple[tuple[MedicationRecord, ...], tuple[Event, ...], set[str]]] = {
    "Rd": ((DEXAMETHASONE,), (), {"with dexamethasone", "after at least one therapy"}),
    "RVd": ((DEXAMETHASONE, drug("bortezomib", "proteasome-inhibitor")), (), {"with bortezomib and dexamethasone"}),
    "MPR": ((drug("melphalan", "alkylating-agent"), drug("prednisone")), (), {"with melphalan and prednisone"}),
    "maintenance": ((), (TRANSPLANT,), {"maintenance after transplantation"}),
    "unknown": ((), (), set(numbers()["must_not_start"])),
}
LIMITS = {
    line: sorted(
        {
            Fraction(str(row[name])) * 1000
            for row in numbers()["must_not_start"].values()
            for name in names
            if name in row
        }
    )
    for line, names in (("anc", ("anc",)), ("platelets", ("platelets", "infiltrated")))
}


@pytest.mark.parametrize("chart", CHARTS)
def test_counts_let_a_myeloma_treatment_begin_as_the_regimen_says(chart: str) -> None:
    beside, events, regimens = CHARTS[chart]
    each = {line: [*(int(x) + d for x in LIMITS[line] for d in (-1, 0, 1)), 150_000] for line in LIMITS}
    for anc, platelets in itertools.product(each["anc"], each["platelets"]):
        patient = with_clearance(
            _patient("myeloma", beside, anc=anc, platelets=platelets, events=events), Fraction(90), START
        )
        found = assess(patient, START, draft(_ordered((Fraction(10), 1))), jurisdiction="EU").recommendations
        said = {str(r.action) for r in found if r.message in ("must-not-start", "start-regimen-decides")}
        decided = "do-not-start" if "do-not-start" in said else next(iter(said), "start")
        assert (anc, platelets, begins(regimens, anc, platelets)) == (anc, platelets, decided)


STERILISED = Event(frozenset({"tubal-ligation"}), "Tubal ligation", day(-900), "Procedure/tubal")


@pytest.mark.parametrize("is_sterilised", [False, True])
@pytest.mark.parametrize("at_start", [False, True])
def test_who_needs_a_pregnancy_test_now(at_start: bool, is_sterilised: bool) -> None:
    today = START if at_start else START + timedelta(days=60)
    counts = (reading("platelets", 150_000, today), reading("anc", 2000, today))
    dose = Dose(Decimal(10), 1, None, 21, 28)
    born = {"born_from": day(-30 * 366), "born_to": day(-30 * 366), "with_uterus": True}
    orders = () if at_start else (order(dose),)
    of = facts(*counts, orders=orders, **born)
    of = replace(of, events=(*of.events, *((STERILISED,) if is_sterilised else ())))
    found = assess(of, today, *((draft(dose),) if at_start else ()), jurisdiction="EU").recommendations
    asks = any("EU-PREG-TEST" in r.rules for r in found)
    assert needs_test(at_start=at_start, is_sterilised=is_sterilised) == asks


@pytest.mark.parametrize(
    "identifier", [k for k in examples("eu_other_indications.yaml") if k.startswith(("XO-EFL", "XO-EMC"))]
)
def test_the_oracle_reads_the_worked_examples_as_they_say(identifier: str) -> None:
    example = examples("eu_other_indications.yaml")[identifier]
    person, asked, target = example["patient"], example["order"], example["expected"]["target"]
    creatinine = Fraction(str(person["creatinine"]["value"]))
    creatinine /= Fraction("88.4") if person["creatinine"]["unit"] == "umol/L" else 1
    days = 2 if "every other day" in asked["requested_schedule"] else 1
    dialysis = person["dialysis"]
    disease = example["indication"]["disease"]
    action, mg = start(disease, 60 / creatinine, (Fraction(asked["requested_dose_mg"]), days), dialysis=dialysis)
    expected = example["expected"]["action"] if example["expected"]["indicator"] == "warning" else "silent"
    assert (expected, target["dose_mg"] if target and expected != "silent" else None) == (action, mg)
    assert doses(disease, 60 / creatinine, dialysis=dialysis)
