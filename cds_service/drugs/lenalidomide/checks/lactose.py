"""Lactose in the capsules (SmPC 4.4; US label 11).

When: hereditary galactose intolerance, Lapp lactase deficiency or glucose-galactose malabsorption, or another intolerance of
lactose, is on file.
Then: a hereditary one is reviewed before a start, and under treatment where it may be newer than the first dose; any other
intolerance is information at a start.
"""

from __future__ import annotations

from cds_service.clinical.facts import Diagnosis, Event
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
    hereditary = [d for d in view.facts.has_diagnosis(HEREDITARY, active_only=False) if view.may_be_new(d.recorded_on)]
    found = [_input(d) for d in hereditary]
    others = [*map(_input, view.facts.has_diagnosis(*OTHER)), *map(_input, view.facts.events_of(*OTHER))]
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


def _input(found: Diagnosis | Event) -> Input:
    on = found.on if isinstance(found, Event) else found.recorded_on
    return Input("lactoseIntolerance", found.text, on=on, reference=found.reference)


CHECK = safety_check("lactose", "lactose", lactose)
