"""A PD-1 or PD-L1 antibody in myeloma."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.checkpoint import checkpoint
from cds_service.drugs.lenalidomide.safety.laws import under_each_law, withholding
from cds_service.drugs.lenalidomide.safety.view import View


def _assess(view: View) -> list[Recommendation]:
    return withholding(view, checkpoint(view))


CHECK = Check(
    "checkpoint-antibodies", "PD-1 and PD-L1 antibodies", under_each_law(_assess), lambda view: view.concerns_drug
)
