"""Worked examples: reading them, and playing one against the whole application."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from cds_service.app import create_app
from cds_service.clinical.recommendation import Assessment
from cds_service.dosing.case import Case
from cds_service.drugs.lenalidomide import DRUG
from cds_service.hooks.pipeline import Pipeline
from cds_service.settings import Settings
from tests.support.chart import build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.fake_service import FakeSink
from tests.support.judgement import judge
from tests.support.resources import Json
from tests.support.therapy import regimen_schedule
from tests.support.yaml_files import SafeLoader, read_yaml

SPEC = Path(__file__).parents[1] / "spec"
HANDED_DOWN = "examples.yaml"
FILES = (
    HANDED_DOWN,
    "more_examples.yaml",
    "eu_examples.yaml",
    "safety_examples.yaml",
    "other_indications.yaml",
    "eu_other_indications.yaml",
    "further_examples.yaml",
    "rare_examples.yaml",
)


class _Loader(SafeLoader):  # type: ignore[misc]
    """YAML without timestamps: `2026-01-05T10:00` stays the text it is."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@functools.cache
def load(name: str) -> Any:
    """The content of one YAML file of tests/spec, every date as text."""
    return read_yaml(SPEC / name, _Loader)


def examples(name: str) -> dict[str, Json]:
    """The examples of a file by id, in file order."""
    listed = load(name)["examples"]
    by_id = {example["id"]: example for example in listed}
    assert len(by_id) == len(listed), "an id stands twice"
    return by_id


@functools.cache
def every_example() -> dict[str, Json]:
    """The examples of all files by id, in file order."""
    listed = [(identifier, example) for name in FILES for identifier, example in examples(name).items()]
    assert len(dict(listed)) == len(listed), "an id stands in two files"
    return dict(listed)


@dataclass(frozen=True)
class Played:
    """What an example came to: in what its cards are not as expected, what the rules decided on the same call, the cards."""

    faults: list[str]
    assessment: Assessment
    cards: tuple[Json, ...] = ()


_assessed: list[Assessment] = []


def _watched(case: Case) -> Assessment:
    _assessed.append(DRUG.assess(case))
    return _assessed[-1]


@functools.cache
def _ehr(jurisdiction: str, today: str) -> Ehr:
    settings = Settings.from_environment({"CDS_MODE": "demo", "CDS_JURISDICTION": jurisdiction, "CDS_TODAY": today})
    engine = Pipeline(settings, [replace(DRUG, judge=_watched)])
    return Ehr(FlaskTransport(create_app(settings, engine=engine, feedback=FakeSink()).test_client()), today)


def play(example: Mapping[str, Any], hook: str = "") -> Played:
    """Plays an example over HTTP as the rulings say, on its day and in its jurisdiction, and judges the cards.

    Args:
        hook: where to play it; by default order-sign where the example has an `order`, else patient-view.
    """
    ehr, chart, order = _ehr(example["jurisdiction"], str(example["as_of"])), build_chart(example), example.get("order")
    drafts = []
    if order:
        at = (example.get("pregnancy_data") or {}).get("prescribing_datetime")
        schedule = order.get("requested_schedule") or regimen_schedule(example)
        drafts = [ehr.draft(chart, order["requested_dose_mg"], schedule, f"{at}:00Z" if at else None)]
    _assessed.clear()
    answer = ehr.call(hook or ("order-sign" if order else "patient-view"), chart, drafts)
    (assessment,) = _assessed
    return Played(judge(example["expected"], answer.cards), assessment, tuple(answer.cards))


def choose(example: Mapping[str, Any]) -> Assessment:
    """What is decided while an order of the example's patient is chosen that names the drug and no dose yet."""
    ehr, chart = _ehr(example["jurisdiction"], str(example["as_of"])), build_chart(example)
    order = {**ehr.draft(chart, 10, "once daily"), "medicationCodeableConcept": {"text": "lenalidomide"}}
    for said in ("dosageInstruction", "dispenseRequest"):
        del order[said]
    _assessed.clear()
    ehr.call("order-select", chart, [order])
    (assessment,) = _assessed
    return assessment


@functools.cache
def played(identifier: str) -> Played:
    """What the example of that id comes to; each is played once."""
    return play(every_example()[identifier])
