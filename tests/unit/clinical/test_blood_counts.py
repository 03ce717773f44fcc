"""Which counts are the latest, which is the baseline, and how long has a count been low?"""

from __future__ import annotations

from datetime import UTC, datetime, time
from fractions import Fraction

import pytest

from cds_service.clinical.blood_counts import baseline, distinct, latest, run_below
from cds_service.clinical.facts import Reading
from cds_service.clinical.quantity import Interval
from tests.support.facts import day, reading


def anc(value: int | Interval, on: int, hour: int | None = None) -> Reading:
    """A neutrophil count of a day, with its hour where that is known."""
    at = datetime.combine(day(on), time(hour), UTC) if hour is not None else None
    return reading("anc", value, day(on))._replace(at=at)


def test_equal_amounts_are_one_reading_and_the_first_of_them() -> None:
    first, second = anc(500, 0), anc(500, 1)
    assert (first,) == distinct([first, second])


@pytest.mark.parametrize(
    ("low", "high"),
    [(9, 10), (0, Interval.of(Fraction(1, 2))), (50, Interval(Fraction(50), None))],
    ids=["not by their words", "zero", "without end"],
)
def test_the_lowest_amount_comes_first(low: int, high: int | Interval) -> None:
    lower, higher = anc(low, 0), anc(high, 0)
    assert (lower, higher) == distinct([higher, lower])


@pytest.mark.parametrize(("on", "counts"), [(-31, False), (-30, True), (0, True), (1, False)])
def test_a_baseline_lies_in_the_days_before_the_first_dose(on: int, counts: bool) -> None:
    count = anc(2000, on)
    assert ((count,) if counts else ()) == baseline([count], day(0), 30)


LOW = anc(400, 0)


@pytest.mark.parametrize(
    ("between", "ending", "days"),
    [
        (anc(600, 7, 8), anc(400, 7, 12), 0),
        (anc(600, 7, 12), anc(400, 7, 8), 7),
        (anc(600, 7, 8), anc(400, 7, 8), 7),
        (anc(600, 7, 8), anc(400, 7), 7),
        (anc(600, 7), anc(400, 7, 8), 7),
        (anc(500, 3), anc(400, 7), 0),
        (anc(499, 3), anc(400, 7), 7),
    ],
    ids=["earlier", "later", "at once", "of any hour", "before any hour", "at the limit", "below the limit"],
)
def test_only_a_count_that_surely_came_before_breaks_a_run(between: Reading, ending: Reading, days: int) -> None:
    run = run_below([LOW, between, ending], 500, ending)
    assert run is not None
    assert (LOW if days else ending, ending, days) == (run.first, run.last, run.days)


# ------------------------------------------------------------------ many amounts of one time
def test_of_many_amounts_at_one_time_the_lowest_and_the_highest_are_kept() -> None:
    found = latest([anc(value, 7, 8) for value in range(1000, 3000)])
    assert [*range(1000, 1009), *range(2991, 3000)] == [r.amount.low for r in found]


def test_up_to_twenty_amounts_at_one_time_are_all_kept() -> None:
    assert 20 == len(latest([anc(value, 7, 8) for value in range(20)]))


def test_of_many_ranges_the_ones_that_begin_lowest_and_highest_are_kept() -> None:
    ranges = [anc(Interval(Fraction(1000 + n), Fraction(5000 - n)), 7, 8) for n in range(900)]
    without_begin, without_end = anc(Interval(None, Fraction(4500)), 7, 8), anc(Interval(Fraction(1), None), 7, 8)
    found = latest([*ranges, without_begin, without_end])
    assert without_begin in found and without_end in found
    assert {1899, 1000} <= {r.amount.low for r in found}
