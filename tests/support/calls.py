"""Whole requests of one patient for tests of the road around the rules: a hold, and a blood count that is due."""

from __future__ import annotations

import copy
import functools
from datetime import date
from typing import Any

from tests.support.application import client
from tests.support.chart import build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.vignettes import counts, vignette, weekly_counts

SIGN = "lenalidomide-order-sign"
TODAY = date(2026, 1, 26)


def hold_request() -> dict[str, Any]:
    """An order of 10 mg is signed while platelets are 49 000: hold."""
    return copy.deepcopy(_request("hold"))


def due_request() -> dict[str, Any]:
    """An order of 10 mg is signed, all is well, and the weekly blood count is due today."""
    return copy.deepcopy(_request("due"))


@functools.cache
def _request(what: str) -> dict[str, Any]:
    today = str(TODAY)
    results = counts(today, 49000, 2000) if what == "hold" else weekly_counts("2026-01-12", 2)
    chart = build_chart(vignette(today, results))
    ehr = Ehr(FlaskTransport(client(jurisdiction="US", today=today)), today)
    made = ehr.request("order-sign", chart, [ehr.draft(chart, 10, "once daily")])
    return {**made, "hookInstance": "4e0a3a1e-3283-4575-ab82-028d55fe2719"}
