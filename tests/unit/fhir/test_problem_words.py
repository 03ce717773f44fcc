"""Are grave diagnoses known by what problem lists of many languages write, and nothing that only sounds like them?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from cds_service.fhir.words import diagnoses_in

WORDS: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "data" / "problem_words.yaml").read_text(encoding="utf-8")
)
OF = {"bleeding": {"bleeding", "major-bleeding", "intracranial-bleeding"}}


@pytest.mark.parametrize("concept", WORDS)
def test_a_diagnosis_is_known_by_its_words(concept: str) -> None:
    rows, concepts = WORDS[concept], OF.get(concept, {concept})
    print(f"{concept}: {len(rows['says'])} read, not read: {rows.get('missed', [])}")
    assert [] == [text for text in rows["says"] if not concepts & diagnoses_in(text).stated]
    assert [] == [text for text in rows["not"] if concepts & diagnoses_in(text).stated]
