"""The renal maximum where no regimen decides the dose."""

from __future__ import annotations

from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide.no_table import every_regimen
from cds_service.drugs.lenalidomide.other_indications import has_rows, several
from cds_service.drugs.lenalidomide.renal_maximum import renal_maximum
from cds_service.drugs.lenalidomide.safety.view import LAWS, View


def _applies(view: View) -> bool:
    if not view.concerns_drug or view.law not in LAWS:
        return False
    return not has_rows(view) or bool(several(view))


CHECK = Check(
    "renal-maximum", "kidneys without a table", lambda view: renal_maximum(view, every_regimen(view)), _applies
)
