"""Worked examples as the drug's rules see them: the case that the way of a call hands to `assess`, and what they answer."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from cds_service.cdshooks.request import parse_request
from cds_service.clinical.recommendation import Assessment
from cds_service.dosing.case import Case
from cds_service.drugs.lenalidomide import DRUG
from cds_service.hooks.pipeline import Pipeline
from cds_service.settings import Settings
from tests.support.chart import build_chart
from tests.support.ehr import Ehr
from tests.support.therapy import regimen_schedule

_asked: list[Case] = []


def _watched(case: Case) -> Assessment:
    _asked.append(case)
    return DRUG.assess(case)


@functools.cache
def _engine(jurisdiction: str) -> Pipeline:
    settings = Settings.from_environment({"CDS_MODE": "demo", "CDS_JURISDICTION": jurisdiction})
    return Pipeline(settings, [replace(DRUG, assess=_watched)])


class _Direct:
    """Discovery without HTTP."""

    def __init__(self, engine: Pipeline) -> None:
        self._engine = engine

    def get(self, path: str) -> tuple[int, bytes]:
        """The services."""
        listed = [{"id": s.id, "hook": s.hook, "prefetch": s.prefetch} for s in self._engine.services()]
        return 200, json.dumps({"services": listed}).encode()

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Nothing is posted."""
        raise AssertionError(path)


def case_of(example: Mapping[str, Any]) -> Case | None:
    """What the rules are asked about an example: order-sign where it has an order, else patient-view; None: they are not asked."""
    engine, today = _engine(example["jurisdiction"]), str(example["as_of"])
    ehr, chart, order = Ehr(_Direct(engine), today), build_chart(example), example.get("order")
    hook, drafts = "patient-view", []
    if order:
        hook = "order-sign"
        at = (example.get("pregnancy_data") or {}).get("prescribing_datetime")
        schedule = order.get("requested_schedule") or regimen_schedule(example)
        drafts = [ehr.draft(chart, order["requested_dose_mg"], schedule, f"{at}:00Z" if at else None)]
    service = next(s for s in engine.services() if s.hook == hook)
    body = json.dumps(ehr.request(hook, chart, drafts)).encode()
    _asked.clear()
    engine.run(service.id, parse_request(body, service), today=date.fromisoformat(today))
    return _asked[-1] if _asked else None


def assess_anew(case: Case) -> Assessment:
    """What the rules say, with the facts taken anew: what was worked out from them before is forgotten."""
    return DRUG.assess(replace(case, facts=replace(case.facts)))
