"""A hold while an order is signed: the draft is taken back, and the order by which treatment goes on is set on hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Diagnosis, PatientFacts
from cds_service.clinical.recommendation import Action, OrderTest, Proposal, RemoveOrder, SuspendOrder, Urgency
from cds_service.dosing.build import suspensions, withdrawals
from cds_service.dosing.case import Case
from tests.support.facts import FIVE, TEN, assess, assess_case, day, draft, facts, mds, order, reading
from tests.support.other_indications import said

DRAFT = draft().reference
CHART = order(TEN).reference


def low(*orders: MedicationRecord, on: int = 60) -> PatientFacts:
    """Platelets of 25,000 in week 9, before which all was well."""
    before = (reading("platelets", 180000, day(0)), reading("anc", 2400, day(0)))
    return facts(*before, reading("platelets", 25000, day(on)), reading("anc", 2400, day(on)), orders=orders)


def proposal(of: PatientFacts, *orders: MedicationRecord, signed: frozenset[str] = frozenset()) -> Proposal:
    """How the hold of a call is carried out."""
    now = datetime(2026, 3, 6, 12, tzinfo=UTC)
    case = Case(of, orders, "order-sign", day(60), now, "US", signed=signed)
    return said(assess_case(case).recommendations, Action.HOLD).proposals[0]


def test_a_hold_takes_the_draft_back_and_sets_the_active_order_on_hold() -> None:
    made = proposal(low(order(TEN)), draft(TEN))
    assert "hold-and-suspend" == made.label
    assert (RemoveOrder(DRAFT), SuspendOrder(CHART)) == made.actions[:2]
    assert [OrderTest] == [type(a) for a in made.actions[2:]]


def test_a_statement_cannot_be_set_on_hold() -> None:
    stated = replace(order(TEN), kind="statement", starts_by="taken", reference="MedicationStatement/s")
    made = proposal(low(stated), draft(TEN))
    assert "hold" == made.label
    assert not any(isinstance(a, SuspendOrder) for a in made.actions)


def test_a_signed_order_and_the_active_one_are_both_set_on_hold() -> None:
    made = proposal(low(order(TEN)), draft(TEN), signed=frozenset({DRAFT}))
    assert ("hold-and-suspend-signed", (SuspendOrder(DRAFT), SuspendOrder(CHART))) == (made.label, made.actions[:2])


def test_an_order_that_the_chart_holds_is_set_on_hold_and_never_removed() -> None:
    made = proposal(low(order(TEN)), replace(draft(TEN), reference=CHART))
    assert ("hold-signed", SuspendOrder(CHART)) == (made.label, made.actions[0])
    assert not any(isinstance(a, RemoveOrder) for a in made.actions)


def test_an_active_order_of_the_call_is_no_draft() -> None:
    made = proposal(low(order(TEN)), replace(draft(TEN), status="active"))
    assert not any(isinstance(a, RemoveOrder) for a in made.actions)


@pytest.mark.parametrize("status", ["completed", "stopped", "ended", "cancelled", "on-hold"])
def test_an_order_that_nobody_goes_on_with_is_never_set_on_hold(status: str) -> None:
    of = low(order(TEN, status, until=day(58)))
    case = Case(of, (draft(TEN),), "order-sign", day(60), datetime(2026, 3, 6, 12, tzinfo=UTC), "US")
    assert () == suspensions(case, (CHART,))


def test_a_draft_after_a_completed_order_is_only_removed() -> None:
    made = proposal(low(order(TEN, "completed", until=day(58))), draft(TEN))
    assert ("hold", [RemoveOrder, OrderTest]) == (made.label, [type(a) for a in made.actions])


def test_an_order_of_unknown_status_is_set_on_hold() -> None:
    made = proposal(low(order(TEN, "unknown")), draft(TEN))
    assert ("hold-and-suspend", SuspendOrder(CHART)) == (made.label, made.actions[1])


@pytest.mark.parametrize(("status", "made"), [("completed", []), ("active", [SuspendOrder(DRAFT)])])
def test_a_prescription_that_is_sent_after_its_end_is_not_set_on_hold(status: str, made: list[SuspendOrder]) -> None:
    sent = replace(draft(TEN), status=status)
    case = Case(low(), (sent,), "medication-refill", day(60), datetime(2026, 3, 6, 12, tzinfo=UTC), "US")
    assert made == list(withdrawals(replace(case, signed=frozenset({DRAFT}))))


def test_where_nothing_of_the_call_can_be_taken_back_the_active_order_is_still_set_on_hold() -> None:
    made = proposal(low(order(TEN)), replace(draft(TEN), status="completed"), signed=frozenset({DRAFT}))
    assert ("suspend", [SuspendOrder(CHART)]) == (made.label, list(made.actions[:1]))


@pytest.mark.parametrize(
    ("status", "label"), [("active", "stop-treatment"), ("completed", "remove-order"), ("on-hold", "stop-treatment")]
)
def test_a_stop_for_good_stops_an_order_that_is_not_over(status: str, label: str) -> None:
    sjs = Diagnosis(frozenset({"sjs"}), "SJS", True, "Condition/sjs", day(40), day(40))
    of = low(order(TEN, status, until=day(58) if status != "active" else None))
    found = assess(replace(of, diagnoses=(mds(), sjs)), day(60), draft(TEN)).recommendations
    made = said(found, Action.PERMANENTLY_DISCONTINUE).proposals[0]
    assert (label, status != "completed") == (made.label, any(isinstance(a, SuspendOrder) for a in made.actions))


# ------------------------------------------------------------------ a refill beside the order
def dispensed(on: int, dose: Dose) -> MedicationRecord:
    """A dispense."""
    made = replace(order(dose, "completed", day(on)), kind="dispense", intent="", starts_by="dispensed")
    return replace(made, reference="MedicationDispense/d")


def test_a_refill_does_not_weaken_a_hold() -> None:
    found = assess(low(order(TEN), dispensed(56, TEN)), day(60)).recommendations
    hold = said(found, Action.HOLD)
    assert (Urgency.CRITICAL, ("US-MDS-PLT-A4",)) == (hold.urgency, hold.rules)
    assert Action.REQUEST_DATA not in [r.action for r in found]


def test_a_dispense_of_another_dose_beside_a_draft_is_a_conflict_of_doses() -> None:
    well = low(order(TEN), dispensed(40, FIVE), on=59)
    well = replace(well, readings={**well.readings, "platelets": (reading("platelets", 180000, day(60)),)})
    asked = said(assess(well, day(60), draft(TEN)).recommendations, Action.REQUEST_DATA)
    assert [("currentDose", "dispensed 5 mg once daily, ordered 10 mg once daily")] == [
        (m.fact, m.reason) for m in asked.missing
    ]
    assert asked.urgency is Urgency.WARNING
