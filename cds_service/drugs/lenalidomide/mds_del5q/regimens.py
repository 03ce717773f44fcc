"""The one place where the jurisdiction of a call chooses the document that MDS is treated by."""

from __future__ import annotations

from collections.abc import Mapping

from cds_service.drugs.lenalidomide.course.regimen import Regimen
from cds_service.drugs.lenalidomide.mds_del5q.eu import EU
from cds_service.drugs.lenalidomide.mds_del5q.us import US

REGIMENS: Mapping[str, Regimen] = {regimen.jurisdiction: regimen for regimen in (US, EU)}
