"""Does `check` doubt a number written by hand or kept back, and words that contradict the name of a number?"""

from __future__ import annotations

from typing import Any

import pytest

from cds_service.commands.checks.sentences import doubts
from cds_service.drugs.sentences import fill


@pytest.mark.parametrize(
    ("sentence", "number"),
    [
        ("Interrupt at 50,000.", "50,000."),
        ("Within 4 weeks.", "4"),
        ("In 12.9% of all.", "12.9"),
        ("On days 1-28.", "1"),
        ("At 38.5 C.", "38.5"),
        ("Twelve cycles.", "Twelve"),
        ("It takes two tests.", "two"),
        ("Counts weekly.", "weekly"),
        ("Every other day.", "Every other"),
        ("Twice a week.", "Twice a"),
        ("Half the dose.", "Half"),
        ("Take 10mg.", "10"),
        ("At grade-3 rash.", "3"),
    ],
)
def test_a_number_by_hand_is_doubted(sentence: str, number: str) -> None:
    assert f"{number!r} is written by hand" in list(doubts(sentence, {}, {}, ()))


def test_a_digit_in_a_name_is_no_number() -> None:
    names = (
        "del(5q), deletion 5q, CYP3A4, P450, PD-1, PD-L1, TP53, p53-positive, RUNX1, B12, MDS-003, intermediate-1-risk"
    )
    assert [] == list(doubts(f"{names}, x10^9/L, TEN, once daily, one of them, the same class twice.", {}, {}, ()))


@pytest.mark.parametrize(
    ("sentence", "data", "fault"),
    [
        # units
        ("Start at {dose_mg} mg.", {"dose_mg": 5}, None),
        ("Start at {dose_mg}.", {"dose_mg": 5}, "dose_mg: said in no unit, its name says mg"),
        ("Start at {dose_mg} g/dL.", {"dose_mg": 5}, "dose_mg: said in g/dL, its name says mg"),
        ("Of {mg.0}, {mg.1} mg.", {"mg": [5, 10]}, None),
        ("Of {mg.0}, {mg.1}/uL.", {"mg": [5, 10]}, "mg.0: said in /uL, its name says mg"),
        ("After {after_days:weeks} weeks.", {"after_days": 28}, None),
        ("After {after_days:weeks} days.", {"after_days": 28}, "after_days: said in days, its name says weeks"),
        ("After {dose_mg:weeks} weeks.", {"dose_mg": 28}, "dose_mg: of mg, and the format takes days"),
        ("In {tests} weeks.", {"tests": 2}, "tests: said in weeks, its name says none"),
        ("At {anc_below:giga} x10^9/L.", {"anc_below": 500}, "anc_below: not said as below"),
        ("Below {anc_below:giga} x10^9/L.", {"anc_below": 500}, None),
        ("Below {anc_below:giga}/uL.", {"anc_below": 500}, "anc_below: said in /uL, its name says x10^9/L"),
        ("Below {anc_below} x10^9/L.", {"anc_below": 500}, "anc_below: said in x10^9/L, its name says /uL"),
        ("A level -{dose_mg} mg.", {"dose_mg": 5}, "dose_mg: said as less than nothing"),
        # bounds
        ("If {days_at_least} days or longer.", {"days_at_least": 7}, None),
        ("If at least {days_at_least} days.", {"days_at_least": 7}, None),
        ("If {days_at_least} days.", {"days_at_least": 7}, "days_at_least: not said as at least"),
        (
            "If {days_at_least} days or less.",
            {"days_at_least": 7},
            "days_at_least: said as at most, its name says at least",
        ),
        ("If never below {floor_mg} mg.", {"floor_mg": 5}, None),
        ("If {floor_mg} mg.", {"floor_mg": 5}, None),
        ("If below {floor_mg} mg.", {"floor_mg": 5}, "floor_mg: said as below, which its name does not say"),
        ("If at most {days} days.", {"days": 5}, "days: said as at most, which its name does not say"),
        ("If not above {days_at_most} days.", {"days_at_most": 5}, None),
        ("If more than {days_above} days.", {"days_above": 5}, None),
        ("If less than {days_above} days.", {"days_above": 5}, "days_above: said as below, its name says above"),
        ("All unless she is {years_below} years or older.", {"years_below": 50}, None),
        (
            "All if she is {years_below} years or older.",
            {"years_below": 50},
            "years_below: said as at least, its name says below",
        ),
        ("Of at least {sensitivity_at_most} mIU/mL.", {"sensitivity_at_most": 50}, None),
        (
            "Of at most {sensitivity_at_most} mIU/mL.",
            {"sensitivity_at_most": 50},
            "sensitivity_at_most: said as at most, its name says at least",
        ),
        (
            "If at least {days_at_least} days or less.",
            {"days_at_least": 7},
            "days_at_least: said as at least and at most, its name says at least",
        ),
        # lists
        ("A level {levels.0:index}: {levels.0.mg} mg.", {"levels": [{"mg": 5}]}, None),
        (
            "A level {levels.0:index}: {mg} mg.",
            {"levels": [{}], "mg": 5},
            "levels.0: its index, and then a number of another entry",
        ),
        (
            "Now {levels.0.mg} mg, level {levels.0:index}.",
            {"levels": [{"mg": 5}]},
            "levels.0: its index, and then a number of another entry",
        ),
    ],
)
def test_the_words_around_a_number_agree_with_its_name(sentence: str, data: dict[str, Any], fault: str | None) -> None:
    fill(sentence, data)
    found = list(doubts(sentence, data, {}, ()))
    assert fault in found if fault else [] == found


def test_a_number_is_said_or_named_as_unsaid_and_never_both() -> None:
    data = {"days": 7, "points": [{"day": 1}, {"day": 2}], "is_daily": True, "line": "anc"}
    assert ["points.0.day is never said", "points.1.day is never said"] == list(doubts("In {days} days.", data, {}, ()))
    assert [] == list(doubts("In {days} days.", data, {}, ["points.day"]))
    assert ["points.1.day is never said"] == list(doubts("In {days} days.", data, {}, ["points.0.day"]))
    both = list(doubts("In {days} days.", data, {}, ["points.day", "days", "hours"]))
    assert [
        "days is said, and stands among the unsaid",
        "hours stands among the unsaid and is no number of the row",
    ] == both
