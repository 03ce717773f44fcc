"""Liver values under treatment."""

from __future__ import annotations

from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.laws import under_each_law
from cds_service.drugs.lenalidomide.safety.liver import liver

CHECK = Check("liver", "liver", under_each_law(liver), lambda view: view.concerns_drug)
