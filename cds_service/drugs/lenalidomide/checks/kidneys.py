"""The dose in force against the kidneys of today, by the regimen."""

from __future__ import annotations

from cds_service.dosing.check import Check
from cds_service.dosing.treatment.kidneys import assess_kidneys
from cds_service.drugs.lenalidomide.possible import by_regimen

CHECK = Check("kidneys", "kidneys", by_regimen(assess_kidneys), lambda view: view.is_current)
