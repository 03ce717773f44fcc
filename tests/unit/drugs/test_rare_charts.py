"""Charts that seldom come: ranges, preliminary results, partial dates, what cannot be seen. Which decisions do they lead to?

The snapshots hold everything else that is decided about them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from cds_service.clinical.cytogenetics import Karyotype
from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Diagnosis, Finding, PatientFacts, Reading, Unusable
from cds_service.clinical.quantity import Interval
from cds_service.clinical.recommendation import Assessment
from cds_service.drugs.lenalidomide import DRUG
from tests.support.facts import FIVE, TEN, assess, day, draft, facts, order, reading

RANGE = Interval(Fraction(20_000), Fraction(80_000))
ANC_RANGE = Interval(Fraction(400), Fraction(2_000))
HELD = order(TEN, "on-hold", day(0), day(14))
BASE = (reading("platelets", 180_000, day(0)), reading("anc", 2_400, day(0)))
FELL = (*BASE, reading("platelets", 40_000, day(14)), reading("anc", 2_000, day(14)))
EARLIER_PRELIMINARY = {"is_preliminary": True}


def chart(*readings: Reading, orders: tuple[MedicationRecord, ...] = (order(TEN),), **more: Any) -> PatientFacts:
    """A patient on treatment."""
    return facts(*readings, orders=orders, **more)


def counts(platelets: int | Interval, anc: int | Interval, on: int, **more: Any) -> tuple[Reading, Reading]:
    """Both counts of a day."""
    return reading("platelets", platelets, day(on), **more), reading("anc", anc, day(on), **more)


def no_use(fact: str, on: int) -> dict[str, tuple[Unusable, ...]]:
    """A result that cannot be used."""
    return {fact: (Unusable(fact, "unit not known", "GEN-UNIT", "Observation/u", day(on), "39", "degrees"),)}


def condition(*concepts: str, text: str = "") -> Diagnosis:
    """An active condition of day 10."""
    return Diagnosis(frozenset(concepts), text or concepts[0], True, f"Condition/{concepts[0]}", day(10), day(10))


MDS = Diagnosis(frozenset({"mds", "mds-del5q"}), "MDS", True, "Condition/mds")
YOUNG = {"born_from": date(1990, 6, 1), "born_to": date(1990, 6, 1), "with_uterus": True}
FEVER = reading("temperature", "38.4", day(20))
PARTIAL = {"born_from": date(1940, 1, 1), "born_to": date(1950, 12, 31)}
SLOW = (reading("creatinine", "0.95", day(0)), reading("weight", 62, day(0)))

CASES: dict[str, tuple[PatientFacts, int, tuple[MedicationRecord, ...]]] = {
    "recovered with a later preliminary fall": (
        chart(*FELL, *counts(90_000, 2_000, 21), *counts(40_000, 400, 22, **EARLIER_PRELIMINARY), orders=(HELD,)), 22, (),
    ),
    "recovery reported as a range": (chart(*FELL, *counts(RANGE, 2_000, 21), orders=(HELD,)), 21, ()),
    "the other line fell as a range": (chart(*FELL, *counts(90_000, ANC_RANGE, 21), orders=(HELD,)), 21, ()),
    "the other line fell": (chart(*FELL, *counts(90_000, 300, 21), orders=(HELD,)), 21, ()),
    "a hold that no count explains": (chart(*BASE, *counts(150_000, 2_000, 21), orders=(HELD,)), 21, ()),
    "a hold that no count explains, low now": (chart(*BASE, *counts(20_000, 300, 21), orders=(HELD,)), 21, ()),
    "a hold of unknown day": (
        chart(*FELL, *counts(90_000, 2_000, 21), orders=(order(TEN, "on-hold", day(0)),)), 21, (),
    ),
    "held on neutrophils with fever then": (
        chart(*BASE, *counts(150_000, 900, 14), reading("temperature", "38.6", day(13)), *counts(150_000, 1_200, 21),
              orders=(HELD,)), 21, (),
    ),
    "low neutrophils, temperature not to be seen": (
        chart(*BASE, *counts(150_000, 900, 20), unseen={"temperature": "the server did not answer"}), 20, (),
    ),
    "low neutrophils, temperature refused": (
        chart(*BASE, *counts(150_000, 900, 20), unusable=no_use("temperature", 20)), 20, (),
    ),
    "low neutrophils, no temperature": (chart(*BASE, *counts(150_000, 900, 20)), 20, ()),
    "low neutrophils and fever": (chart(*BASE, *counts(150_000, 900, 20), FEVER), 20, ()),
    "late, low neutrophils and fever two days ago": (
        chart(*BASE, *counts(150_000, 900, 60), reading("temperature", "38.5", day(58)),
              orders=(order(FIVE),)), 60, (),
    ),
    "preliminary counts on treatment": (chart(*BASE, *counts(20_000, 400, 20, **EARLIER_PRELIMINARY)), 20, ()),
    "estimated platelets": (chart(*BASE, reading("platelets", 20_000, day(20), is_estimate=True)), 20, ()),
    "a range on both sides of the trigger": (chart(*BASE, *counts(RANGE, ANC_RANGE, 20)), 20, ()),
    "no first-dose day, both lines low": (
        chart(*counts(20_000, 400, 20), orders=(order(TEN, since=None),)), 20, (),
    ),
    "no first-dose day, lines of two days": (
        chart(reading("platelets", 20_000, day(19)), reading("anc", 400, day(20)), orders=(order(TEN, since=None),)),
        20, (),
    ),
    "two first-dose days": (
        chart(*BASE, *counts(45_000, 2_000, 30),
              orders=(order(TEN, "completed", day(-40), day(-20)), order(TEN))), 30, (),
    ),
    "start with a partial birth date": (chart(*BASE, *SLOW, orders=(), **PARTIAL), 0, (draft(),)),
    "start with a later preliminary count": (
        chart(*BASE, reading("anc", 400, day(1), **EARLIER_PRELIMINARY), orders=()), 1, (draft(),),
    ),
    "start with creatinine as a range": (
        chart(*BASE, reading("creatinine", Interval(Fraction(1, 2), Fraction(3)), day(0)), orders=()), 0, (draft(),),
    ),
    "start with kidney failure on file": (
        chart(*BASE, orders=(), diagnoses=(MDS, condition("esrd"))), 0, (draft(),),
    ),
    "start without transfusions to be seen": (
        chart(*BASE, orders=(), events=(), unseen={"transfusions": "the server did not answer"}), 0, (draft(),),
    ),
    "start of an order without a dose": (chart(*BASE, orders=()), 0, (draft(None, problem="no strength"),)),
    "an order of unknown dose on treatment": (chart(*BASE, *counts(150_000, 2_000, 20)), 20, (draft(None),)),
    "an order above the dose in force": (
        chart(*BASE, *counts(150_000, 2_000, 40),
              orders=(order(TEN, "stopped", day(0), day(20)), order(FIVE, "active", day(25)))), 40, (draft(),),
    ),
    "a higher order while the dose is unknown": (
        chart(*BASE, *counts(150_000, 2_000, 40), orders=(order(None),)), 40, (draft(Dose(TEN.mg * 2)),),
    ),
    "two orders of one call": (
        chart(*BASE, orders=()), 0, (draft(), draft(FIVE, "MedicationRequest/draft-2")),
    ),
    "unknown dose and low counts": (chart(*BASE, *counts(20_000, 300, 40), orders=(order(None),)), 40, ()),
    "pregnant by a condition": (
        chart(*BASE, *counts(150_000, 2_000, 20), diagnoses=(MDS, condition("pregnancy-test-positive")), **YOUNG), 20, (),
    ),
    "pregnant by a recorded status": (
        chart(*BASE, *counts(150_000, 2_000, 20), **YOUNG, findings={
            "ipss": (Finding("ipss", "low", day(0), None, "Condition/mds"),),
            "pregnancyStatus": (Finding("pregnancyStatus", "Pregnant", day(18), None, "Observation/status"),)}), 20, (),
    ),
    "pregnancy tests not to be seen": (
        chart(*BASE, *counts(150_000, 2_000, 20), **YOUNG, unseen={"pregnancyTest": "the server did not answer"}), 20, (),
    ),
    "a pregnancy test refused": (
        chart(*BASE, *counts(150_000, 2_000, 20), **YOUNG, unusable=no_use("pregnancyTest", 19)), 20, (),
    ),
    "a missed period": (
        chart(*BASE, *counts(150_000, 2_000, 20), diagnoses=(MDS, condition("amenorrhea", "missed-period")), **YOUNG),
        20, (),
    ),
    "tumour lysis": (
        chart(*BASE, *counts(150_000, 2_000, 20), diagnoses=(MDS, condition("tumor-lysis"))), 20, (),
    ),
    "a risk of tumour lysis": (
        chart(*BASE, *counts(150_000, 2_000, 20), diagnoses=(MDS, condition("other", text="Risk of tumor lysis"))), 20, (),
    ),
    "an order for a boy": (chart(*BASE, *SLOW, orders=(), born_from=date(2010, 3, 1), born_to=date(2010, 3, 1)), 0, (draft(),)),
    "an order for a patient who died": (chart(*BASE, *SLOW, orders=(), deceased="yes"), 0, (draft(),)),
    "a rash without a grade": (
        chart(*BASE, *counts(150_000, 2_000, 20), diagnoses=(MDS, condition("rash", text="Rash"))), 20, (),
    ),
    "a lenalidomide allergy": (
        chart(*BASE, *counts(150_000, 2_000, 20),
              diagnoses=(MDS, condition("lenalidomide-allergy", text="Allergy to lenalidomide"))), 20, (),
    ),
    "iron": (
        chart(*BASE, *counts(150_000, 2_000, 20), reading("ferritin", 2600, day(10))), 20, (),
    ),
    "leukaemia": (chart(*BASE, *counts(150_000, 2_000, 20), diagnoses=(MDS, condition("aml"))), 20, ()),
    "mantle cell lymphoma at an unknown dose": (
        chart(*BASE, *counts(20_000, 300, 40), orders=(order(None),), diagnoses=(condition("mcl", "mantle-cell-lymphoma"),)),
        40, (),
    ),
    "myeloma without a line": (
        chart(*BASE, *counts(20_000, 300, 40), diagnoses=(condition("myeloma", "multiple-myeloma"),)), 40, (),
    ),
    "hemoglobin as a range, never transfused": (
        chart(*BASE, *counts(150_000, 2_000, 118), reading("hemoglobin", "8.4", day(0)),
              reading("hemoglobin", Interval(Fraction(8), Fraction(11)), day(118)), events=()), 118, (),
    ),
    "no hemoglobin at all, never transfused": (
        chart(*BASE, *counts(150_000, 2_000, 118), events=()), 118, (),
    ),
    "a response that depends on the first dose": (
        chart(*BASE, *counts(150_000, 2_000, 140), reading("hemoglobin", "8.4", day(-60)),
              reading("hemoglobin", "10", day(0)), reading("hemoglobin", "10.2", day(138)), events=(),
              orders=(order(TEN, "completed", day(-40), day(-20)), order(TEN))), 140, (),
    ),
    "no counts at all on treatment": (chart(), 20, ()),
    "a start with a refused count": (chart(*BASE, orders=(), unusable=no_use("platelets", 0)), 0, (draft(),)),
    "counts of another specimen on treatment": (
        chart(*BASE, *counts(150_000, 2_000, 20), unusable={"platelets": (replace(
            no_use("platelets", 20)["platelets"][0], is_other_test=True),)}), 20, (),
    ),
    "a start in high risk by IPSS-R": (
        chart(*BASE, orders=(), findings={"ipssR": (Finding("ipssR", "high", day(0), None, "Observation/risk"),)}),
        0, (draft(),),
    ),
    "a start with a report that leaves del(5q) open": (
        chart(*BASE, orders=(), diagnoses=(Diagnosis(frozenset({"mds"}), "MDS", True, "Condition/mds"),),
              karyotypes=((Karyotype("del(5q)", True), Finding("karyotype", "del(5q)", day(0), None, "Observation/k")),)),
        0, (draft(),),
    ),
    "held at an unknown dose": (
        chart(*FELL, *counts(90_000, 2_000, 21), orders=(order(None, "on-hold", day(0), day(14)),)), 21, (),
    ),
    "held from a low baseline": (
        chart(reading("platelets", 80_000, day(0)), reading("anc", 800, day(0)), *counts(40_000, 350, 14),
              *counts(90_000, 600, 21), orders=(HELD,)), 21, (),
    ),
    "held, counted twice since": (
        chart(*FELL, *counts(60_000, 2_000, 17), *counts(45_000, 2_000, 19), *counts(55_000, 2_000, 21), orders=(HELD,)),
        21, (),
    ),
    "liver enzymes of the first day and a worse one": (
        chart(*BASE, *counts(150_000, 2_000, 20), reading("alt", 50, day(0), upper_limit=Fraction(40)),
              reading("ast", 130, day(20), upper_limit=Fraction(40))), 20, (),
    ),
    "liver enzymes not to be seen": (
        chart(*BASE, *counts(150_000, 2_000, 100), unseen={"alt": "the server did not answer"}), 100, (),
    ),
    "an unclear pregnancy test": (
        chart(*BASE, *counts(150_000, 2_000, 20), **YOUNG, findings={"pregnancyTest": (
            Finding("pregnancyTest", "negative", day(15), None, "Observation/t1"),
            Finding("pregnancyTest", "indeterminate", day(15), None, "Observation/t2"))}), 20, (),
    ),
    "no response by four months, with an order": (
        chart(*BASE, *counts(150_000, 2_000, 118), reading("hemoglobin", "8.4", day(0)),
              reading("hemoglobin", "8.5", day(118)), events=()), 118, (draft(),),
    ),
    "above the table while taken": (
        chart(*BASE, *counts(150_000, 2_000, 40)), 40, (draft(Dose(TEN.mg * 2)),),
    ),
}  # fmt: skip


JURISDICTIONS = ("US", "EU", "")


def assessed(name: str, jurisdiction: str) -> Assessment:
    """What the rules say about a chart under a jurisdiction."""
    patient, on, drafts = CASES[name]
    return assess(patient, day(on), *drafts, jurisdiction=jurisdiction)


@pytest.mark.parametrize("jurisdiction", JURISDICTIONS)
@pytest.mark.parametrize("name", CASES)
def test_what_is_not_known_is_asked_for_or_said_and_never_a_dose(name: str, jurisdiction: str) -> None:
    found = assessed(name, jurisdiction).recommendations
    assert all(one.dose is None for one in found if one.action in ("hold", "review", "request-data", "do-not-start"))
    assert all(f"{one.message}.summary" in DRUG.messages for one in found)
