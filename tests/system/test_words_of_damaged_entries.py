"""An entry that is not used is told by one way of speaking: what it was, its value, its day, why, and what to do.

Each line is a kind that the damage matrix once found without one of them, played from the request to the card.
"""

from __future__ import annotations

import copy
import json
from importlib.resources import files
from typing import Any

import pytest

from cds_service.commands.fixtures import Fixture, fixtures
from tests.support.damage import DAMAGES, Place, damaged, entry_at, places
from tests.support.damage_matrix import Shown, answered
from tests.support.damage_words import DAY, TO_DO, VALUE, VERBS, lacking_words
from tests.support.resources import Json

CASES = (
    ("neutrophils-749-week-3", ("neutrophils", 0), "status unknown", "ANC 749 /µL (26 Jan): status unknown"),
    ("platelets-49999-week-3", ("platelets", 0), "date as people write it", "(26.1.2026)"),
    ("platelets-49999-week-3", ("platelets", 0), "no date", "Platelets 49,999 /µL (undated)"),
    ("platelets-49999-week-3", ("platelets", 0), "value in words", 'latelets "low" (26 Jan)'),
    ("eu-mds-kidney-29-1", ("laboratory", 3), "local code, same words", "(20 Jan"),
    (
        "kidney-unknown-renewal",
        ("procedures", 0),
        "no patient",
        '"Transfusion of red blood cells", 17 Nov 2025 was left out',
    ),
    ("german-rest-on-tuesdays", ("conditions", 1), "no patient", "was left out: it names no patient, check it"),
    ("eu-last-level-recovered", ("medicationRequests", 0), "no patient", "was not used: it names no patient"),
    (
        "us-maintenance-kidney-45",
        ("draftOrders", 0),
        "patient by an unknown uuid",
        "10 mg once daily (26 Jan) was refused",
    ),
    ("kidneys-fell-on-treatment", ("medicationRequests", 0), "no dosage", 'urrent dose "lenalidomide'),
    ("draft-10-after-reduction-remembered", ("medicationRequests", 1), "no dosage", 'urrent dose "lenalidomide'),
    ("eu-contraception-27-days", ("contraception", 0), "date a number", 'ontraception "etonogestrel implant" (undated'),
    ("start-karyotype-normal", ("marrow", 0), "status null", "aryotype 46,XX"),
    ("ipss-higher-on-treatment", ("conditions", 2), "no date", "Record its day"),
    ("eu-breast-cancer-30-days", ("conditions", 2), "no date", "Record its day"),
    ("hold-rash-grade-3-now-1", ("conditions", 3), "date a month", "(2026-01) began on an unknown day; record it"),
    ("resume-platelets-50000", ("platelets", 2), "value absent", "aseline platelets (21 Dec 2025"),
    ("start-of-a-man", ("draftOrders", 0), "dispense a text", "its dispense request could not be read: 28 capsules"),
    ("eu-start-without-hepatitis-b", ("laboratory", 2), "date of 1970", "correct or repeat it"),
    ("contained-medication", ("draftOrders", 0), "contained an object", "25 mg by mouth once daily"),
    ("contained-medication", ("draftOrders", 0), "dosage a text", "25 MG Oral Capsule, as discussed"),
    ("hcg-25-on-treatment", ("pregnancyTests", 0), "comparator a number", "25 mIU/mL (26 Jan, its comparator"),
    ("hcg-25-on-treatment", ("pregnancyTests", 0), "value a range", "25 mIU/mL (26 Jan, its value is of a kind"),
    (
        "hold-bleeding-ended-platelets-50000",
        ("conditions", 2),
        "clinicalStatus a text",
        "active although it has an end; it counts as active: correct the one that is wrong",
    ),
    ("hold-rash-grade-3-now-1", ("conditions", 3), "no date", 'Record the day of "generalized drug rash grade 1"'),
    ("us-hold-flare-now-1", ("conditions", 3), "date a month", 'Record the day of "Tumor flare reaction grade 1"'),
    ("us-hold-flare-now-1", ("conditions", 3), "date null", 'Record the day of "Tumor flare reaction grade 1"'),
    ("hold-without-a-reason", ("medicationRequests", 0), "status unknown", "has no status that tells whether"),
    ("stopped-without-a-reason", ("medicationRequests", 0), "status unknown", "has no status that tells whether"),
)


def fixture_of(name: str) -> Fixture:
    return next(each for each in fixtures() if each.name == name)


def shown(fixture: Fixture, request: Json) -> list[Shown]:
    return answered(fixture, request) or []


def with_damage(fixture: Fixture, place: Place, name: str) -> Json:
    request = damaged(fixture.request, place, next(each for each in DAMAGES if each.name == name))
    assert request is not None
    return request


def with_member(fixture: Fixture, place: Place, **members: Any) -> Json:
    """The request with members of one resource set."""
    request = copy.deepcopy(fixture.request)
    wanted = entry_at(request, place)
    for answer in request["prefetch"].values():
        for resource in [answer, *(entry["resource"] for entry in (answer or {}).get("entry", ()))]:
            if resource == wanted:
                resource.update(members)
    return request


@pytest.mark.parametrize(("name", "place", "damage", "said"), CASES)
def test_what_is_not_used_is_named_with_value_day_and_what_to_do(
    name: str, place: Place, damage: str, said: str
) -> None:
    fixture = fixture_of(name)
    texts = [card.text.replace("\\", "") for card in shown(fixture, with_damage(fixture, place, damage))]
    assert any(said in text for text in texts), texts


