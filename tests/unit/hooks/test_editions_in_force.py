"""Do discovery, the documents, a card, its explanation and its record name the edition that was in force on the day?"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cds_service.cards.plain import month_words
from cds_service.cdshooks.request import parse_request
from cds_service.hooks.explanation import explain
from cds_service.hooks.pipeline import Pipeline, build_engine
from cds_service.hooks.recording import Recording
from cds_service.settings import Settings
from cds_service.store.records import Decision
from tests.support.calls import SIGN, TODAY, hold_request

DAYS = {
    date(2019, 1, 1): "2020-04",
    date(2020, 4, 23): "2020-04",
    date(2021, 8, 30): "2020-04",
    date(2021, 8, 31): "2021-08",
    date(2023, 3, 23): "2021-08",
    date(2023, 3, 24): "2023-03",
    TODAY: "2023-03",
}
every_day = pytest.mark.parametrize(("day", "revision"), DAYS.items(), ids=str)


class Kept:
    """Records in memory."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []

    def append(self, decision: Decision) -> int:
        self.decisions.append(decision)
        return len(self.decisions)


def engine_on(day: date, kept: Kept | None = None) -> Pipeline:
    """An engine whose today is fixed."""
    settings = Settings(mode="demo", auth="none", jurisdiction="US", today=day)
    return build_engine(settings, Recording(kept) if kept is not None else None)


def moved(value: Any, to: date) -> Any:
    """The request with each of its days as many days before `to` as it was before today."""
    if isinstance(value, dict):
        return {key: moved(inner, to) for key, inner in value.items()}
    if isinstance(value, list):
        return [moved(inner, to) for inner in value]
    try:
        day = date.fromisoformat(value[:10]) if isinstance(value, str) and value[:4] == "2026" else None
    except ValueError:
        day = None
    return f"{to + (day - TODAY)}{value[10:]}" if day is not None else value


@every_day
def test_the_documents_of_a_day_are_the_editions_in_force(day: date, revision: str) -> None:
    engine = engine_on(day)
    (label,) = [document for document in engine.documents() if document.name == "us-label"]
    assert (f"us-label-{revision}", revision) == (label.id, label.revision)
    assert len({document.name for document in engine.documents()}) == len(engine.documents())


@every_day
def test_a_card_its_explanation_and_its_record_name_the_edition_of_their_day(day: date, revision: str) -> None:
    kept = Kept()
    engine = engine_on(day, kept)
    service = next(one for one in engine.services() if one.id == SIGN)
    request = parse_request(json.dumps(moved(hold_request(), day)).encode(), service)
    outcome = engine.run(SIGN, request)
    hold = next(card for card in outcome.cards if "hold lenalidomide" in card.summary)
    assert f"us-label-{revision}" in json.dumps(hold.extension)
    assert f"US label, {month_words(revision)};" in hold.detail
    said = explain(outcome, "US")
    assert [f"Lenalidomide US label rev. {revision}"] == [
        d.partition(":")[0] for d in said.documents if "US label" in d
    ]
    assert {f"rev. {revision}"} == {
        f"rev. {rule.citation.partition('rev. ')[2][:7]}"
        for rule in said.rules
        if rule.citation.startswith("Lenalidomide US label")
    }
    engine.answer(service, request, None)
    (record,) = kept.decisions
    assert f"us-label-{revision}" in record.documents
    assert len(engine.documents()) == len(record.documents)


def test_a_call_in_which_no_rule_was_asked_names_no_document_in_its_record() -> None:
    kept, document = Kept(), hold_request()
    document["context"]["draftOrders"]["entry"] = []
    engine = engine_on(TODAY, kept)
    service = next(one for one in engine.services() if one.id == SIGN)
    engine.answer(service, parse_request(json.dumps(document).encode(), service), None)
    assert [()] == [record.documents for record in kept.decisions]


def test_an_engine_that_runs_over_the_day_of_a_new_edition_lists_it_from_that_day_on() -> None:
    engine = engine_on(date(2023, 3, 23))
    listed = engine.services()
    assert listed is engine.services()
    engine._settings = replace(engine._settings, today=date(2023, 3, 24))
    assert "2023-03" == next(d.revision for d in engine.documents() if d.name == "us-label")
    assert listed is not engine.services()
