"""Every regimen of lenalidomide, built from the rules in force: what an edition lacks is known at the start, not at a call."""

from __future__ import annotations

from cds_service.dosing.regimen import Regimen
from cds_service.dosing.rulebook import Rules
from cds_service.drugs.lenalidomide.counts.regimen import every_variant
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens


def every_regimen(rules: Rules) -> tuple[Regimen, ...]:
    """All regimens. Raises: RulebookError naming the editions and the row or number that they lack."""
    return (*regimens(rules).values(), *every_variant(rules))
