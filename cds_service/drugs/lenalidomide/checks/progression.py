"""What is new in karyotype, blasts, TP53 or recorded risk, and a second cancer."""

from __future__ import annotations

from dataclasses import replace

from cds_service.clinical.recommendation import Recommendation
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.progression import progression
from cds_service.drugs.lenalidomide.safety.view import View


def _assess(view: View) -> list[Recommendation]:
    return [replace(r, withholds_dose=view.is_start and not r.folds) for r in progression(view)]


CHECK = safety_check("progression", "state of the disease", _assess)
