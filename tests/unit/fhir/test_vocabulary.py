"""The words of dosage instructions: is each file whole and free of contradiction, and what is found in a text?"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.fhir.dosage.instruction import Dosage, read_dosage
from cds_service.fhir.dosage.vocabulary import FOLDER, VocabularyError, lexicon_of, meanings_of, pattern, tokens_of
from cds_service.fhir.terminology import medication_names

FILES = sorted(path for path in FOLDER.glob("*.toml") if path.stem != "signs")
NEEDED = {
    "capsule",
    "day",
    "week",
    "hour",
    "every",
    "per",
    "then",
    "off",
    "cycle",
    "as_needed",
    "limit",
    "except",
    "after",
}
REFUSED = {"negation", "condition", "change", "ended", "one_day", "uncertain"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_language_has_words_for_what_makes_or_changes_a_dose(path: Path) -> None:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set() == NEEDED - content["words"].keys()
    assert set() == REFUSED - content["refused"].keys()
    assert set() == {"rhythm", "weekday", "time_of_day", "topic"} - content.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_word_that_is_refused_is_a_filler_of_its_language(path: Path) -> None:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    refused = {word for words in content["refused"].values() for word in words}
    assert set() == refused & set(content["words"]["filler"])


BESIDE = sorted(FOLDER.glob("beside/*.txt"))


@pytest.mark.parametrize("path", BESIDE, ids=lambda path: path.stem)
def test_what_stands_beside_a_dose_is_sorted_and_says_no_number_or_rhythm(path: Path) -> None:
    parts = path.read_text(encoding="utf-8").split("[")[1:]
    assert parts[-1].startswith("refused.change]")
    for part in parts:
        phrases = part.splitlines()[1:]
        assert sorted(set(phrases), key=str.casefold) == sorted(phrases, key=str.casefold) == phrases
    harmless = [phrase for part in parts[:-1] for phrase in part.splitlines()[1:]]
    said = {kind for phrase in harmless for token in tokens_of(phrase, ()) for kind in token.meanings}
    assert set() == {"NUMBER", "RHYTHM", "OFTEN", "UNIT", "AS_NEEDED", "HALF"} & said


def test_a_word_beside_a_dose_adds_nothing_and_one_that_refuses_takes_it() -> None:
    plain, refused = (
        read_dosage([Dosage(text=f"10 mg daily, {word}")], None).dose for word in ("oncohematología", "enteredinerror")
    )
    assert plain == read_dosage([Dosage(text="10 mg daily")], None).dose != refused


def test_a_word_with_two_values_of_a_kind_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[number]\n2 = ["duo"]\n3 = ["duo"]\n', encoding="utf-8")
    with pytest.raises(VocabularyError, match="'duo' is NUMBER"):
        lexicon_of(tmp_path)


def test_a_bare_number_is_never_a_word_that_says_nothing_about_the_dose(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[topic]\ncontact = ["112"]\n', encoding="utf-8")
    with pytest.raises(VocabularyError, match="'112' is TOPIC"):
        lexicon_of(tmp_path)


def test_a_kind_without_a_word_cannot_stand_in_the_grammar() -> None:
    with pytest.raises(VocabularyError, match="NO_SUCH_KIND"):
        pattern("NUMBER NO_SUCH_KIND")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("10 mg daily", ["NUMBER", "UNIT", "RHYTHM"]),
        ("every other day", ["RHYTHM"]),
        ("1日1回", ["NUMBER", "DAY", "EACH_TIME"]),
        ("12/01/2026", ["DATE"]),
        ("21:00 Uhr", ["CLOCK"]),
        ("555-0100", ["PHONE"]),
        ("D46.C", ["ICD"]),
        ("2.500", ["ODD_NUMBER"]),
        ("xylophone", ["UNKNOWN"]),
    ],
)
def test_a_text_becomes_tokens_of_known_kinds(text: str, kinds: list[str]) -> None:
    tokens = tokens_of(text, ())
    assert [True] * len(kinds) == [kind in token.meanings for kind, token in zip(kinds, tokens, strict=True)]


def test_the_names_of_the_drug_are_words_for_this_call_alone() -> None:
    assert "DRUG" in tokens_of("Examplimab", ("examplimab",))[0].meanings
    assert "UNKNOWN" in tokens_of("Examplimab", ())[0].meanings


def test_other_drugs_are_known_by_the_names_of_the_terminology_in_any_form() -> None:
    known = [
        tokens_of(name, ())[0].meanings
        for name in ("Dexamethason", "ASS", "dexamethasonum", "Vitamin D3", "デキサメタゾン")
    ]
    assert [True] * len(known) == ["OTHER_DRUG" in said for said in known]
    silent = [name for name in medication_names() if "FILLER" in tokens_of(name, ())[0].meanings and name.isalpha()]
    assert [] == silent


def test_a_unit_is_found_in_every_language_and_spelling() -> None:
    found = [meanings_of(word).keys() for word in ("mg", "Milligramm", "{capsule}", "Kapsel(n)", "gélule", "カプセル")]
    assert [True] * 6 == [bool({"UNIT", "CAPSULE"} & kinds) for kinds in found]
    assert {} == meanings_of("furlong")


SIGNS = [
    "1",
    "2.5",
    "10",
    "28",
    ",",
    ".",
    "-",
    "/",
    "(",
    ")",
    "?",
    "½",
    "12/01/2026",
    "0900",
    "9:00 pm",
    "D46.C",
    "1-0-1",
]
PHRASES = sorted({" ".join(phrase) for phrases in lexicon_of(FOLDER).values() for phrase, _ in phrases})
WORDS = st.sampled_from([*PHRASES, *SIGNS])


@given(st.lists(WORDS, max_size=30))
def test_no_sequence_of_words_is_an_error(words: list[str]) -> None:
    read = read_dosage([Dosage(text=" ".join(words))], None, True, ())
    assert (read.dose is None) == bool(read.problem)
