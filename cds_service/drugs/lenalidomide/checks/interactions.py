"""Other drugs beside lenalidomide."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.interactions import interactions
from cds_service.drugs.lenalidomide.safety.laws import under_each_law
from cds_service.drugs.lenalidomide.safety.view import View


def _assess(view: View) -> list[Recommendation]:
    return interactions(view, None)


CHECK = Check("interactions", "other medicines", under_each_law(_assess), lambda view: view.concerns_drug)
