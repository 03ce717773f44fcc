"""Whether treatment may start: eligibility, counts, data."""

from __future__ import annotations

from cds_service.dosing.treatment.checks import START
from cds_service.drugs.lenalidomide.possible import by_regimen, start_of_several

CHECK = by_regimen(START, start_of_several)
