"""Counts, kidneys, dose and monitoring, by the regimen of the disease; by every table where none of them has its rows."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.dosing.treatment.assess import assess_course
from cds_service.drugs.lenalidomide.counts.several import assess_regimens
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens
from cds_service.drugs.lenalidomide.other_indications import is_without_table, several, without_rows
from cds_service.drugs.lenalidomide.safety.view import View


def _assess(view: View) -> list[Recommendation]:
    case, therapy, disease, trace = view.case, view.therapy, view.disease, view.trace
    if is_without_table(view) or several(case, therapy, disease, trace):
        return without_rows(case, therapy, disease, trace)
    if disease.is_mds:
        return assess_course(case, therapy, disease.name, trace, regimens(case.rules)[view.law])
    found = assess_regimens(case, therapy, disease, trace)
    return without_rows(case, therapy, disease, trace) if found is None else found


CHECK = Check("course", "dose and counts", _assess, lambda view: view.concerns_drug)
