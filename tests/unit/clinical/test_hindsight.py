"""Does a chart tell the course as it was on each day, and today's as it is?"""

from __future__ import annotations

from datetime import date

import pytest

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.hindsight import as_of, changes
from cds_service.clinical.therapy import therapy_of
from tests.support.facts import FIVE, START, TEN, day, order

TODAY = day(100)
HELD_THEN_REDUCED = (order(TEN, "stopped", START, day(21)), order(FIVE, "active", day(35)))


def told(records: tuple[MedicationRecord, ...], on: date) -> tuple[str, str]:
    """The state and the dose on a day."""
    therapy = therapy_of(as_of(records, on, TODAY), "lenalidomide", on)
    return therapy.state, therapy.dose.words if therapy.dose else ""


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (day(-1), ("none", "")),
        (day(0), ("active", TEN.words)),
        (day(20), ("active", TEN.words)),
        (day(21), ("on-hold", TEN.words)),
        (day(34), ("on-hold", TEN.words)),
        (day(35), ("active", FIVE.words)),
        (TODAY, ("active", FIVE.words)),
    ],
)
def test_a_hold_and_a_reduction_are_told_day_by_day(on: date, expected: tuple[str, str]) -> None:
    assert expected == told(HELD_THEN_REDUCED, on)


def test_an_order_that_was_stopped_without_a_day_went_on_until_the_next_one() -> None:
    records = (order(TEN, "stopped", START), order(FIVE, "active", day(35)))
    assert ("active", TEN.words) == told(records, day(34))
    assert ("active", FIVE.words) == told(records, day(35))


def test_a_pause_without_a_day_is_no_treatment_on_any_day() -> None:
    records = (order(TEN, "on-hold", START),)
    assert ("on-hold", TEN.words) == told(records, day(10))


def test_the_planned_end_of_a_stopped_order_is_not_the_day_of_the_stop() -> None:
    """It lies in the future: nothing says when the order was stopped, and today it is."""
    records = (order(TEN, "stopped", START, day(130)),)
    assert ("on-hold", TEN.words) == told(records, TODAY)


def test_the_day_of_the_status_stands_before_the_end_of_the_order() -> None:
    records = (order(TEN, "on-hold", START, day(84), status_since=day(14)),)
    assert ("active", TEN.words) == told(records, day(13))
    assert ("on-hold", TEN.words) == told(records, day(14))


def test_today_is_as_the_chart_is() -> None:
    for records in (HELD_THEN_REDUCED, (order(TEN, "completed", START, day(90)),), (order(TEN, "stopped", START),)):
        assert therapy_of(records, "lenalidomide", TODAY) == therapy_of(
            as_of(records, TODAY, TODAY), "lenalidomide", TODAY
        )


def test_the_days_of_change_are_starts_ends_and_the_days_after_them() -> None:
    assert (START, day(21), day(22), day(35)) == changes(HELD_THEN_REDUCED, TODAY)
    assert (START, day(21), day(22)) == changes(HELD_THEN_REDUCED, day(30))
