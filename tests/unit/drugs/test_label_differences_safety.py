"""Rows on safety that once said less than the label: each test is named after its difference from the SmPC."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cds_service.clinical.facts import Diagnosis, Event
from cds_service.clinical.recommendation import Action, Urgency
from cds_service.drugs.contract import Case
from tests.support.facts import TEN, assess, assess_case, day, draft, facts, order, reading
from tests.unit.drugs.test_safety_pregnancy import NOON, pregnancy_test, said, start, woman

COUNTS = (reading("platelets", 150_000, day(38)), reading("anc", 2_000, day(38)))


def condition(text: str, *concepts: str, severity: str = "") -> Diagnosis:
    """A condition of years ago."""
    on = date(2019, 1, 1)
    return Diagnosis(frozenset(concepts), text, True, "Condition/x", on, on, severity=severity)


STERILISED = Event(frozenset({"tubal-ligation"}), "Tubal ligation", day(-900), "Procedure/tubal")


@pytest.mark.parametrize(
    ("minutes", "sensitivity", "action"),
    [
        (None, "", Action.DO_NOT_START),
        (72 * 60, "25 mIU/mL", None),
        (72 * 60 + 1, "25 mIU/mL", Action.DO_NOT_START),
        (60, "26 mIU/mL", Action.DO_NOT_START),
    ],
)
def test_d3_eu_tubal_sterilisation_needs_a_pregnancy_test_before_the_start(
    minutes: int | None, sensitivity: str, action: Action | None
) -> None:
    tests = () if minutes is None else (pregnancy_test(NOON - timedelta(minutes=minutes), sensitivity=sensitivity),)
    of = woman(tests, (), events=(STERILISED,))
    asked = said(start(of, "EU"), "EU-PREG-TEST")
    assert ([action] if action else []) == [r.action for r in asked]


@pytest.mark.parametrize(("events", "is_due"), [((STERILISED,), False), ((), True)])
def test_d3_eu_tubal_sterilisation_needs_no_pregnancy_test_under_treatment(
    events: tuple[Event, ...], is_due: bool
) -> None:
    of = woman((), events=events, orders=(order(TEN),))
    found = assess_case(Case(of, (), "patient-view", day(60), NOON + timedelta(days=60), "EU"))
    assert is_due == bool(said(found, "EU-PREG-TEST"))


@pytest.mark.parametrize(
    ("text", "concepts", "severity", "stops"),
    [
        ("Rash on thalidomide", ("rash",), "CTCAE grade 4", {"US", "EU"}),
        ("Rash on thalidomide", ("rash",), "CTCAE grade 3", {"EU"}),
        ("Rash on thalidomide", ("rash",), "CTCAE grade 2", set()),
        ("Rash on thalidomide", ("rash",), "Severe", {"EU"}),
        ("Rash on thalidomide", ("rash",), "Moderate", set()),
        ("Severe rash on thalidomide", ("rash",), "", {"EU"}),
        ("Schwerer Hautausschlag unter Thalidomid", ("rash",), "", {"EU"}),
        ("Rash on thalidomide, not severe", ("rash",), "", set()),
        ("Non-severe rash on thalidomide", ("rash",), "", set()),
        ("Stevens-Johnson syndrome on thalidomide", ("sjs",), "", {"EU"}),
        ("Severe rash on allopurinol", ("rash",), "CTCAE grade 4", set()),
    ],
)
def test_d4_eu_severe_rash_on_thalidomide_forbids_the_start_and_us_grade_4(
    text: str, concepts: tuple[str, ...], severity: str, stops: set[str]
) -> None:
    rash = condition(text, *concepts, severity=severity)
    of = facts(*COUNTS, diagnoses=(*facts().diagnoses, rash))
    found = {law: assess(of, day(38), draft(), jurisdiction=law).recommendations for law in ("US", "EU")}
    rules = {"US": "US-WP-HSR", "EU": "EU-THALIDOMIDE-RASH"}
    stopped = [(law, r) for law in found for r in found[law] if r.action is Action.DO_NOT_START]
    assert stops == {law for law, _ in stopped}
    assert [(rules[law], Urgency.CRITICAL) for law, _ in stopped] == [(r.rules[0], r.urgency) for _, r in stopped]


@pytest.mark.parametrize(
    ("text", "severity", "stops"),
    [
        ("Thalidomide: rash", "severe", True),
        ("Thalidomide: severe rash", "", True),
        ("Thalidomide: rash grade 3", "", True),
        ("Thalidomide: rash", "moderate", False),
        ("Thalidomide: rash", "", False),
    ],
)
def test_d4_eu_severe_rash_in_a_thalidomide_allergy_forbids_the_start(text: str, severity: str, stops: bool) -> None:
    rash = Event(frozenset({"thalidomide-allergy", "rash"}), text, None, "AllergyIntolerance/a", severity)
    of = facts(*COUNTS, events=(*facts().events, rash))
    actions = [r.action for r in assess(of, day(38), draft(), jurisdiction="EU").recommendations]
    assert ((Action.DO_NOT_START in actions), (Action.REVIEW in actions)) == (stops, not stops)


def test_d4_eu_severe_rash_on_thalidomide_is_reviewed_under_treatment() -> None:
    rash = condition("Rash on thalidomide", "rash", severity="CTCAE grade 3")
    of = facts(*COUNTS, diagnoses=(*facts().diagnoses, rash), orders=(order(TEN),))
    (found,) = said(assess(of, day(40), jurisdiction="EU"), "EU-THALIDOMIDE-RASH")
    assert Action.REVIEW is found.action


def test_without_a_jurisdiction_a_grade_4_rash_on_thalidomide_does_not_let_it_start() -> None:
    rash = condition("Rash on thalidomide", "rash", severity="CTCAE grade 4")
    of = facts(*COUNTS, diagnoses=(*facts().diagnoses, rash))
    (stop,) = said(assess(of, day(38), draft(), jurisdiction=""), "US-WP-HSR")
    assert (Action.DO_NOT_START, True) == (stop.action, "EU-THALIDOMIDE-RASH" in stop.rules)
