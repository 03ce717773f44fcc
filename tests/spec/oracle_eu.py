"""An independent reading of the EU MDS tables: what to do, from plain numbers and `knowledge.yaml` alone.

As `oracle.py` for the US: nothing of the product is imported, and no number of the tables is written here. Counts are
cells per microlitre, the tables' 10*9/L are multiplied; temperatures degrees Celsius, clearance mL/min, doses mg.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.spec.oracle import COMPARE, Decision, tables

PER_MICROLITRE = 1000
DAYS_TAKEN = {
    "once daily days 1-21 of 28": Fraction(21, 28),
    "once daily days 1-28": Fraction(1),
    "once daily": Fraction(1),
    "every other day days 1-28": Fraction(1, 2),
    "every other day": Fraction(1, 2),
    "twice a week days 1-28": Fraction(2, 7),
}
"""The share of days on which a schedule takes the dose."""


@dataclass(frozen=True)
class EuCase:
    """One patient on lenalidomide for MDS under the SmPC.

    `row` is the renal row of her starting dose, `level` the level at which she is (0, -1, ...); `row` empty where her
    dose is on no row. `since_hold` holds the platelets of a hold, oldest first, as (days before today, count); the
    count of today is `platelets`. `held_by` holds the rows that caused the hold, empty when she takes the drug. A line
    that met its trigger later in the hold has to recover as well (US-MDS-BOTH: every triggered line).
    """

    row: str = "EU-REN-GE50"
    level: int = 0
    platelets: int = 150_000
    anc: int = 2_000
    transfused: bool = False
    temperature: float | None = None
    held_by: tuple[str, ...] = ()
    since_hold: tuple[tuple[int, int], ...] = ()


def renal_rows() -> Mapping[str, Mapping[str, Any]]:
    """The renal rows of MDS by id."""
    return {row["id"]: row for row in tables()["eu_renal"]["MDS"]}


def levels(row: str) -> dict[int, tuple[Fraction, Fraction]]:
    """Every dose level of a renal row as (mg, average mg per day). The row of full clearance has the general levels."""
    found = renal_rows()[row]["levels"]
    listed = found if len(found) > 1 else tables()["eu_mds"]["levels"]
    assert listed[0]["dose_mg"] == found[0]["dose_mg"]
    return {each["level"]: _dose(each) for each in listed}


def _dose(level: Mapping[str, Any]) -> tuple[Fraction, Fraction]:
    mg = Fraction(str(level["dose_mg"]))
    return mg, mg * DAYS_TAKEN[level["schedule"].partition(", after")[0]]


def triggered(platelets: int, anc: int) -> set[str]:
    """The rows whose interruption trigger is met, at any dose and on any day."""
    rows = tables()["eu_mds"]
    counts = {"platelets": platelets, "anc": anc}
    return {rows[line]["id"] for line, count in counts.items() if _meets(rows[line]["trigger"], count)}


def _meets(criterion: Mapping[str, Any], count: int) -> bool:
    return COMPARE[criterion["op"]](Fraction(count), _cells(criterion["value"]))


def _cells(value: Any) -> Fraction:
    return Fraction(str(value)) * PER_MICROLITRE


def decide(case: EuCase) -> Decision:
    """The decision for a case: on hold, whether it ends; else whether a row interrupts treatment."""
    urgent = case.anc < 1000 and case.temperature is not None and case.temperature >= 38.0
    if case.held_by:
        return _on_hold(case, urgent)
    rows = triggered(case.platelets, case.anc)
    if rows:
        return Decision("hold", frozenset(rows), None, urgent)
    if urgent:
        return Decision("escalate-urgent", frozenset(), None, True)
    return Decision("continue")


def _on_hold(case: EuCase, urgent: bool) -> Decision:
    """Every line that caused the hold or met its trigger since recovers; then the next lower level."""
    lines = set(case.held_by) | triggered(case.platelets, case.anc)
    lines |= {row for _, platelets in case.since_hold for row in triggered(platelets, case.anc)}
    rows = tables()["eu_mds"]
    unmet = {rows[line]["id"] for line in ("platelets", "anc") if rows[line]["id"] in lines and not _over(case, line)}
    lower = levels(case.row).get(case.level - 1) if case.row else None
    exhausted = frozenset({rows["exhausted"]["id"]} if case.row and lower is None else ())
    if unmet:
        return Decision("remain-on-hold", frozenset(unmet) | exhausted, None, urgent)
    if lower is None:
        return Decision("remain-on-hold", exhausted, None, urgent)
    if case.transfused and rows["platelets"]["id"] in lines:
        return Decision("request-data", frozenset({"GEN-POSTTX"}), None, urgent)
    rules = frozenset({*case.held_by, "EU-MDS-LEVELS", case.row})
    return Decision("resume-reduced", rules, lower[0], urgent, lower[1])


def _over(case: EuCase, line: str) -> bool:
    """Whether a line meets one of its resume criteria."""
    series = [(0, case.platelets if line == "platelets" else case.anc)]
    if line == "platelets":
        series = [*case.since_hold, *series]
    return any(_is_met(criterion, series) for criterion in tables()["eu_mds"][line]["resume_any_of"])


def _is_met(criterion: Mapping[str, Any], series: list[tuple[int, int]]) -> bool:
    """A single count is today's. Repeated ones lie in the range to this day, without a count below it in between."""
    if "op" in criterion:
        return _meets(criterion, series[-1][1])
    low, high = _cells(criterion["range_min_incl"]), _cells(criterion["range_max_excl"])
    run: list[int] = []
    for days_ago, count in series:
        run = [] if count < low else [*run, *([days_ago] if count < high else [])]
    is_in_range = low <= series[-1][1] < high
    spans = run[0] - run[-1] >= criterion["span_min_days"] if run else False
    return is_in_range and spans and len(run) >= criterion["occasions_min"]


