"""Is the timeline exact on the days on which a refill, a pause or a gap begins to mean something else?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.therapy import Therapy, therapy_of
from tests.support.facts import FIVE, TEN, day, order


def therapy(*records: MedicationRecord, on: int = 100) -> Therapy:
    """The therapy, the same for every order of the records."""
    found = therapy_of(records, "lenalidomide", day(on))
    assert found == therapy_of(reversed(records), "lenalidomide", day(on))
    return found


def statement(
    dose: Dose | None, status: str, since: date, until: date | None = None, problem: str = ""
) -> MedicationRecord:
    """A statement of what is taken."""
    base = order(dose, status, since, until, dose_problem=problem)
    return replace(base, kind="statement", intent="", starts_by="taken", reference="MedicationStatement/1")


# ------------------------------------------------------------------ a completed order and none after it
COMPLETED = order(TEN, "completed", day(0), day(20))
WITHOUT_END = order(TEN, "completed", day(0))


@pytest.mark.parametrize(
    ("last", "on", "state"),
    [
        (COMPLETED, 48, "active"),
        (COMPLETED, 49, "ended"),
        (WITHOUT_END, 56, "active"),
        (WITHOUT_END, 57, "ended"),
        (replace(WITHOUT_END, days_supply=Decimal(10)), 38, "active"),
        (replace(WITHOUT_END, days_supply=Decimal(10)), 39, "ended"),
        (replace(WITHOUT_END, days_supply=Decimal(3650)), 3000, "active"),
        (replace(WITHOUT_END, days_supply=Decimal(3_652_060)), 56, "active"),
        (replace(WITHOUT_END, days_supply=Decimal(3_652_060)), 57, "ended"),
        (order(TEN, "completed", None), 500, "active"),
        (order(TEN, "completed", day(0), day(20), status_reason="Treatment ended"), 30, "ended"),
        (order(TEN, "stopped", day(0), day(20), status_reason="Treatment ended"), 30, "ended"),
    ],
)
def test_a_course_goes_on_for_four_weeks_after_its_last_supply(last: MedicationRecord, on: int, state: str) -> None:
    assert state == therapy(last, on=on).state


def test_a_continued_course_keeps_its_dose_or_the_reason_why_it_is_not_known() -> None:
    found = therapy(COMPLETED, on=30)
    assert (TEN, day(0), (day(0),)) == (found.dose, found.dose_since, found.first_doses)
    found = therapy(order(None, "completed", day(0), day(20), dose_problem="no strength"), on=30)
    assert (None, "no strength", day(0)) == (found.dose, found.dose_problem, found.dose_since)


# ------------------------------------------------------------------ has a pause ended
@pytest.mark.parametrize(
    ("pause", "active", "has_resumed"),
    [
        (order(TEN, "stopped", day(0), day(10)), order(FIVE, "active", day(0)), True),
        (order(TEN, "on-hold", day(0), day(10)), order(FIVE, "active", day(0)), False),
        (order(FIVE, "stopped", day(5), day(10)), order(TEN, "active", day(0)), False),
        (order(TEN, "on-hold", day(0), day(14)), statement(TEN, "active", day(14)), True),
        (order(TEN, "on-hold", day(0), day(14)), statement(TEN, "active", day(13)), False),
        (order(TEN, "on-hold", day(0)), statement(FIVE, "active", day(5)), True),
        (order(TEN, "on-hold", day(0)), statement(FIVE, "active", day(0)), False),
        (order(TEN, "on-hold", day(0)), statement(None, "active", day(5)), False),
    ],
)
def test_an_active_record_ends_a_pause_only_where_it_surely_came_after(
    pause: MedicationRecord, active: MedicationRecord, has_resumed: bool
) -> None:
    assert has_resumed == (pause not in therapy(pause, active).conflicting)


@pytest.mark.parametrize(
    ("other", "conflicts"),
    [
        (statement(None, "active", day(3), problem="no strength"), 0),
        (order(None, "active", day(3), dose_problem="no text"), 2),
        (order(None, "active", day(3), dose_problem="no strength"), 0),
    ],
)
def test_two_records_of_unknown_dose_conflict_where_they_are_orders_and_say_different_things(
    other: MedicationRecord, conflicts: int
) -> None:
    first = order(None, dose_problem="no strength", since=day(1))
    assert conflicts == len(therapy(first, other).conflicting)


def test_a_statement_of_unknown_dose_beside_an_order_is_no_conflict() -> None:
    assert () == therapy(order(TEN), statement(None, "active", day(3), problem="no strength")).conflicting


@pytest.mark.parametrize(("until", "resumed"), [(day(13), True), (day(14), True), (day(15), False)])
def test_an_account_of_another_kind_follows_where_the_one_before_has_ended(until: date, resumed: bool) -> None:
    found = therapy(statement(TEN, "stopped", day(0), until), order(FIVE, "active", day(14)))
    assert (day(14) if resumed else None) == found.resumed_on


# ------------------------------------------------------------------ gaps
RESTING = Dose(Decimal(10), on_days=21, cycle_days=28)


@pytest.mark.parametrize(
    ("before", "next_day", "has_gap"),
    [
        (order(TEN, "stopped", day(0), day(10)), 11, False),
        (order(TEN, "stopped", day(0), day(10)), 12, True),
        (order(TEN, "completed", day(0), day(20)), 27, False),
        (order(TEN, "completed", day(0), day(20)), 28, True),
        (order(RESTING, "completed", day(0), day(20)), 34, False),
        (order(RESTING, "completed", day(0), day(20)), 35, True),
        (order(Dose(Decimal(10), on_days=21), "completed", day(0), day(20)), 28, True),
        (order(Dose(Decimal(10), cycle_days=28), "completed", day(0), day(20)), 28, True),
        (order(TEN, "completed", day(0)), 56, False),
        (order(TEN, "completed", day(0)), 57, True),
    ],
)
def test_a_gap_begins_where_refills_rests_and_pauses_no_longer_explain_it(
    before: MedicationRecord, next_day: int, has_gap: bool
) -> None:
    found = therapy(before, order(before.dose, "active", day(next_day)))
    assert has_gap == found.has_unexplained_gap
    assert ((day(0), day(next_day)) if has_gap else (day(0),)) == found.first_doses


# ------------------------------------------------------------------ orders that ran out, are planned, or lack a dose
@pytest.mark.parametrize(("until", "next_day", "conflicts"), [(30, 25, 2), (29, 25, 0), (20, 13, 0), (20, 12, 2)])
def test_an_order_gives_way_when_it_has_run_out_and_the_next_began_within_a_week_of_its_end(
    until: int, next_day: int, conflicts: int
) -> None:
    found = therapy(order(TEN, "active", day(0), day(until)), order(FIVE, "active", day(next_day)), on=30)
    assert conflicts == len(found.conflicting)


def test_a_short_order_that_ran_out_does_not_give_way_to_itself() -> None:
    assert "active" == therapy(order(TEN, "active", day(0), day(5)), on=30).state


def test_a_dose_that_is_not_known_is_taken_since_its_order() -> None:
    assert day(0) == therapy(order(None, dose_problem="no strength")).dose_since


def test_a_planned_order_changes_nothing_yet_and_one_of_today_does() -> None:
    planned = order(TEN, "active", day(40))
    assert ((day(0),), day(0)) == (lambda t: (t.first_doses, t.dose_since))(therapy(order(FIVE), planned, on=39))
    assert (day(0), day(40)) == therapy(order(FIVE, "completed", day(0), day(39)), planned, on=40).first_doses
    unknown = order(None, "active", day(40), dose_problem="no strength")
    assert (TEN, day(0)) == (lambda t: (t.dose, t.dose_since))(therapy(order(TEN), unknown, on=39))


def test_an_increase_after_a_dose_that_is_not_known_may_restart_the_clock() -> None:
    unknown = order(None, "completed", day(0), day(9), dose_problem="no strength")
    rising = (order(FIVE, "completed", day(10), day(19)), order(TEN, "active", day(20)))
    assert (day(0), day(20)) == therapy(unknown, *rising, on=30).first_doses


# ------------------------------------------------------------------ only supplies
def supply(on: int, dose: Dose | None = TEN, problem: str = "") -> MedicationRecord:
    """A dispense."""
    base = order(dose, "completed", day(on), dose_problem=problem)
    return replace(base, kind="dispense", intent="", starts_by="dispensed", reference=f"MedicationDispense/{on}")


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (56, Therapy("active", (day(0),), TEN, dose_since=day(0), references=("MedicationDispense/56",))),
        (112, Therapy("active", (day(0),), TEN, dose_since=day(0), references=("MedicationDispense/56",))),
        (113, Therapy("ended", references=("MedicationDispense/56",))),
    ],
)
def test_a_supply_shows_treatment_until_28_days_after_its_end(on: int, expected: Therapy) -> None:
    assert expected == therapy(supply(0), supply(56), on=on)


def test_supplies_more_than_28_days_without_capsules_apart_are_two_courses() -> None:
    assert (day(57),) == therapy(supply(0), supply(57), on=70).first_doses


def test_a_supply_of_unknown_dose_says_why() -> None:
    assert "no strength" == therapy(supply(60, None, "no strength"), on=70).dose_problem


# ------------------------------------------------------------------ which records count, and in which order
@pytest.mark.parametrize(
    ("record", "state"),
    [
        (order(TEN, "unknown"), "active"),
        (statement(TEN, "unknown", day(0)), "active"),
        (statement(TEN, "", day(0)), "active"),
        (statement(TEN, "on-hold", day(0)), "on-hold"),
        (order(TEN, "active", day(100)), "active"),
        (order(TEN, "active", day(101)), "none"),
        (order(TEN, "on-hold", day(100)), "on-hold"),
        (order(TEN, "on-hold", day(101)), "none"),
        (order(TEN, "on-hold", None), "on-hold"),
    ],
)
def test_a_record_describes_the_state_from_its_first_day_on(record: MedicationRecord, state: str) -> None:
    assert state == therapy(record).state


def test_an_ended_or_planned_course_has_no_history() -> None:
    for ended in (order(TEN, "completed", day(0), day(14)), statement(TEN, "completed", day(0))):
        assert Therapy("ended", references=(ended.reference,)) == therapy(ended)
    assert Therapy() == therapy(order(TEN, "active", day(101)))


def test_the_latest_start_describes_today_and_a_record_without_a_day_before_all() -> None:
    assert TEN == therapy(order(FIVE), order(TEN, "active", day(10))).dose
    assert FIVE == therapy(order(FIVE, since=None), order(TEN)).dose


def test_a_hold_that_ends_today_is_since_today_and_an_unknown_dose_says_why() -> None:
    found = therapy(order(None, "on-hold", day(0), day(100), dose_problem="no strength"))
    assert (day(100), "no strength", day(0)) == (found.hold_since, found.dose_problem, found.dose_since)


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ((order(TEN, "completed", day(-39), day(-28)),), (day(-39), day(0))),
        ((order(TEN, "completed", day(-39), day(-29)),), (day(0),)),
        ((order(TEN, "completed", day(-39), day(-2), status_reason="Treatment ended"),), (day(0),)),
        (
            (order(TEN, "stopped", day(-500), day(-490)), order(TEN, "completed", day(-480), day(-400))),
            (day(0),),
        ),
        (
            (order(TEN, "active", day(-400)), order(TEN, "completed", day(-390), day(-300))),
            (day(-400), day(0)),
        ),
    ],
    ids=["28 days before", "29 days before", "said to have ended", "after a pause", "beside an active order"],
)
def test_a_course_begins_after_the_one_that_ended(
    earlier: tuple[MedicationRecord, ...], expected: tuple[date, ...]
) -> None:
    assert set(expected) == set(therapy(*earlier, order(TEN)).first_doses)


def test_only_a_dose_that_was_taken_before_is_one_that_was_reduced() -> None:
    assert therapy(order(FIVE), order(TEN, "active", day(101))).reduced_from is None
    assert TEN == therapy(order(TEN, "stopped", day(0), day(10)), order(FIVE, "active", day(0))).reduced_from


@pytest.mark.parametrize("on", [21, 27, 28, 40])
@pytest.mark.parametrize("status", ["on-hold", "stopped"])
def test_a_hold_is_since_the_day_that_its_status_tells_also_once_the_supply_was_planned_to_end(
    status: str, on: int
) -> None:
    held = order(TEN, status, day(0), day(27), status_since=day(14))
    assert ("on-hold", day(14)) == (therapy(held, on=on).state, therapy(held, on=on).hold_since)
    untold = replace(held, status_since=None)
    assert (day(27) if on >= 27 else None) == therapy(untold, on=on).hold_since
