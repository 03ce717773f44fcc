"""Are diagnoses and tests known by what charts of many languages write, and nothing that only sounds like them?"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from cds_service.fhir.terminology import fact_named
from cds_service.fhir.words import diagnoses_in

DATA = Path(__file__).parents[2] / "data"
Rows = dict[str, dict[str, Any]]
WORDS, NAMES = (
    cast(Rows, yaml.safe_load((DATA / name).read_text(encoding="utf-8")))
    for name in ("problem_words.yaml", "test_names.yaml")
)
OF = {"bleeding": {"bleeding", "major-bleeding", "intracranial-bleeding"}}


@pytest.mark.parametrize("concept", WORDS)
def test_a_diagnosis_is_known_by_its_words(concept: str) -> None:
    rows, concepts = WORDS[concept], OF.get(concept, {concept})
    print(f"{concept}: {len(rows['says'])} read, not read: {rows.get('missed', [])}")
    assert [] == [text for text in rows["says"] if not concepts & diagnoses_in(text).stated]
    assert [] == [text for text in rows["not"] if concepts & diagnoses_in(text).stated]


@pytest.mark.parametrize("fact", NAMES)
def test_a_result_is_known_by_the_names_that_laboratories_give_it(fact: str) -> None:
    assert [] == [name for name in NAMES[fact]["says"] if fact_named(name) != fact]
    assert [] == [name for name in NAMES[fact]["not"] if fact_named(name) == fact]