def start(
    clearance: Fraction, platelets: int, anc: int, ordered: tuple[Fraction, Fraction], *, dialysis: bool
) -> Decision:
    """The decision on a start: `ordered` as (mg, average mg per day). A start as ordered, or below it, is "continue"."""
    forbids = tables()["eu_mds"]["must_not_start"]
    counts = {"ANC": anc, "PLT": platelets}
    if any(_meets(bound, counts[bound["analyte"]]) for bound in forbids["any_of"]):
        return Decision("do-not-start", frozenset({forbids["id"]}))
    row = _row(clearance, dialysis)
    mg, average = levels(row)[0]
    if ordered[0] > mg or ordered[1] > average:
        return Decision("start", frozenset({row}), mg, False, average)
    return Decision("continue")


def _row(clearance: Fraction, dialysis: bool) -> str:
    for identifier, row in renal_rows().items():
        is_within = clearance >= row.get("min_incl", 0) and ("max_excl" not in row or clearance < row["max_excl"])
        if row["dialysis"] == dialysis and (dialysis or is_within):
            return identifier
    raise AssertionError("the renal rows leave a gap")


@dataclass(frozen=True)
class Response:
    """Four months after the first dose or later: red cell units in two windows of equal length, haemoglobin in g/dL."""

    units_before: int
    units_after: int
    haemoglobin_before: Fraction
    haemoglobin_now: Fraction


def has_response(response: Response) -> bool | None:
    """Whether at least a minor erythroid response lets treatment go on.

    None where red cells are on file under treatment alone and haemoglobin rose: the rise may be theirs.
    """
    relief, rise = tables()["eu_mds"]["stop_4_months"]["continue_if_any"]
    if response.units_before:
        bound = relief["transfusion_requirement_reduction_pct"]
        lost = Fraction(100 * (response.units_before - response.units_after), response.units_before)
        return COMPARE[bound["op"]](lost, bound["value"])
    bound = rise["if_not_transfused_hb_rise_g_dL"]
    risen = COMPARE[bound["op"]](response.haemoglobin_now - response.haemoglobin_before, Fraction(str(bound["value"])))
    return None if risen and response.units_after else risen
