"""The dose in force, or to resume at, against the kidneys of today; a clearance that cannot be told."""

from __future__ import annotations

from cds_service.dosing.treatment.checks import KIDNEYS
from cds_service.drugs.lenalidomide.possible import by_regimen

CHECK = by_regimen(KIDNEYS)
