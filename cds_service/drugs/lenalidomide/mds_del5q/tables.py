"""The count rows of the US label (2.2) and the EU SmPC (4.2) for MDS, read from the document files."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from cds_service.clinical.exposure import Dose
from cds_service.drugs.lenalidomide.counts.rows import CountRow, count_row, trigger
from cds_service.drugs.lenalidomide.rulebook import RULES

US_ROWS: tuple[CountRow, ...] = tuple(
    count_row(r) for r in RULES.values() if r.id.startswith("US-MDS-") and "current_mg" in r.data
)
EU_ROWS: tuple[CountRow, ...] = tuple(count_row(RULES[i]) for i in ("EU-MDS-PLT", "EU-MDS-ANC"))
GAP_BASELINE_BELOW = RULES["US-MDS-PLT-GAP"].data["baseline_below"]
GAP_TRIGGERS = tuple(trigger(t) for t in RULES["US-MDS-PLT-GAP"].data["hold"])
LAST_DAY_WITHIN: int = RULES["US-MDS-4WKDEF"].data["last_day_within"]
PENDING_BELOW = RULES["US-MDS-ANC-PEND"].data["below"]
FIVE_MG_TRIGGERS_UP_TO = RULES["US-MDS-SILENT-25"].data["five_mg_triggers_up_to_mg_per_day"]
TABLE_DOSES = (Dose(mg=Decimal(10)), Dose(mg=Decimal(5)))


@lru_cache(maxsize=64)
def us_rows(dose: Dose | None, line: str) -> tuple[CountRow, ...]:
    """The rows of a line that a dose brings into play in the US.

    At 10 or 5 mg once daily: its own rows. At 2.5 mg/day or less on average: the 5-mg triggers. At any other dose or
    schedule, and where the dose is not known: every row, whichever fires (US-MDS-SILENT-25).
    """
    rows = tuple(r for r in US_ROWS if r.line == line)
    if dose is None:
        return rows
    for table_dose in TABLE_DOSES:
        if dose.same_as(table_dose):
            return tuple(r for r in rows if r.current_mg == table_dose.mg)
    if dose.mg_per_day <= FIVE_MG_TRIGGERS_UP_TO:
        return tuple(r for r in rows if r.window == "any")
    return rows


def is_us_table_dose(dose: Dose | None) -> bool:
    """Whether the US table really has rows for a dose."""
    return dose is not None and any(dose.same_as(d) for d in TABLE_DOSES)


def eu_rows(_dose: Dose | None, line: str) -> tuple[CountRow, ...]:
    """The row of a line in the EU: one, at any dose level and at any time."""
    return tuple(r for r in EU_ROWS if r.line == line)
