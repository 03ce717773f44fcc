"""A pregnancy on file, or by a positive test."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.laws import under_each_law, withholding
from cds_service.drugs.lenalidomide.safety.pregnancy import pregnancy
from cds_service.drugs.lenalidomide.safety.view import View


def _assess(view: View) -> list[Recommendation]:
    return withholding(view, pregnancy(view))


CHECK = Check("pregnancy", "pregnancy", under_each_law(_assess), lambda view: view.concerns_drug)
