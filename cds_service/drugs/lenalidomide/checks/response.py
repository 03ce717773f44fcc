"""Erythroid response in MDS: assessment, loss of it, what is known about stopping."""

from __future__ import annotations

from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.mds_del5q.response import responses
from cds_service.drugs.lenalidomide.safety.laws import under_each_law
from cds_service.drugs.lenalidomide.safety.view import View


def _applies(view: View) -> bool:
    return view.concerns_drug and view.disease.is_mds


CHECK = Check("response", "response", under_each_law(responses), _applies)
