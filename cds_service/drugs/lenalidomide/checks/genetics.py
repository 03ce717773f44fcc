"""A TP53 mutation in MDS."""

from __future__ import annotations

from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.mds_del5q.surveillance import tp53
from cds_service.drugs.lenalidomide.safety.laws import under_each_law
from cds_service.drugs.lenalidomide.safety.view import View


def _applies(view: View) -> bool:
    return view.concerns_drug and view.disease.is_mds


CHECK = Check("genetics", "mutations", under_each_law(tp53), _applies)
