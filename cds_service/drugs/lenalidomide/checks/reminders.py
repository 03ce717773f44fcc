"""Tests that are due: thyroid, liver, ferritin, karyotype, TP53, second cancers."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.mds_del5q.surveillance import surveillance
from cds_service.drugs.lenalidomide.safety.laboratory import laboratory
from cds_service.drugs.lenalidomide.safety.laws import under_each_law
from cds_service.drugs.lenalidomide.safety.view import View


def _assess(view: View) -> list[Recommendation]:
    return laboratory(view, surveillance(view) if view.disease.is_mds else ())


CHECK = Check("reminders", "tests that are due", under_each_law(_assess), lambda view: view.concerns_drug)
