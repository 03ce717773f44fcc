"""Are liver enzymes judged by the laboratory's limit or flag, and said where it gives neither?"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from tests.support.facts import TEN, assess, day, facts, order, reading

YESTERDAY = day(39)
COUNTS = (reading("platelets", 150_000, day(38)), reading("anc", 2_000, day(38)))


def liver(value: Any, on: date = YESTERDAY, **more: Any) -> list[Recommendation]:
    """What is said of one ALT."""
    alt = reading("alt", value, on, **more)
    found = assess(facts(*COUNTS, alt, orders=(order(TEN),)), day(40))
    return [r for r in found.recommendations if "US-MON-LFT" in r.rules]


def test_liver_enzymes_from_before_treatment_say_nothing() -> None:
    assert [] == liver(900, day(-1), upper_limit=Fraction(40)) + liver(900, day(-1))


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("", [(Action.REQUEST_DATA, Urgency.INFO, "liver-no-limit")]),
        ("H", [(Action.REVIEW, Urgency.WARNING, "liver-review")]),
        ("HH", [(Action.REVIEW, Urgency.WARNING, "liver-review")]),
        ("N", []),
    ],
)
def test_liver_enzymes_without_a_limit_are_judged_by_their_flag_or_said(flag: str, expected: list[Any]) -> None:
    assert expected == [(r.action, r.urgency, r.message) for r in liver(900, flag=flag)]


@pytest.mark.parametrize(("value", "times"), [(120, "(3 ×"), (121, "(3.02 ×"), (41, "(1.02 ×"), (180, "(4.5 ×")])
def test_a_multiple_is_not_rounded_to_the_limit_that_it_lies_beside(value: int, times: str) -> None:
    (found,) = liver(value, upper_limit=Fraction(40))
    assert times in found.words["what"]
