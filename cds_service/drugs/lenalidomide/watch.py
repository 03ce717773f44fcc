"""What a course of lenalidomide is watched by on a day: the counts that decide then, and the next blood count.

When: the drug is taken or held.
Then: the rows of the regimen that the chart shows; of several regimens what each of them has.
"""

from __future__ import annotations

from cds_service.dosing.case import Case
from cds_service.dosing.trace import Trace
from cds_service.dosing.treatment import limits as course
from cds_service.dosing.treatment import schedule
from cds_service.dosing.treatment.limits import Limit, limits_by_either
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.schedule import CbcDue
from cds_service.drugs.lenalidomide.patient import view_of
from cds_service.drugs.lenalidomide.possible import possible_patients


def limits(case: Case) -> tuple[Limit, ...]:
    """The limits of the day of the case. Missing: none where no document in force has a table for what the drug is given for."""
    return limits_by_either([course.limits(patient) for patient in _patients(case)])


def next_count(case: Case) -> CbcDue | None:
    """The next blood count, the earliest of several regimens. Missing: None as above."""
    found = [schedule.next_count(patient) for patient in _patients(case) if patient.is_current]
    return min(found, key=lambda due: due.due, default=None)


def _patients(case: Case) -> tuple[Patient, ...]:
    """The patient by each regimen that the chart leaves open."""
    return possible_patients(view_of(case, Trace(case.rules))).patients
