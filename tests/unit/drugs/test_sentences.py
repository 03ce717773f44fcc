"""Does a sentence show the numbers of its row in each format, and is every sentence refused or doubted that could be wrong?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cds_service.drugs.sentences import SentenceFault, doubts, fill


@pytest.mark.parametrize(
    ("place", "number", "words"),
    [
        ("{n}", 5, "5"),
        ("{n}", Decimal("2.5"), "2.5"),
        ("{n}", Decimal("38.0"), "38.0"),
        ("{n}", 999, "999"),
        ("{n}", 1000, "1,000"),
        ("{n}", Decimal("1E+6"), "1,000,000"),
        ("{n}", 0, "0"),
        ("{n:giga}", 25_000, "25"),
        ("{n:giga}", 500, "0.5"),
        ("{n:giga}", Decimal("1000.0"), "1.0"),
        ("{n:giga}", 1_250_000, "1,250"),
        ("{n:percent}", Decimal("0.5"), "50"),
        ("{n:percent}", Decimal("0.50"), "50"),
        ("{n:percent}", Decimal("0.125"), "12.5"),
        ("{n:percent}", 1, "100"),
        ("{n:days}", 72, "3"),
        ("{n:weeks}", 56, "8"),
        ("{n:weeks}", 0, "0"),
        ("{n:months}", 28, "1"),
        ("{n:months}", 31, "1"),
        ("{n:months}", 56, "2"),
        ("{n:months}", 90, "3"),
        ("{n:months}", 183, "6"),
        ("{n:years}", 12, "1"),
        ("{n:years}", 24, "2"),
        ("{n:cycles}", 56, "2"),
        ("{n:cycle}", 0, "1"),
        ("{n:cycle}", 27, "1"),
        ("{n:cycle}", 28, "2"),
        ("{n:day}", 56, "1"),
        ("{n:day}", 70, "15"),
        ("{n:span}", 21, "1-21"),
        ("{n:word}", 2, "two"),
        ("{n:word}", 12, "twelve"),
        ("{n:word}", Decimal("0.5"), "half"),
        ("{n:times}", 1, "once"),
        ("{n:times}", 2, "twice"),
        ("{n:interval}", 2, "every other day"),
        ("{n:interval}", 7, "weekly"),
        ("{n:interval}", 28, "monthly"),
        ("{n:interval}", 365, "yearly"),
        ("{n:year}", 12, "year"),
        ("{n:period}", 7, "week"),
        ("{n:period}", 28, "month"),
        ("{n:period}", 365, "year"),
    ],
)
def test_a_number_is_said_in_its_format(place: str, number: int | Decimal, words: str) -> None:
    assert f"It is {words}." == fill(f"It is {place}.", {"n": number})


@pytest.mark.parametrize(
    ("form", "number"),
    [
        ("days", 25), ("weeks", 57), ("cycles", 42), ("years", 18), ("months", 32), ("months", 27), ("months", 309),
        ("word", 13), ("word", Decimal("2.5")), ("times", 3), ("times", Decimal("2.5")), ("interval", 14),
        ("interval", Decimal("7.5")), ("period", 12),
        ("year", 365),
        ("weeks", Decimal("1E+40")),
    ],
)  # fmt: skip
def test_a_number_that_a_format_cannot_say_is_refused(form: str, number: int | Decimal) -> None:
    with pytest.raises(SentenceFault) as raised:
        fill(f"For {{n:{form}}}.", {"n": number})
    assert f"{{n:{form}}}: {number} cannot be said so" == str(raised.value)


ROW: dict[str, Any] = {
    "hold": [{"below": 30_000}, {"below": 50_000, "is_daily": True}],
    "resume": {"at_least": 30_000},
    "note": "after dialysis",
    "figures": {"weeks": 4},
}


def test_a_path_leads_through_tables_and_lists_and_to_figures() -> None:
    sentence = "{figures.weeks:word} weeks below {hold.1.below}, at {resume.at_least=hold.0.below}; row {hold.1:index}."
    assert "Four weeks below 50,000, at 30,000; row 1." == fill(sentence, ROW)
    assert "No number." == fill("No number.", {})


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("below {hold.2.below}", "{hold.2.below}: no such member"),
        ("below {hold.below}", "{hold.below}: no such member"),
        ("below {holds.0.below}", "{holds.0.below}: no such member"),
        ("below {resume.at_least.0}", "{resume.at_least.0}: no such member"),
        ("at {resume}", "{resume}: not a number"),
        ("at {note}", "{note}: not a number"),
        ("at {hold.1.is_daily}", "{hold.1.is_daily}: not a number"),
        ("at {resume.at_least:percents}", "{resume.at_least:percents}: no such format"),
        ("row {resume.at_least:index}", "{resume.at_least:index}: no entry of a list"),
        ("at {hold.0.below=hold.1.below}", "{hold.0.below=hold.1.below}: 30000 and 50000 are not one number"),
        ("at {hold.0.below=hold.2.below}", "{hold.2.below}: no such member"),
        ("at {resume.at_least", "a brace that belongs to no place"),
        ("at resume.at_least}", "a brace that belongs to no place"),
        ("at {}", "a brace that belongs to no place"),
        ("at {0.at_least}", "a brace that belongs to no place"),
        ("at {resume at_least}", "a brace that belongs to no place"),
    ],
)
def test_a_sentence_that_cannot_be_filled_says_why(sentence: str, fault: str) -> None:
    with pytest.raises(SentenceFault) as raised:
        fill(sentence, ROW)
    assert fault == str(raised.value)


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
