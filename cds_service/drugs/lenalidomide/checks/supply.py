"""How much is dispensed."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.childbearing import childbearing
from cds_service.drugs.lenalidomide.safety.laws import under_each_law
from cds_service.drugs.lenalidomide.safety.supply import supply, supply_not_told
from cds_service.drugs.lenalidomide.safety.view import View


def _assess(view: View) -> list[Recommendation]:
    return [*supply(view, childbearing(view)), *supply_not_told(view)]


CHECK = Check("supply", "supply", under_each_law(_assess), lambda view: view.concerns_drug)
