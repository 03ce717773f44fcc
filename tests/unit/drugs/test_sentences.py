"""Does a sentence show the numbers of its row in each format, and is one refused that cannot be filled?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cds_service.drugs.sentences import SentenceFault, fill


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
