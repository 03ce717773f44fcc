"""Is a sentence under a wrong document noticed? tests/cases/test_cases.py looks at each golden card."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cds_service.clinical.recommendation import Action, Urgency
from cds_service.dosing.build import by_rules, decision
from cds_service.dosing.case import Case
from cds_service.dosing.context import About
from tests.support.facts import START, facts
from tests.support.honest_sources import SENTENCES, line_faults, source_faults
from tests.support.rules import IN_FORCE

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CARDS = sorted((Path(__file__).parents[2] / "fhir_fixtures").glob("*/cards.json"))


def _details(path: Path) -> list[str]:
    return [card["detail"] for card in json.loads(path.read_text(encoding="utf-8"))["cards"] if "detail" in card]


def test_the_golden_cards_hold_sentences_of_many_places() -> None:
    named = [
        {place for text, places in SENTENCES.items() if text in detail for place in places[:1]}
        for path in CARDS
        for detail in _details(path)
    ]
    assert 50 < sum(bool(places) for places in named)
    assert 8 < len(set().union(*named))


def test_a_sentence_under_another_name_is_seen() -> None:
    case = Case(facts(), (), "patient-view", START, NOON, "US", rules=IN_FORCE)
    two = decision(
        About(case, "mds-del5q"), Action.REVIEW, Urgency.WARNING,
        ("US-MDS-PLT-A4", "US-MDS-PLT-GAP"), "hold",
    )  # fmt: skip
    assert [] == list(source_faults(two))
    both = f"{two.words['rule_text']} {two.beside[0].text}"
    assert list(source_faults(replace(two, words={**two.words, "rule_text": both}, beside=())))
    assert list(source_faults(replace(two, basis=two.beside[0].basis)))
    assert list(source_faults(replace(by_rules(case, two, reversed(two.rules)), words=two.words)))
    (text, places), *_ = SENTENCES.items()
    assert [] == list(line_faults(f"{places[0]}{text}"))
    assert list(line_faults(f"Another document 1: {text}"))
