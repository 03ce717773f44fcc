"""Lenalidomide in one call: every check is asked about the patient, and their decisions meet in one table.

When: lenalidomide is ordered, taken, on hold, or was stopped in response.
Then: each check decides alone (`checks/`); what is hidden or weakened beside what stands in `precedence.py`. A check that fails
is said on a card: the others still stand. What entries in doubt would decide if they were believed is asked about
(`dosing/doubts.py`).
"""

from __future__ import annotations

import logging
from dataclasses import replace

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Assessment, Left, Recommendation, Urgency
from cds_service.dosing.case import Case
from cds_service.dosing.check import Check, decisions
from cds_service.dosing.doubts import either, with_doubts
from cds_service.dosing.moments import left_by
from cds_service.dosing.precedence import resolve
from cds_service.dosing.trace import Trace
from cds_service.drugs.lenalidomide.checks import every_check
from cds_service.drugs.lenalidomide.decisions import ask
from cds_service.drugs.lenalidomide.moments import MOMENTS
from cds_service.drugs.lenalidomide.patient import view_of
from cds_service.drugs.lenalidomide.precedence import TABLE
from cds_service.drugs.lenalidomide.safety.view import View

# Results that can stop or change treatment and those that inform; what else a check of its own asks for.
_LABORATORY = ("platelets", "anc", "alt", "ast", "bilirubin")
_STATE = ("karyotype", "blasts", "peripheralBlasts", "hbsag", "hbvDna", "hbcab")
_INFORMING = ("tsh", "ferritin", "ipss", "ipssR")

UNREAD_ORDER = MedicationRecord(
    "order", "", frozenset({"lenalidomide"}), "draft", "order", dose_problem="it could not be checked", is_draft=True
)

_log = logging.getLogger(__name__)


def assess(case: Case) -> Assessment:
    """Everything that is to be said in one call, and what each rule said.

    Missing: a call without a lenalidomide order and without lenalidomide in the chart has nothing to say.
    """
    trace = Trace(case.rules)
    view = view_of(case, trace)
    left: list[Left] = []
    found = _decided(case, view, left)
    believed: list[Recommendation] = []
    if not view.concerns_drug:
        case = _with_medicines_alone_in_doubt(case)
    certain = _certain(case)
    if certain is not case:
        cases = _each_doubt(case, certain)
        believed = either(_decided(each, view_of(each, Trace(case.rules)), []) for each in cases)
        if not view.concerns_drug:
            # That it may be this drug at all is asked only where it would be grave.
            believed = [r for r in believed if r.urgency is Urgency.CRITICAL]
    if believed or view.concerns_drug:
        found = with_doubts(case, view.indication, "GEN-UNSEEN", found, believed, _looked_at(view))
    concerned = view.brings_orders or view.is_current
    why = f"not reached: {view.indication}, therapy {view.therapy.state}"
    outcomes = trace.outcomes(why if concerned else "lenalidomide is neither ordered nor taken")
    return Assessment(tuple(found), outcomes, tuple(left))


def _certain(case: Case) -> Case:
    """The case as it would be if what is in doubt were believed: entries, and an order of which only that it is there is known."""
    unread = (UNREAD_ORDER,) if case.order_problems and not case.orders else ()
    if case.facts.believed is None and not unread:
        return case
    return replace(case, facts=case.facts.believed or case.facts, orders=(*case.orders, *unread))


def _each_doubt(case: Case, certain: Case) -> list[Case]:
    """All that is in doubt believed; where that changes what is taken, the rest beside what is taken as it counts as well.

    An order that may have been stopped would hide what a result in doubt calls for while it goes on.
    """
    as_taken = replace(certain.facts, medications=case.facts.medications)
    is_alone = certain.facts.medications == case.facts.medications or as_taken == replace(case.facts, believed=None)
    return [certain] if is_alone else [certain, replace(certain, facts=as_taken)]


def _with_medicines_alone_in_doubt(case: Case) -> Case:
    """The case of a chart that names no treatment with the drug: what it is treated with is the one thing worth a question."""
    facts = case.facts
    if facts.believed is None or facts.believed.medications == facts.medications:
        return replace(case, facts=replace(facts, believed=None))
    return replace(case, facts=replace(facts, believed=replace(facts, medications=facts.believed.medications)))


def _decided(case: Case, view: View, left: list[Left]) -> list[Recommendation]:
    """What all checks decide about a patient, resolved; what another hook says goes to `left`."""
    renews = bool(case.orders) and view.is_current

    def is_left(decision: Recommendation) -> bool:
        found = left_by(MOMENTS, case, renews, decision)
        left.extend(filter(None, (found,)))
        return found is not None

    return resolve(decisions(every_check(), view, _failed), case.on, TABLE, renews, is_left)


def _looked_at(view: View) -> dict[str, tuple[int, Urgency]]:
    """The results of which one that cannot be read at all is asked about: for how many days, and how urgently."""
    if not view.concerns_drug:
        return {}
    results, state = view.numbers("RESULTS-READ")["days"], view.numbers("DISEASE-STATE")["speaks_days"]
    return {
        **dict.fromkeys(_LABORATORY, (results, Urgency.WARNING)),
        **dict.fromkeys(_INFORMING, (results, Urgency.INFO)),
        **dict.fromkeys(_STATE, (state, Urgency.WARNING)),
    }


def _failed(check: Check[View], view: View, error: Exception) -> Recommendation:
    """What is said where a check failed. The log names the kind of the error alone: its words may hold patients' data."""
    _log.error("check %s failed: %s", check.name, type(error).__name__)
    missing = [Missing(check.name, "an error in this service", "GEN-UNSEEN")]
    return ask(view, ("GEN-UNSEEN",), "check-failed", words={"what": check.question}, missing=missing)
