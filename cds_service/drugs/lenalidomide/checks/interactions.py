"""Other drugs beside lenalidomide."""

from __future__ import annotations

from datetime import date, timedelta

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.dosing.treatment.schedule import next_count
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens
from cds_service.drugs.lenalidomide.possible import possible_patients
from cds_service.drugs.lenalidomide.safety.interactions import interactions
from cds_service.drugs.lenalidomide.safety.laws import under_each_law
from cds_service.drugs.lenalidomide.safety.view import View


def _assess(view: View) -> list[Recommendation]:
    return interactions(view, _next_count(view))


def _next_count(view: View) -> date | None:
    """The next blood count in MDS; None elsewhere, where the regimen's own cards say it."""
    if not view.disease.is_mds:
        return None
    if view.is_start:
        return view.today + timedelta(days=regimens(view.case.rules)[view.law].cbc.every_first)
    return next_count(possible_patients(view).patients[0]).due


CHECK = Check("interactions", "other medicines", under_each_law(_assess), lambda view: view.concerns_drug)
