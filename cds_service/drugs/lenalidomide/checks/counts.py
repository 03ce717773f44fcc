"""Counts that interrupt treatment or let it resume, by the regimen; by every table where none of them has rows for the use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.treatment.checks import COUNTS
from cds_service.drugs.lenalidomide.other_indications import without_rows
from cds_service.drugs.lenalidomide.possible import by_regimen, possible_patients
from cds_service.drugs.lenalidomide.safety.view import View

_by_regimen = by_regimen(COUNTS)


def _assess(view: View) -> Iterable[Recommendation]:
    if not possible_patients(view).patients:
        return without_rows(view)
    return _by_regimen.assess(view)


CHECK = replace(_by_regimen, assess=_assess)
