"""Does the timeline say what the patient takes today, since when, and what is uncertain about it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.therapy import Therapy
from tests.support.courses import statement, supply, therapy, written
from tests.support.facts import FIVE, TEN, TWO_AND_A_HALF, day, order


def test_no_record_is_no_therapy() -> None:
    assert "none" == therapy().state


def test_another_drug_and_a_draft_are_no_therapy() -> None:
    other = replace(order(TEN), concepts=frozenset({"azacitidine"}))
    assert "none" == therapy(other, replace(order(TEN), is_draft=True)).state


@pytest.mark.parametrize("status", ["draft", "cancelled", "entered-in-error"])
def test_an_order_that_never_counted_is_no_therapy(status: str) -> None:
    assert "none" == therapy(order(TEN, status)).state


@pytest.mark.parametrize("intent", ["proposal", "plan", "option"])
def test_a_plan_is_no_therapy(intent: str) -> None:
    assert "none" == therapy(replace(order(TEN), intent=intent)).state
    assert "active" == therapy(replace(order(TEN), intent=intent, is_reported=True)).state


def test_an_active_order_is_the_therapy() -> None:
    found = therapy(order(TEN))
    assert ("active", TEN, (day(0),), day(0)) == (found.state, found.dose, found.first_doses, found.dose_since)
    assert () == found.conflicting


def test_monthly_completed_refills_are_one_course() -> None:
    fills = [order(TEN, "completed", day(28 * n), day(28 * n + 27)) for n in range(3)]
    found = therapy(*fills, order(TEN, "active", day(84), day(111)), on=day(90))
    assert ("active", (day(0),), day(0)) == (found.state, found.first_doses, found.dose_since)
    assert not found.has_unexplained_gap
    assert found.reduced_from is None


def test_a_late_refill_leaves_the_clock_open() -> None:
    found = therapy(order(TEN, "completed", day(0), day(20)), order(TEN, "active", day(40)), on=day(60))
    assert (True, (day(0), day(40))) == (found.has_unexplained_gap, found.first_doses)


def test_the_same_dose_after_a_stop_and_a_gap_is_ambiguous() -> None:
    found = therapy(order(TEN, "stopped", day(0), day(10)), order(TEN, "active", day(20)))
    assert (True, (day(0), day(20)), day(20)) == (found.has_unexplained_gap, found.first_doses, found.resumed_on)


def test_a_renewal_the_next_day_is_no_gap() -> None:
    found = therapy(order(TEN, "stopped", day(0), day(10)), order(TEN, "active", day(11)))
    assert (False, (day(0),)) == (found.has_unexplained_gap, found.first_doses)


def test_a_stopped_order_without_an_end_and_its_renewal_are_no_gap() -> None:
    found = therapy(order(TEN, "stopped", day(0)), order(TEN, "active", day(20)))
    assert (False, (day(0),)) == (found.has_unexplained_gap, found.first_doses)


def test_the_same_dose_after_a_hold_of_unknown_length_is_ambiguous() -> None:
    found = therapy(order(TEN, "on-hold", day(0)), order(TEN, "active", day(20)))
    assert ("active", True, (day(0), day(20))) == (found.state, found.has_unexplained_gap, found.first_doses)


def test_a_held_order_with_a_newer_active_one_is_resumed() -> None:
    found = therapy(order(TEN, "on-hold", day(0), day(14)), order(FIVE, "active", day(22)))
    assert ("active", FIVE, day(22), TEN) == (found.state, found.dose, found.resumed_on, found.reduced_from)
    assert (() == found.conflicting, (day(0),)) == (True, found.first_doses)


def test_a_hold_is_since_its_end_and_keeps_the_dose_before_it() -> None:
    held = order(TEN, "on-hold", day(0), day(14), status_reason="thrombocytopenia")
    found = therapy(held)
    assert ("on-hold", TEN, day(14), "thrombocytopenia") == (
        found.state, found.dose, found.hold_since, found.hold_reason,
    )  # fmt: skip


def test_a_planned_end_of_a_held_order_is_not_the_day_of_the_hold() -> None:
    assert therapy(order(TEN, "on-hold", day(0), day(40))).hold_since is None


def test_a_stopped_order_with_none_after_it_is_an_interruption() -> None:
    assert ("on-hold", day(14)) == (lambda t: (t.state, t.hold_since))(therapy(order(TEN, "stopped", day(0), day(14))))


@pytest.mark.parametrize("reason", ["Disease progression", "treatment ended", "Completed therapy", "Patient died"])
def test_a_stopped_order_whose_reason_says_so_has_ended(reason: str) -> None:
    assert "ended" == therapy(order(TEN, "stopped", day(0), day(14), status_reason=reason)).state


@pytest.mark.parametrize(("on", "state"), [(14, "active"), (42, "active"), (43, "ended")])
def test_a_course_goes_on_for_28_days_after_the_end_of_its_last_order(on: int, state: str) -> None:
    assert state == therapy(order(TEN, "completed", day(0), day(14)), on=day(on)).state


@pytest.mark.parametrize(("on", "state"), [(98, "active"), (99, "ended")])
def test_a_dispense_after_the_end_of_an_order_carries_the_course(on: int, state: str) -> None:
    found = therapy(order(TEN, "completed", day(0), day(14)), supply(day(42)), on=day(on))
    assert (state, (day(0),) if state == "active" else ()) == (found.state, found.first_doses)


def test_a_dispense_between_two_orders_joins_their_courses() -> None:
    orders = (order(TEN, "completed", day(0), day(14)), order(TEN, "active", day(60)))
    assert (day(60),) == therapy(*orders, on=day(70)).first_doses
    assert day(0) in therapy(*orders, supply(day(20)), on=day(70)).first_doses


@pytest.mark.parametrize("reason", ["Disease progression", "treatment ended"])
def test_a_dispense_after_an_end_shows_treatment_again(reason: str) -> None:
    ended = order(TEN, "stopped", day(0), day(14), status_reason=reason)
    assert "ended" == therapy(ended, supply(day(14)), on=day(20)).state
    found = therapy(ended, supply(day(15)), on=day(20))
    assert ("active", (day(15),), TEN) == (found.state, found.first_doses, found.dose)


def test_a_dispense_after_a_pause_and_no_order_is_asked_about() -> None:
    held = order(TEN, "on-hold", day(0), day(14))
    assert "on-hold" == therapy(held, supply(day(14)), on=day(20)).state
    found = therapy(held, supply(day(15)), on=day(20))
    assert ("active", {"on-hold", "completed"}) == (found.state, {r.status for r in found.conflicting})


def test_an_order_after_a_hold_ends_it_though_it_is_completed() -> None:
    held, resumed = order(TEN, "on-hold", day(0), day(14)), order(FIVE, "completed", day(22), day(49))
    found = therapy(held, resumed, on=day(60))
    assert ("active", FIVE, TEN) == (found.state, found.dose, found.reduced_from)


@pytest.mark.parametrize("record", [statement(None, "active", day(5)), replace(order(None, "active", day(5)))])
def test_a_record_that_says_no_dose_leaves_the_dose_of_one_that_says_it(record: MedicationRecord) -> None:
    found = therapy(order(TEN, "active", day(0)), record, on=day(9))
    assert (TEN, ()) == (found.dose, found.conflicting)


def test_a_record_whose_dose_cannot_be_read_is_a_conflict_still() -> None:
    unread = order(None, "active", day(5), dose_problem="text and structure differ")
    assert therapy(order(TEN, "active", day(0)), unread, on=day(9)).conflicting


def test_an_order_long_after_a_completed_one_is_a_new_course() -> None:
    found = therapy(order(TEN, "completed", day(-400), day(-300)), order(TEN, "active", day(10)))
    assert ((day(10),), False, None) == (found.first_doses, found.has_unexplained_gap, found.reduced_from)


def test_an_order_after_an_ended_treatment_is_a_new_course_at_once() -> None:
    ended = order(TEN, "stopped", day(0), day(10), status_reason="progression")
    found = therapy(ended, order(FIVE, "active", day(12)))
    assert ((day(12),), None) == (found.first_doses, found.reduced_from)


def test_a_completed_order_without_an_end_leaves_the_course_open() -> None:
    found = therapy(order(TEN, "completed", day(-200)), order(TEN, "active", day(10)))
    assert {day(-200), day(10)} == set(found.first_doses)


def test_a_reduction_keeps_the_first_dose_and_the_higher_dose() -> None:
    found = therapy(
        order(TEN, "stopped", day(0), day(40)), order(FIVE, "stopped", day(50), day(80)),
        order(TWO_AND_A_HALF, "active", day(90)), on=day(100),
    )  # fmt: skip
    assert (TWO_AND_A_HALF, TEN, (day(0),), day(90)) == (
        found.dose, found.reduced_from, found.first_doses, found.resumed_on,
    )  # fmt: skip


def test_a_reduction_without_a_pause_is_no_resume() -> None:
    found = therapy(order(TEN, "completed", day(0), day(27)), order(FIVE, "active", day(28)))
    assert (TEN, None) == (found.reduced_from, found.resumed_on)


def test_a_reduction_from_a_statement_to_an_order_is_a_reduction() -> None:
    found = therapy(statement(TEN, "stopped", day(0), day(14)), order(FIVE, "active", day(21)))
    assert ("active", FIVE, TEN, day(21)) == (found.state, found.dose, found.reduced_from, found.resumed_on)
    assert () == found.conflicting


def test_an_increase_may_restart_the_clock() -> None:
    found = therapy(order(FIVE, "completed", day(0), day(27)), order(TEN, "active", day(28)), on=day(40))
    assert ((day(0), day(28)), None) == (found.first_doses, found.reduced_from)


def test_two_active_orders_with_different_doses_are_a_conflict() -> None:
    found = therapy(order(TEN), order(FIVE, "active", day(5)))
    assert {TEN, FIVE} == {r.dose for r in found.conflicting}


def test_two_active_accounts_of_one_dose_are_no_conflict() -> None:
    found = therapy(order(TEN), statement(TEN, "active", day(1)))
    assert ("active", ()) == (found.state, found.conflicting)
    assert {day(0), day(1)} == set(found.first_doses)


def test_a_statement_against_an_order_is_a_conflict() -> None:
    assert {TEN, FIVE} == {r.dose for r in therapy(order(TEN), statement(FIVE, "active", day(3))).conflicting}


@pytest.mark.parametrize("since", [day(0), day(1), None])
def test_a_held_order_beside_a_statement_that_it_is_taken_is_a_conflict(since: date | None) -> None:
    found = therapy(order(TEN, "on-hold", day(0), day(14)), statement(TEN, "active", since))
    assert {"on-hold", "active"} == {r.status for r in found.conflicting}


def test_a_stopped_order_beside_a_statement_that_it_is_taken_is_a_conflict() -> None:
    found = therapy(order(TEN, "stopped", day(0), day(14)), statement(TEN))
    assert {"stopped", "active"} == {r.status for r in found.conflicting}


def test_a_statement_that_begins_after_the_hold_is_the_resumption() -> None:
    found = therapy(order(TEN, "on-hold", day(0), day(14)), statement(FIVE, "active", day(22)))
    assert ("active", (), day(22)) == (found.state, found.conflicting, found.resumed_on)


def test_a_held_order_without_a_date_beside_an_active_one_is_a_conflict() -> None:
    assert {"on-hold", "active"} == {r.status for r in therapy(order(TEN, "on-hold", None), order(TEN)).conflicting}


def test_a_held_order_stays_held_beside_a_completed_statement() -> None:
    assert "on-hold" == therapy(order(TEN, "on-hold", day(0), day(14)), statement(TEN, "completed", day(1))).state


def test_a_later_hold_beside_an_older_active_order_is_a_conflict() -> None:
    found = therapy(order(TEN), order(FIVE, "on-hold", day(10), day(20)))
    assert {"on-hold", "active"} == {r.status for r in found.conflicting}


def test_an_order_that_ran_out_gives_way_to_the_next() -> None:
    found = therapy(order(TEN, "active", day(0), day(20)), order(FIVE, "active", day(21)))
    assert (FIVE, ()) == (found.dose, found.conflicting)


def test_an_order_that_ran_out_with_none_after_it_still_counts() -> None:
    assert ("active", TEN) == (lambda t: (t.state, t.dose))(therapy(order(TEN, "active", day(0), day(20))))


def test_a_planned_order_does_not_describe_today() -> None:
    found = therapy(order(TEN), order(FIVE, "active", day(40)))
    assert (TEN, (), (day(0),)) == (found.dose, found.conflicting, found.first_doses)
    assert (None, False) == (found.resumed_on, found.has_unexplained_gap)


def test_a_planned_order_alone_is_no_therapy_yet() -> None:
    assert "none" == therapy(order(TEN, "active", day(40))).state


def test_a_planned_resumption_leaves_the_hold_standing() -> None:
    found = therapy(order(TEN, "on-hold", day(0), day(14)), order(FIVE, "active", day(40)))
    assert ("on-hold", TEN) == (found.state, found.dose)


def test_a_dose_that_is_not_known_is_not_a_conflict_with_itself() -> None:
    unknown = order(None, dose_problem="no strength")
    found = therapy(unknown)
    assert (None, "no strength", ()) == (found.dose, found.dose_problem, found.conflicting)


def test_two_orders_of_which_one_dose_is_not_known_are_a_conflict() -> None:
    assert 2 == len(therapy(order(TEN), order(None, "active", day(5), dose_problem="no strength")).conflicting)


def planned(on: date, **more: object) -> MedicationRecord:
    """An order written on day 0 that begins later than today."""
    return written(day(0), planned_from=on, **more)


def test_an_order_that_begins_tomorrow_is_no_exposure() -> None:
    assert Therapy() == therapy(planned(day(31)))


def test_a_planned_order_changes_nothing_about_the_current_one() -> None:
    assert therapy(order(TEN)) == therapy(order(TEN), planned(day(40), dose=FIVE))
    spent = order(TEN, until=day(29))
    assert therapy(spent) == therapy(spent, planned(day(31)))


def test_a_planned_order_does_not_prolong_a_course_that_is_over() -> None:
    over = order(TEN, "completed", day(-60), day(-30))
    assert ("ended", "ended") == (therapy(over).state, therapy(over, planned(day(31))).state)


@pytest.mark.parametrize("status", ["on-hold", "stopped"])
def test_a_pause_that_is_written_on_a_planned_order_counts(status: str) -> None:
    completed = order(TEN, "completed", until=day(25))
    assert "on-hold" == therapy(completed, replace(planned(day(31)), status=status)).state
