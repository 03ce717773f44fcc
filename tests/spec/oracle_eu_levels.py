"""An independent reading of what the EU SmPC says of falls outside MDS: when treatment stops, when it resumes and at which dose.

From `smpc.yaml` alone; nothing of the product is imported and no number of the tables is written here. Counts x10^9/L, doses
as (mg, days taken, days of the cycle), the days None where the drug is taken daily.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.spec.oracle_eu_start import numbers

Level = tuple[Fraction, int | None, int | None]


def exact(value: Any) -> Fraction:
    """A number as the file writes it."""
    return Fraction(str(value))


def levels(regimen: str) -> list[Level]:
    """The doses of a regimen, the highest first."""
    rows = numbers()["falls"][regimen]
    days = rows.get("days", [21, 28])
    own = (days[0], days[1]) if days else (None, None)
    return [
        (exact(level[0]), level[1], level[2]) if isinstance(level, list) else (exact(level), *own)
        for level in rows["levels"]
    ]


def row(regimen: str, line: str, fall: str) -> dict[str, Any]:
    """What the table says of a fall of a line, "first" or "later"."""
    found: dict[str, Any] = numbers()["falls"][regimen][line][fall]
    return found


def interrupts(regimen: str, line: str, fall: str, count: Fraction) -> bool:
    """Whether treatment stops at a count."""
    return count < exact(row(regimen, line, fall)["below"])


def resumes_at(regimen: str, line: str, fall: str, *, alone: bool) -> Fraction:
    """The count from which treatment goes on. Args: whether the line is the only toxicity."""
    found = row(regimen, line, fall)
    return exact(found["alone"] if alone and "alone" in found else found["resume"])


def dose_after(regimen: str, line: str, fall: str, taken: int, *, alone: bool) -> Level | None:
    """The dose after a fall at the level with this number; None where there is no lower one."""
    every = levels(regimen)
    if alone and row(regimen, line, fall).get("alone_at") == "same":
        return every[taken]
    return every[taken + 1] if taken + 1 < len(every) else None


def next_count(disease: str, day: int) -> list[int]:
    """The days on which the next count may be due after one on a treatment day: where a cycle begins close by, that or the next."""
    rows = numbers()["next_count"][disease]
    for until, every in zip(rows["until"], rows["every"], strict=True):
        if day < until:
            return [day + every]
    begins = (day // rows["cycle"] + 1) * rows["cycle"]
    return [begins, begins + rows["cycle"]] if begins - day < rows["every"][0] else [begins]
