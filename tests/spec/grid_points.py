"""The axes of the oracle grid and one point on them: which doses, days, baselines, counts and clearances are tried."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from cds_service.clinical.exposure import Dose

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
    """One patient. `kind` is "treated", "held" or "start"; members that a kind does not use keep their defaults."""

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
