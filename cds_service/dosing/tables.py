"""Count rows, renal bands and count schedules, read from the rows of documents as typed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

from cds_service.clinical.exposure import Dose
from cds_service.dosing.count_rows import CountRow, count_row
from cds_service.dosing.regimen import CbcSchedule, Phase
from cds_service.dosing.renal import Band
from cds_service.dosing.rulebook import Rules


@cache
def rows_of(rules: Rules, *rule_ids: str) -> tuple[CountRow, ...]:
    """The count rows of some rules, in that order."""
    found = [rules[rule_id] for rule_id in rule_ids]
    return tuple(count_row(replace(r, data=row)) for r in found for row in r.data.get("rows", [r.data]))


def rows_at(rows: Sequence[CountRow], line: str) -> tuple[CountRow, ...]:
    """The rows of a line, where they hold at every dose and on every day."""
    return tuple(r for r in rows if r.line == line)


@cache
def bands_of(rules: Rules, start: str, *renal: str) -> tuple[Band, ...]:
    """The bands of creatinine clearance: the starting dose above them, then the renal rows.

    A renal row changes the dose, not the days of the cycle, unless it names its own ("every other day"). One row may serve
    several regimens: its second and its later dose are left out where they are above the starting dose.
    """
    begin = rules[start].data
    days = {k: begin[k] for k in ("on_days", "cycle_days") if k in begin}
    bands = [_band(start, begin, days)]
    for rule_id in renal:
        data = rules[rule_id].data
        bands += [_band(rule_id, row, days, begin["dose_mg"]) for row in data.get("bands", [data])]
    return tuple(bands)


def _band(rule_id: str, row: Mapping[str, Any], days: Mapping[str, int], most_mg: Decimal | int | None = None) -> Band:
    later, other = (
        found if found and (most_mg is None or found["dose_mg"] <= most_mg) else None
        for found in (row.get("later"), row.get("or"))
    )
    return Band(
        id=rule_id,
        dose=_dose(row, days),
        above=row.get("clearance_above"),
        at_least=row.get("clearance_at_least"),
        at_most=row.get("clearance_at_most"),
        below=row.get("clearance_below"),
        dialysis=row.get("dialysis", False),
        other=_dose(other, days) if other else None,
        later=_dose(later, days) if later else None,
        later_after_days=later["after_days"] if later else 0,
    )


def _dose(row: Mapping[str, Any], days: Mapping[str, int]) -> Dose:
    pattern = {"every_days": row["every_days"]} if "every_days" in row else days
    return Dose(mg=Decimal(row["dose_mg"]), note=row.get("note", ""), **pattern)


def _phase(row: Mapping[str, Any]) -> Phase:
    if "cycle_days" in row:
        return Phase(row.get("before_day"), row["cycle_days"], at_cycle_start=True, within_days=row["within_days"])
    return Phase(row.get("before_day"), row["every_days"], tuple(row.get("on_day", ())))


def weekly_then_monthly(rules: Rules, rule_id: str, hold_id: str = "") -> CbcSchedule:
    """The count schedule of a rule with one interval at first and another later.

    Args: the rule; that of the counts on hold and after a resume, "" where the same rule has them (`every_days_on_hold`).
    """
    rule, hold = rules[rule_id], rules[hold_id or rule_id]
    return CbcSchedule(
        rule=rule.id,
        hold_rule=hold.id,
        first_days=rule.number("first_days"),
        every_first=rule.number("every_days_first"),
        every_later=rule.number("every_days_later"),
        every_on_hold=hold.number("every_days" if hold_id else "every_days_on_hold"),
        resume_days=hold.number("weeks_from_resume_days"),
    )


def schedule_of(rules: Rules, rule_id: str, base: CbcSchedule) -> CbcSchedule:
    """The count schedule of a rule by stretches of the course; on hold and after a resume it is that of another schedule."""
    phases = tuple(_phase(p) for p in rules.number(rule_id, "phases"))
    return replace(
        base, rule=rule_id, every_first=phases[0].every_days, every_later=phases[-1].every_days, phases=phases
    )
