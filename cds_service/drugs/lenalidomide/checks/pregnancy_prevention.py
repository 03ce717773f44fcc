"""Pregnancy prevention: who needs it, tests and contraception, before a start and under treatment."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation, Urgency
from cds_service.drugs.lenalidomide.safety.childbearing import Potential, childbearing
from cds_service.drugs.lenalidomide.safety.laws import safety_check, withholding
from cds_service.drugs.lenalidomide.safety.pregnancy_course import prevention_on_treatment
from cds_service.drugs.lenalidomide.safety.pregnancy_start import prevention_before_start
from cds_service.drugs.lenalidomide.safety.view import View


def _assess(view: View) -> list[Recommendation]:
    potential = childbearing(view)
    if not view.is_start:
        return prevention_on_treatment(view, potential)
    found = prevention_before_start(view, potential)
    # Whether she can become pregnant at all is asked beside the dose; what she lacks if she can is settled before it.
    asks = potential.potential is Potential.ASK or all(r.urgency is Urgency.INFO for r in found)
    return found if asks else withholding(view, found)


CHECK = safety_check("pregnancy-prevention", "pregnancy prevention", _assess)
