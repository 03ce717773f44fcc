"""A count that met an interruption row and interrupted nothing, and what must not hide beside a hold or a resume."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Reading
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from tests.support.facts import FIVE, START, TEN, assess, day, draft, facts, order, reading
from tests.support.other_indications import diagnosis

RULE = "GEN-UNANSWERED"
BASELINE = (reading("platelets", 180_000, START), reading("anc", 2_400, START))


def counts(*platelets: tuple[int, int], anc: int = 2_000) -> tuple[Reading, ...]:
    """The baseline, platelet counts by (day, value), and neutrophils of the last of these days."""
    found = (reading("platelets", value, day(on)) for on, value in platelets)
    return (*BASELINE, *found, reading("anc", anc, day(platelets[-1][0])))


def said(
    readings: tuple[Reading, ...],
    orders: tuple[MedicationRecord, ...],
    on: date,
    *drafts: MedicationRecord,
    **more: object,
) -> tuple[Recommendation, ...]:
    """What is said in the US."""
    return assess(facts(*readings, orders=orders, **more), on, *drafts).recommendations


def reviews(found: tuple[Recommendation, ...]) -> list[Recommendation]:
    """The reviews of counts that interrupted nothing."""
    return [r for r in found if RULE in r.rules]


YESTERDAY_LOW = counts((20, 42_000), (21, 60_000))


@pytest.mark.parametrize("drafts", [(), (draft(),)])
def test_a_count_that_nobody_acted_on_is_reviewed_without_a_dose(drafts: tuple[MedicationRecord, ...]) -> None:
    (review,) = reviews(said(YESTERDAY_LOW, (order(TEN),), day(21), *drafts))
    assert (Action.REVIEW, Urgency.WARNING, None, ()) == (
        review.action, review.urgency, review.dose, review.proposals
    )  # fmt: skip
    assert (RULE, "US-MDS-PLT-W4-HI") == review.rules
    assert ("2026-01-25", "Platelets 42,000 /µL") == (review.words["on"], review.words["count"])
    assert "at 5 mg once daily" in review.words["resume"]
    assert "No interruption" in review.words["record"]


def test_a_count_of_the_same_day_is_earlier_by_its_time() -> None:
    low, high = YESTERDAY_LOW[2:4]
    morning, later = (datetime(2026, 1, 26, hour, tzinfo=UTC) for hour in (8, 11))
    readings = (low._replace(on=day(21), at=morning), high._replace(at=later), YESTERDAY_LOW[4])
    assert reviews(said((*BASELINE, *readings), (order(TEN),), day(21)))


def test_two_results_of_one_time_are_a_conflict_and_no_earlier_count() -> None:
    readings = counts((21, 42_000), (21, 42_000), (21, 60_000))
    assert [] == reviews(said(readings, (order(TEN),), day(21)))


@pytest.mark.parametrize(
    "orders",
    [
        (order(TEN, "stopped", START, day(20)), order(FIVE, since=day(20))),
        (order(TEN, "on-hold", START, day(20)), order(TEN, since=day(22))),
        (order(TEN, "on-hold", START, day(20)),),
    ],
    ids=["a lower dose since", "held and resumed", "on hold"],
)
def test_an_interruption_or_a_lower_dose_on_record_answers_it(orders: tuple[MedicationRecord, ...]) -> None:
    readings = counts((20, 42_000), (25, 60_000))
    assert [] == reviews(said(readings, orders, day(25)))


def test_a_renewal_of_the_same_dose_answers_nothing() -> None:
    orders = (order(TEN, "completed", START, day(21)), order(TEN, since=day(22)))
    assert reviews(said(counts((20, 42_000), (25, 60_000)), orders, day(25)))


def test_a_pause_that_nothing_explains_answers_nothing() -> None:
    orders = (order(TEN, "completed", START, day(20)), order(TEN, since=day(29)))
    assert reviews(said(counts((20, 42_000), (30, 60_000)), orders, day(30)))


def test_beside_a_hold_of_the_same_line_there_is_no_review() -> None:
    found = said(counts((14, 42_000), (20, 45_000)), (order(TEN),), day(20))
    assert [Action.HOLD] == [r.action for r in found if r.urgency is not Urgency.INFO]


def test_where_the_first_dose_is_not_known_the_review_says_on_what_it_depends() -> None:
    (review,) = reviews(said(YESTERDAY_LOW, (order(TEN, since=None),), day(21)))
    assert "unanswered-unclear" == review.message
    assert "firstDose" in {m.fact for m in review.missing}


def test_an_order_above_the_dose_in_force_is_not_amended_to_it_in_one_click() -> None:
    found = said(YESTERDAY_LOW, (order(TEN),), day(21), draft(Dose(Decimal(25))))
    (reduce,) = [r for r in found if r.action is Action.REDUCE]
    assert () == reduce.proposals


@pytest.mark.parametrize("reason", ["", "low platelets"])
@pytest.mark.parametrize(("before_end", "is_reviewed"), [(0, True), (7, True), (8, False)])
def test_an_order_that_ended_after_such_a_count_is_reviewed_before_the_next_one(
    before_end: int, is_reviewed: bool, reason: str
) -> None:
    ended = order(TEN, "completed", START, day(20), status_reason=reason)
    found = reviews(said(counts((20 - before_end, 42_000), (45, 150_000)), (ended,), day(45), draft()))
    assert is_reviewed == bool(found)
    for review in found:
        assert f"The order ended on 2026-01-25{f' ({reason})' if reason else ''}" in review.words["record"]


def test_administrations_of_one_dose_are_one_stretch_of_it() -> None:
    taken = tuple(
        replace(order(TEN, "completed", day(n)), kind="administration", reference=f"MedicationAdministration/{n}")
        for n in range(22)
    )
    (review,) = reviews(said(YESTERDAY_LOW, taken, day(21)))
    assert "No interruption" in review.words["record"]


def test_in_myeloma_of_an_unknown_regimen_the_review_names_no_dose() -> None:
    low = counts((20, 25_000), (24, 60_000))
    (review,) = reviews(said(low, (order(TEN),), day(24), diagnoses=(diagnosis("myeloma"),)))
    assert "depends on which regimen" in review.words["resume"]


def test_a_hold_for_platelets_does_not_hide_neutrophils_that_wait_for_their_second_count() -> None:
    found = said(counts((84, 29_999), anc=400), (order(TEN),), day(84))
    assert ("US-MDS-ANC-PEND",) in [r.rules for r in found if r.action is Action.REPEAT_AND_REASSESS]
    assert [("US-MDS-PLT-A4",)] == [r.rules for r in found if r.action is Action.HOLD]


def test_a_hold_for_neutrophils_does_not_hide_platelets_in_the_gap() -> None:
    low = (reading("platelets", 50_000, START), BASELINE[1], *counts((14, 29_000), anc=700)[2:])
    found = said(low, (order(TEN),), day(14))
    gap = [(r.action, r.next_cbc_due) for r in found if "US-MDS-PLT-GAP" in r.rules]
    assert [(Action.REPEAT_AND_REASSESS, day(17))] == gap


@pytest.mark.parametrize(("dose", "asks"), [(FIVE, True), (TEN, False)])
def test_a_draft_of_exactly_the_dose_to_resume_at_asks_about_bleeding(dose: Dose, asks: bool) -> None:
    held = (order(TEN, "on-hold", START, day(60)),)
    found = said(counts((60, 29_000), (67, 30_000)), held, day(67), draft(dose))
    informing = [r for r in found if r.message == "resume-as-ordered-ask-bleeding"]
    assert ([(Action.INFORM, Urgency.INFO, FIVE, ())] if asks else []) == [
        (r.action, r.urgency, r.dose, r.proposals) for r in informing
    ]


def test_a_resume_by_a_row_without_bleeding_needs_no_question() -> None:
    held = (order(TEN, "on-hold", START, day(14)),)
    found = said(counts((14, 42_000), (21, 60_000)), held, day(21), draft(FIVE))
    assert [] == [r for r in found if "bleeding" in r.message]


@pytest.mark.parametrize(
    ("platelets", "urgency"), [(42_000, Urgency.CRITICAL), (29_000, None), (60_000, Urgency.WARNING)]
)
def test_doses_in_conflict_are_critical_where_one_of_them_would_be_held(
    platelets: int, urgency: Urgency | None
) -> None:
    found = said(counts((21, platelets)), (order(TEN), order(FIVE)), day(21))
    asking = [r.urgency for r in found if r.action is Action.REQUEST_DATA]
    assert urgency is None or [urgency] == asking
    assert (platelets == 29_000) == any(r.action is Action.HOLD for r in found)
