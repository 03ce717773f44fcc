"""Which of several regimens it is, where that decides."""

from __future__ import annotations

from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.possible import which_regimen

CHECK = Check("regimen", "regimen", which_regimen, lambda view: view.concerns_drug)
