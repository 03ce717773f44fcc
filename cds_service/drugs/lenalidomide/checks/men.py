"""What men are reminded of at a start."""

from __future__ import annotations

from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.safety.laws import under_each_law
from cds_service.drugs.lenalidomide.safety.supply import reminders

CHECK = Check("men", "condoms, sperm and blood donation", under_each_law(reminders), lambda view: view.concerns_drug)
