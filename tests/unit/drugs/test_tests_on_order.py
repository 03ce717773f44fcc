"""A test that is on order is not asked for again, for a while and until its result comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.support.facts import START, TEN, assess, day, facts, order, reading

TODAY = START + timedelta(days=200)


def due(ordered: date | None) -> str:
    """What is said to be due on an opened chart with a TSH of the first day: one was ordered on a day, or none."""
    counts = [reading("platelets", 150_000, TODAY), reading("anc", 2000, TODAY), reading("tsh", 2, START)]
    of = facts(*counts, reading("alt", 20, TODAY), reading("ast", 20, TODAY), orders=(order(TEN),))
    of = replace(of, test_orders={"tsh": ordered} if ordered else {})
    return " ".join(r.words["what"] for r in assess(of, TODAY).recommendations if r.message == "reminders")


@pytest.mark.parametrize(
    ("ordered", "is_due"),
    [(None, True), (TODAY, False), (TODAY - timedelta(90), False), (TODAY - timedelta(91), True), (START, True)],
)
def test_an_order_counts_for_90_days_and_only_since_the_latest_result(ordered: date | None, is_due: bool) -> None:
    assert is_due is ("TSH" in due(ordered))


@pytest.mark.parametrize(("since", "expected"), [(28, []), (29, ["cbc-overdue"])])
def test_a_blood_count_on_order_is_asked_for_only_once_it_is_overdue(since: int, expected: list[str]) -> None:
    last = day(100)
    of = facts(reading("platelets", 150_000, last), reading("anc", 2000, last), orders=(order(TEN),))
    of = replace(of, test_orders={"cbc": last + timedelta(days=20)})
    found = assess(of, last + timedelta(days=since)).recommendations
    assert expected == [r.message for r in found if r.message.startswith("cbc-")]
