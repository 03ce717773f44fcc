"""What a text must hold for a pattern to be found in it: nothing that a pattern finds is lost."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_service.fhir.stems import may_be_in_ascii, shortest, stems_of
from cds_service.fhir.terminology import CONCEPT_WORDS

EVERY = sorted({each for kinds in CONCEPT_WORDS.values() for patterns in kinds.values() for each in patterns})


@pytest.mark.parametrize(
    ("pattern", "stems"),
    [
        (r"\bdvts?\b", {"dvt"}),
        (r"deep (?:vein|venous) thrombosis", {" thrombosis"}),
        (r"(?:tvt|lae)\b(?! risk)", {"tvt", "lae"}),
        (r"(?:tvt|)", set()),
        (r"n?-?stemi", {"stemi"}),
        (r"a{0,2}b{2}c+d*", {"b"}),
        (r"[ab]c\.d", {"c.d"}),
        (r"(?<!old )mi|stroke", {"mi", "stroke"}),
        (r"\w*", set()),
        (r"x[\]-]yz", {"yz"}),
        (r"x[]a]yz", {"yz"}),
        (r"(?i)dvt", set()),
    ],
)
def test_stems_are_letters_that_every_match_holds(pattern: str, stems: set[str]) -> None:
    assert stems == stems_of(pattern)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_a_word_of_the_vocabularies_is_found_in_holds_a_stem_of_it(data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(EVERY))
    text = data.draw(st.from_regex(re.sub(r"\(\?<?[!=](?:[^()]|\([^()]*\))*\)", "", pattern)))
    stems = stems_of(pattern)
    assert not stems or any(stem in text for stem in stems), (pattern, stems)


def test_most_words_have_a_stem() -> None:
    assert sum(bool(stems_of(pattern)) for pattern in EVERY) > 0.9 * len(EVERY)


def test_of_stems_that_hold_one_another_the_shortest_is_enough() -> None:
    assert ("dvt", "thromb") == shortest(frozenset({"thrombosis", "thromb", "dvt", "dvts"}))


@pytest.mark.parametrize(
    ("pattern", "may_be"),
    [(r"\bthromb\w*", True), ("血小板", False), (r"血小板|\bplt\b", True), (r"\w*", True), ("б(?:a)?в", False)],
)
def test_a_pattern_whose_every_stem_holds_another_letter_is_not_in_a_text_of_ascii(pattern: str, may_be: bool) -> None:
    assert may_be is may_be_in_ascii(pattern)
