"""Blood counts that are due."""

from __future__ import annotations

from cds_service.dosing.check import Check
from cds_service.dosing.treatment.monitoring import assess_monitoring
from cds_service.drugs.lenalidomide.possible import by_regimen

CHECK = Check("monitoring", "blood counts that are due", by_regimen(assess_monitoring), lambda view: view.is_current)
