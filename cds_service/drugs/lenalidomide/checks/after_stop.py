"""After lenalidomide was stopped in response: cytogenetic follow-up, re-treatment on loss of independence."""

from __future__ import annotations

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.mds_del5q.discontinuation import after_stop
from cds_service.drugs.lenalidomide.safety.view import View


def _assess(view: View) -> list[Recommendation]:
    return after_stop(view)


def _applies(view: View) -> bool:
    return not view.brings_orders and not view.is_current


CHECK = Check("after-stop", "after the end of treatment", _assess, _applies)
