"""The count rows of the US label (2.2) and the EU SmPC (4.2) as typed rows, read from the document files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cds_service.clinical.exposure import Dose
from cds_service.drugs.lenalidomide.rulebook import RULES
from cds_service.drugs.source_files import Rule


@dataclass(frozen=True, slots=True)
class Trigger:
    """One way to meet an interruption row; its members must hold together. Counts per microlitre, days, degrees Celsius."""

    below: Decimal | int | None = None
    at_most_fraction_of_baseline: Decimal | None = None
    with_platelet_transfusions: bool = False
    for_days: int | None = None
    with_temperature: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Repeated:
    """A second way to recover: at least this count on some occasions, the first and the last some days apart."""

    at_least: Decimal | int
    occasions: int
    days: int


@dataclass(frozen=True, slots=True)
class CountRow:
    """One row: for whom it holds, what interrupts, what lets resume and at which dose. Bounds: at_least <= baseline < below.

    `current_mg` and `resume_dose` are None where the document goes by dose levels; `shown_in` is the unit it writes;
    `pending_rule` says what a count below it means that has not lasted long enough yet.
    """

    id: str
    line: str
    current_mg: Decimal | int | None
    window: str
    triggers: tuple[Trigger, ...]
    resume_at_least: Decimal | int
    resume_dose: Dose | None
    without_bleeding: bool = False
    baseline_at_least: Decimal | int | None = None
    baseline_below: Decimal | int | None = None
    repeated: Repeated | None = None
    shown_in: str = "/uL"
    pending_rule: str = "US-MDS-ANC-PEND"

    @property
    def needs_baseline(self) -> bool:
        """Whether the row is chosen by the baseline count."""
        return self.baseline_at_least is not None or self.baseline_below is not None

    @property
    def lowest_recovery(self) -> Decimal | int:
        """The count below which no way of recovering is open."""
        return self.repeated.at_least if self.repeated is not None else self.resume_at_least


def _trigger(data: Mapping[str, Any]) -> Trigger:
    return Trigger(**data)


def count_row(rule: Rule) -> CountRow:
    """The row that a rule of a document is."""
    data = rule.data
    return CountRow(
        id=rule.id,
        line=data["line"],
        current_mg=data.get("current_mg"),
        window=data.get("window", "any"),
        triggers=tuple(_trigger(t) for t in data["hold"]),
        resume_at_least=data["resume"]["at_least"],
        resume_dose=Dose(mg=Decimal(data["resume_mg"])) if "resume_mg" in data else None,
        without_bleeding=data["resume"].get("without_hemostatic_failure", False),
        baseline_at_least=data.get("baseline_at_least"),
        baseline_below=data.get("baseline_below"),
        repeated=Repeated(**data["resume"]["or_repeated"]) if "or_repeated" in data["resume"] else None,
        shown_in=data.get("shown_in", "/uL"),
        pending_rule=rule.id if "regimen" in data else "US-MDS-ANC-PEND",
    )


US_ROWS: tuple[CountRow, ...] = tuple(
    count_row(r) for r in RULES.values() if r.id.startswith("US-MDS-") and "current_mg" in r.data
)
EU_ROWS: tuple[CountRow, ...] = tuple(count_row(RULES[i]) for i in ("EU-MDS-PLT", "EU-MDS-ANC"))
GAP_BASELINE_BELOW = RULES["US-MDS-PLT-GAP"].data["baseline_below"]
GAP_TRIGGERS = tuple(_trigger(t) for t in RULES["US-MDS-PLT-GAP"].data["hold"])
LAST_DAY_WITHIN: int = RULES["US-MDS-4WKDEF"].data["last_day_within"]
PENDING_BELOW = RULES["US-MDS-ANC-PEND"].data["below"]
FIVE_MG_TRIGGERS_UP_TO = RULES["US-MDS-SILENT-25"].data["five_mg_triggers_up_to_mg_per_day"]
TABLE_DOSES = (Dose(mg=Decimal(10)), Dose(mg=Decimal(5)))


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
