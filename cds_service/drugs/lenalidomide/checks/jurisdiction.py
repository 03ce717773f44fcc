"""Which country's documents decide."""

from __future__ import annotations

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.decisions import ask
from cds_service.drugs.lenalidomide.safety.view import LAWS, View

RULE = "GEN-JUR"


def _assess(view: View) -> list[Recommendation]:
    if view.law in LAWS:
        return []
    view.trace.say(RULE, "fired", "no rules for this one" if view.law else "no jurisdiction is configured")
    reason = f"no rules for {view.law}" if view.law else "not configured"
    missing = [Missing("jurisdiction", reason, RULE)]
    return [ask(view, (RULE,), "jurisdiction-missing", inputs=view.disease.inputs, missing=missing)]


CHECK = Check("jurisdiction", "jurisdiction", _assess, lambda view: view.concerns_drug)
