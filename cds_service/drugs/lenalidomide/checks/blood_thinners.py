"""A blood thinner with low platelets."""

from __future__ import annotations

from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.bleeding import thinner_with_low_platelets
from cds_service.drugs.lenalidomide.safety.laws import under_each_law

CHECK = Check(
    "blood-thinners", "blood thinners", under_each_law(thinner_with_low_platelets), lambda view: view.concerns_drug
)
