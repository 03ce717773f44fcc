"""Acute leukaemia, or blasts of its share."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.laws import under_each_law, withholding
from cds_service.drugs.lenalidomide.safety.progression import acute_leukaemia
from cds_service.drugs.lenalidomide.safety.view import View


def _assess(view: View) -> list[Recommendation]:
    return withholding(view, acute_leukaemia(view))


CHECK = Check("acute-leukaemia", "acute leukaemia", under_each_law(_assess), lambda view: view.concerns_drug)
