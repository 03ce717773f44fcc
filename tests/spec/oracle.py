"""An independent reading of the US MDS tables: what to do, from plain numbers and `knowledge.yaml` alone.

Nothing of the product is imported here and no number of the tables is written here: rows, triggers, resume criteria
and doses are read from the copy of the knowledge base beside this file. Counts are cells per microlitre, temperatures
degrees Celsius, doses mg, `day` the day index since the first dose (first dose = day 0).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.support.yaml_files import read_yaml

COMPARE = {"<": operator.lt, "<=": operator.le, ">=": operator.ge, ">": operator.gt}
PLATELETS, NEUTROPHILS = "platelets", "anc"


@dataclass(frozen=True)
class Case:
    """One patient on lenalidomide for MDS under the US label.

    `day` None: first dose unknown. `days_below` is how long the unbroken run of ANC below 500 lasts (last minus first
    draw); `held_by` the rows that caused the hold, empty when she takes the drug; `transfused` a platelet transfusion in
    the preceding 7 days; `bleeding` hemostatic failure.
    """

    dose_mg: float = 10
    average_mg_per_day: float | None = None
    schedule: str = "once daily"
    day: int | None = 14
    baseline_platelets: int | None = 180_000
    baseline_anc: int | None = 2_400
    platelets: int = 150_000
    anc: int = 2_000
    transfused: bool = False
    bleeding: bool = False
    temperature: float | None = None
    days_below: int = 0
    held_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What the oracle says. `dose_mg` is the dose to take now; `is_urgent` asks for an urgent card beside a hold.

    `mg_per_day` is the average of that dose, where the schedule matters. Empty `rules`: no row is named.
    """

    action: str
    rules: frozenset[str] = frozenset()
    dose_mg: Fraction | None = None
    is_urgent: bool = False
    mg_per_day: Fraction | None = None


@functools.cache
def tables() -> Mapping[str, Any]:
    """The tables of the knowledge base."""
    loaded: Mapping[str, Any] = read_yaml(Path(__file__).parent / "knowledge.yaml")["tables"]
    return loaded


def decide(case: Case) -> Decision:
    """The decision for a case: on hold, whether it ends; else whether a row stops treatment."""
    urgent = case.anc < 1000 and case.temperature is not None and case.temperature >= 38.0
    if case.held_by:
        return replace(_on_hold(case), is_urgent=urgent)
    hits = {frozenset(r["id"] for r in triggered(view)) for view in _views(case)}
    if not all(hits) and any(hits):
        asks = frozenset({"US-MDS-4WKDEF"}) if case.day is None else frozenset().union(*hits)
        return Decision("request-data", asks, None, urgent)
    if all(hits):
        rules = frozenset().union(*hits)
        return Decision("hold", rules if has_own_rows(case) else frozenset({"US-MDS-SILENT-25"}), None, urgent)
    if urgent:
        return Decision("escalate-urgent", frozenset({"US-MDS-FN-BELOW385"}), None, True)
    notes = _pending(case) | _gap(case)
    if notes:
        return Decision("review" if notes == {"US-MDS-PLT-GAP"} else "repeat-and-reassess", notes)
    return Decision("continue", frozenset(), Fraction(str(case.dose_mg)))


def _views(case: Case) -> list[Case]:
    """The case as it may be: both sides of day 28 where the day is unknown, every baseline that could matter."""
    days = [28, 29] if case.day is None else [case.day]
    platelets, anc = [case.baseline_platelets], [case.baseline_anc]
    if case.baseline_platelets is None:
        platelets = [*_edges(PLATELETS), 2 * case.platelets, max(2 * case.platelets - 1, 1)]
    if case.baseline_anc is None:
        anc = _edges(NEUTROPHILS)
    return [
        replace(case, day=day, baseline_platelets=p, baseline_anc=n) for day in days for p in platelets for n in anc
    ]


def _edges(line: str) -> list[int | None]:
    """Both sides of every baseline bound of a line's rows."""
    bounds = {row[key] for row in tables()["us_mds"][line] for key in ("baseline_min_incl", "baseline_max_excl")}
    return [edge for bound in sorted(b for b in bounds if b) for edge in (bound - 1, bound)]


def has_own_rows(case: Case) -> bool:
    """Whether the table has rows for this dose: 10 mg and 5 mg once daily, and 10 mg as the trials gave it; nothing else."""
    rows = tables()["us_mds"][PLATELETS]
    if case.schedule.endswith("days 1-21 of 28"):
        return case.dose_mg == 10
    return case.schedule == "once daily" and case.dose_mg in {row["current_dose_mg"] for row in rows}


def triggered(case: Case) -> list[Mapping[str, Any]]:
    """The rows whose interruption trigger is met, for both lines."""
    return [
        row
        for line in (PLATELETS, NEUTROPHILS)
        for row in tables()["us_mds"][line]
        if _applies(row, line, case) and any(_fires(t, line, case) for t in row["trigger_any_of"])
    ]


def _applies(row: Mapping[str, Any], line: str, case: Case) -> bool:
    average = case.average_mg_per_day if case.average_mg_per_day is not None else case.dose_mg
    if has_own_rows(case):
        doses: set[float] = {case.dose_mg}
    else:
        doses = {5} if average <= 2.5 else {5, 10}
    assert case.day is not None
    is_within = case.day <= 28
    in_window = row["window"] == "any" or is_within == (row["window"] == "within_4_weeks")
    baseline = case.baseline_platelets if line == PLATELETS else case.baseline_anc
    low, high = row["baseline_min_incl"], row["baseline_max_excl"]
    if low is None and high is None:
        return row["current_dose_mg"] in doses and in_window
    assert baseline is not None
    in_range = baseline >= (low or 0) and (high is None or baseline < high)
    return row["current_dose_mg"] in doses and in_window and in_range


