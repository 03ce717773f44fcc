"""Are liver tests judged by multiples of the limit, by the value before treatment and by their age, and asked about where that is open?"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from cds_service.clinical.facts import Reading
from cds_service.clinical.quantity import Interval
from cds_service.clinical.recommendation import Action, Recommendation, SuspendOrder, Urgency
from tests.support.facts import TEN, assess, day, draft, facts, order, reading

TODAY = day(60)
YESTERDAY = day(59)
COUNTS = (reading("platelets", 150_000, day(58)), reading("anc", 2_000, day(58)))
LIMIT = Fraction(40)
HOLD = (Action.HOLD, Urgency.CRITICAL, "liver-hold")
REVIEW = (Action.REVIEW, Urgency.WARNING, "liver-review")
INFORM = (Action.INFORM, Urgency.INFO, "liver-above-limit")
ASK = (Action.REQUEST_DATA, Urgency.CRITICAL, "liver-unclear")


def alt(value: Any, on: date = YESTERDAY, upper_limit: Fraction | None = LIMIT, **more: Any) -> Reading:
    """One ALT with its limit of 40 U/L."""
    return reading("alt", value, on, upper_limit=upper_limit, **more)


def bilirubin(value: str, upper_limit: Fraction | None = Fraction(1)) -> Reading:
    """One bilirubin with its limit of 1 mg/dL."""
    return reading("bilirubin", value, YESTERDAY, upper_limit=upper_limit)


def decided(*results: Reading, law: str = "US", **more: Any) -> list[Recommendation]:
    """What is said of liver tests, reminders aside."""
    of = facts(*COUNTS, *results, orders=more.pop("orders", (order(TEN),)))
    found = assess(of, TODAY, *more.pop("drafts", ()), jurisdiction=law).recommendations
    return [r for r in found if "LIVER-LIMITS" in r.rules]


def said(*results: Reading, **more: Any) -> list[tuple[Action, Urgency, str]]:
    """Action, urgency and message of it."""
    return [(r.action, r.urgency, r.message) for r in decided(*results, **more)]


@pytest.mark.parametrize("law", ["US", "EU"])
@pytest.mark.parametrize(
    ("value", "expected"), [(40, []), (41, [INFORM]), (79, [INFORM]), (80, [REVIEW]), (120, [REVIEW]), (121, [HOLD])]
)
def test_an_enzyme_is_judged_by_multiples_of_its_limit(value: int, expected: list[Any], law: str) -> None:
    assert expected == said(alt(value), law=law)


@pytest.mark.parametrize(
    ("enzyme", "beside", "expected"),
    [(80, "2.1", [REVIEW]), (81, "2.0", [REVIEW]), (81, "2.1", [HOLD]), (30, "2.0", []), (30, "2.1", [REVIEW])],
)
def test_bilirubin_beside_a_raised_enzyme_holds_and_alone_is_reviewed(
    enzyme: int, beside: str, expected: list[Any]
) -> None:
    assert expected == said(alt(enzyme), bilirubin(beside))


@pytest.mark.parametrize(
    ("before", "on", "now", "expected"),
    [
        (30, day(0), 59, [INFORM]),
        (30, day(0), 60, [REVIEW]),
        (15, day(-5), 39, []),
        (60, day(-5), 100, [INFORM]),
        (60, day(-5), 120, [REVIEW]),
        (30, day(-90), 60, [REVIEW]),
        (30, day(-91), 60, [INFORM]),
    ],
)
def test_a_rise_counts_from_the_value_before_treatment(before: int, on: date, now: int, expected: list[Any]) -> None:
    assert expected == said(alt(before, on), alt(now))


@pytest.mark.parametrize(
    ("value", "flag", "expected"),
    [
        (40, "", []),
        (40, "H", []),
        (41, "", [INFORM]),
        (41, "N", []),
        (80, "", [REVIEW]),
        (120, "H", [REVIEW]),
        (121, "", [ASK]),
        (121, "N", [ASK]),
    ],
)
def test_without_a_limit_40_is_assumed_and_a_hold_that_rests_on_it_is_asked_about(
    value: int, flag: str, expected: list[Any]
) -> None:
    found = decided(alt(value, upper_limit=None, flag=flag))
    assert expected == [(r.action, r.urgency, r.message) for r in found]
    assert all(r.assumptions[0].startswith("upper limit 40 ") for r in found)


def test_a_hold_that_rests_on_an_assumed_limit_of_bilirubin_is_asked_about() -> None:
    assert [ASK] == said(alt(90), bilirubin("2.5", upper_limit=None))
    assert [REVIEW] == said(alt(90), bilirubin("2.4", upper_limit=None))


@pytest.mark.parametrize(("age", "expected"), [(28, [HOLD]), (29, [(Action.ORDER_LAB, Urgency.INFO, "liver-old")])])
def test_a_value_decides_for_28_days_and_is_ordered_again_when_older(age: int, expected: list[Any]) -> None:
    assert expected == said(alt(200, day(60 - age)))


def test_an_old_value_within_its_limit_is_left_to_the_reminders() -> None:
    assert [] == said(alt(30, day(5)))


def test_liver_enzymes_from_before_treatment_say_nothing() -> None:
    assert [] == said(alt(900, day(-1)))


def test_two_results_of_one_time_on_both_sides_are_asked_about() -> None:
    assert [ASK] == said(alt(119), alt(130))
    assert [ASK] == said(alt(Interval(Fraction(100), Fraction(200))))


def test_a_preliminary_result_that_would_hold_is_asked_about_and_any_other_says_nothing() -> None:
    assert [ASK] == said(alt(130, is_preliminary=True))
    assert [] == said(alt(90, is_preliminary=True))


def test_on_hold_it_stays_and_is_red_only_where_an_order_is_written() -> None:
    held = (order(TEN, status="on-hold"),)
    assert [(Action.REMAIN_ON_HOLD, Urgency.INFO, "liver-remain")] == said(alt(130), orders=held)
    assert [(Action.REMAIN_ON_HOLD, Urgency.CRITICAL, "liver-remain")] == said(
        alt(130), orders=held, drafts=(draft(TEN),)
    )


def test_a_review_has_the_hold_by_one_click_and_does_not_recommend_it() -> None:
    (found,) = decided(alt(90))
    assert any(isinstance(a, SuspendOrder) for p in found.proposals for a in p.actions)
    assert not any(p.is_recommended for p in found.proposals)


@pytest.mark.parametrize(("value", "times"), [(120, "(3 ×"), (121, "(3.02 ×"), (41, "(1.02 ×"), (180, "(4.5 ×")])
def test_a_multiple_is_not_rounded_to_the_limit_that_it_lies_beside(value: int, times: str) -> None:
    (found,) = decided(alt(value))
    assert times in found.words["what"]
