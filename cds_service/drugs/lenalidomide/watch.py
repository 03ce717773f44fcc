"""What a course of lenalidomide is watched by on a day: the counts that decide then, and the next blood count.

When: the drug is taken or held.
Then: the rows of the regimen that the chart shows; of several regimens what each of them has.
"""

from __future__ import annotations

from cds_service.dosing.case import Case
from cds_service.dosing.regimen import Regimen
from cds_service.dosing.trace import Trace
from cds_service.dosing.treatment.limits import Watch, watch, watch_by_either
from cds_service.dosing.treatment.patient import patient_by
from cds_service.drugs.lenalidomide.counts.several import possible_regimens
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens
from cds_service.drugs.lenalidomide.other_indications import is_without_table
from cds_service.drugs.lenalidomide.patient import view_of
from cds_service.drugs.lenalidomide.safety.view import View


def watched(case: Case) -> Watch:
    """The limits of the day of the case and the next count. Missing: empty where no document in force has a table for the use."""
    trace = Trace(case.rules)
    view = view_of(case, trace)
    return watch_by_either(
        [watch(patient_by(case, view.therapy, trace, view.indication, regimen)) for regimen in _regimens(view)]
    )


def _regimens(view: View) -> list[Regimen]:
    if is_without_table(view):
        return []
    if view.disease.is_mds:
        return [regimens(view.case.rules)[view.law]]
    return possible_regimens(view.case, view.therapy, view.disease)
