"""Is every count and clearance of the source files exact: below, at and above it, in two units, through whole calls?

The cases are made from the rows of `sources/*.toml`: a changed number moves its tests with it, and the golden numbers of
the oracle (`knowledge.yaml`) would then differ.
"""

from __future__ import annotations

import copy
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from cds_service.clinical.recommendation import Action
from cds_service.drugs.lenalidomide.renal import US_MDS_BANDS
from cds_service.drugs.lenalidomide.rulebook import RULES
from tests.spec.grid import Point, _product
from tests.support.application import client
from tests.support.chart import build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.judgement import recommendation
from tests.support.resources import Json

UNITS = {"/uL": 1, "10*9/L": 1000}
ROWS = {r.id: r.data for r in RULES.values() if r.id.startswith("US-MDS-") and "current_mg" in r.data}
START = date(2026, 1, 5)
FINE = {"platelets": 150_000, "anc": 2_000}
NAMES = {"platelets": "PLT", "anc": "ANC"}


def _baseline(row: Any) -> int:
    return int(row.get("baseline_at_least", row.get("baseline_below", 400_001) - 1))


def _triggers() -> list[Any]:
    cases = []
    for rule, row in ROWS.items():
        for number, trigger in enumerate(row["hold"]):
            share = trigger.get("at_most_fraction_of_baseline")
            # "at most" holds at the limit, "below" does not.
            limit = int(Fraction(share) * _baseline(row)) if share is not None else trigger["below"]
            for count in (limit - 1, limit, limit + 1):
                holds = count <= limit if share is not None else count < limit
                cases += [pytest.param(rule, number, count, unit, holds, id=f"{rule}-{number}-{count}-{unit}")
                          for unit in UNITS]  # fmt: skip
    return cases


@pytest.mark.parametrize(("rule", "number", "count", "unit", "holds"), _triggers())
def test_a_count_at_each_side_of_a_trigger(rule: str, number: int, count: int, unit: str, holds: bool) -> None:
    row = ROWS[rule]
    trigger = row["hold"][number]
    today = START + timedelta(days=28 if row["window"] == "within" else 70)
    line = row["line"]
    values = {**FINE, line: count}
    labs = [_lab(NAMES[n], v, unit, today) for n, v in values.items()]
    if trigger.get("for_days"):
        labs.append(
            _lab(NAMES[line], min(count, trigger["below"] - 1), unit, today - timedelta(days=trigger["for_days"]))
        )
    if trigger.get("with_temperature"):
        labs.append({"date": str(today), "analyte": "TEMP", "value": float(trigger["with_temperature"]), "unit": "Cel"})
    baseline = {"platelets": 180_000, "anc": 2_400, line: _baseline(row) if row["window"] == "within" else 400_000}
    vignette: Json = {
        "id": "boundary", "jurisdiction": "US", "as_of": str(today),
        "patient": {"age": 72, "sex": "male", "weight_kg": 72,
                    "creatinine": {"value": 0.8, "unit": "mg/dL", "date": str(today)}},
        "indication": {"disease": "MDS", "cytogenetics": "del(5q) isolated", "ipss": "Low",
                       "transfusion_dependent": True},
        "therapy": {"status": "active", "dose_mg": row["current_mg"], "schedule": "once daily", "start_date": str(START)},
        "baseline": {"plt": baseline["platelets"], "anc": baseline["anc"], "unit": "/uL", "date": str(START)},
        "labs": labs,
    }  # fmt: skip
    if trigger.get("with_platelet_transfusions"):
        vignette["transfusions"] = [{"date": str(today - timedelta(days=1)), "product": "platelets", "units": 1}]
    ehr = Ehr(FlaskTransport(client(jurisdiction="US", today=str(today))), str(today))
    said = [recommendation(c) for c in ehr.call("patient-view", build_chart(copy.deepcopy(vignette))).cards]
    held = [s for s in said if s["action"] == "hold" and rule in s["rules"]]
    assert holds == bool(held), said


def _lab(analyte: str, count: int, unit: str, on: date) -> Json:
    return {"analyte": analyte, "value": count / UNITS[unit], "unit": unit, "date": str(on)}


CUT_OFFS = sorted({Fraction(c) for band in US_MDS_BANDS for c in band.cut_offs})


@pytest.mark.parametrize("cut_off", CUT_OFFS, ids=str)
@pytest.mark.parametrize("offset", [Fraction(-1, 1000), Fraction(0), Fraction(1, 1000)], ids=str)
def test_a_clearance_at_each_side_of_a_band(cut_off: Fraction, offset: Fraction) -> None:
    clearance = cut_off + offset
    (band,) = [b for b in US_MDS_BANDS if b.holds(clearance)]
    found = _product(Point("start", clearance=clearance, dose="15 mg once daily"))
    (start,) = [r for r in found if r.action is Action.START]
    assert start.dose is not None
    assert (band.id, band.dose.mg) == (next(r for r in start.rules if r.startswith("US-REN")), start.dose.mg)
