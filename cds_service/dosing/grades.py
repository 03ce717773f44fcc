"""The CTCAE grade of a count, as words beside it; the limits stand in the row of that role."""

from __future__ import annotations

from cds_service.clinical.facts import Reading
from cds_service.dosing.roles import Role
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.words import shown, shown_beside


def grade(rules: Rules, reading: Reading) -> int | None:
    """The grade 2, 3 or 4 of a count.

    Missing: None above grade 2, for other facts, and where a range leaves more than one grade.
    """
    limits = rules.role(Role.GRADES).data.get(f"{reading.fact}_below", ())
    reached = [row for row in limits if reading.amount.is_below(row["below"]) is not False]
    if not reached or any(reading.amount.is_below(row["below"]) is None for row in reached):
        return None
    worst: int = max(row["grade"] for row in reached)
    return worst


def graded_on(rules: Rules, reading: Reading, unit: str = "") -> str:
    """The result as reported with its day and grade: "42 ×10⁹/L (2026-01-14, CTCAE grade 3)".

    Args: the unit of the limits that it is compared with; a low count per another volume is shown in it too.
    """
    found = grade(rules, reading)
    suffix = f", CTCAE grade {found}" if found is not None else ""
    # A count that has no grade is far from every limit; a range may not be.
    beside = shown_beside(reading, unit) if suffix or not reading.amount.is_exact else ""
    return f"{shown(reading)}{beside} ({reading.on.isoformat()}{suffix})"
