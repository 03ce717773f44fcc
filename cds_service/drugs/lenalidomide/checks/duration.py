"""Whether treatment goes on: no response in time, the last cycle of the document."""

from __future__ import annotations

from cds_service.dosing.treatment.checks import DURATION
from cds_service.drugs.lenalidomide.possible import by_regimen

CHECK = by_regimen(DURATION)
