"""Does the independent oracle read the EU MDS tables as the worked examples say?"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from tests.spec.oracle import Decision, clearance
from tests.spec.oracle_eu import DAYS_TAKEN, EuCase, Response, decide, has_response, levels, renal_rows, start
from tests.support.examples import examples

EVERY = {**examples("examples.yaml"), **examples("eu_examples.yaml")}
PER_MICROLITRE = {"/uL": 1, "10*9/L": 1000}
OTHER_RULES = ("GEN-COMPARATOR", "GEN-STALE", "GEN-POSTTX")
COUNTS = [
    key
    for key, example in EVERY.items()
    if re.match(r"(X-)?EU-[PNL]\d", key)
    and not set(OTHER_RULES) & set(example["expected"]["rule_ids"])
    and key not in ("X-EU-L09", "X-EU-L10", "X-EU-L11", "X-EU-P08", "X-EU-P05")
]
"""Not those on stale counts or ranges, on a draft beside treatment, or on a clearance that fell."""
STARTS = [key for key in EVERY if re.match(r"(X-)?EU-(R\d|S0[1-7])", key) and key != "EU-S05"]


def _series(example: dict[str, Any], analyte: str) -> list[tuple[date, int]]:
    return [
        (date.fromisoformat(lab["date"]), round(lab["value"] * PER_MICROLITRE[lab["unit"]]))
        for lab in example["labs"]
        if lab["analyte"] == analyte
    ]


def _case(example: dict[str, Any]) -> EuCase:
    """The plain numbers of an example."""
    therapy, today = example["therapy"], date.fromisoformat(example["as_of"])
    platelets, anc = _series(example, "PLT"), _series(example, "ANC")
    row = therapy.get("renal_row", "EU-REN-GE50")
    level = therapy.get("dose_level", therapy.get("dose_level_before_hold", 0))
    held = ()
    if therapy["status"] == "on-hold":
        fell = (("EU-MDS-PLT", platelets[0][1] < 25_000), ("EU-MDS-ANC", anc[0][1] < 500))
        held = tuple(rule for rule, is_low in fell if is_low)
    temperature = [lab["value"] for lab in example["labs"] if lab["analyte"] == "TEMP"]
    return EuCase(
        row=row,
        level=level,
        platelets=platelets[-1][1],
        anc=anc[-1][1],
        temperature=temperature[-1] if temperature else None,
        held_by=held,
        since_hold=tuple(((today - on).days, count) for on, count in platelets[:-1]) if held else (),
    )


def _agree(expected: dict[str, Any], decision: Decision) -> None:
    action = expected["action"].replace("_", "-")
    assert action == decision.action or (action == "escalate-urgent" and decision.is_urgent)
    target = expected.get("target") or {}
    if decision.action == "resume-reduced":
        assert set(expected["rule_ids"]) & decision.rules
        assert target["dose_mg"] == decision.dose_mg
        assert (
            Fraction(str(target["dose_mg"])) * DAYS_TAKEN[target["schedule"].partition(", after")[0]]
            == decision.mg_per_day
        )


@pytest.mark.parametrize("identifier", COUNTS)
def test_the_oracle_and_the_worked_example_agree(identifier: str) -> None:
    _agree(EVERY[identifier]["expected"], decide(_case(EVERY[identifier])))


@pytest.mark.parametrize("identifier", STARTS)
def test_the_oracle_and_the_example_of_a_start_agree(identifier: str) -> None:
    example = EVERY[identifier]
    patient, expected, order = example["patient"], example["expected"], example["order"]
    creatinine = Fraction(str(patient["creatinine"]["value"]))
    ml_per_min = clearance(patient["age"], patient["weight_kg"], creatinine, female=patient["sex"] == "female")
    mg = Fraction(str(order["requested_dose_mg"]))
    days = Fraction(21, 28) if "21" in order["requested_schedule"] else Fraction(1)
    counts = _series(example, "PLT")[-1][1], _series(example, "ANC")[-1][1]
    decision = start(ml_per_min, *counts, (mg, mg * days), dialysis=patient["dialysis"])
    if decision.action == "continue":
        assert (expected["action"], expected["target"]["dose_mg"]) == ("start", mg)
    else:
        assert expected["action"].replace("_", "-") == decision.action
        assert (expected.get("target") or {}).get("dose_mg") == decision.dose_mg


@pytest.mark.parametrize(
    ("before", "after", "rise", "expected"),
    [
        (10, 5, "0", True), (10, 6, "2", False), (9, 5, "0", False), (0, 0, "1", True), (0, 0, "0.9", False),
        (0, 3, "0.9", False), (0, 3, "1", None),
    ],
)  # fmt: skip
def test_a_response_is_half_the_units_or_the_rise(before: int, after: int, rise: str, expected: bool | None) -> None:
    base = Fraction("8.4")
    assert expected is has_response(Response(before, after, base, base + Fraction(rise)))


def test_every_row_goes_down_level_by_level_and_ends() -> None:
    for row in renal_rows():
        averages = [average for _, (_, average) in sorted(levels(row).items(), reverse=True)]
        assert averages == sorted(averages, reverse=True)
        last = decide(EuCase(row=row, level=min(levels(row)), platelets=60_000, held_by=("EU-MDS-PLT",)))
        assert ("remain-on-hold", frozenset({"EU-MDS-BELOW-3"}), None) == (last.action, last.rules, last.dose_mg)


def test_a_count_after_a_platelet_transfusion_does_not_resume() -> None:
    assert "request-data" == decide(EuCase(platelets=60_000, transfused=True, held_by=("EU-MDS-PLT",))).action
    assert "resume-reduced" == decide(EuCase(platelets=60_000, transfused=True, held_by=("EU-MDS-ANC",))).action
