"""What changed between two revisions where rules rest on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cds_service.labels.drift import changed_runs, drift
from cds_service.labels.label import Label


@dataclass(frozen=True)
class Row:
    id: str = "ROW"
    section: str = "2.2"
    numbers: Mapping[str, Any] = field(default_factory=lambda: {"below": Decimal(40000), "resume_mg": Decimal(5)})
    places: tuple[str, ...] = ("Platelets {below} {resume_mg}",)
    own: tuple[str, ...] = ()
    unplaced: str = ""


def label(text: str, **sections: str) -> Label:
    return Label("spl", "Made up", "set", "1", date(2026, 1, 1), "0" * 64, {"2.2": text, **sections})


OLD = "Words before. Platelets below 40,000/mcL: stop; resume at 5 mg daily. Words after."


@pytest.mark.parametrize(
    ("new", "kinds"),
    [
        (OLD, []),
        (OLD.replace("Words after", "Other words after"), []),
        (OLD.replace("40,000", "40000").replace(": stop", " : stop"), []),
        (OLD.replace("40,000", "30,000"), ["number"]),
        (OLD.replace("below 40", "at least 40"), ["number"]),
        (OLD.replace("5 mg daily", "5 mg every other day"), ["words"]),
        (OLD.replace("stop", "stop and call"), ["words"]),
        (OLD.replace("Platelets", "Thrombocytes"), ["lost"]),
    ],
)
def test_ground_moves_when_the_cited_passage_reads_otherwise(new: str, kinds: list[str]) -> None:
    assert [moved.kind for moved in drift([Row()], label(OLD), label(new)).moved] == kinds


def test_a_section_that_changed_names_the_rules_on_it() -> None:
    found = drift([Row()], label(OLD, **{"5.1": "Old."}), label(OLD.replace("after", "behind"), **{"5.1": "New."}))
    assert [(change.section, change.rules) for change in found.sections] == [("2.2", ("ROW",)), ("5.1", ())]


def test_changed_runs_are_words_before_and_after() -> None:
    assert changed_runs("a b c", "a x c") == (("b", "x"),)
    assert changed_runs("≤3× “so”", '≤3 x "so"') == ()
