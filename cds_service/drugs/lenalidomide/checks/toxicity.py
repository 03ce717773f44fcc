"""Other toxicity by grade."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.laws import under_each_law
from cds_service.drugs.lenalidomide.safety.reports import reports
from cds_service.drugs.lenalidomide.safety.toxicity import toxicity
from cds_service.drugs.lenalidomide.safety.view import View


def _assess(view: View) -> list[Recommendation]:
    found = toxicity(view, reports(view))
    if view.is_on_hold and not view.therapy.hold_concepts.isdisjoint(("rash", "toxicity")):
        # The hold is understood by its reason: its way out says more than the recovery alone.
        return [r for r in found if r.message != "toxicity-recovered"]
    return found


CHECK = Check("toxicity", "other toxicity", under_each_law(_assess), lambda view: view.concerns_drug)
