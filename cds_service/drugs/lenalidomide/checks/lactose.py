"""Lactose in the capsules."""

from __future__ import annotations

from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.lactose import lactose
from cds_service.drugs.lenalidomide.safety.laws import under_each_law

CHECK = Check("lactose", "lactose", under_each_law(lactose), lambda view: view.concerns_drug)
