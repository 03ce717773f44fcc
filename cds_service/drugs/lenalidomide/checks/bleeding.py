"""Major bleeding."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.bleeding import bleeding
from cds_service.drugs.lenalidomide.safety.laws import under_each_law, withholding
from cds_service.drugs.lenalidomide.safety.reports import reports
from cds_service.drugs.lenalidomide.safety.view import View


def _assess(view: View) -> list[Recommendation]:
    return withholding(view, bleeding(view, reports(view)))


CHECK = Check("bleeding", "bleeding", under_each_law(_assess), lambda view: view.concerns_drug)
