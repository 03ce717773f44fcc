"""Is a sentence under a wrong document noticed? tests/cases/test_cases.py looks at each golden card."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from cds_service.clinical.recommendation import Action, Urgency
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.build import by_rules, decision
from tests.support.facts import START, facts
from tests.support.honest_sources import SENTENCES, line_faults, source_faults

CARDS = sorted((Path(__file__).parents[2] / "fhir_fixtures").glob("*/cards.json"))


def _details(path: Path) -> list[str]:
    return [card["detail"] for card in json.loads(path.read_text(encoding="utf-8"))["cards"] if "detail" in card]


def test_the_golden_cards_hold_sentences_of_several_documents_each() -> None:
    named = [
        {place for text, places in SENTENCES.items() if text in detail for place in places[:1]}
        for path in CARDS
        for detail in _details(path)
    ]
    assert 50 < sum(bool(places) for places in named)
    assert 20 < sum(len(places) > 1 for places in named)


def test_a_sentence_under_another_name_is_seen() -> None:
    two = decision(
        Case(facts(), (), "patient-view", START, None, "US"), "mds-del5q", Action.REVIEW, Urgency.WARNING,
        ("US-MDS-PLT-A4", "US-MDS-PLT-GAP"), "hold",
    )  # fmt: skip
    assert [] == list(source_faults(two))
    both = f"{two.words['rule_text']} {two.beside[0].text}"
    assert list(source_faults(replace(two, words={**two.words, "rule_text": both}, beside=())))
    assert list(source_faults(replace(two, basis=two.beside[0].basis)))
    assert list(source_faults(replace(by_rules(two, reversed(two.rules)), words=two.words)))
    (text, places), *_ = SENTENCES.items()
    assert [] == list(line_faults(f"{places[0]}{text}"))
    assert list(line_faults(f"**Source:** Another document, section 1: {text}"))
