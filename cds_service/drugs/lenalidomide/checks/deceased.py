"""An order for a patient who is recorded as deceased: the wrong chart, or a wrong record."""

from __future__ import annotations

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.view import View

RULE = "PATIENT-DECEASED"


def _assess(view: View) -> list[Recommendation]:
    missing = [Missing("patient", "recorded as deceased", RULE)]
    case, indication = view.case, view.indication
    return [
        decision(case, indication, Action.REQUEST_DATA, Urgency.WARNING, (RULE,), "patient-deceased", missing=missing)
    ]


CHECK = Check("deceased", "whether the patient is alive", _assess, lambda v: v.brings_orders and v.facts.is_deceased)
