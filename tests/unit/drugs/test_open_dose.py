"""What is said where orders differ in their dose, or no dose is known?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.dosing.case import Case
from tests.support.facts import FIVE, TEN, assess, assess_case, day, draft, facts, order, reading

BOTH = (order(TEN), order(FIVE, "active", day(5)))
UNKNOWN = (order(None, dose_problem="no strength"),)
CONFLICT = "two active orders or statements with different doses"
ASKED = Action.REQUEST_DATA


def said(platelets: int, *orders: MedicationRecord, anc: int = 2000) -> list[Recommendation]:
    """What is said on day 20 of the counts, without monitoring."""
    counts = [reading("platelets", 180_000, day(0)), reading("anc", 2400, day(0))]
    counts += [reading("platelets", platelets, day(20)), reading("anc", anc, day(20))]
    found = assess(facts(*counts, orders=orders), day(20)).recommendations
    return [one for one in found if one.action is not Action.ORDER_LAB]


@pytest.mark.parametrize(
    ("orders", "platelets", "actions"),
    [
        (BOTH, 29_999, [Action.HOLD, ASKED]),
        (BOTH, 30_000, [ASKED]),
        (BOTH, 49_999, [ASKED]),
        (BOTH, 50_000, [ASKED, Action.INFORM]),
        (UNKNOWN, 29_999, [Action.HOLD, ASKED]),
        (UNKNOWN, 30_000, [ASKED]),
        (UNKNOWN, 50_000, [ASKED, Action.INFORM]),
    ],
)
def test_a_count_holds_only_where_it_does_at_every_dose_that_may_be_taken(
    orders: tuple[MedicationRecord, ...], platelets: int, actions: list[Action]
) -> None:
    assert actions == [one.action for one in said(platelets, *orders)]


@pytest.mark.parametrize("orders", [BOTH, UNKNOWN], ids=["two doses", "no dose"])
def test_a_hold_at_an_open_dose_cites_both_rows_and_names_no_dose_to_resume_at(
    orders: tuple[MedicationRecord, ...],
) -> None:
    hold = said(20_000, *orders)[0]
    assert {"US-MDS-PLT-W4-HI", "US-MDS-PLT-5MG"} <= set(hold.rules)
    assert "a dose level that the chart leaves open" == hold.words["resume_dose"]
    assert hold.resume is None or hold.resume.dose is None


@pytest.mark.parametrize(
    ("orders", "reason"), [(BOTH, CONFLICT), (UNKNOWN, "no strength"), ((order(None),), "not stated")]
)
def test_the_dose_is_asked_for_with_its_reason(orders: tuple[MedicationRecord, ...], reason: str) -> None:
    asked = said(150_000, *orders)[0]
    assert (Missing("currentDose", reason, "GEN-CONFLICT"),) == asked.missing
    assert f"current dose: {reason}" == asked.words["what"]


def test_a_decision_that_depends_on_the_dose_says_so() -> None:
    asked = said(40_000, *BOTH)[0]
    assert (Missing("currentDose", CONFLICT, "GEN-CONFLICT"),) == asked.missing
    assert Urgency.CRITICAL is asked.urgency


def test_a_pause_beside_an_order_that_goes_on_is_told_as_such() -> None:
    paused = order(TEN, "on-hold", day(0), day(14))
    asked = said(150_000, paused, order(TEN, "active", day(0)))[0]
    assert "one record says that treatment paused, another that it goes on" == asked.missing[0].reason


def test_the_dose_in_force_is_told_and_not_reduced_where_no_dose_is_chosen_yet() -> None:
    counts = [reading(f, v, d) for d in (day(0), day(20)) for f, v in (("platelets", 180_000), ("anc", 2400))]
    unfinished = draft(None, problem="no dosage")
    now = datetime(2026, 1, 25, 12, tzinfo=UTC)
    case = Case(facts(*counts, orders=(order(TEN),)), (unfinished,), "order-select", day(20), now, "US")
    (told,) = [r for r in assess_case(case).recommendations if r.order]
    assert ("reduce-offer", Action.INFORM, Urgency.INFO, TEN) == (told.message, told.action, told.urgency, told.dose)
