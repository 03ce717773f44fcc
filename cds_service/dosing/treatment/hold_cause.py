"""Which row caused a hold: it decides when treatment may resume and at which dose.

When: treatment is on hold.
Then: the counts of the hold day, or of the week before it, are judged as they were judged then; every row they met is an
open line, and so is a line that fell during the hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.clinical.blood_counts import latest
from cds_service.clinical.facts import Reading
from cds_service.clinical.quantity import exact
from cds_service.dosing.count_rows import LINES, CountRow
from cds_service.dosing.temperature import temperature_near
from cds_service.dosing.treatment.count_lines import Kind, Verdict, judge
from cds_service.dosing.treatment.patient import (
    Patient,
    surroundings,
    worlds,
)

# A hold is written down on the day of the count or a few days after it.
HOLD_AFTER_COUNT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line that must recover before treatment resumes: the row that opened it and the count that met it."""

    line: str
    row: CountRow
    rules: tuple[str, ...]
    trigger: Reading


def open_lines(patient: Patient) -> tuple[OpenLine, ...]:
    """The lines that caused the hold, then those that fell during it.

    Missing: when no count of the hold day met a row, there is no cause; when the hold day is not known, the latest count
    that met a row is taken.
    """
    found: dict[str, OpenLine] = {}
    for line in LINES:
        for day in _days(patient, line):
            if line in found:
                break
            opened = _opened_on(patient, line, day)
            if opened is not None:
                found[line] = opened
    return tuple(found[line] for line in LINES if line in found)


def possible_lines(patient: Patient) -> tuple[tuple[Verdict, CountRow], ...]:
    """The counts around the hold of which it is not known whether they caused it, each with the row by which it may have.

    Missing: a baseline, a first dose or a transfusion that is not known leaves it open.
    """
    since, opened = patient.therapy.hold_since, {each.line for each in open_lines(patient)}
    if since is None:
        return ()
    days = [(line, day) for line in LINES if line not in opened for day in _days(patient, line) if day <= since]
    verdicts = [verdict for line, day in days for verdict in _verdicts_on(patient, line, day)]
    rows = [(each, row) for each in verdicts for row in _may_have_held(patient, each)]
    return tuple(rows)


def _may_have_held(patient: Patient, verdict: Verdict) -> list[CountRow]:
    """The rows that may have held at a count of which that is not known."""
    if verdict.kind is not Kind.UNKNOWN:
        return []
    line = verdict.reading.fact
    rows = patient.regimen.rows(patient.therapy.dose, line)
    return [
        row
        for row in rows
        if any(t.below is None or verdict.reading.amount.is_below(t.below) is not False for t in row.triggers)
    ]


def _days(patient: Patient, line: str) -> list[date]:
    """The days whose counts may have opened the line: around the hold first (newest first), then during it, oldest first."""
    days = sorted({r.on for r in patient.facts.decisive(line) if r.on <= patient.today})
    since = patient.therapy.hold_since
    if since is None:
        first = patient.therapy.first_doses[0] if patient.therapy.first_doses else date.min
        return [d for d in reversed(days) if d >= first]
    before = [d for d in reversed(days) if since - HOLD_AFTER_COUNT <= d <= since]
    return [*before, *(d for d in days if d > since)]


def _opened_on(patient: Patient, line: str, day: date) -> OpenLine | None:
    verdicts = _verdicts_on(patient, line, day)
    opening = [OpenLine(line, v.row, v.rules, v.reading) for v in verdicts if v.kind is Kind.HOLD and v.row is not None]
    if not opening or len(opening) < len(verdicts):
        return None
    return opening[0]


def _verdicts_on(patient: Patient, line: str, day: date) -> list[Verdict]:
    readings = latest([r for r in patient.facts.decisive(line) if r.on <= day])
    return [_judge_then(patient, line, r, day) for r in readings]


def _judge_then(patient: Patient, line: str, reading: Reading, day: date) -> Verdict:
    """The verdict as it would have been on that day, with the fever and the transfusions of that day."""
    rows = patient.regimen.rows(patient.therapy.dose, line)
    return judge(
        reading,
        rows,
        worlds(patient, line, reading),
        surroundings(patient, line, reading, day, temperature_near(patient.case, day)),
    )


def still_falls(patient: Patient, line: str, reading: Reading) -> bool | None:
    """Whether a count lies in its line's trigger zone, whatever its duration or fever: during a hold that keeps it open."""
    rows = patient.regimen.rows(patient.therapy.dose, line)
    answers: list[bool | None] = []
    for world in worlds(patient, line, reading):
        for row in rows:
            if row.window not in ("any", world.window) or not row.may_hold(world.baseline):
                continue
            limits = [t.below for t in row.triggers if t.below is not None and not t.with_platelet_transfusions]
            answers += [reading.amount.is_below(limit) for limit in limits]
            if world.baseline is not None and world.baseline.amount.low is not None:
                shares = [
                    t.at_most_fraction_of_baseline for t in row.triggers if t.at_most_fraction_of_baseline is not None
                ]
                answers += [reading.amount.is_at_most(world.baseline.amount.low * exact(s)) for s in shares]
    return True if True in answers else (None if None in answers else False)
