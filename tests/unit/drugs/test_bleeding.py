"""Is bleeding judged by its site, its grade and its age, beside the platelets?"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cds_service.clinical.facts import Diagnosis, Event, Reading
from cds_service.clinical.recommendation import Action, Recommendation, RemoveOrder, SuspendOrder, Urgency
from tests.support.facts import TEN, assess, day, draft, facts, mds, order, reading

TODAY = day(100)
HOLD = (Action.HOLD, Urgency.CRITICAL)
REVIEW = (Action.REVIEW, Urgency.WARNING)
URGENT = (Action.REVIEW, Urgency.CRITICAL)
ASK = (Action.REQUEST_DATA, Urgency.CRITICAL)
MAJOR = frozenset({"bleeding", "major-bleeding"})
HEAD = MAJOR | {"intracranial-bleeding"}


def bleed(on: date | None, concepts: frozenset[str] = MAJOR, severity: str = "", **more: Any) -> Diagnosis:
    """A bleed by its onset."""
    return Diagnosis(
        concepts, "Bleeding", more.pop("is_active", True), "Condition/bleed", on, more.pop("on_to", on), severity=severity, **more
    )  # fmt: skip


def found(
    law: str,
    *problems: Diagnosis,
    platelets: int | Reading | None = 150_000,
    orders: Any = None,
    drafts: Any = (),
    **more: Any,
) -> list[Recommendation]:
    """What is said of bleeding on day 100."""
    count = reading("platelets", platelets, day(99)) if isinstance(platelets, int) else platelets
    counts = (*((count,) if count is not None else ()), reading("anc", 2_000, day(99)))
    of = facts(*counts, orders=(order(TEN),) if orders is None else orders, diagnoses=(mds(), *problems), **more)
    said = assess(of, TODAY, *drafts, jurisdiction=law).recommendations
    return [r for r in said if "BLEEDING-MAJOR" in r.rules]


def said(law: str, *problems: Diagnosis, **more: Any) -> list[tuple[Action, Urgency]]:
    """Action and urgency of it."""
    return [(r.action, r.urgency) for r in found(law, *problems, **more)]


@pytest.mark.parametrize("law", ["US", "EU"])
@pytest.mark.parametrize(("age", "expected"), [(0, [HOLD]), (7, [HOLD]), (8, [REVIEW]), (30, [REVIEW]), (31, [])])
def test_a_major_bleed_holds_for_7_days_and_is_reviewed_for_30(law: str, age: int, expected: list[Any]) -> None:
    assert expected == said(law, bleed(day(100 - age)))


@pytest.mark.parametrize("law", ["US", "EU"])
@pytest.mark.parametrize(("age", "expected"), [(90, [HOLD]), (91, [])])
def test_an_intracranial_bleed_holds_for_90_days(law: str, age: int, expected: list[Any]) -> None:
    assert expected == said(law, bleed(day(100 - age), HEAD))


@pytest.mark.parametrize(("platelets", "expected"), [(49_999, [URGENT]), (50_000, [REVIEW]), (None, [REVIEW])])
def test_a_recent_major_bleed_is_urgent_with_low_platelets(platelets: int | None, expected: list[Any]) -> None:
    assert expected == said("US", bleed(day(80)), platelets=platelets)


def test_missing_platelets_are_said() -> None:
    (review,) = found("US", bleed(day(80)), platelets=None)
    assert ["platelets"] == [m.fact for m in review.missing]
    assert "Platelets none on file" in review.words["shown"]


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("", []), ("CTCAE grade 2", []), ("CTCAE grade 3", [HOLD]), ("severe", [HOLD]), ("moderate", [])],
)
def test_any_other_bleed_is_major_from_grade_3_or_as_severe(severity: str, expected: list[Any]) -> None:
    assert expected == said("US", bleed(day(98), frozenset({"bleeding"}), severity))


def test_a_bleed_that_has_ended_still_counts_by_its_onset() -> None:
    assert [HOLD] == said("US", bleed(day(98), is_active=False))


def test_an_adverse_event_counts_too() -> None:
    event = Event(MAJOR, "Upper GI bleed", day(98), "AdverseEvent/bleed")
    assert [HOLD] == said("EU", events=(*facts().events, event))


def test_without_any_date_an_active_bleed_is_asked_about() -> None:
    assert [ASK] == said("US", bleed(None))
    assert [] == said("US", bleed(None, is_active=False))
    assert [ASK] == said("US", bleed(day(90), on_to=day(95)))


def test_the_hold_is_by_one_click_and_an_option_beside_a_review() -> None:
    (hold,) = found("US", bleed(day(98)))
    assert any(isinstance(a, SuspendOrder) for p in hold.proposals for a in p.actions if p.is_recommended)
    (review,) = found("US", bleed(day(80)))
    assert any(isinstance(a, SuspendOrder) for p in review.proposals for a in p.actions)
    assert not any(p.is_recommended for p in review.proposals)


def test_before_a_start_it_forbids_the_start_and_on_hold_it_stays() -> None:
    (never,) = found("US", bleed(day(98)), orders=(), drafts=(draft(TEN),))
    assert (Action.DO_NOT_START, Urgency.CRITICAL) == (never.action, never.urgency)
    assert any(isinstance(a, RemoveOrder) for p in never.proposals for a in p.actions)
    held = (order(TEN, "on-hold", until=day(99)),)
    assert [(Action.REMAIN_ON_HOLD, Urgency.INFO)] == said("US", bleed(day(98)), orders=held)
    assert [(Action.REMAIN_ON_HOLD, Urgency.CRITICAL)] == said("US", bleed(day(98)), orders=held, drafts=(draft(TEN),))


def test_without_a_jurisdiction_major_bleeding_still_holds() -> None:
    assert [HOLD] == said("", bleed(day(98)))


@pytest.mark.parametrize("concepts", [MAJOR, frozenset({"bleeding"})])
@pytest.mark.parametrize(("age", "resumes"), [(30, False), (31, True)])
def test_a_bleed_without_an_end_keeps_a_hold_for_platelets_for_30_days(
    age: int, resumes: bool, concepts: frozenset[str]
) -> None:
    low = (reading("platelets", 20_000, day(60)), reading("platelets", 90_000, day(99)))
    orders = (order(TEN, "on-hold", until=day(60), status_reason="platelets 20"),)
    of = facts(*low, reading("anc", 2_000, day(99)), orders=orders, diagnoses=(mds(), bleed(day(100 - age), concepts)))
    decided = assess(of, TODAY).recommendations
    resumed = [r for r in decided if r.action is Action.RESUME_REDUCED]
    assert resumes is bool(resumed)
    # An older one is named with the dose to resume at.
    assert all("is it?" in " ".join(r.assumptions) for r in resumed)


def test_a_bleed_that_has_ended_keeps_no_hold_for_platelets() -> None:
    low = (reading("platelets", 20_000, day(60)), reading("platelets", 90_000, day(99)))
    orders = (order(TEN, "on-hold", until=day(60), status_reason="platelets 20"),)
    over = bleed(day(90), frozenset({"bleeding"}), is_active=False)
    of = facts(*low, reading("anc", 2_000, day(99)), orders=orders, diagnoses=(mds(), over))
    assert Action.RESUME_REDUCED in [r.action for r in assess(of, TODAY).recommendations]
