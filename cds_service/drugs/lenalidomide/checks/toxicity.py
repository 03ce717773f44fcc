"""Other toxicity by grade."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.laws import under_each_law
from cds_service.drugs.lenalidomide.safety.reports import reports
from cds_service.drugs.lenalidomide.safety.toxicity import toxicity
from cds_service.drugs.lenalidomide.safety.view import View

# Reactions whose way out has a row of its own.
_OWN_ROWS = ("tumor-flare", "tumor-lysis")


def _assess(view: View) -> list[Recommendation]:
    found = toxicity(view, reports(view))
    # The hold is understood by its reason: its way out says more than the recovery alone.
    understood = {"toxicity-recovered"} if view.is_held_for("rash", "toxicity", *_OWN_ROWS) else set()
    understood |= {"skin-review"} if view.is_held_for("rash") else set()
    understood |= {"flare-inform"} if view.is_held_for(*_OWN_ROWS) else set()
    return [r for r in found if r.message not in understood]


CHECK = Check("toxicity", "other toxicity", under_each_law(_assess), lambda view: view.concerns_drug)
