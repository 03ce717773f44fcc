"""An order for a person whom it cannot be meant for: recorded as deceased, or a child."""

from __future__ import annotations

from functools import partial

from cds_service.clinical.calendar import age_on
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.view import View

DECEASED, ADULTS = "PATIENT-DECEASED", "ADULTS"


def _assess(view: View) -> list[Recommendation]:
    """A question on each order. Missing: without a birth date nobody is a child; a start asks for it."""
    questioned = partial(decision, view, withholds_dose=True)
    found, born = [], view.facts.born_from
    if view.facts.deceased:
        death = view.facts.deceased
        reason = "recorded as deceased" if death == "yes" else f'recorded as deceased: "{death}"'
        missing = [Missing("patient", reason, DECEASED)]
        found.append(questioned(Action.REQUEST_DATA, Urgency.WARNING, (DECEASED,), "patient-deceased", missing=missing))
    age = age_on(view.today, born) if born is not None and born <= view.today else None
    if age is not None and age < view.numbers(ADULTS)["years_below"]:
        told = [Input("age", str(age), "years", reference=view.facts.patient_reference)]
        words = {"age": str(age)}
        found.append(questioned(Action.REVIEW, Urgency.WARNING, (ADULTS,), "patient-child", words=words, inputs=told))
    return found


CHECK = Check("person", "whether the patient can be meant", _assess, lambda view: view.brings_orders)
