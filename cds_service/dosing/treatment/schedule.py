"""When the next blood count under treatment is due.

When: the drug is taken or held.
Then: as the schedule of the regimen says, in the first weeks, later, on hold and from a resume; sooner where a finding asks
for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.dosing.count_rows import LINES
from cds_service.dosing.regimen import CbcSchedule
from cds_service.dosing.treatment.judgement import is_febrile, judgement
from cds_service.dosing.treatment.low_counts import days_to_next
from cds_service.dosing.treatment.patient import Patient


@dataclass(frozen=True, slots=True)
class CbcDue:
    """The next complete blood count: its day, the rule of the schedule, the last one (None: none on file).

    `sooner_by`: the rule of a finding in the counts that asks for it before the schedule does.
    """

    due: date
    rule: str
    last: date | None
    sooner_by: str = ""


def next_count(patient: Patient) -> CbcDue:
    """When the next blood count of treatment is due, on hold too: the earliest day that applies, worked out once.

    Missing: without any count it is due since the first dose; without a first-dose day the weekly schedule applies.
    """
    return patient.once(_next_count)


def _next_count(patient: Patient) -> CbcDue:
    judged = judgement(patient) if patient.therapy.state != "on-hold" else None
    sooner = _sooner_on_hold(patient) if judged is None else judged.sooner
    last = last_cbc(patient)
    routine = _routine(patient, last, judged is None or bool(judged.holds))
    by_counts = days_to_next(patient)
    earliest = min((routine.due, *sooner, *by_counts))
    return CbcDue(earliest, routine.rule, last, by_counts.get(earliest, "") if earliest < routine.due else "")


def _sooner_on_hold(patient: Patient) -> tuple[date, ...]:
    tomorrow = (patient.today + timedelta(days=1),) if is_febrile(patient) else ()
    return (*tomorrow, patient.today) if any(patient.counts[line].preliminary for line in LINES) else tomorrow


def last_cbc(patient: Patient) -> date | None:
    """The day of the latest draw of either line; None when there never was one. A line left out is asked for by itself."""
    return max((d for line in LINES if (d := patient.counts[line].drawn_on) is not None), default=None)


def _routine(patient: Patient, last: date | None, holds_now: bool) -> CbcDue:
    firsts, cbc = patient.therapy.first_doses, patient.regimen.cbc
    if last is None:
        return CbcDue(min(firsts[0] if firsts else patient.today, patient.today), cbc.rule, None)
    if holds_now:
        return CbcDue(last + timedelta(days=cbc.every_on_hold), cbc.hold_rule, last)
    resumed = patient.therapy.resumed_on
    if resumed is not None and last < resumed + timedelta(days=cbc.resume_days):
        return CbcDue(last + timedelta(days=cbc.every_on_hold), cbc.hold_rule, last)
    if cbc.phases:
        return CbcDue(_next_by_phases(last, firsts, cbc), cbc.rule, last)
    is_early = not firsts or any(last < f + timedelta(days=cbc.first_days) for f in firsts)
    return CbcDue(last + timedelta(days=cbc.every_first if is_early else cbc.every_later), cbc.rule, last)


def _next_by_phases(last: date, firsts: tuple[date, ...], cbc: CbcSchedule) -> date:
    """The next count of a schedule by cycles, in the course that began first.

    Missing: without a first-dose day the closest schedule applies.
    """
    if not firsts:
        return last + timedelta(days=cbc.every_first)
    first = min(firsts)
    day = (last - first).days
    phase = next(p for p in cbc.phases if p.before_day is None or day < p.before_day)
    named = [n for p in cbc.phases for n in p.on_days if n > day]
    return first + timedelta(days=min([phase.following(day), *named]))
