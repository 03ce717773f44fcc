"""Every regimen of lenalidomide, built from the rules in force: what an edition lacks is known at the start, not at a call."""

from __future__ import annotations

from cds_service.dosing.regimen import Regimen
from cds_service.dosing.rulebook import Rules
from cds_service.drugs.lenalidomide.lymphoma.assess import lymphoma
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens
from cds_service.drugs.lenalidomide.myeloma.combination import FIRST, LATER, combination
from cds_service.drugs.lenalidomide.myeloma.eu import eu_combination
from cds_service.drugs.lenalidomide.myeloma.maintenance import us_maintenance


def every_regimen(rules: Rules) -> tuple[Regimen, ...]:
    """All regimens. Raises: RulebookError naming the editions and the row or number that they lack."""
    by_indication = lymphoma(rules)
    return (
        *regimens(rules).values(),
        *(regimen for jurisdiction in by_indication.values() for regimen in jurisdiction.values()),
        *(us_maintenance(rules), *eu_combination(rules), combination(rules, FIRST), combination(rules, LATER)),
    )
