"""Acute leukaemia, or blasts of its share."""

from __future__ import annotations

from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.progression import acute_leukaemia

CHECK = safety_check("acute-leukaemia", "acute leukaemia", acute_leukaemia, withholds=True)
