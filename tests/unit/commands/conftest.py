"""A request in a file, as a client sends it, for the commands that read one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.application import client
from tests.support.chart import build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.examples import examples
from tests.support.therapy import regimen_schedule

Request = dict[str, Any]


@pytest.fixture(scope="session")
def worked_requests() -> dict[str, Request]:
    """US-P01 (platelets 49,999 in week 3, patient-view) and US-S01 (a start, order-sign) as requests."""
    found = {}
    for identifier, hook in (("US-P01", "patient-view"), ("US-S01", "order-sign")):
        example = examples("examples.yaml")[identifier]
        today = str(example["as_of"])
        ehr = Ehr(FlaskTransport(client(jurisdiction="US", today=today)), today)
        chart, order = build_chart(example), example.get("order")
        drafts = [ehr.draft(chart, order["requested_dose_mg"], regimen_schedule(example))] if order else []
        found[identifier] = ehr.request(hook, chart, drafts)
    return found


@pytest.fixture
def hold(worked_requests: dict[str, Request]) -> Request:
    """A request that leads to a hold on 2026-01-26; a copy, to be changed."""
    copy: Request = json.loads(json.dumps(worked_requests["US-P01"]))
    return copy


@pytest.fixture
def start(worked_requests: dict[str, Request]) -> Request:
    """A request of order-sign; a copy, to be changed."""
    copy: Request = json.loads(json.dumps(worked_requests["US-S01"]))
    return copy


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Request], str]:
    """Writes a request and gives the file's name."""

    def write(request: Request) -> str:
        path = tmp_path / "request.json"
        path.write_text(json.dumps(request), encoding="utf-8")
        return str(path)

    return write
