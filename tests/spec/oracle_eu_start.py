"""An independent reading of what the EU SmPC says of a start outside MDS, from plain numbers and `smpc.yaml` alone.

As `oracle_eu.py` for MDS: nothing of the product is imported and no number of the tables is written here. Clearance mL/min,
counts per microlitre, doses mg with the days from one to the next.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.support.yaml_files import read_yaml

PER_MICROLITRE = 1000
DoseOf = tuple[Fraction, int]


@functools.cache
def numbers() -> Mapping[str, Any]:
    """The numbers of the SmPC."""
    loaded: Mapping[str, Any] = read_yaml(Path(__file__).parent / "smpc.yaml")
    return loaded


def doses(disease: str, clearance: Fraction, *, dialysis: bool) -> tuple[DoseOf, ...]:
    """The dose or the two doses of the row that a patient is in."""
    for row in numbers()["renal"][disease]:
        is_within = clearance >= row.get("at_least", 0) and ("below" not in row or clearance < row["below"])
        if row.get("dialysis", False) == dialysis and (dialysis or is_within):
            return tuple((Fraction(str(mg)), days) for mg, days in row["doses"])
    raise AssertionError("the rows leave a gap")


def start(disease: str, clearance: Fraction, ordered: DoseOf, *, dialysis: bool) -> tuple[str, Fraction | None]:
    """What an order that would start treatment calls for, with the dose: "silent" at the dose of the row or below it.

    Of two doses the one with the days of the order is its own; more than the row on a day of taking is above it.
    """
    allowed = doses(disease, clearance, dialysis=dialysis)
    own = [mg for mg, days in allowed if days == ordered[1]] or [mg for mg, _ in allowed]
    if ordered[0] <= max(own):
        return "silent", None
    return ("start", allowed[0][0]) if len(allowed) == 1 else ("review", None)


def begins(regimens: Collection[str], anc: int, platelets: int) -> str:
    """Whether treatment may begin by counts: "do-not-start" where no regimen may, "request-data" where one may not."""
    limits = [numbers()["must_not_start"][regimen] for regimen in regimens]
    may = [
        anc >= _cells(row["anc"]) and platelets >= _cells(row[name])
        for row in limits
        for name in ("platelets", "infiltrated")
        if name in row
    ]
    if all(may):
        return "start"
    # A count below the limit of every regimen forbids by itself; two counts may forbid together by different ones.
    for line, count in (("anc", anc), ("platelets", platelets)):
        lowest = min(row.get("infiltrated", row[line]) if line == "platelets" else row[line] for row in limits)
        if count < _cells(lowest):
            return "do-not-start"
    return "request-data"


def _cells(value: Any) -> Fraction:
    return Fraction(str(value)) * PER_MICROLITRE


def needs_test(*, at_start: bool, is_sterilised: bool) -> bool:
    """Whether a woman of childbearing potential needs a pregnancy test now."""
    when = "start" if at_start else "later"
    return not is_sterilised or bool(numbers()["pregnancy_test"][f"{when}_after_tubal_sterilisation"])