def test_a_hold_day_count_without_a_value_keeps_a_resume_open() -> None:
    fixture = fixture_of("resume-one-line-recovered")
    for number in (1, 2):
        found = shown(fixture, with_damage(fixture, ("neutrophils", number), "value empty"))
        assert [] == [card for card in found if card.action.startswith("resume")]
        assert "request-data" in {card.action for card in found}


def test_an_order_that_may_have_stopped_does_not_hide_what_a_doubtful_result_calls_for() -> None:
    fixture = fixture_of("liver-alt-without-unit")
    found = shown(fixture, with_damage(fixture, ("medicationRequests", 0), "status a number"))
    assert "critical" in {card.urgency for card in found}


def test_more_dispensed_than_any_table_gives_is_as_urgent_where_the_order_says_no_dose() -> None:
    fixture = fixture_of("dispense-of-25-mg")
    (asked,) = [
        card
        for card in shown(fixture, with_damage(fixture, ("medicationRequests", 0), "no dosage"))
        if "dispensed 25 mg" in card.text
    ]
    assert "critical" == asked.urgency


def test_a_doubtful_temperature_is_asked_about_once() -> None:
    fixture = fixture_of("fever-38-4")
    place = next(p for p in places(fixture.request) if "38.4" in json.dumps(entry_at(fixture.request, p)))
    about = [card for card in shown(fixture, with_damage(fixture, place, "unit unknown")) if "38.4" in card.text]
    assert [("request-data", "critical")] == [card.key for card in about]


def test_a_doubtful_bleed_is_asked_about_once() -> None:
    fixture = fixture_of("gastrointestinal-bleed-8-days")
    found = shown(fixture, with_damage(fixture, ("conditions", 2), "date a number"))
    assert 1 == len([card for card in found if "Gastrointestinal" in card.summary])


def test_one_count_that_reads_in_two_ways_is_no_two_results() -> None:
    fixture = fixture_of("start-tp53-mutation")
    found = shown(fixture, with_member(fixture, ("platelets", 0), valueQuantity={"value": 20, "unit": "/uL"}))
    assert [] == [card for card in found if "two results" in card.text]
    assert 1 == len([card for card in found if card.summary.startswith("Platelets 20")])


@pytest.mark.parametrize(("recorded", "is_asked"), [("yes", True), ("true", True), ("ja", True), ("no", False)])
def test_a_death_in_odd_words_is_asked_about(recorded: str, is_asked: bool) -> None:
    fixture = fixture_of("start-of-a-man")
    found = shown(fixture, with_member(fixture, ("patient", 0), deceasedBoolean=recorded))
    assert is_asked == any("deceased" in card.summary for card in found)


def test_another_patients_diagnosis_is_not_said_to_be_not_obtained() -> None:
    fixture = fixture_of("cbc-due-today-week-3")
    place = next(p for p in places(fixture.request) if entry_at(fixture.request, p).get("resourceType") == "Condition")
    found = shown(fixture, with_member(fixture, place, subject={"reference": "Patient/somebody-else"}))
    assert [] == [card for card in found if "ot obtained" in card.text]


def test_dialysis_asks_for_no_creatinine() -> None:
    (card,) = shown(fixture_of("problem-dialysis"), fixture_of("problem-dialysis").request)
    assert "dialysis" in card.text
    assert "repeat creatinine" not in card.detail.partition("Label")[2]


def test_a_judge_of_words_sees_what_is_lacking() -> None:
    fixture = fixture_of("platelets-49999-week-3")
    entry, today = entry_at(fixture.request, ("platelets", 0)), fixture.today
    whole = "Platelets 49,999 /µL (26 Jan): unit missing. Order a CBC"
    assert frozenset() == lacking_words(entry, [whole], today)
    assert {VALUE} == lacking_words(entry, [whole.replace("49,999 ", "")], today)
    assert {DAY} == lacking_words(entry, [whole.replace("26 Jan", "25 Jan")], today)
    assert {TO_DO} == lacking_words(entry, [whole.replace("Order", "No")], today)
    assert {VALUE, DAY, TO_DO} == lacking_words(entry, [], today)
    # Values, days and verbs of several cards do not add up to one that tells all.
    assert lacking_words(entry, ["Platelets 49,999", "26 Jan. Order a CBC"], today)


def test_a_judge_of_words_knows_the_end_of_a_problem_for_a_day_of_it() -> None:
    fixture = fixture_of("hold-bleeding-ended-platelets-50000")
    entry = entry_at(fixture.request, ("conditions", 2))
    words = "Gastrointestinal hemorrhage, ended on 16 Jan: stay on hold"
    assert frozenset() == lacking_words(entry, [words], fixture.today)
    assert {DAY} == lacking_words(entry, [words.replace("16", "15")], fixture.today)


def test_each_verb_stands_in_a_message() -> None:
    texts = files("cds_service.cards").joinpath("messages.toml").read_text(encoding="utf-8")
    texts += files("cds_service.drugs.lenalidomide").joinpath("messages.toml").read_text(encoding="utf-8")
    assert [] == [verb for verb in VERBS if verb not in texts.casefold().replace('"', " ").split()]
