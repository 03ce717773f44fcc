"""The count rows of the US label (2.2) and the EU SmPC (4.2) for MDS, read from the document files."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache, lru_cache

from cds_service.clinical.exposure import Dose
from cds_service.dosing.count_rows import CountRow, Gap, Pending, count_row, gap, pending
from cds_service.dosing.rulebook import Rules

PENDING, GAP, NO_ROW = "US-MDS-ANC-PEND", "US-MDS-PLT-GAP", "US-MDS-SILENT-25"
EU_ROWS = ("EU-MDS-PLT", "EU-MDS-ANC")

Rows = Callable[[Dose | None, str], tuple[CountRow, ...]]


@cache
def us_table(rules: Rules) -> tuple[CountRow, ...]:
    """Every count row of the US label for MDS, in the label's order."""
    rows = (r for r in rules.by_id.values() if r.id.startswith("US-MDS-") and "current_mg" in r.data)
    return tuple(count_row(r, PENDING) for r in rows)


@cache
def eu_table(rules: Rules) -> tuple[CountRow, ...]:
    """The count rows of the SmPC for MDS: one for each line."""
    return tuple(count_row(rules[rule_id], PENDING) for rule_id in EU_ROWS)


@cache
def table_doses(rules: Rules) -> tuple[Dose, ...]:
    """The doses that the US table has rows for, the highest first."""
    found = {row.current_mg for row in us_table(rules) if row.current_mg is not None}
    return tuple(Dose(mg=Decimal(mg)) for mg in sorted(found, reverse=True))


def counts_pending(rules: Rules) -> Pending:
    """What neutrophils mean that are low and have not lasted (ours)."""
    return pending(rules[PENDING])


def counts_in_gap(rules: Rules) -> Gap:
    """What platelets mean that the US table leaves without a row (ours)."""
    return gap(rules[GAP], "platelets")


def us_rows(rules: Rules) -> Rows:
    """The rows of a line that a dose brings into play in the US.

    At 10 or 5 mg once daily: its own rows. At 2.5 mg/day or less on average: the 5-mg triggers. At any other dose or
    schedule, and where the dose is not known: every row, whichever fires (US-MDS-SILENT-25).
    """
    table, doses = us_table(rules), table_doses(rules)
    five_mg_triggers_up_to = rules.number(NO_ROW, "five_mg_triggers_up_to_mg_per_day")

    @lru_cache(maxsize=64)
    def rows(dose: Dose | None, line: str) -> tuple[CountRow, ...]:
        found = tuple(r for r in table if r.line == line)
        if dose is None:
            return found
        for table_dose in doses:
            if dose.same_as(table_dose):
                return tuple(r for r in found if r.current_mg == table_dose.mg)
        if dose.mg_per_day <= five_mg_triggers_up_to:
            return tuple(r for r in found if r.window == "any")
        return found

    return rows


def is_us_table_dose(rules: Rules, dose: Dose | None) -> bool:
    """Whether the US table really has rows for a dose."""
    return dose is not None and any(dose.same_as(d) for d in table_doses(rules))


def eu_rows(rules: Rules) -> Rows:
    """The row of a line in the EU: one, at any dose level and at any time."""
    table = eu_table(rules)
    return lambda _dose, line: tuple(r for r in table if r.line == line)
