"""Which words of a problem or reaction without a code are a clot, and which deny it or speak of something else?"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.fhir.words import (
    _DIAGNOSES_AND_REACTIONS,
    _PROCEDURES,
    _STEMS,
    Worded,
    diagnoses_in,
    reactions_in,
)


@pytest.mark.parametrize(
    "text",
    [
        "Pulmonary embolism",
        "Pulmonary emboli, bilateral",
        "Lungenembolie",
        "Lungenarterienembolie beidseits",
        "tiefe Beinvenenthrombose",
        "Thrombose",
        "TVT links",
        "DVT",
        "D.V.T.",
        "Acute PE",
        "deep vein thrombosis",
        "Deep-vein thrombosis",
        "Venous thromboembolism",
        "DVT on prophylaxis",
    ],
)
def test_a_venous_clot_is_understood_without_a_code(text: str) -> None:
    assert (frozenset({"vte"}), frozenset({"vte"})) == (diagnoses_in(text).stated, reactions_in(text).stated)


@pytest.mark.parametrize(
    "text",
    [
        "Myocardial infarction",
        "NSTEMI",
        "Herzinfarkt",
        "akuter Myokardinfarkt",
        "Ischemic stroke",
        "Schlaganfall",
        "Cerebral infarction",
        "arterial thrombosis",
        "arterielle Thrombose",
    ],
)
def test_an_arterial_clot_is_understood_without_a_code(text: str) -> None:
    assert frozenset({"ate"}) == diagnoses_in(text).stated


@pytest.mark.parametrize(
    "text",
    [
        "no DVT",
        "kein Hinweis auf Thrombose",
        "rule out DVT",
        "Family history of DVT",
        "Mutter: Lungenembolie",
        "Pulmonary embolism ruled out",
        "Lungenembolie ausgeschlossen",
        "Risk of thrombosis",
    ],
)
def test_a_clot_that_is_denied_or_a_relatives_is_not_counted(text: str) -> None:
    assert Worded(frozenset(), frozenset({"vte"}), frozenset()) == diagnoses_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "DVT prophylaxis",
        "Thromboseprophylaxe",
        "thrombosis risk",
        "superficial vein thrombosis",
        "Hemorrhoid thrombosis",
        "hemorrhagic stroke",
        "heat stroke",
        "stroke volume",
        "thrombocytopenia",
        "post-stroke depression",
    ],
)
def test_what_only_sounds_like_a_clot_is_none(text: str) -> None:
    assert Worded(frozenset(), frozenset(), frozenset()) == diagnoses_in(text)


@pytest.mark.parametrize(
    ("text", "concept"),
    [("History of DVT", "vte-history"), ("Z.n. Lungenembolie", "vte-history"), ("Old stroke", "ate-history")],
)
def test_a_clot_of_the_past_is_history(text: str, concept: str) -> None:
    assert frozenset({concept}) == diagnoses_in(text).stated


@pytest.mark.parametrize("text", ["V.a. Lungenembolie", "Suspected DVT", "pulmonary embolism?"])
def test_a_suspected_clot_is_doubted(text: str) -> None:
    assert frozenset({"vte"}) == diagnoses_in(text).doubted


# ------------------------------------------------------------------ what is looked for first
@pytest.mark.slow
@pytest.mark.parametrize("concept", sorted(_DIAGNOSES_AND_REACTIONS | _PROCEDURES))
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_whatever_matches_the_words_of_a_concept_holds_one_of_its_stems(concept: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex((_DIAGNOSES_AND_REACTIONS | _PROCEDURES)[concept]))
    assert any(stem in text for stem in _STEMS[concept])
