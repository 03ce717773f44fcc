"""Lactose in the capsules (SmPC 4.4; US label 11).

When: hereditary galactose intolerance, Lapp lactase deficiency or glucose-galactose malabsorption, or another intolerance of
lactose, is on file.
Then: a hereditary one is reviewed before a start, and under treatment where it may be newer than the first dose; any other
intolerance is information at a start.
"""

from __future__ import annotations

from cds_service.clinical.facts import Diagnosis
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.drugs.lenalidomide.decisions import fires
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.view import View

RULE = "LACTOSE"
HEREDITARY = "galactose-intolerance"
OTHER = ("lactose-intolerance", "lactose-allergy")


def lactose(view: View) -> list[Recommendation]:
    """What an intolerance of lactose or galactose calls for."""
    hereditary = [d for d in view.facts.has_diagnosis(HEREDITARY, active_only=False) if _is_new(view, d)]
    found = [Input("lactoseIntolerance", d.text, on=d.recorded_on, reference=d.reference) for d in hereditary]
    others = [
        *(
            Input("lactoseIntolerance", d.text, on=d.recorded_on, reference=d.reference)
            for d in view.facts.has_diagnosis(*OTHER)
        ),
        *(Input("lactoseIntolerance", e.text, on=e.on, reference=e.reference) for e in view.facts.events_of(*OTHER)),
    ]
    told = found or (others if view.is_start else [])
    if not fires(view, RULE, told, "; ".join(i.value for i in told) or "nothing to weigh"):
        return []
    return [
        decision(
            view,
            Action.REVIEW if found else Action.INFORM,
            Urgency.WARNING if found else Urgency.INFO,
            (RULE,),
            "lactose-review" if found else "lactose-inform",
            words={"what": told[0].value},
            inputs=told,
        )
    ]


def _is_new(view: View, diagnosis: Diagnosis) -> bool:
    """Whether it has not been weighed yet: before a start, or where it was recorded since the first dose."""
    firsts = view.therapy.first_doses
    return view.is_start or diagnosis.recorded_on is None or not firsts or diagnosis.recorded_on >= min(firsts)


CHECK = safety_check("lactose", "lactose", lactose)
