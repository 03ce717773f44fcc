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
import yaml

from tests.support.application import client
from tests.support.chart import Chart, build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.resources import Json, condition, observation
from tests.support.vignettes import vignette, weekly_counts

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
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


@cache
def _ehr() -> Ehr:
    return Ehr(FlaskTransport(client(jurisdiction="US", today=TODAY)), TODAY)


@cache
def _chart() -> Chart:
    return build_chart(vignette(TODAY, weekly_counts("2026-01-12", 2)))


def _answer(resource: Json) -> tuple[str, str]:
    """The gravest indicator of the answer to a chart with this resource more, and all words of its cards."""
    chart = copy.deepcopy(_chart())
    chart.add(resource)
    answer = _ehr().call("patient-view", chart)
    assert answer.status == 200
    cards = answer.cards
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
