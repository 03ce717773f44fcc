"""The dose of orders, and the dose in force against the whole table."""

from __future__ import annotations

from cds_service.dosing.treatment.checks import DOSE
from cds_service.drugs.lenalidomide.possible import by_regimen, dose_of_several

CHECK = by_regimen(DOSE, dose_of_several)
