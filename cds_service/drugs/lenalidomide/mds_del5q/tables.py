"""The count rows of the US label (2.2) and the EU SmPC (4.2) for MDS, read from the document files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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

    At 10 or 5 mg once daily: its own rows, and so at 10 mg in the schedule of the trials. At 2.5 mg/day or less on average:
    the 5-mg triggers. At any other dose or
    schedule, and where the dose is not known: every row, whichever fires (US-MDS-SILENT-25).
    """
    table = us_table(rules)
    five_mg_triggers_up_to = rules.number(NO_ROW, "five_mg_triggers_up_to_mg_per_day")

    @lru_cache(maxsize=64)
    def rows(dose: Dose | None, line: str) -> tuple[CountRow, ...]:
        found = tuple(r for r in table if r.line == line)
        if dose is None:
            return found
        of_table = us_table_dose(rules, dose)
        if of_table is not None:
            return tuple(r for r in found if r.current_mg == of_table.mg)
        if dose.mg_per_day <= five_mg_triggers_up_to:
            return tuple(r for r in found if r.window == "any")
        return found

    return rows


def us_table_dose(rules: Rules, dose: Dose | None) -> Dose | None:
    """The dose of the US table by whose rows a dose goes; None where the table has none for it."""
    if dose is None:
        return None
    daily = replace(dose, on_days=None, cycle_days=None) if dose.same_as(trial_dose(rules)) else dose
    return next((d for d in table_doses(rules) if daily.same_as(d)), None)


@cache
def trial_dose(rules: Rules) -> Dose:
    """The dose with days of rest that the MDS trials gave and the US table has rows for (ours)."""
    schedule = rules.number(NO_ROW, "trial_schedule")
    return Dose(**{**schedule, "mg": Decimal(schedule["mg"])})


def eu_rows(rules: Rules) -> Rows:
    """The row of a line in the EU: one, at any dose level and at any time."""
    table = eu_table(rules)
    return lambda _dose, line: tuple(r for r in table if r.line == line)
