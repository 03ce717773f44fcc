"""Acute leukaemia beside MDS."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.other_indications import acute_leukaemia
from cds_service.drugs.lenalidomide.safety.laws import withholding
from cds_service.drugs.lenalidomide.safety.view import LAWS, View


def _assess(view: View) -> list[Recommendation]:
    return withholding(view, acute_leukaemia(view.case, view.disease, view.trace))


CHECK = Check("acute-leukaemia", "acute leukaemia", _assess, lambda view: view.concerns_drug and view.law in LAWS)
