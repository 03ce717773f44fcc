"""The renal maximum where the indication is not known or has no rows: that of the strictest one that is possible.

When: lenalidomide is ordered and no regimen decides the dose.
Then: a draft above the lowest dose that a renal row of any regimen allows at today's clearance, or on dialysis, is reviewed;
no dose is offered. Above all renal rows nothing is said here: no indication has its maximum from the kidneys then.
"""

from __future__ import annotations

from collections.abc import Iterable

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.regimen import Regimen
from cds_service.dosing.renal import kidney_function
from cds_service.dosing.treatment.order_above import above_bands
from cds_service.dosing.treatment.patient import patient_by
from cds_service.drugs.lenalidomide.safety.view import View


def renal_maximum(view: View, regimens: Iterable[Regimen]) -> list[Recommendation]:
    """A review of each draft above the strictest renal row. Args: the regimens that are possible.

    Missing: without a current clearance nothing is said here.
    """
    kidneys = kidney_function(view.case)
    if not view.case.orders or kidneys.stale:
        return []
    reduced = []
    for regimen in regimens:
        bands, most = kidneys.bands(regimen.bands), max((b.dose.mg_per_day for b in regimen.bands), default=0)
        if bands and all(b.dose.mg_per_day < most for b in bands):
            reduced.append((max(b.dose.mg_per_day for b in bands), regimen))
    if not reduced:
        return []
    strictest = min(reduced, key=lambda each: each[0])[1]
    return above_bands(patient_by(view, strictest), kidneys, ())
