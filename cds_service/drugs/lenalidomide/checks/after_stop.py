"""After lenalidomide was stopped in response (HARMONY): cytogenetic follow-up, and re-treatment on loss of independence.

When: the chart of a patient with MDS and del(5q) is opened whose lenalidomide ended while transfusion independent.
Then: a transfusion since makes re-treatment an option; a karyotype older than half a year is due. Both are information.
"""

from __future__ import annotations

from datetime import date, timedelta

from cds_service.clinical.recommendation import Action, Input, OrderTest, Proposal, Recommendation, Test, Urgency
from cds_service.clinical.response import units_in
from cds_service.dosing.build import decision
from cds_service.dosing.case import Case
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.decisions import fires, inform
from cds_service.drugs.lenalidomide.safety.view import View

RULE = "AFTER-STOP"
NOT_IN_RESPONSE = ("progress", "death", "died", "deceased", "no response", "failure")


def after_stop(view: View) -> list[Recommendation]:
    """What follows an end of treatment in response.

    Missing: an end without a day, or transfusions that were not seen or have no day, leave it open; nothing is said.
    """
    case, therapy, trace = view.case, view.therapy, view.trace
    if therapy.state != "ended" or not case.opens_chart or view.indication != "mds-del5q":
        return []
    ended = [m for m in case.facts.medications if m.reference in therapy.references]
    stopped = max((m.bounds_end for m in ended if m.bounds_end is not None), default=None)
    events = case.facts.events_of("rbc-transfusion")
    if stopped is None or "transfusions" in case.facts.unseen or any(e.on is None for e in events):
        trace.say(RULE, "unknown", "the last day of treatment or the transfusions are not known")
        return []
    transfused = sorted(e.on for e in events if e.on is not None)
    failed = any(word in m.status_reason.casefold() for m in ended for word in NOT_IN_RESPONSE)
    if failed or units_in(transfused, stopped, case.rules.number("IWG-2006", "independence_days")):
        trace.say(RULE, "not met", "not stopped while transfusion independent")
        return []
    since = [on for on in transfused if stopped < on <= case.on]
    if since and case.on - since[-1] <= timedelta(days=case.rules.number("RESPONSE-LOST", "recent_days")):
        trace.say(RULE, "fired", f"transfused again {since[0]}")
        return [_lost(view, stopped, since[0])]
    return _cytogenetics(view, stopped)


def _lost(view: View, stopped: date, again: date) -> Recommendation:
    return inform(
        view,
        (RULE, "GL-HARMONY"),
        "after-stop-lost",
        words={"stopped": stopped.isoformat(), "again": again.isoformat()},
        inputs=[
            *view.disease.inputs,
            Input("lastDose", stopped.isoformat(), on=stopped),
            Input("transfusedAgain", again.isoformat(), on=again),
        ],
        proposals=_order(view.case),
    )


def _cytogenetics(view: View, stopped: date) -> list[Recommendation]:
    case = view.case
    days = [finding.on for _, finding in case.facts.karyotypes if finding.on is not None]
    last = max(days, default=None)
    due = max(last or stopped, stopped) < case.on - timedelta(days=case.rules.number(RULE, "karyotype_days"))
    if (
        not fires(view, RULE, due, f"karyotype: {last or 'none with a date'}; stopped {stopped}")
        or "karyotype" in case.facts.unseen
    ):
        return []
    return [
        decision(
            view,
            Action.ORDER_LAB,
            Urgency.INFO,
            (RULE, "GL-HARMONY"),
            "after-stop-cytogenetics",
            words={"stopped": stopped.isoformat(), "last": last.isoformat() if last else "none with a date on file"},
            test=Test("karyotype", case.on, overdue=False),
            inputs=[*view.disease.inputs, Input("lastDose", stopped.isoformat(), on=stopped)],
            proposals=_order(case),
        )
    ]


def _order(case: Case) -> tuple[Proposal, ...]:
    return (Proposal("order-karyotype", (OrderTest("karyotype", case.on),), is_recommended=True),)


CHECK = Check(
    "after-stop", "after the end of treatment", after_stop, lambda view: not view.brings_orders and not view.is_current
)
