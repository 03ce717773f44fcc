"""Blood counts that are due under treatment."""

from __future__ import annotations

from cds_service.dosing.treatment.checks import MONITORING
from cds_service.drugs.lenalidomide.possible import by_regimen

CHECK = by_regimen(MONITORING)
