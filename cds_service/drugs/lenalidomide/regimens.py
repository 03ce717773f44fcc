"""Every regimen of lenalidomide, built from the rules in force: what an edition lacks is known at the start, not at a call."""

from __future__ import annotations

from cds_service.dosing.rulebook import Rules
from cds_service.drugs.lenalidomide.lymphoma.assess import lymphoma
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens
from cds_service.drugs.lenalidomide.myeloma.combination import FIRST, LATER, combination
from cds_service.drugs.lenalidomide.myeloma.eu import eu_combination
from cds_service.drugs.lenalidomide.myeloma.maintenance import us_maintenance


def build_every(rules: Rules) -> None:
    """Build each regimen once. Raises: RulebookError naming the editions and the row that they lack."""
    regimens(rules)
    lymphoma(rules)
    us_maintenance(rules)
    eu_combination(rules)
    for neutrophils in (FIRST, LATER):
        combination(rules, neutrophils)
