"""Where the numbers of a row stand in a label, and what is said when they do not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cds_service.labels.label import Label
from cds_service.labels.places import Lost, Spot, find, parse_places
from cds_service.labels.verify import AGREES, DIFFERS, verify_row


@dataclass(frozen=True)
class Row:
    numbers: Mapping[str, Any]
    places: tuple[str, ...] = ()
    id: str = "ROW"
    section: str = "2.2"
    own: tuple[str, ...] = ()
    unplaced: str = ""


TEXT = "Platelets, at the high dose: stop below 40,000/mcL; return to at least 60,000/mcL: resume at 5 mg. At 5 mg: below 20,000/mcL."
LABEL = Label(
    "spl", "Made up", "set", "1", date(2026, 1, 1), "0" * 64, {"2.2": TEXT, "2.6": "CLcr 30 to 60 mL/min 7 mg"}
)
NUMBERS = {"hold.0.below": Decimal(40000), "resume.at_least": Decimal(60000), "resume_mg": Decimal(5)}
PLACE = "high dose {hold.0.below} {resume.at_least} {resume_mg}"


def spot(place: str, numbers: dict[str, Decimal], label: Label = LABEL) -> Spot:
    (parsed,) = parse_places("2.2", [place])
    found = find(parsed, numbers, label)
    assert isinstance(found, Spot)
    return found


def test_numbers_are_found_in_their_order() -> None:
    assert all(each.agrees for each in spot(PLACE, NUMBERS).comparisons)


@pytest.mark.parametrize("path", NUMBERS)
@pytest.mark.parametrize("value", [20000, 50, 41000, 0])
def test_another_number_differs_also_where_the_section_has_it_elsewhere(path: str, value: int) -> None:
    comparisons = spot(PLACE, {**NUMBERS, path: Decimal(value)}).comparisons
    assert [each.path for each in comparisons if not each.agrees] == [path]


def test_two_numbers_at_one_spot_do_not_agree() -> None:
    row = Row({"hold": {"below": Decimal(40000)}, "figures": {"below": Decimal(40000)}})
    agreeing = replace(row, places=("high dose {hold.below} {} {} {} {}",), numbers={"hold": {"below": Decimal(40000)}})
    assert verify_row(agreeing, LABEL).outcome == AGREES
    assert (
        verify_row(replace(row, places=("high dose {hold.below}", "high dose {figures.below}")), LABEL).outcome
        == DIFFERS
    )


def test_a_number_of_the_document_that_the_row_passes_over_shifts_what_follows() -> None:
    comparisons = spot("high dose {hold.0.below} {resume_mg}", NUMBERS).comparisons
    assert not comparisons[1].agrees


def test_another_comparator_of_the_document_differs() -> None:
    label = Label("spl", "Made up", "set", "1", date(2026, 1, 1), "0" * 64, {"2.2": TEXT.replace("below", "above", 1)})
    assert not spot(PLACE, NUMBERS, label).comparisons[0].agrees


def test_a_place_in_another_section_is_named() -> None:
    (place,) = parse_places("2.2", ["§ 2.6: CLcr {} {<= clearance_above} {}"])
    found = find(place, {"clearance_above": Decimal(60)}, LABEL)
    assert isinstance(found, Spot)
    assert found.comparisons[0].agrees


@pytest.mark.parametrize(
    ("place", "words"), [("low dose {resume_mg}", "low dose"), ("high dose … low dose {}", "low dose")]
)
def test_words_that_do_not_follow_are_named(place: str, words: str) -> None:
    (parsed,) = parse_places("2.2", [place])
    assert find(parsed, NUMBERS, LABEL) == Lost(parsed, words)


def test_a_section_that_is_not_there_is_lost() -> None:
    (parsed,) = parse_places("9.9", ["high dose"])
    assert find(parsed, NUMBERS, LABEL) == Lost(parsed, "")


@pytest.mark.parametrize(
    "place", ["{resume_mg} high dose", "stop below 40,000 {resume_mg}", "high dose {Resume}", "high {dose", "", "…"]
)
def test_a_place_that_says_nothing_or_hides_a_number_in_words_is_refused(place: str) -> None:
    with pytest.raises(ValueError, match="place"):
        parse_places("2.2", [place])
