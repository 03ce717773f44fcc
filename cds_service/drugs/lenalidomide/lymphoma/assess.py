"""Lymphoma: which label section a diagnosis goes by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from cds_service.dosing.regimen import Regimen
from cds_service.dosing.rulebook import Rules
from cds_service.drugs.lenalidomide.lymphoma.eu import eu_lymphoma
from cds_service.drugs.lenalidomide.lymphoma.follicular_marginal import us_follicular_marginal
from cds_service.drugs.lenalidomide.lymphoma.mantle_cell import us_mantle_cell


@cache
def lymphoma(rules: Rules) -> Mapping[str, Mapping[str, Regimen]]:
    """The regimens by jurisdiction and indication. Raises: RulebookError when the documents in force lack a row."""
    follicular = us_follicular_marginal(rules)
    return {
        "US": {"mcl": us_mantle_cell(rules), "fl": follicular, "mzl": follicular},
        "EU": eu_lymphoma(rules),
    }
