"""Which country's documents decide."""

from __future__ import annotations

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.view import LAWS, View

RULE = "GEN-JUR"


def _assess(view: View) -> list[Recommendation]:
    if view.law in LAWS:
        return []
    view.trace.say(RULE, "fired", "no rules for this one" if view.law else "no jurisdiction is configured")
    reason = f"no rules for {view.law}" if view.law else "not configured"
    return [
        decision(
            view,
            Action.REQUEST_DATA,
            Urgency.WARNING,
            (RULE,),
            "jurisdiction-missing",
            inputs=view.disease.inputs,
            missing=[Missing("jurisdiction", reason, RULE)],
        )
    ]


CHECK = Check("jurisdiction", "jurisdiction", _assess, lambda view: view.concerns_drug)
