"""Do allergies, severe reactions, graded toxicity and liver enzymes decide as their rows say, and nothing else?"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from cds_service.clinical.facts import Diagnosis, Event
from cds_service.clinical.recommendation import Action, Assessment, Recommendation, Urgency
from cds_service.drugs.lenalidomide.safety.reports import grade_in
from tests.support.facts import FIVE, TEN, assess, day, draft, facts, order, reading

YESTERDAY = day(39)
COUNTS = (reading("platelets", 150_000, day(38)), reading("anc", 2_000, day(38)))


def condition(text: str, *concepts: str, on: date | None = YESTERDAY, **more: Any) -> Diagnosis:
    """A condition of day 39."""
    return Diagnosis(frozenset(concepts), text, more.pop("is_active", True), f"Condition/{text}-{on}", on, on, **more)


def treated(*diagnoses: Diagnosis, events: tuple[Event, ...] = (), jurisdiction: str = "US", **more: Any) -> Assessment:
    """Day 40 of 10 mg once daily with normal counts."""
    base = facts()
    orders = more.pop("orders", (order(TEN),))
    of = facts(*COUNTS, diagnoses=(*base.diagnoses, *diagnoses), events=(*base.events, *events), orders=orders, **more)
    return assess(of, day(40), jurisdiction=jurisdiction)


def said(assessment: Assessment, *rules: str) -> list[Recommendation]:
    """The recommendations that carry one of the rules."""
    return [r for r in assessment.recommendations if set(rules) & set(r.rules)]


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("CTCAE grade 3", 3),
        ("Grade IV", 4),
        ("grade 2", 2),
        ("gr. 1", 1),
        ("Grad III", 3),
        ("G3 rash", 3),
        ("GI bleeding", None),
        ("severe", None),
        ("grade 10", None),
    ],
)
def test_a_grade_is_read_from_words(text: str, grade: int | None) -> None:
    assert grade == grade_in(text)


@pytest.mark.parametrize(
    ("text", "concepts", "action"),
    [
        ("rash grade 4", ("rash",), Action.PERMANENTLY_DISCONTINUE),
        ("Hautausschlag Grad 4", ("rash",), Action.PERMANENTLY_DISCONTINUE),
        ("rash with blisters", ("rash",), Action.PERMANENTLY_DISCONTINUE),
        ("blasenbildendes Exanthem", (), Action.PERMANENTLY_DISCONTINUE),
        ("Grade 3 rash", ("rash",), Action.HOLD),
        ("G3 rash", ("rash",), Action.HOLD),
        ("rash grade 3 without blisters", ("rash",), Action.HOLD),
        ("pneumonitis grade III", (), Action.HOLD),
    ],
)
@pytest.mark.parametrize("is_event", [True, False])
def test_a_grade_beside_a_reaction_is_its_grade(
    text: str, concepts: tuple[str, ...], action: Action, is_event: bool
) -> None:
    event = Event(frozenset(concepts), text, YESTERDAY, "AdverseEvent/e")
    found = treated(events=(event,)) if is_event else treated(condition(text, *concepts))
    assert action in [r.action for r in said(found, "US-NONHEM-PERM", "US-NONHEM-G34")]


@pytest.mark.parametrize(
    "text",
    [
        "grade 3 follicular lymphoma",
        "Ductal carcinoma G3",
        "CKD G3",
        "Uterine prolapse grade 3",
        "Heart murmur grade 3/6",
    ],
)
def test_a_grade_of_something_else_is_none_of_a_reaction(text: str) -> None:
    assert [] == said(treated(condition(text)), "US-NONHEM-PERM", "US-NONHEM-G34")


def test_an_allergy_with_blisters_is_severe() -> None:
    allergy = Event(
        frozenset({"lenalidomide-allergy"}), "Lenalidomide: severe blistering", None, "AllergyIntolerance/a"
    )
    assert Action.PERMANENTLY_DISCONTINUE in [r.action for r in said(treated(events=(allergy,)), "US-CI-HSR")]


def test_a_tumour_grade_is_no_toxicity_grade() -> None:
    breast = condition("Carcinoma", stages=(("Histologic grade", "Grade 3"),))
    assert [] == said(treated(breast), "US-NONHEM-G34")


def test_a_word_for_severity_does_not_grade_any_condition() -> None:
    assert [] == said(treated(condition("Osteoarthritis", severity="severe")), "US-NONHEM-G34")
    held = said(treated(condition("Rash", "rash", severity="severe")), "US-NONHEM-G34")
    assert [Action.HOLD] == [r.action for r in held]


@pytest.mark.parametrize(
    "note", ["Not related to lenalidomide", "unrelated", "due to norovirus", "Unlikely to be caused by Revlimid"]
)
def test_a_note_that_says_otherwise_is_believed(note: str) -> None:
    of = condition("Diarrhea", "diarrhea", severity="CTCAE grade 3", notes=(note,))
    assert [] == said(treated(of), "US-NONHEM-G34")


@pytest.mark.parametrize(
    "note", ["due to study drug", "due to lenalidomide", "possibly related", "seen by dermatology"]
)
def test_other_notes_leave_it_related(note: str) -> None:
    of = condition("Diarrhea", "diarrhea", severity="CTCAE grade 3", notes=(note,))
    assert [Action.HOLD] == [r.action for r in said(treated(of), "US-NONHEM-G34")]


def test_a_severe_reaction_without_a_date_is_asked_about_at_once() -> None:
    (asked,) = said(treated(condition("Angioedema", "angioedema", on=None)), "US-NONHEM-PERM")
    assert (Action.REQUEST_DATA, Urgency.CRITICAL) == (asked.action, asked.urgency)


def test_a_severe_reaction_stays_a_reason_after_it_has_resolved() -> None:
    (stop,) = said(treated(condition("SJS", "sjs", is_active=False)), "US-NONHEM-PERM")
    assert Action.PERMANENTLY_DISCONTINUE is stop.action


def test_a_reaction_to_another_drug_before_treatment_says_nothing_at_a_start() -> None:
    of = facts(reading("platelets", 180_000, day(-2)), reading("anc", 2_400, day(-2)))
    other = facts(
        reading("platelets", 180_000, day(-2)),
        reading("anc", 2_400, day(-2)),
        diagnoses=(*of.diagnoses, condition("Angioedema", "angioedema", on=date(2019, 1, 1))),
    )
    assert assess(of, day(0), draft()).recommendations == assess(other, day(0), draft()).recommendations


@pytest.mark.parametrize(
    ("text", "grade", "stops"),
    [("Rash on thalidomide", "CTCAE grade 4", True), ("Rash on thalidomide", "CTCAE grade 3", False)],
)
def test_a_grade_4_rash_on_thalidomide_does_not_let_it_start(text: str, grade: str, stops: bool) -> None:
    rash = condition(text, "rash", on=date(2019, 1, 1), severity=grade)
    of = facts(
        reading("platelets", 180_000, day(-2)), reading("anc", 2_400, day(-2)), diagnoses=(*facts().diagnoses, rash)
    )
    assert stops is any(r.action is Action.DO_NOT_START for r in said(assess(of, day(0), draft()), "US-WP-HSR"))


def test_without_a_jurisdiction_a_severe_reaction_stops_for_good_and_names_both_laws() -> None:
    (stop,) = said(treated(condition("DRESS", "dress"), jurisdiction=""), "US-NONHEM-PERM")
    assert (Action.PERMANENTLY_DISCONTINUE, True) == (stop.action, "EU-SKIN-PERM" in stop.rules)


def test_without_a_jurisdiction_a_grade_3_toxicity_holds_without_a_dose() -> None:
    of = condition("Diarrhea", "diarrhea", severity="CTCAE grade 3")
    (held,) = said(treated(of, jurisdiction=""), "US-NONHEM-G34")
    assert (Action.HOLD, None, True) == (held.action, held.resume, "EU-NONHEM" in held.rules)


def test_a_grade_3_rash_is_a_hold_in_the_us_and_a_review_in_the_eu_and_neither_without_jurisdiction() -> None:
    rash = condition("Rash", "rash", severity="CTCAE grade 3")
    by_law = {
        law: [r.action for r in said(treated(rash, jurisdiction=law), "US-NONHEM-G34", "EU-SKIN")]
        for law in ("US", "EU", "")
    }
    assert {"US": [Action.HOLD], "EU": [Action.REVIEW], "": []} == by_law


def test_a_hold_for_toxicity_takes_a_resume_on_counts_away() -> None:
    orders = (order(TEN, "on-hold", day(0), day(20)),)
    low = (reading("platelets", 45_000, day(20)), reading("platelets", 180_000, day(0)), reading("anc", 2_400, day(0)))
    now = (reading("platelets", 90_000, day(40)), reading("anc", 2_000, day(40)))
    grave = condition("Diarrhea", "diarrhea", severity="CTCAE grade 3")
    recovered = assess(facts(*low, *now, orders=orders), day(40))
    assert any(r.action is Action.RESUME_REDUCED for r in recovered.recommendations)
    held = assess(facts(*low, *now, orders=orders, diagnoses=(*facts().diagnoses, grave)), day(40))
    assert [] == [r for r in held.recommendations if r.action is Action.RESUME_REDUCED]
    assert [Action.REMAIN_ON_HOLD] == [r.action for r in said(held, "US-NONHEM-G34")]


def test_the_course_of_one_toxicity_does_not_hide_another() -> None:
    first = condition("Diarrhea", "diarrhea", on=day(30), severity="CTCAE grade 3")
    better = condition("Diarrhea", "diarrhea", on=day(38), severity="CTCAE grade 1")
    other = condition("Constipation", on=day(35), severity="CTCAE grade 3")
    assert [] == said(treated(first, better), "US-NONHEM-G34")
    assert ["Constipation"] == [
        i.value.split(" grade")[0] for r in said(treated(first, better, other), "US-NONHEM-G34") for i in r.inputs
    ]


def test_two_grades_on_one_day_count_as_the_higher_one() -> None:
    both = (
        condition("Diarrhea", "diarrhea", severity="CTCAE grade 3"),
        condition("Diarrhea", "diarrhea", severity="CTCAE grade 2"),
    )
    assert [Action.HOLD] == [r.action for r in said(treated(*both), "US-NONHEM-G34")]


@pytest.mark.parametrize(
    ("value", "action"),
    [("120", Action.REVIEW), ("120.1", Action.HOLD), ("40.1", Action.INFORM), ("40", None)],
)
def test_liver_enzymes_are_compared_with_the_laboratorys_own_limit(value: str, action: Action | None) -> None:
    alt = reading("alt", value, day(39), upper_limit=Fraction(40))
    of = facts(*COUNTS, alt, orders=(order(TEN),))
    assert [action] * bool(action) == [r.action for r in said(assess(of, day(40)), "US-MON-LFT")]


def test_liver_enzymes_of_one_time_that_decide_differently_are_clarified_at_once() -> None:
    two = [reading("alt", v, day(39), upper_limit=Fraction(40)) for v in (30, 400)]
    (asked,) = said(assess(facts(*COUNTS, *two, orders=(order(FIVE),)), day(40)), "US-MON-LFT")
    assert (Action.REQUEST_DATA, Urgency.CRITICAL) == (asked.action, asked.urgency)


def test_every_rule_of_the_room_says_its_outcome() -> None:
    outcomes = {o.rule: o.outcome for o in treated().outcomes}
    for rule in ("US-CI-HSR", "US-NONHEM-PERM", "US-NONHEM-G34", "US-FRP-DEF", "US-CI-PREG"):
        assert "not met" == outcomes[rule]


def allergic(text: str, *concepts: str, on: date | None = None) -> Event:
    """An allergy to another drug of the class."""
    return Event(frozenset(concepts), text, on, "AllergyIntolerance/a")


@pytest.mark.parametrize("jurisdiction", ["US", "EU"])
@pytest.mark.parametrize("concept", ["thalidomide-allergy", "pomalidomide-allergy"])
def test_an_allergy_to_a_drug_of_the_class_is_reviewed_before_a_start(concept: str, jurisdiction: str) -> None:
    of = facts(*COUNTS, events=(*facts().events, allergic("Urticaria", concept)))
    (found,) = said(assess(of, day(38), draft(), jurisdiction=jurisdiction), "CLASS-ALLERGY")
    assert (Action.REVIEW, None) == (found.action, found.dose)


def test_a_grade_4_rash_in_a_thalidomide_allergy_forbids_the_start() -> None:
    rash = allergic("Thalidomide: grade 4 rash", "thalidomide-allergy", "rash")
    of = facts(*COUNTS, events=(*facts().events, rash))
    (stop,) = said(assess(of, day(38), draft()), "US-WP-HSR")
    assert (Action.DO_NOT_START, "grade 4 rash") == (stop.action, stop.words["what"])


@pytest.mark.parametrize(("on", "reviews"), [(day(-30), False), (day(10), True), (None, True)])
def test_under_treatment_a_class_allergy_that_was_known_before_is_no_news(on: date | None, reviews: bool) -> None:
    found = said(treated(events=(allergic("Urticaria", "thalidomide-allergy", on=on),)), "CLASS-ALLERGY")
    assert reviews is bool(found)


def test_a_hold_for_toxicity_asks_for_weekly_counts_in_every_card() -> None:
    late = (reading("platelets", 150_000, day(90)), reading("anc", 2_000, day(90)))
    grade_3 = condition("Diarrhea", "diarrhea", on=day(99), severity="CTCAE grade 3")
    base = facts()
    of = facts(*late, diagnoses=(*base.diagnoses, grade_3), events=base.events, orders=(order(TEN),))
    found = assess(of, day(100)).recommendations
    assert Action.HOLD in {r.action for r in found}
    assert {day(97)} == {r.next_cbc_due for r in found if r.next_cbc_due}


def test_a_review_beside_a_hold_names_the_next_count() -> None:
    allergy = allergic("Urticaria", "lenalidomide-allergy")
    low = (reading("platelets", 29_000, day(38)), reading("anc", 2_000, day(38)))
    of = facts(*low, events=(*facts().events, allergy), orders=(order(TEN),))
    found = assess(of, day(40)).recommendations
    assert {Action.HOLD, Action.REVIEW} <= {r.action for r in found}
    assert {day(45)} == {r.next_cbc_due for r in found if r.action in (Action.HOLD, Action.REVIEW)}


def test_a_grade_that_the_words_name_is_not_said_twice() -> None:
    (hold,) = said(treated(condition("Diarrhea CTCAE grade 3", "diarrhea")), "US-NONHEM-G34")
    assert f"Diarrhea CTCAE grade 3 ({YESTERDAY})" == hold.words["what"]
