"""Hepatitis B in its tests and on file."""

from __future__ import annotations

from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.hepatitis_b import hepatitis_b
from cds_service.drugs.lenalidomide.safety.laws import under_each_law

CHECK = Check("hepatitis-b", "hepatitis B", under_each_law(hepatitis_b), lambda view: view.concerns_drug)