def _fires(trigger: Mapping[str, Any], line: str, case: Case) -> bool:
    count = case.platelets if line == PLATELETS else case.anc
    baseline = case.baseline_platelets if line == PLATELETS else case.baseline_anc
    if "fraction_of_baseline" in trigger:
        assert baseline is not None
        limit = Fraction(str(trigger["fraction_of_baseline"])) * baseline
    else:
        limit = Fraction(trigger["value"])
    if not COMPARE[trigger["op"]](Fraction(count), limit):
        return False
    if trigger.get("with_platelet_transfusions") and not case.transfused:
        return False
    if "for_at_least_days" in trigger and case.days_below < trigger["for_at_least_days"]:
        return False
    fever = trigger.get("with_temperature_ge_c")
    return fever is None or (case.temperature is not None and Decimal(str(case.temperature)) >= Decimal(str(fever)))


def _pending(case: Case) -> frozenset[str]:
    """ANC below 500 where only its duration or a temperature is wanting (US-MDS-ANC-PEND)."""
    needs_more = any(
        "for_at_least_days" in trigger
        for view in _views(case)
        for row in tables()["us_mds"][NEUTROPHILS]
        if _applies(row, NEUTROPHILS, view)
        for trigger in row["trigger_any_of"]
    )
    return frozenset({"US-MDS-ANC-PEND"}) if needs_more and case.anc < 500 else frozenset()


def is_pending(case: Case) -> bool:
    """Whether low neutrophils wait for their second count or a temperature, whatever the platelets say."""
    lines = {row["id"] for view in _views(case) for row in triggered(view)}
    rows = {row["id"] for row in tables()["us_mds"][NEUTROPHILS]}
    return bool(_pending(case)) and not lines & rows


def _gap(case: Case) -> frozenset[str]:
    """Grade 3-4 platelets that no row catches (US-MDS-PLT-GAP)."""
    is_window = case.day is not None and case.day <= 28 and case.dose_mg == 10 and has_own_rows(case)
    is_low = case.platelets < 30_000 or (case.transfused and case.platelets < 50_000)
    has_low_baseline = case.baseline_platelets is not None and case.baseline_platelets < 100_000
    return frozenset({"US-MDS-PLT-GAP"}) if is_window and is_low and has_low_baseline else frozenset()


def is_in_gap(case: Case) -> bool:
    """Whether the platelets meet the gap row and no interruption row of their own."""
    rows = {row["id"] for row in tables()["us_mds"][PLATELETS]}
    return bool(_gap(case)) and not rows & {row["id"] for view in _views(case) for row in triggered(view)}


def _on_hold(case: Case) -> Decision:
    """The row that caused the hold decides, whatever the day is now; every triggered line must recover."""
    every = {row["id"]: (row, line) for line in (PLATELETS, NEUTROPHILS) for row in tables()["us_mds"][line]}
    if not set(case.held_by) <= set(every):
        return Decision("remain-on-hold", frozenset({"US-MDS-SILENT-25"}))
    held = [every[rule] for rule in case.held_by]
    held_lines = {line for _, line in held}
    zones = {row["id"] for view in _zones(case) for row in triggered(view)}
    other = [every[rule] for rule in sorted(zones) if every[rule][1] not in held_lines]
    unmet = {row["id"] for row, line in (*held, *other) if not _recovered(row, line, case)}
    if unmet:
        return Decision("remain-on-hold", frozenset(unmet) | ({"US-MDS-BOTH"} if other else set()))
    if case.transfused and PLATELETS in held_lines | {line for _, line in other}:
        return Decision("request-data", frozenset({"GEN-POSTTX"}))
    doses = [Fraction(str(row["resume_dose_mg"])) for row, _ in held]
    return Decision("resume-reduced", frozenset(case.held_by), min(doses))


def _zones(case: Case) -> list[Case]:
    """A line is in its trigger zone by its count: how long it has been there and the fever do not matter (US-MDS-BOTH)."""
    return [replace(view, days_below=7) for view in _views(case)]


def _recovered(row: Mapping[str, Any], line: str, case: Case) -> bool:
    count = case.platelets if line == PLATELETS else case.anc
    return all(
        COMPARE[criterion["op"]](count, criterion["value"])
        and not (criterion.get("without_hemostatic_failure") and case.bleeding)
        for criterion in row["resume"]
    )


def clearance(age: int, weight_kg: Any, creatinine_mg_dl: Any, *, female: bool) -> Fraction:
    """Cockcroft-Gault, mL/min, exact."""
    factor = Fraction("0.85") if female else Fraction(1)
    return (140 - age) * Fraction(str(weight_kg)) * factor / (72 * Fraction(str(creatinine_mg_dl)))


def starting_dose(ml_per_min: Fraction, *, dialysis: bool = False) -> tuple[str, Fraction]:
    """The renal row of a start in MDS: its id and the dose in mg once daily."""
    rows: Iterable[Mapping[str, Any]] = tables()["us_renal"]["MDS"]
    for row in rows:
        if row["dialysis"] != dialysis:
            continue
        above = ml_per_min >= row.get("min_incl", 0) and ("min_excl" not in row or ml_per_min > row["min_excl"])
        upper = row.get("max_incl")
        below = (upper is None or ml_per_min <= upper) and ("max_excl" not in row or ml_per_min < row["max_excl"])
        if dialysis or (above and below):
            return row["id"], Fraction(str(row["dose_mg"]))
    raise AssertionError("the renal rows leave a gap")
