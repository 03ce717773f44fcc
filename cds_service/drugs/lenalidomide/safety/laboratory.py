"""Reminders of tests that are due, all in one information: thyroid, liver, ferritin, karyotype, TP53, second cancers
(US label 5.6, 5.8, 5.13; EU SmPC 4.4; guidelines; the intervals are ours where no source gives one).

When: lenalidomide is ordered, taken or on hold.
Then: what is due is named once, beside other decisions; recent tests are quiet. Alone it is shown only when the patient's
chart is opened, never while an order is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.clinical.recommendation import (
    Action,
    Input,
    OrderTest,
    Proposal,
    Recommendation,
    Test,
    Urgency,
)
from cds_service.clinical.response import units_in
from cds_service.dosing.build import decision
from cds_service.dosing.data_quality import available
from cds_service.drugs.lenalidomide.safety.view import View

TSH, ALT, AST, FERRITIN = "tsh", "alt", "ast", "ferritin"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due: its words, why, the rules behind it, the tests to order, and the words on their button."""

    what: str
    why: str
    rules: tuple[str, ...]
    tests: tuple[str, ...] = ()
    label: str = ""
    inputs: tuple[Input, ...] = ()


def laboratory(view: View, more: Sequence[Due] = ()) -> list[Recommendation]:
    """One information for all that is due; empty when all is recent or already ordered in this call.

    Args: the call; what the indication's own surveillance adds.
    """
    due = [d for d in (_thyroid(view), _liver(view), _ferritin(view), _second_cancers(view)) if d is not None]
    due = [d for d in (*due, *more) if not d.tests or not set(d.tests) & view.case.pending_tests]
    if not due:
        return []
    tests = [test for d in due for test in d.tests]
    return [
        decision(
            view.case,
            view.indication,
            Action.ORDER_LAB if tests else Action.INFORM,
            Urgency.INFO,
            [rule for d in due for rule in d.rules],
            "reminders",
            words={"what": ", ".join(d.what for d in due), "why": "; ".join(d.why for d in due)},
            test=Test(tests[0], view.today, overdue=False) if tests else None,
            inputs=[i for d in due for i in d.inputs],
            proposals=[_proposal(view, d) for d in due if d.tests][:3],
            folds=bool(view.case.orders),
        )
    ]


def _proposal(view: View, due: Due) -> Proposal:
    return Proposal(due.label, tuple(OrderTest(test, view.today) for test in due.tests))


def last_result(view: View, *facts: str) -> date | None:
    """The day of the latest draw of any of some facts; None when there is none."""
    days = [available(view.case, fact).drawn_on for fact in facts]
    return max((d for d in days if d is not None), default=None)


def is_unseen(view: View, *facts: str) -> bool:
    """Whether the search for one of some facts could not be obtained: then nothing is said to be due."""
    return any(fact in view.facts.unseen for fact in facts)


def _age_words(name: str, last: date | None) -> str:
    return f"{name}: {f'last {last.isoformat()}' if last is not None else 'none on file'}"


def _thyroid(view: View) -> Due | None:
    rule_id = view.choose("US-MON-TSH", "EU-MON-TSH")
    last = last_result(view, "tsh")
    oldest = view.today - timedelta(days=view.numbers("REMINDERS")["thyroid_days"])
    due = (last is None or last < oldest) and not is_unseen(view, "tsh")
    view.trace.say(rule_id, "fired" if due else "not met", _age_words("TSH", last))
    return Due("TSH", _age_words("TSH", last), (rule_id, "REMINDERS"), (TSH,), "order-tsh") if due else None


def _liver(view: View) -> Due | None:
    """Before the first dose, within 60 days after it, then every 120 days."""
    last, data = last_result(view, "alt", "ast"), view.numbers("S4-LFT")
    firsts = view.therapy.first_doses
    due = last is None or last < view.today - timedelta(days=data["every_days"])
    if firsts and not due and last is not None:
        first = max(firsts)
        due = last <= first and view.today - first > timedelta(days=data["first_within_days"])
    due = due and not is_unseen(view, "alt", "ast")
    view.trace.say("S4-LFT", "fired" if due else "not met", _age_words("liver enzymes", last))
    rules = ("S4-LFT", *(("US-MON-LFT",) if view.law == "US" else ()))
    return Due("liver enzymes", _age_words("liver enzymes", last), rules, (ALT, AST), "order-liver") if due else None


def _ferritin(view: View) -> Due | None:
    """In MDS, while regularly transfused; what a high one says is a check of its own."""
    if not view.indication.startswith("mds"):
        view.trace.say("GL-IRON", "not applicable", "not given for MDS")
        return None
    data, ours = view.numbers("GL-IRON"), view.numbers("REMINDERS")
    days = [e.on for e in view.facts.events_of("rbc-transfusion") if e.on is not None]
    units = units_in(days, view.today, ours["regular_days"])
    last = last_result(view, "ferritin")
    stale = last is None or last < view.today - timedelta(days=data["every_days"])
    due = units >= ours["regular_units_at_least"] and stale and not is_unseen(view, "ferritin")
    view.trace.say(
        "GL-IRON",
        "fired" if due else "not met",
        f"{units} red cell units in {ours['regular_days']} days; {_age_words('ferritin', last)}",
    )
    return Due("ferritin", _age_words("ferritin", last), ("GL-IRON",), (FERRITIN,), "order-ferritin") if due else None


def _second_cancers(view: View) -> Due | None:
    """A reminder in the four weeks after each year of treatment."""
    ours, firsts = view.numbers("REMINDERS"), view.therapy.first_doses
    day = (view.today - min(firsts)).days if firsts else 0
    every = ours["second_cancer_days"]
    due = not view.is_start and day >= every and day % every < ours["second_cancer_shown_days"]
    view.trace.say("US-WP-SPM", "fired" if due else "not met", f"treatment day {day}")
    return Due("second cancer screening", f"treatment day {day}", ("US-WP-SPM", "REMINDERS")) if due else None
