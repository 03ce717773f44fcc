"""Worked examples: reading them, and playing one against the whole application."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.application import client
from tests.support.chart import build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.judgement import judge
from tests.support.resources import Json
from tests.support.therapy import regimen_schedule

SPEC = Path(__file__).parents[1] / "spec"


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """YAML without timestamps: `2026-01-05T10:00` stays the text it is."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@functools.cache
def load(name: str) -> Any:
    """The content of one YAML file of tests/spec, every date as text."""
    return yaml.load((SPEC / name).read_text(encoding="utf-8"), Loader=_Loader)


def examples(name: str) -> dict[str, Json]:
    """The examples of a file by id, in file order."""
    listed = load(name)["examples"]
    by_id = {example["id"]: example for example in listed}
    assert len(by_id) == len(listed), "an id stands twice"
    return by_id


def play(example: Mapping[str, Any]) -> list[str]:
    """Plays an example as the rulings say and judges it; each fault is prefixed with the hook on which it was seen.

    With `order`: order-sign and order-select with that draft. Without: patient-view. Today is `as_of`.
    """
    today, jurisdiction = str(example["as_of"]), example["jurisdiction"]
    ehr = Ehr(FlaskTransport(client(jurisdiction=jurisdiction, today=today)), today)
    chart = build_chart(example)
    order = example.get("order")
    if not order:
        return _judged(example, ehr, "patient-view", chart, [])
    at = (example.get("pregnancy_data") or {}).get("prescribing_datetime")
    schedule = order.get("requested_schedule") or regimen_schedule(example)
    draft = ehr.draft(chart, order["requested_dose_mg"], schedule, f"{at}:00Z" if at else None)
    return [fault for hook in ("order-sign", "order-select") for fault in _judged(example, ehr, hook, chart, [draft])]


def _judged(example: Mapping[str, Any], ehr: Ehr, hook: str, chart: Any, drafts: list[Json]) -> list[str]:
    answer = ehr.call(hook, chart, drafts)
    if answer.status != 200:
        return [f"{hook}: status {answer.status}: {answer.body[:400]!r}"]
    return [f"{hook}: {fault}" for fault in judge(example["expected"], answer.cards)]
