"""Which day is day 0: what was taken, ordered, dispensed or only written, and what is no evidence of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.first_dose import first_doses
from tests.support.courses import TODAY, statement, supply, therapy, written
from tests.support.facts import FIVE, TEN, day, order


def test_orders_without_any_date_leave_the_first_dose_unknown() -> None:
    found = therapy(order(TEN, since=None))
    assert ("active", ()) == (found.state, found.first_doses)


def test_an_order_with_only_a_writing_day_begins_on_it() -> None:
    assert (day(3),) == therapy(written(day(3))).first_doses


# ------------------------------------------------------------------ evidence of the first dose
def test_what_was_taken_ranks_before_what_was_ordered() -> None:
    found = therapy(order(TEN, since=day(0)), statement(TEN, since=day(4)))
    assert (day(4), day(0)) == found.first_doses


def test_bounds_rank_before_dispenses_and_the_writing_day() -> None:
    bounded = replace(order(TEN, since=day(2)), authored_on=day(0))
    assert (day(2),) == therapy(bounded, supply(day(5))).first_doses


@pytest.mark.parametrize("by", ["bounds", "validity"])
@pytest.mark.parametrize("refilled", [1, 26, 60, 90])
def test_a_refill_never_moves_the_start_of_an_order(by: str, refilled: int) -> None:
    started = replace(order(TEN, since=day(0)), starts_by=by)
    assert (day(0),) == therapy(started, supply(day(refilled)), on=day(95)).first_doses


def test_a_dispense_before_the_start_of_an_order_stays_possible() -> None:
    assert (day(10), day(0)) == therapy(order(TEN, since=day(10)), supply(day(0))).first_doses


# ------------------------------------------------------------------ a day that is not to be believed
def unbelieved(by: str) -> MedicationRecord:
    """An order whose best evidence of a start names no day that can be meant."""
    return replace(written(day(0)), starts_by=by)


@pytest.mark.parametrize("by", ["bounds", "validity", "taken"])
def test_a_start_that_is_not_believed_is_not_replaced_by_weaker_evidence(by: str) -> None:
    assert () == therapy(unbelieved(by)).first_doses
    assert () == therapy(unbelieved(by), supply(day(1))).first_doses
    assert () == therapy(unbelieved(by), replace(order(TEN, since=day(5)), starts_by=by)).first_doses


def test_better_evidence_stands_beside_a_start_that_is_not_believed() -> None:
    assert day(4) == therapy(unbelieved("bounds"), statement(TEN, since=day(4))).first_doses[0]


def test_a_supply_whose_day_is_not_believed_takes_nothing_from_the_order() -> None:
    assert (day(0),) == therapy(order(TEN, since=day(0)), replace(supply(None), starts_by="dispensed")).first_doses


# ------------------------------------------------------------------ a dispense of another dose
def test_a_dispense_of_another_dose_since_the_order_began_is_a_conflict() -> None:
    found = therapy(order(TEN, since=day(-30)), supply(day(10), dose=FIVE))
    assert ("active", TEN, [FIVE, TEN]) == (found.state, found.dose, [r.dose for r in found.conflicting])


@pytest.mark.parametrize(
    "supplies",
    [
        [supply(day(10))],
        [supply(day(-40), dose=FIVE)],
        [supply(day(5), dose=FIVE), supply(day(10))],
        [replace(supply(day(10), dose=FIVE), reference=f"MedicationDispense/{n}") for n in (1, 2)],
        [supply(day(10), dose=None)],
        [supply(day(10), status="cancelled", dose=FIVE)],
        [supply(day(10), dose=replace(TEN, on_days=21, cycle_days=28))],
    ],
    ids=["the same", "before the order", "replaced since", "two packs of a half", "unread", "cancelled", "with a rest"],
)
def test_other_dispenses_are_no_conflict_of_doses(supplies: list[MedicationRecord]) -> None:
    assert () == therapy(order(TEN, since=day(-30)), *supplies).conflicting


def test_packs_of_one_day_that_add_up_to_more_are_a_conflict() -> None:
    packs = (supply(day(10)), replace(supply(day(10), dose=FIVE), reference="MedicationDispense/2"))
    assert 3 == len(therapy(order(TEN, since=day(-30)), *packs).conflicting)


def test_a_dispense_before_a_change_of_dose_is_no_conflict() -> None:
    changed = (order(TEN, "stopped", day(-60), day(0)), order(FIVE, since=day(0)))
    assert () == therapy(*changed, supply(day(-20))).conflicting


def test_a_dispense_ranks_before_the_writing_day() -> None:
    assert (day(5),) == therapy(written(day(1)), supply(day(5))).first_doses


def test_an_administration_ranks_first() -> None:
    assert day(2) == therapy(order(TEN), supply(day(2), "administration")).first_doses[0]


def test_an_order_written_long_before_the_better_evidence_stays_possible() -> None:
    found = therapy(written(day(-100), status="stopped", bounds_end=day(-1)), order(TEN, since=day(0)))
    assert {day(0), day(-100)} == set(found.first_doses)


@pytest.mark.parametrize("status", ["declined", "not-done", "cancelled", "stopped", "preparation"])
def test_a_supply_that_did_not_take_place_is_no_evidence(status: str) -> None:
    assert (day(0),) == therapy(order(TEN), supply(day(3), status=status)).first_doses
    assert "none" == therapy(supply(day(3), status=status)).state


def test_supplies_of_an_earlier_course_are_no_evidence() -> None:
    assert (day(0),) == therapy(order(TEN), supply(day(-200))).first_doses


def test_later_evidence_of_other_weeks_is_no_evidence() -> None:
    assert (day(0),) == therapy(order(TEN), supply(day(90)), on=day(120)).first_doses


# ------------------------------------------------------------------ only supplies
def test_dispenses_alone_show_current_treatment() -> None:
    found = therapy(supply(day(0)), supply(day(28)))
    assert ("active", (day(0),), TEN) == (found.state, found.first_doses, found.dose)


def test_dispenses_of_another_year_are_another_course() -> None:
    assert (day(0),) == therapy(supply(day(-400)), supply(day(0)), supply(day(28))).first_doses


def test_dispenses_long_ago_are_an_ended_treatment() -> None:
    assert "ended" == therapy(supply(day(-100))).state


def test_dispenses_ahead_of_today_show_nothing_and_one_without_a_date_shows_treatment_without_its_start() -> None:
    assert "none" == therapy(supply(day(60))).state
    undated = therapy(supply(None), supply(day(60)))
    assert ("active", ()) == (undated.state, undated.first_doses)
    assert (day(0),) == therapy(supply(None), supply(day(0))).first_doses


# ------------------------------------------------------------------ the edges, for one order of the records
@pytest.mark.parametrize(
    ("course", "own", "expected"),
    [
        ((statement(TEN, since=day(40)), order(TEN)), (), (day(0),)),
        ((order(TEN, since=TODAY),), (), (TODAY,)),
        ((order(TEN),), (replace(supply(None), authored_on=day(29)),), (day(0),)),
        ((order(TEN),), (supply(day(-28)),), (day(0), day(-28))),
        ((order(TEN),), (supply(day(-29)), supply(day(5))), (day(0),)),
        ((replace(order(TEN), starts_by=""), statement(TEN, since=day(4))), (), (day(4), day(0))),
        ((written(day(0)), order(TEN, since=day(28))), (), (day(28),)),
        ((written(day(0)), order(TEN, since=day(29))), (), (day(29), day(0))),
        ((order(TEN), statement(TEN, since=day(0))), (), (day(0),)),
        ((order(TEN, since=day(1)), statement(TEN, since=day(0))), (), (day(0), day(1))),
    ],
    ids=[
        "ahead of today", "today", "a supply only written", "a supply 28 days before", "a supply 29 days before",
        "by evidence of no rank", "written 28 days before", "written 29 days before", "the same day twice", "a day later",
    ],
)  # fmt: skip
def test_evidence_counts_within_its_days(
    course: tuple[MedicationRecord, ...], own: tuple[MedicationRecord, ...], expected: tuple[date, ...]
) -> None:
    assert expected == first_doses(course, own, TODAY)


@pytest.mark.parametrize("days", [1, 60, 61])
def test_a_later_supply_moves_no_start_that_an_order_tells(days: int) -> None:
    assert (day(0),) == first_doses((order(TEN),), (supply(day(days)),), day(90))
