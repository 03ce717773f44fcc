"""The one place where the jurisdiction of a call chooses the document that MDS is treated by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from cds_service.dosing.regimen import Regimen
from cds_service.dosing.rulebook import Rules
from cds_service.drugs.lenalidomide.mds_del5q.eu import eu
from cds_service.drugs.lenalidomide.mds_del5q.us import us


@cache
def regimens(rules: Rules) -> Mapping[str, Regimen]:
    """The regimens of MDS by jurisdiction. Raises: RulebookError when the documents in force lack a row that one needs."""
    return {regimen.jurisdiction: regimen for regimen in (us(rules), eu(rules))}
