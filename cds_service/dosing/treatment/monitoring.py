"""Blood counts that are due under treatment, and a line that the latest one leaves out.

When: the drug is taken or held.
Then: a count is asked for on its day where nobody has ordered it, and once that day has passed whatever is ordered; a line that
the latest count leaves out is said before.
"""

from __future__ import annotations

from datetime import date

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Test, Urgency
from cds_service.dosing.build import CBC, cbc_proposals, decision
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.roles import Role
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.requests import stale_counts
from cds_service.dosing.treatment.schedule import last_cbc, next_count
from cds_service.dosing.words import LINE_NAMES, shown_on


def assess_monitoring(patient: Patient) -> list[Recommendation]:
    """The blood count that is due today or overdue, and a line that is missing to the latest one."""
    return [*_due(patient), *_left_out(patient)] if patient.is_current else []


def _due(patient: Patient) -> tuple[Recommendation, ...]:
    """A recommendation to order the CBC when it is due today and not ordered already, or overdue whatever the chart has ordered."""
    cbc = next_count(patient)
    if cbc.due > patient.today or CBC in patient.case.pending_tests:
        patient.trace.say(cbc.rule, "not met", f"next CBC due {cbc.due}, not before")
        return ()
    overdue = cbc.due < patient.today
    ordered = patient.facts.test_orders.get(CBC)
    if not overdue and ordered is not None and (cbc.last is None or ordered > cbc.last):
        patient.trace.say(cbc.rule, "not met", f"due today, and ordered on {ordered}")
        return ()
    patient.trace.say(cbc.rule, "fired", f"last CBC {cbc.last or 'none on file'}, due {cbc.due}")
    stale = tuple(m for line in LINES for m in stale_counts(patient, patient.counts[line]))
    rules = (
        cbc.rule,
        *((cbc.sooner_by,) if cbc.sooner_by else ()),
        *((patient.rules.role(Role.STALE).id,) if stale else ()),
    )
    last = cbc.last.isoformat() if cbc.last is not None else "none on file"
    return (
        decision(
            patient,
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


def _left_out(patient: Patient) -> tuple[Recommendation, ...]:
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
            patient,
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
