"""Are spellings of one number, unit or word one, and do words for one thing find each other?"""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from cds_service.web.search import has_words, tidied
from tests.unit.web.test_rules import RULES, shown

ROW = "Platelets below 50,000/uL: interrupt. Creatinine clearance 30 to 60 mL/min: 2.5 mg once daily, 38.5 C or more."


@pytest.mark.parametrize(
    "spelling",
    [
        "50,000/µL",
        "50,000 /μL",
        "50000/uL",
        "50'000 / mcL",
        "50 ×10⁹/L",
        "50 x10^9/L",
        "50 10*9/L",
        "50 K/uL",
        "50 G/L",
        "50.000/µL",
        "50.000 ×10⁹/L",
    ],
)
def test_a_count_is_found_in_each_spelling(spelling: str) -> None:
    assert "50000/ul" == tidied(spelling)
    assert has_words(ROW, f"platelets {spelling}")


@pytest.mark.parametrize(
    "words",
    [
        "renal",
        "Kidneys",
        "eGFR",
        "thrombocytopenia",
        "thrombopenia",
        "50.000",
        "hold",
        "holding",
        "38.5 °C",
        "2.5mg",
        "2.5 mg",
        "Interrupted",
    ],
)
def test_other_words_for_a_thing_and_other_endings_find_it(words: str) -> None:
    assert has_words(ROW, words)


@pytest.mark.parametrize("words", ["5 mg", "0,000/µL", "liver", "platelets liver", "5.5", "30.00"])
def test_what_a_text_does_not_say_is_not_found(words: str) -> None:
    assert not has_words(ROW, words)


def test_british_and_american_spellings_are_one() -> None:
    assert has_words("Hemorrhage, edema, anemia or tumor lysis", "haemorrhage oedema anaemia tumour")


def test_a_short_word_stands_for_others_only_as_a_whole() -> None:
    assert has_words("ALT above its limit", "liver")
    assert not has_words("an alternative, at last", "liver")


@pytest.mark.parametrize("words", ["renal", "kidney", "50,000/µL", "50 ×10⁹/L", "thrombocytopenia", "haemorrhage"])
def test_the_rules_are_found_by_them(client: FlaskClient, words: str) -> None:
    found = shown(client.get("/rules", query_string={"q": words}).text)
    assert 3 < len(found) < len(RULES) / 3 or "thrombocytopenia" == words


def test_where_nothing_is_found_the_page_says_which_word_stands_nowhere(client: FlaskClient) -> None:
    assert "none has “nosuchword”" in client.get("/rules", query_string={"q": "platelets nosuchword"}).text
    assert "though each stands in some" in client.get("/rules", query_string={"q": "hepatitis mcl"}).text


def test_units_are_printed_as_people_write_them(client: FlaskClient) -> None:
    page = client.get("/rules").text
    assert "50,000/µL" in page and "38.5 °C" in page and "×10⁹/L" in page
    assert "/uL" not in page
