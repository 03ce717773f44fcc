"""Is the rule book current, and does every rule stand in it with its citation?"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from cds_service.commands import rules
from cds_service.drugs.catalogue import DRUGS
from tests.support.rule_book import FOLDER, examples_by_rule

AGAIN = "out of date: run `python -m tests.regenerate`"


@pytest.mark.parametrize("name", rules.pages({}))
def test_the_page_is_current(name: str) -> None:
    assert rules.pages(examples_by_rule())[name] == (FOLDER / name).read_text(encoding="utf-8"), AGAIN


def test_no_page_of_a_document_that_is_gone_is_left() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == {
        *rules.pages({}),
        "decisions.md",
        "claims.md",
        "not-served.md",
    }


def test_every_edition_of_every_document_has_its_page() -> None:
    assert {f"{e.document.id}.md" for drug in DRUGS for e in drug.rulebook.editions} == set(rules.pages({})) - {
        "README.md",
        "checks.md",
    }


def test_a_rule_shows_its_words_its_citation_its_numbers_and_its_examples() -> None:
    book = rules.pages({"US-MDS-PLT-W4-HI": ["US-P01"]})["us-label-2023-03.md"]
    rule = book.partition("## US-MDS-PLT-W4-HI\n")[2].partition("\n## ")[0]
    for words in (
        "**When** Within 4 weeks of starting 10 mg daily",
        "**Then** interrupt when",
        "Section: 2.2; confidence: OFF; checked against the document by program",
        "Examples: US-P01",
        "| hold 1, below | 50000 |",
        "| resume mg | 5 |",
    ):
        assert words in rule


def test_the_command_writes_the_same_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    examples = tmp_path / "examples.json"
    examples.write_text(json.dumps(examples_by_rule()), encoding="utf-8")
    assert 0 == rules.run(argparse.Namespace(out=tmp_path / "book", examples=examples))
    for path in (tmp_path / "book").iterdir():
        assert (FOLDER / path.name).read_text(encoding="utf-8") == path.read_text(encoding="utf-8"), AGAIN
    examples.write_text("[]", encoding="utf-8")
    assert 1 == rules.run(argparse.Namespace(out=tmp_path / "book", examples=examples))
    assert "cannot be read" in capsys.readouterr().err
