"""Lymphoma: which label section a diagnosis goes by."""

from __future__ import annotations

from collections.abc import Mapping

from cds_service.drugs.lenalidomide.course.regimen import Regimen
from cds_service.drugs.lenalidomide.lymphoma.eu import EU_LYMPHOMA
from cds_service.drugs.lenalidomide.lymphoma.follicular_marginal import US_FOLLICULAR_MARGINAL
from cds_service.drugs.lenalidomide.lymphoma.mantle_cell import US_MANTLE_CELL

LYMPHOMA: Mapping[str, Mapping[str, Regimen]] = {
    "US": {"mcl": US_MANTLE_CELL, "fl": US_FOLLICULAR_MARGINAL, "mzl": US_FOLLICULAR_MARGINAL},
    "EU": EU_LYMPHOMA,
}
