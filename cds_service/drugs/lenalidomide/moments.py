"""Which hook says what among the checks of lenalidomide: the engine's rows, and those that name its checks or messages."""

from __future__ import annotations

from cds_service.dosing import moments
from cds_service.dosing.moments import SELECT, SIGN, WARNINGS, Moment, on_renewal
from cds_service.dosing.precedence import Which

MOMENTS = (
    *moments.TABLE,
    Moment(
        "Childbearing potential is asked about once on the way of a renewal.",
        frozenset({SELECT}),
        (Which(urgencies=WARNINGS, checks=frozenset({"pregnancy-prevention"})),),
        SIGN,
        on_renewal,
    ),
)
