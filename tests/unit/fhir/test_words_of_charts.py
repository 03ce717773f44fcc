"""Are diagnoses and tests known by what charts of many languages write, and nothing that only sounds like them?"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from cds_service.fhir.conditions import read_conditions
from cds_service.fhir.terminology import fact_named
from cds_service.fhir.words import diagnoses_in
from tests.support.resources import condition
from tests.support.yaml_files import read_yaml

DATA = Path(__file__).parents[2] / "data"
Rows = dict[str, dict[str, Any]]
WORDS, NAMES = (cast(Rows, read_yaml(DATA / name)) for name in ("problem_words.yaml", "test_names.yaml"))
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


NOT_DONE = (
    "Hysterectomy scheduled 3/2026", "hystérectomie prévue", "histerectomía programada", "isterectomia programmata",
    "hysterectomie gepland", "Hysterektomie empfohlen", "considering hysterectomy", "declined hysterectomy", "for hysterectomy",
    "awaiting hysterectomy", "Hysterectomy?", "hysterectomy cancelled", "TAH-BSO planned", "menopausal symptoms", "early menopause",
)  # fmt: skip
DONE = (
    "hysterectomy 2010",
    "s/p TAH-BSO",
    "Z.n. Hysterektomie",
    "Hystérectomie totale",
    "prior hysterectomy",
    "Postmenopausal since 2010",
)


def _reassures(text: str, **more: Any) -> bool:
    """Whether a problem of this text takes away that she may have children."""
    problem = condition("p1", "c1", {"text": text}, "2015-01-20", **more)
    read = read_conditions([json.dumps(problem).encode()], "p1", date(2026, 1, 26), frozenset())
    return any({"hysterectomy", "bilateral-oophorectomy", "menopause"} & each.concepts for each in read.diagnoses)


def test_what_is_only_planned_or_asked_about_reassures_nobody() -> None:
    assert [] == [text for text in NOT_DONE if _reassures(text)]
    assert [] == [text for text in DONE if not _reassures(text)]
    assert not _reassures("hysterectomy 2010", verificationStatus={"coding": [{"code": "provisional"}]})
