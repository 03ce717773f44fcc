"""Does a count close above its limit, or a very low one, ask for the next one in time?"""

from __future__ import annotations

import pytest

from cds_service.clinical.facts import Reading
from cds_service.clinical.recommendation import Action, Assessment, Recommendation, Urgency
from tests.support.facts import FIVE, TEN, assess, day, facts, order, platelet_transfusion, reading

# Earlier counts of 20 days before, high: what is close after them is falling.
FELL = reading("platelets", 180_000, day(80))


def counts(number: int, platelets: int, anc: int) -> tuple[Reading, ...]:
    """The two counts of a treatment day."""
    return reading("platelets", platelets, day(number)), reading("anc", anc, day(number))


def said(of: Assessment, action: Action) -> list[Recommendation]:
    """The recommendations with an action, without the reminder to assess the response."""
    return [r for r in of.recommendations if r.action is action and not r.folds]


def next_count(found: Assessment) -> int | None:
    """Days from the last count, of day 100, to the next one."""
    due = [r.next_cbc_due for r in found.recommendations if r.next_cbc_due is not None]
    return (min(due) - day(100)).days if due else None


@pytest.mark.parametrize(
    ("platelets", "anc", "days"),
    [
        (45_001, 2_000, None), (45_000, 2_000, 7), (30_000, 2_000, 7),
        (150_000, 751, None), (150_000, 750, 7), (150_000, 500, 7), (150_000, 499, 3),
        (29_999, 2_000, 7), (25_000, 2_000, 7), (24_999, 2_000, 3), (10_000, 2_000, 3), (9_999, 2_000, 1), (9_000, 400, 1),
    ],
)  # fmt: skip
def test_the_next_count_follows_a_low_one(platelets: int, anc: int, days: int | None) -> None:
    """At 10 mg after week 4: limits 30,000 and 500."""
    chart = facts(FELL, reading("anc", 2_400, day(80)), *counts(100, platelets, anc), orders=(order(TEN),))
    assert days == next_count(assess(chart, day(100)))


@pytest.mark.parametrize(
    ("before", "on", "is_falling"),
    [(56_250, 86, True), (56_249, 86, False), (50_000, 65, False), (50_000, 64, True), (90_000, 65, True)],
)
def test_falling_is_a_fifth_below_a_count_of_the_35_days_before(before: int, on: int, is_falling: bool) -> None:
    """45,000 is four fifths of 56,250; with no count in the window a close one is taken as falling."""
    chart = facts(reading("platelets", before, day(on)), *counts(100, 45_000, 2_000), orders=(order(TEN),))
    found = said(assess(chart, day(100)), Action.INFORM)
    assert is_falling == any(r.rules == ("CBC-FALLING",) and r.urgency is Urgency.INFO for r in found)


def test_the_count_before_a_falling_one_keeps_the_week() -> None:
    earlier = (reading("platelets", 180_000, day(70)), *counts(93, 40_000, 2_000))
    chart = facts(*earlier, *counts(100, 60_000, 2_000), orders=(order(TEN),))
    overdue = said(assess(chart, day(108)), Action.ORDER_CBC)
    assert [(day(107), Urgency.WARNING)] == [(r.next_cbc_due, r.urgency) for r in overdue]
    assert "CBC-FALLING" in overdue[0].rules
    steady = facts(reading("platelets", 180_000, day(70)), *counts(93, 100_000, 2_000), *counts(100, 90_000, 2_000),
                   orders=(order(TEN),))  # fmt: skip
    assert [] == said(assess(steady, day(108)), Action.ORDER_CBC)


def test_a_limit_beside_platelet_transfusions_is_in_force_only_with_one() -> None:
    chart = facts(FELL, *counts(100, 70_000, 2_000), orders=(order(TEN),))
    assert [] == said(assess(chart, day(100)), Action.INFORM)
    transfused = facts(FELL, *counts(100, 70_000, 2_000), orders=(order(TEN),), events=(platelet_transfusion(day(96)),))
    assert ["50,000/µL"] == [r.words["limit"] for r in said(assess(transfused, day(100)), Action.INFORM)]


@pytest.mark.parametrize(
    ("before", "now", "days"), [(20_000, 20_000, 7), (20_000, 24_000, 7), (20_000, 19_999, 3), (9_000, 9_500, 1)]
)
def test_on_hold_a_very_low_count_that_falls_no_further_waits_a_week(before: int, now: int, days: int) -> None:
    held = order(TEN, "on-hold", day(0), day(93))
    chart = facts(*counts(93, before, 2_000), *counts(100, now, 2_000), orders=(held,))
    assert days == next_count(assess(chart, day(100)))
    # The count that caused the hold is the first such count.
    first = facts(*counts(100, now, 2_000), orders=(order(FIVE, "on-hold", day(0), day(100)),))
    assert (1 if now < 10_000 else 3) == next_count(assess(first, day(100)))
