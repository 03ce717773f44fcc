"""One patient for each side of a number: a call through the whole application, and what its cards decide."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.support.application import client
from tests.support.chart import Chart, build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.judgement import recommendation
from tests.support.resources import Json

START = date(2026, 1, 5)
UNITS: dict[str, dict[str, Fraction]] = {
    "count": {"/uL": Fraction(1), "10*9/L": Fraction(1000)},
    "hemoglobin": {"g/dL": Fraction(1), "g/L": Fraction(1, 10), "mmol/L": Fraction("1.61145")},
    "bilirubin": {"mg/dL": Fraction(1), "umol/L": Fraction("0.0585")},
    "creatinine": {"mg/dL": Fraction(1), "umol/L": 1 / Fraction("88.4")},
    "weight": {"kg": Fraction(1), "g": Fraction(1, 1000), "[lb_av]": Fraction("0.45359237")},
    "temperature": {"Cel": Fraction(1), "[degF]": Fraction(5, 9)},
    "number": {"": Fraction(1)},
    "kilograms": {"kg": Fraction(1)},
}
"""What one of each unit is in the unit of the rules; Fahrenheit lies 32 higher besides."""
# Steps on both sides of a number that can be written in every unit with a few decimals.
STEPS = {
    "count": "1",
    "hemoglobin": "0.1",
    "bilirubin": "0.1",
    "creatinine": "0.001",
    "weight": "0.1",
    "temperature": "0.1",
    "number": "1",
}


def written(value: Fraction, quantity: str, unit: str) -> float | None:
    """The number that a laboratory writes for a value in a unit; None where it has no end in that unit."""
    number = value / UNITS[quantity][unit] + (32 if unit == "[degF]" else 0)
    shown = round(float(number), 9)
    return shown if Fraction(str(shown)) == number else None


def nearest(value: Fraction, quantity: str, unit: str, *, up: bool) -> float:
    """The next number above or below a value that a laboratory writes with 2 decimals in a unit."""
    number = value / UNITS[quantity][unit] * 100
    whole = number.numerator // number.denominator
    return float(Fraction(whole + (1 if up else 0), 100))


@dataclass(frozen=True)
class Patient:
    """A patient in the words of the worked examples. Days count from the first dose; labs are (analyte, value, unit, day)."""

    jurisdiction: str = "US"
    day: int = 0
    labs: tuple[tuple[str, float, str, int], ...] = ()
    disease: str = "MDS"
    regimen: str = ""
    therapy: Json | None = None
    order: Json | None = None
    baseline: Json | None = None
    baseline_day: int = 0
    person: Json = field(default_factory=dict)
    more: Json = field(default_factory=dict)
    edit: Callable[[Chart], None] | None = None

    @property
    def today(self) -> date:
        """The day of the call."""
        return START + timedelta(days=self.day)


def on_day(number: int) -> str:
    """The date of a treatment day."""
    return str(START + timedelta(days=number))


def decided(patient: Patient) -> list[Json]:
    """What the cards of the call decide: on order-sign where there is an order, else on patient-view."""
    today = str(patient.today)
    chart = build_chart(_vignette(patient))
    if patient.edit:
        patient.edit(chart)
    ehr = Ehr(FlaskTransport(client(jurisdiction=patient.jurisdiction, today=today)), today)
    drafts = []
    if patient.order:
        at = (patient.more.get("pregnancy_data") or {}).get("prescribing_datetime")
        schedule, mg = patient.order["schedule"], patient.order["mg"]
        drafts = [ehr.draft(chart, mg, schedule, f"{at}:00Z" if at else None)]
    cards = ehr.call("order-sign" if drafts else "patient-view", chart, drafts).cards
    said = [recommendation(card) for card in cards]
    shown = [s | {"text": card.get("detail", "")} for s, card in zip(said, cards, strict=True)]
    return [*shown, *({"text": "", **also} for s in said for also in s.get("alsoFound", ()))]


def _vignette(patient: Patient) -> Json:
    today = str(patient.today)
    person: Json = {"age": 80, "sex": "male", "weight_kg": 72,
                    "creatinine": {"value": 0.8, "unit": "mg/dL", "date": today}, "childbearing": "male"}  # fmt: skip
    base = {"plt": 180_000, "anc": 2_400, "unit": "/uL", "date": on_day(patient.baseline_day)}
    indication: Json = {"disease": patient.disease, "regimen": patient.regimen}
    if patient.disease == "MDS":
        indication |= {"cytogenetics": "del(5q) isolated", "ipss": "Low", "transfusion_dependent": True}
    partners = [{"drug": name} for name in ("bortezomib", "melphalan", "prednisone") if name in patient.regimen]
    more = {"comedications": partners} | patient.more if partners else patient.more
    labs = [{"analyte": a, "value": v, "unit": u, "date": on_day(d)} for a, v, u, d in patient.labs]
    given: Json = copy.deepcopy({
        "id": "boundary", "jurisdiction": patient.jurisdiction, "as_of": today, "patient": person | patient.person,
        "indication": indication, "therapy": patient.therapy, "baseline": base | (patient.baseline or {}),
        "labs": labs, **more,
    })  # fmt: skip
    return given


def says(said: Sequence[Json], rule: str, *actions: str) -> bool:
    """Whether a decision with one of the actions names the rule."""
    return any(rule in s["rules"] and s["action"] in actions for s in said)


def active(mg: Any, schedule: str, since: int = 0) -> Json:
    """Treatment since a day."""
    return {"status": "active", "dose_mg": mg, "schedule": schedule, "start_date": on_day(since)}


def held(mg: Any, schedule: str, since: int) -> Json:
    """On hold since a day, after treatment since day 0."""
    return {"status": "on-hold", "dose_mg_before_hold": mg, "schedule_before_hold": schedule,
            "start_date": on_day(0), "hold_since": on_day(since)}  # fmt: skip
