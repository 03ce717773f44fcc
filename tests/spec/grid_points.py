"""The axes of the oracle grid and one point on them: which doses, days, baselines, counts and clearances are tried.

At the end, what both jurisdictions build a point's patient from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import PatientFacts, Reading
from tests.support.facts import day, reading

TODAY_DOSES = {
    "10 mg once daily": Dose(Decimal(10)),
    "5 mg once daily": Dose(Decimal(5)),
    "2.5 mg once daily": Dose(Decimal("2.5")),
    "15 mg once daily": Dose(Decimal(15)),
    "10 mg days 1-21 of 28": Dose(Decimal(10), on_days=21, cycle_days=28),
    "5 mg every other day": Dose(Decimal(5), every_days=2),
}
DAYS = (None, 1, 14, 28, 29, 30, 55, 56, 57, 200)
BASELINE_PLATELETS = (None, 40_000, 59_999, 60_000, 99_999, 100_000, 180_000)
BASELINE_ANC = (None, 999, 1_000, 2_400)
PLATELETS = (15_000, 20_000, 24_999, 29_999, 30_000, 40_000, 49_999, 50_000, 50_001, 90_000, 150_000)
ANC = (100, 499, 500, 749, 750, 999, 1_000, 2_000)
TEMPERATURES = (None, Decimal("37.0"), Decimal("37.9"), Decimal("38.0"), Decimal("38.4"), Decimal("38.5"))
DAYS_BELOW = (0, 6, 7, 12)
CREATININES = ("0.8", "1.4")
DRAWN_DAYS_AGO = (0, 3)
HOLD_DAYS = (7, 28, 29, 60)
AFTER_HOLD = (7, 14, 28)
CLEARANCES = tuple(Fraction(n) for n in ("5", "29.9", "30", "30.1", "45", "59.9", "60", "60.1", "66", "95"))
ABOUT_THE_DOSE = frozenset(
    {"start", "do-not-start", "continue", "hold", "remain-on-hold", "resume-reduced", "resume-same", "reduce"}
    | {"discontinue", "permanently-discontinue", "escalate-urgent", "repeat-and-reassess", "review", "request-data"}
)
BESIDE = re.compile(r"US-REN-ONTX|(US|EU)-(PREG|FRP|WCBP|CONTRA|MON|WP|DDI|NONHEM|MALE)")
"""Decisions that stand beside the one on counts and are no part of it, by the first of their rules."""


@dataclass(frozen=True)
class Point:
    """One patient. `kind` is "treated", "held", "start" or, in the EU, "response"; members that a kind does not use keep
    their defaults. `between` is a platelet count of a hold, `between_days` before today; `rise` is in g/dL.
    """

    kind: str
    dose: str = "10 mg once daily"
    day: int | None = 14
    baseline_platelets: int | None = 180_000
    baseline_anc: int | None = 2_400
    platelets: int = 150_000
    anc: int = 2_000
    transfused: bool = False
    temperature: Decimal | None = None
    days_below: int = 0
    creatinine: str = "0.8"
    days_ago: int = 0
    hold_day: int = 14
    held_platelets: int = 150_000
    held_anc: int = 2_000
    clearance: Fraction = Fraction(95)
    dialysis: bool = False
    jurisdiction: str = "US"
    between: int | None = None
    between_days: int = 7
    units_before: int = 4
    units_after: int = 0
    rise: str = "0"


def soon(point: Point, last: date, limits: tuple[int, int], before: tuple[int | None, int | None]) -> list[date]:
    """When low counts ask for the next one, by the rulings. Args: the day of the last count, the limits of platelets and ANC
    below which treatment is interrupted late in a course, the counts before the last (None: not within 35 days).
    """
    found = []
    for value, limit, very_low, earlier in zip(
        (point.platelets, point.anc), limits, (25_000, 500), before, strict=True
    ):
        if limit <= value <= limit * 3 / 2 and (earlier is None or value * 10 <= earlier * 8):
            found.append(last + timedelta(days=7))
        if value < very_low and not (point.kind == "held" and earlier is not None and value >= earlier):
            found.append(last + timedelta(days=3))
    return [*found, last + timedelta(days=1)] if point.platelets < 10_000 else found


def today_of(point: Point) -> date:
    """The day of the call. A hold is looked at `day` days after it began."""
    if point.kind == "held":
        return day(point.hold_day + (point.day or 0))
    return day((14 if point.day is None else point.day) + point.days_ago)


def oldest_first(readings: Sequence[Reading]) -> list[Reading]:
    """The readings by day."""
    return sorted(readings, key=lambda r: r.on)


def forty_years_old(on: date) -> dict[str, object]:
    """The members of a man who is exactly 40: with 72 kg his clearance is 100 / creatinine."""
    born = on - timedelta(days=4 + 40 * 365 + 10)
    return {"sex": "male", "born_from": born, "born_to": born}


def with_clearance(of: PatientFacts, clearance: Fraction, on: date) -> PatientFacts:
    """The same man of 72 kg with the creatinine that gives him this clearance."""
    weight, creatinine = reading("weight", 72, on), reading("creatinine", "1", on)
    creatinine = creatinine._replace(amount=type(creatinine.amount).of(Fraction(100) / clearance))
    return replace(of, readings={**of.readings, "weight": (weight,), "creatinine": (creatinine,)})


def on_dialysis(of: PatientFacts) -> PatientFacts:
    """The same patient, dependent on dialysis."""
    condition = replace(of.diagnoses[0], concepts=frozenset({"dialysis-dependence"}), reference="Condition/d")
    return replace(of, diagnoses=(*of.diagnoses, condition))
