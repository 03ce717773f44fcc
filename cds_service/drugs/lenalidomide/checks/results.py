"""Thyroid and ferritin results."""

from __future__ import annotations

from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.laws import under_each_law
from cds_service.drugs.lenalidomide.safety.results import results

CHECK = Check("results", "results that were ordered", under_each_law(results), lambda view: view.concerns_drug)
