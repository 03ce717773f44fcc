"""A blood thinner with low platelets."""

from __future__ import annotations

from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.laws import under_each_law
from cds_service.drugs.lenalidomide.safety.thrombosis import bleeding

CHECK = Check("blood-thinners", "blood thinners", under_each_law(bleeding), lambda view: view.concerns_drug)
