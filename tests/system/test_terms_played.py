"""Is a chart that says the grave thing in another unit, code, spelling, date or language answered as if it said it plainly?

Each collected term stands in a chart of its own, which is sent through the prefetch that discovery asks for. What a term
means is answered like the known code, or asked about; in silence none is passed over. Shares are printed.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.application import client
from tests.support.chart import Chart, build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.resources import Json, condition, observation, procedure
from tests.support.vignettes import vignette, weekly_counts
from tests.support.yaml_files import read_yaml

TODAY = "2026-01-26"
DATA = Path(__file__).parents[1] / "data"
LOINC = "http://loinc.org"
# Of thousands of codes of one concept each so manieth is played; all of them are looked up in the tests of the terminology.
EVERY = 40
AT_LEAST = 0.97
# What the chart of a woman under treatment is answered with, at least, where a diagnosis of this kind is new.
GRAVE = {"pregnancy-current": ("critical", "pregnan"), "aml-acute-leukaemia": ("warning", "leuk")}
# Codes that say in remission: what is over is not grave.
IN_REMISSION = re.compile(r"icd10cm C9\d\.\w1|icd9cm 20\d\.\d1")
RANKS = ("", "info", "warning", "critical")


@cache
def _read(name: str) -> Any:
    return read_yaml(DATA / name)


@cache
def _ehr() -> Ehr:
    return Ehr(FlaskTransport(client(jurisdiction="US", today=TODAY)), TODAY)


@cache
def _chart() -> Chart:
    return build_chart(vignette(TODAY, weekly_counts("2026-01-12", 2)))


def _answer(*resources: Json) -> tuple[str, str]:
    """The gravest indicator of the answer to a chart with these resources more, and all words of its cards."""
    chart = copy.deepcopy(_chart())
    chart.add(*resources)
    cards = _ehr().call("patient-view", chart).cards
    gravest = max((RANKS.index(card["indicator"]) for card in cards), default=0)
    return RANKS[gravest], " ".join(f"{card['summary']} {card.get('detail', '')}" for card in cards).casefold()


def _platelets(value: float, unit: str, on: str = f"{TODAY}T07:00:00Z", **code: Any) -> Json:
    one = observation(_chart().patient_id, "newest", "777-3", "", on, valueQuantity={"value": value, "unit": unit})
    return {**one, "code": code or {"coding": [{"system": LOINC, "code": "777-3"}]}}


def _told(what: str, silent: list[str], played: int) -> None:
    share = 1 - len(silent) / played
    print(f"{what}: {played - len(silent)} of {played} answered or asked about ({share:.1%})")
    assert played > 0
    assert share >= AT_LEAST, silent


@pytest.mark.slow
def test_a_low_count_in_any_unit_is_a_hold_or_a_question() -> None:
    rows = next(q for q in _read("unit_spellings.yaml")["quantities"] if q["quantity"] == "count")["spellings"]
    silent, accepted = [], [row for row in rows if row[2] == "accept"]
    for spelling, factor, *_ in accepted:
        indicator, words = _answer(_platelets(12000 / float(factor), spelling))
        if indicator != "critical" or "platelet" not in words:
            silent.append(spelling)
    _told("units of counts", silent, len(accepted))


def test_a_low_count_under_any_name_of_its_code_system_is_a_hold() -> None:
    spellings = _read("value_sets.yaml")["system_spellings"]["loinc"]
    coded = [{"coding": [{"system": each, "code": "777-3"}]} for each in spellings]
    silent = [str(code) for code in coded if _answer(_platelets(12, "10*3/uL", **code))[0] != "critical"]
    _told("names of LOINC", silent, len(coded))


def test_a_low_count_that_is_known_by_words_alone_is_asked_about() -> None:
    said = [
        text
        for c in _read("value_sets.yaml")["concepts"]
        if c["id"] == "platelets"
        for text, is_it in c["says"]
        if is_it
    ]
    silent = [text for text in said if _answer(_platelets(12, "10*3/uL", text=text))[0] != "critical"]
    _told("words for platelets", silent, len(said))


@pytest.mark.slow
def test_a_low_count_under_a_date_that_is_none_is_asked_about() -> None:
    dates = [row[0] for row in _read("placeholder_dates.yaml")["dates"]]
    silent = [on for on in dates if _answer(_platelets(12, "10*3/uL", on))[0] != "critical"]
    _told("dates that are none", silent, len(dates))


def _codes(concept: str) -> Iterator[tuple[str, Json]]:
    found = next(c for c in _read("value_sets.yaml")["concepts"] if c["id"] == concept)
    for name, codes in found["codes"].items():
        if name in ("loinc", "rxnorm"):
            continue
        for code in codes[:: EVERY if len(codes) > EVERY else 1]:
            yield f"{name} {code}", {"coding": [{"system": _read("value_sets.yaml")["systems"][name], "code": code}]}
    yield from ((text, {"text": text}) for text, is_it in found["says"] if is_it)


@pytest.mark.parametrize("concept", sorted(GRAVE))
def test_a_grave_diagnosis_is_answered_under_each_code_and_in_each_language(concept: str) -> None:
    least, word = GRAVE[concept]
    silent, played = [], 0
    for name, code in _codes(concept):
        if IN_REMISSION.fullmatch(name):
            continue
        played += 1
        indicator, words = _answer(condition(_chart().patient_id, "newest", code, "2026-01-20"))
        if RANKS.index(indicator) < RANKS.index(least) or word not in words:
            silent.append(name)
    _told(concept, silent, played)


PREGNANT = (
    "pregnant", "Currently pregnant", "schwanger", "enceinte", "zwanger", "embarazada", "incinta", "yes", "Ja", "G2P1, 12 weeks",
    "positive", "20 wk", "something that nobody reads",
)  # fmt: skip
NOT_PREGNANT = ("not pregnant", "nicht schwanger", "no", "Nein", "unknown")
POSITIVE = (
    "Positif", "positivo", "positief", "nachgewiesen", "détecté", "reaktiv", "weakly positive", "++", "hCG detected", "see note", "5000",
)  # fmt: skip
NEGATIVE = ("negative", "Négatif", "negativo", "negatief", "nicht nachgewiesen", "no detectado", "not detected")


def _result(code: str, **value: Any) -> Json:
    one = observation(_chart().patient_id, "newest", code, "", f"{TODAY}T07:00:00Z", **value)
    return {**one, "code": {"coding": [{"system": LOINC, "code": code}]}}


@pytest.mark.parametrize(("code", "words"), [("82810-3", PREGNANT), ("2118-8", POSITIVE)])
def test_a_pregnancy_in_any_words_is_a_stop_or_a_question_as_grave(code: str, words: tuple[str, ...]) -> None:
    answers = {said: _answer(_result(code, valueString=said)) for said in words}
    assert [] == [said for said, (gravest, told) in answers.items() if gravest != "critical" or "pregnan" not in told]


@pytest.mark.parametrize(("code", "words"), [("82810-3", NOT_PREGNANT), ("2118-8", NEGATIVE)])
def test_no_pregnancy_in_any_words_is_no_alarm(code: str, words: tuple[str, ...]) -> None:
    assert [] == [said for said in words if _answer(_result(code, valueString=said))[0] == "critical"]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("82810-3", {"valueBoolean": True}),
        ("18185-9", {"valueQuantity": {"value": 20, "unit": "wk"}}),
        ("11778-8", {"valueDateTime": "2026-07-01"}),
        ("34670-0", {"valueQuantity": {"value": 900, "unit": "ng/mL"}}),
    ],
)
def test_what_only_a_pregnant_woman_has_is_asked_about(code: str, value: Json) -> None:
    gravest, told = _answer(_result(code, **value))
    assert gravest == "critical"
    assert "pregnan" in told


def test_neutropenia_and_fever_that_are_coded_apart_are_febrile_neutropenia() -> None:
    codes = {
        name: {"coding": [{"system": _read("value_sets.yaml")["systems"]["icd10cm"], "code": name}]}
        for name in ("D70.1", "R50.81")
    }
    both = [condition(_chart().patient_id, name, code, "2026-01-25") for name, code in codes.items()]
    assert _answer(*both)[0] == "critical"
    assert [_answer(one)[0] for one in both] == ["info", "info"]


@pytest.mark.parametrize("on", ["1900-01-01", "2100-12-31", "9999-12-31"])
def test_a_dialysis_on_a_day_that_is_none_is_asked_about(on: str) -> None:
    done = {"coding": [{"system": _read("value_sets.yaml")["systems"]["snomed"], "code": "302497006"}]}
    gravest, told = _answer(procedure(_chart().patient_id, "newest", done, on))
    assert (gravest, "dialysis" in told or "procedure" in told) == ("warning", True)


VITALS = ("Temp (oral)", "Tmax", "Körpertemperatur (Ohr)", "Température axillaire", "Temperatura timpánica")


@pytest.mark.parametrize("text", VITALS)
def test_a_fever_that_is_known_by_words_alone_is_asked_about(text: str) -> None:
    low = [
        observation(_chart().patient_id, "anc-low", "751-8", "", TODAY, valueQuantity={"value": 0.8, "unit": "10*3/uL"})
    ]
    fever = observation(
        _chart().patient_id, "newest", "8310-5", "", f"{TODAY}T07:00:00Z", valueQuantity={"value": 39.5, "unit": "Cel"}
    )
    gravest, told = _answer(*low, {**fever, "code": {"text": text}})
    assert (gravest, "temperature" in told) == ("critical", True)


CARE = (
    "Antenatal booking visit", "Prenatal visit", "Obstetric ultrasound", "Schwangerenvorsorge", "Échographie obstétricale",
    "Control prenatal", "Ecografia ostetrica", "Verloskundige echo", "Consulta pré-natal", "妊婦健診",
)  # fmt: skip


@pytest.mark.parametrize("said", CARE)
def test_care_for_a_pregnancy_among_the_procedures_is_asked_about_as_gravely_as_a_pregnancy(said: str) -> None:
    gravest, told = _answer(procedure(_chart().patient_id, "newest", {"text": said}, "2026-01-20"))
    assert (gravest, "pregnan" in told) == ("critical", True)


@pytest.mark.parametrize(("said", "on"), [("Prenatal visit", "2023-01-20"), ("Postnatal visit", "2026-01-20")])
def test_care_of_long_ago_or_after_a_birth_is_no_alarm(said: str, on: str) -> None:
    assert _answer(procedure(_chart().patient_id, "newest", {"text": said}, on))[0] != "critical"
