"""Counts, kidneys, dose and monitoring, by the regimen of the disease; by every table where none of them has its rows."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.other_indications import without_rows
from cds_service.drugs.lenalidomide.possible import assess_regimens, possible_patients
from cds_service.drugs.lenalidomide.safety.view import View


def _assess(view: View) -> list[Recommendation]:
    if not possible_patients(view).patients:
        return without_rows(view.case, view.therapy, view.disease, view.trace)
    return assess_regimens(view)


CHECK = Check("course", "dose and counts", _assess, lambda view: view.concerns_drug)
