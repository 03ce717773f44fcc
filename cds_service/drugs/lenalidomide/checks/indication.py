"""What lenalidomide is ordered or taken for: nothing on file, CLL, several diseases, one that the document has no rows for.

MDS and the other labelled diseases go by their regimens, whose own conditions (karyotype, risk group) are looked at there.
"""

from __future__ import annotations

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.dosing.build import decision, stop_proposals
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.decisions import ask
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens
from cds_service.drugs.lenalidomide.other_indications import (
    LEUKAEMIA,
    RULES_BY_JURISDICTION,
    has_rows,
    not_covered,
    off_label,
    several,
)
from cds_service.drugs.lenalidomide.safety.laws import withholding
from cds_service.drugs.lenalidomide.safety.view import LAWS, View


def _assess(view: View) -> list[Recommendation]:
    if view.law not in LAWS:
        return []
    disease = view.disease
    if disease.name == "cll":
        view.trace.say(LEUKAEMIA[view.law], "fired", "chronic lymphocytic leukaemia is on file and MDS is not")
        return [_leukaemia(view)]
    if not disease.diagnoses:
        rule = regimens(view.case.rules)[view.law].ids.indication
        view.trace.say(rule, "unknown", "no diagnosis on file that lenalidomide is given for")
        return withholding(view, [_not_on_file(view, rule)])
    unclear = several(view)
    if unclear or has_rows(view):
        return withholding(view, unclear)
    rule = RULES_BY_JURISDICTION[view.law]
    if disease.name == "poems":
        view.trace.say(rule, "fired", "POEMS syndrome is no labelled indication")
        return withholding(view, [off_label(view, rule)])
    view.trace.say(rule, "fired", f"{disease.name}: no rows of this document")
    return withholding(view, [not_covered(view, rule)])


def _leukaemia(view: View) -> Recommendation:
    case = view.case
    going_on = view.therapy.references if view.therapy.state == "active" else ()
    return decision(
        view,
        Action.DO_NOT_START if case.orders else Action.REVIEW,
        Urgency.CRITICAL if case.orders else Urgency.WARNING,
        (LEUKAEMIA[view.law],),
        "leukaemia",
        inputs=view.disease.inputs,
        proposals=stop_proposals(case, None, going_on) if case.orders else (),
    )


def _not_on_file(view: View, rule: str) -> Recommendation:
    unseen = view.facts.unseen.get("conditions")
    reason = unseen or "no diagnosis on file that lenalidomide is given for"
    message, missing = "indication-unseen" if unseen else "indication-missing", [Missing("indication", reason, rule)]
    return ask(view, (rule,), message, words={"reason": reason}, missing=missing)


CHECK = Check("indication", "indication", _assess, lambda view: view.concerns_drug)
