"""Blood counts under treatment: when the next one is due, and whether that day has passed.

When: the drug is taken or held.
Then: as the schedule of the regimen says, in the first weeks, later, on hold and from a resume; sooner where a finding asks
for it. Overdue means due before today.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Test, Urgency
from cds_service.dosing.build import CBC, cbc_proposals, decision
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.regimen import CbcSchedule
from cds_service.dosing.roles import Role
from cds_service.dosing.treatment.low_counts import days_to_next
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.words import LINE_NAMES, shown_on

CREATININE, WEIGHT = "creatinine", "weight"


@dataclass(frozen=True, slots=True)
class CbcDue:
    """The next complete blood count: its day, the rule of the schedule, the last one (None: none on file).

    `sooner_by`: the rule of a finding in the counts that asks for it before the schedule does.
    """

    due: date
    rule: str
    last: date | None
    sooner_by: str = ""


def next_cbc(patient: Patient, holds_now: bool, sooner: tuple[date, ...] = ()) -> CbcDue:
    """When the next CBC is due; the earliest that applies counts.

    Args: whether treatment is held as of now; days that single findings ask for.
    Missing: without any count it is due since the first dose; without a first-dose day the weekly schedule applies.
    """
    last = last_cbc(patient)
    routine = _routine(patient, last, holds_now)
    by_counts = days_to_next(patient)
    earliest = min((routine.due, *sooner, *by_counts))
    return CbcDue(earliest, routine.rule, last, by_counts.get(earliest, "") if earliest < routine.due else "")


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


def cbc_card(patient: Patient, cbc: CbcDue, stale: tuple[Missing, ...] = ()) -> tuple[Recommendation, ...]:
    """A recommendation to order the CBC when it is due today and not ordered already, or overdue whatever the chart has ordered."""
    if cbc.due > patient.today or CBC in patient.case.pending_tests:
        patient.trace.say(cbc.rule, "not met", f"next CBC due {cbc.due}, not before")
        return ()
    overdue = cbc.due < patient.today
    ordered = patient.facts.test_orders.get(CBC)
    if not overdue and ordered is not None and (cbc.last is None or ordered > cbc.last):
        patient.trace.say(cbc.rule, "not met", f"due today, and ordered on {ordered}")
        return ()
    patient.trace.say(cbc.rule, "fired", f"last CBC {cbc.last or 'none on file'}, due {cbc.due}")
    rules = (
        cbc.rule,
        *((cbc.sooner_by,) if cbc.sooner_by else ()),
        *((patient.rules.role(Role.STALE).id,) if stale else ()),
    )
    last = cbc.last.isoformat() if cbc.last is not None else "none on file"
    return (
        decision(
            patient.case,
            patient.indication,
            Action.ORDER_CBC,
            Urgency.WARNING if overdue else Urgency.INFO,
            rules,
            ("cbc-never" if cbc.last is None else "cbc-overdue" if overdue else "cbc-due"),
            words={"last": last, "ago": _ago(patient, cbc.last), "due": cbc.due.isoformat()},
            next_cbc_due=cbc.due,
            test=Test(CBC, cbc.due, overdue),
            inputs=[Input.of(r) for line in LINES for r in patient.counts[line].decisive],
            missing=stale,
            proposals=cbc_proposals(patient.case, cbc.due),
        ),
    )


def _ago(patient: Patient, day: date | None) -> str:
    """How long ago a day was; "" where there is none."""
    days = (patient.today - day).days if day is not None else None
    return {None: "", 0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def left_out_card(patient: Patient) -> tuple[Recommendation, ...]:
    """A line that the latest count leaves out, though not yet overdue: said, because an older count speaks for it."""
    last = last_cbc(patient)
    left_out = [
        line for line in LINES if (d := patient.counts[line].drawn_on) is not None and last is not None and d < last
    ]
    if not left_out or last is None or CBC in patient.case.pending_tests:
        return ()
    readings = [r for line in left_out for r in patient.counts[line].decisive]
    return (
        decision(
            patient.case,
            patient.indication,
            Action.INFORM,
            Urgency.INFO,
            (patient.regimen.cbc.rule,),
            "line-left-out",
            words={
                "line": " and ".join(LINE_NAMES[line] for line in left_out),
                "last": last.isoformat(),
                "counts_on": " and ".join(shown_on(r) for r in readings) or "not usable",
            },
            # By it the card is one with a request for the same count.
            test=Test(CBC, patient.today, overdue=False),
            inputs=[Input.of(r) for r in readings],
            missing=[Missing(line, f"not part of the count of {last}") for line in left_out],
            proposals=cbc_proposals(patient.case, patient.today),
        ),
    )
