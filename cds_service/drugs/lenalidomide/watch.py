"""What a course of lenalidomide is watched by on a day: the counts that decide then, and the next blood count.

When: the drug is taken or held.
Then: the rows of the regimen that the chart shows; of several regimens what each of them has.
"""

from __future__ import annotations

from cds_service.dosing.case import Case
from cds_service.dosing.regimen import Regimen
from cds_service.dosing.trace import Trace
from cds_service.dosing.treatment import limits as course
from cds_service.dosing.treatment.limits import Limit, limits_by_either
from cds_service.dosing.treatment.monitoring import CbcDue
from cds_service.dosing.treatment.patient import Patient, patient_by
from cds_service.drugs.lenalidomide.counts.several import possible_regimens
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens
from cds_service.drugs.lenalidomide.other_indications import is_without_table
from cds_service.drugs.lenalidomide.patient import view_of
from cds_service.drugs.lenalidomide.safety.view import View


def limits(case: Case) -> tuple[Limit, ...]:
    """The limits of the day of the case. Missing: none where no document in force has a table for what the drug is given for."""
    return limits_by_either([course.limits(patient) for patient in _patients(case)])


def next_count(case: Case) -> CbcDue | None:
    """The next blood count, the earliest of several regimens. Missing: None as above."""
    found = [due for patient in _patients(case) if (due := course.next_count(patient)) is not None]
    return min(found, key=lambda due: due.due, default=None)


def _patients(case: Case) -> list[Patient]:
    """The patient by each regimen that the chart leaves open."""
    trace = Trace(case.rules)
    view = view_of(case, trace)
    return [patient_by(case, view.therapy, trace, view.indication, regimen) for regimen in _regimens(view)]


def _regimens(view: View) -> list[Regimen]:
    if is_without_table(view):
        return []
    if view.disease.is_mds:
        return [regimens(view.case.rules)[view.law]]
    return possible_regimens(view.case, view.therapy, view.disease)
