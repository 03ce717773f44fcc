"""What stands beside the decisions of a call: interactions, thrombosis prophylaxis, bleeding, tests that are due.

When: lenalidomide is ordered, taken or on hold, and a jurisdiction is configured.
Then: nothing beside a stop; what folds is left out of an order that needs no other card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.trace import Trace
from cds_service.dosing.treatment.monitoring import next_cbc
from cds_service.dosing.treatment.patient import patient_by
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens
from cds_service.drugs.lenalidomide.mds_del5q.response import responses
from cds_service.drugs.lenalidomide.mds_del5q.surveillance import surveillance, tp53
from cds_service.drugs.lenalidomide.safety.interactions import interactions
from cds_service.drugs.lenalidomide.safety.laboratory import laboratory
from cds_service.drugs.lenalidomide.safety.supply import supply_not_told
from cds_service.drugs.lenalidomide.safety.thrombosis import bleeding, history, prophylaxis
from cds_service.drugs.lenalidomide.safety.view import View

STOPPING = (Action.DO_NOT_START, Action.DISCONTINUE, Action.PERMANENTLY_DISCONTINUE)


def beside(
    case: Case, therapy: Therapy, indication: Indication, found: Sequence[Recommendation], trace: Trace
) -> list[Recommendation]:
    """What is said beside the decisions of a call.

    Args: the case, the therapy, what lenalidomide is for, the decisions, the trace.
    """
    if case.jurisdiction not in regimens(case.rules) or any(r.action in STOPPING for r in found):
        return []
    view = View(case, therapy, indication.name, trace, case.jurisdiction)
    said = [*interactions(view, _next_count(view)), *history(view), *prophylaxis(view), *bleeding(view, found)]
    if indication.is_mds:
        said += [*tp53(view), *responses(view, indication, found)]
    said += supply_not_told(view)
    tests = laboratory(view, surveillance(view) if indication.is_mds else ())
    if case.orders and not [*found, *(r for r in said if not r.folds)]:
        return tests
    said += tests
    # In an opened chart information folds only under a decision; beside other information it is read on its own card.
    decides = any(r.urgency is not Urgency.INFO for r in (*found, *said))
    return said if case.orders or decides else [replace(r, folds=False) for r in said]


def _next_count(view: View) -> date | None:
    """The next blood count in MDS; None elsewhere, where the regimen's own cards say it."""
    if not view.indication.startswith("mds"):
        return None
    regimen = regimens(view.case.rules)[view.law]
    if view.is_start:
        return view.today + timedelta(days=regimen.cbc.every_first)
    patient = patient_by(view.case, view.therapy, Trace(view.case.rules), view.indication, regimen)
    return next_cbc(patient, view.is_on_hold).due
