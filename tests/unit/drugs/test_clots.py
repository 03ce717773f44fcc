"""Are clots judged by age, place and by what was done since, in both documents?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Diagnosis
from cds_service.clinical.recommendation import Action, Recommendation, RemoveOrder, SuspendOrder, Urgency
from tests.support.facts import TEN, assess, day, draft, facts, mds, order, reading

TODAY = day(200)
HOLD = (Action.HOLD, Urgency.CRITICAL)
REVIEW = (Action.REVIEW, Urgency.WARNING)
INFORM = (Action.INFORM, Urgency.INFO)
ASK = (Action.REQUEST_DATA, Urgency.CRITICAL)
MESSAGES = ("thrombosis-", "arterial-thrombosis-")


def clot(on: date | None, concept: str = "vte", recorded: date | None = None, **more: Any) -> Diagnosis:
    """A clot with its onset, or with the day of its record alone."""
    names = {"vte": "Deep vein thrombosis", "ate": "Myocardial infarction", "superficial-vte": "Superficial thrombosis"}
    is_active, on_to = more.pop("is_active", True), more.pop("on_to", on)
    return Diagnosis(
        frozenset({concept}), names.get(concept, concept), is_active, f"Condition/{concept}", on, on_to, recorded
    )


def thinner(since: date | None, concept: str = "anticoagulant", status: str = "active") -> MedicationRecord:
    """Apixaban, or an antiplatelet drug."""
    return MedicationRecord(
        "order", f"MedicationRequest/{concept}", frozenset({concept}), status, "order", "apixaban", starts_on=since
    )


def found(
    law: str, *problems: Diagnosis, drugs: tuple[MedicationRecord, ...] = (), orders: Any = None, drafts: Any = ()
) -> list[Recommendation]:
    """What is said of clots on day 200 of a course that began on day 0."""
    counts = (reading("platelets", 150_000, day(199)), reading("anc", 2_000, day(199)))
    own = (order(TEN),) if orders is None else orders
    of = facts(*counts, orders=(*own, *drugs), diagnoses=(mds(), *problems))
    said = assess(of, TODAY, *drafts, jurisdiction=law).recommendations
    return [r for r in said if r.message.startswith(MESSAGES) and r.message != "thrombosis-risk"]


def said(law: str, *problems: Diagnosis, **more: Any) -> list[tuple[Action, Urgency]]:
    """Action and urgency of it."""
    return [(r.action, r.urgency) for r in found(law, *problems, **more)]


@pytest.mark.parametrize("concept", ["vte", "ate"])
@pytest.mark.parametrize(("age", "eu", "us"), [(0, [HOLD], [REVIEW]), (90, [HOLD], [REVIEW])])
def test_a_clot_of_the_last_90_days_holds_in_the_eu_and_warns_in_the_us(
    age: int, eu: list[Any], us: list[Any], concept: str
) -> None:
    event = clot(day(200 - age), concept)
    assert (eu, us) == (said("EU", event), said("US", event))


def test_anticoagulated_or_not_a_clot_of_the_last_90_days_holds_in_the_eu() -> None:
    assert [HOLD] == said("EU", clot(day(150)), drugs=(thinner(day(150)),))


@pytest.mark.parametrize(("law", "without"), [("EU", [REVIEW]), ("US", [])])
def test_an_older_clot_is_reviewed_only_in_the_eu_for_a_vein_without_an_anticoagulant(law: str, without: Any) -> None:
    old = clot(day(109))
    assert without == said(law, old)
    assert [] == said(law, old, drugs=(thinner(day(109)),))
    assert [] == said(law, clot(day(109), "ate"))
    assert [] == said(law, clot(day(-10)))
    assert [] == said(law, clot(day(109), is_active=False))


@pytest.mark.parametrize(
    ("renewed", "anticoagulated", "expected"),
    [
        (174, 160, [INFORM]),
        (173, 150, [HOLD]),
        (174, 161, [HOLD]),
        (190, 176, [INFORM]),
        (190, 177, [HOLD]),
        (190, None, [HOLD]),
    ],
)
def test_a_renewal_14_days_after_a_clot_of_a_vein_and_14_days_of_an_anticoagulant_was_weighed(
    renewed: int, anticoagulated: int | None, expected: list[Any]
) -> None:
    orders = (order(TEN), order(TEN, since=day(renewed)))
    drugs = (thinner(day(anticoagulated)),) if anticoagulated is not None else (thinner(None),)
    assert expected == said("EU", clot(day(160)), orders=orders, drugs=drugs)


@pytest.mark.parametrize(("renewed", "expected"), [(174, [INFORM]), (173, [HOLD])])
def test_for_an_artery_the_renewal_alone_counts(renewed: int, expected: list[Any]) -> None:
    assert expected == said("EU", clot(day(160), "ate"), orders=(order(TEN), order(TEN, since=day(renewed))))


def test_the_draft_in_hand_is_no_renewal_and_a_cancelled_order_none_either() -> None:
    recent = clot(day(160))
    assert [HOLD] == said("EU", recent, drugs=(thinner(day(160)),), drafts=(draft(TEN),))
    cancelled = (order(TEN), order(TEN, "entered-in-error", since=day(180)))
    assert [HOLD] == said("EU", recent, drugs=(thinner(day(160)),), orders=cancelled)


def test_in_the_us_the_hold_is_offered_and_platelets_and_anticoagulants_are_shown() -> None:
    (review,) = found("US", clot(day(190)))
    assert any(isinstance(a, SuspendOrder) for p in review.proposals for a in p.actions)
    assert not any(p.is_recommended for p in review.proposals)
    assert "Platelets 150,000 /µL (2026-07-23); anticoagulants: none on file" == review.words["shown"]


def test_an_artery_shows_antithrombotics_and_says_nothing_on_anticoagulation() -> None:
    (hold,) = found("EU", clot(day(190), "ate"), drugs=(thinner(day(0), "antiplatelet"),))
    assert hold.words["shown"].endswith("antithrombotics: Apixaban")
    text = " ".join([hold.words["rule_text"], *(q.text for q in hold.beside), hold.note])
    assert "nticoag" not in text.replace("for a vein after at least 14 days of an anticoagulant", "")


@pytest.mark.parametrize("law", ["US", "EU"])
@pytest.mark.parametrize(("age", "expected"), [(90, [REVIEW]), (91, [])])
def test_a_superficial_clot_warns_for_90_days_and_has_no_hold(law: str, age: int, expected: list[Any]) -> None:
    recommendations = found(law, clot(day(200 - age), "superficial-vte"))
    assert expected == [(r.action, r.urgency) for r in recommendations]
    assert [] == [p for r in recommendations for p in r.proposals]


@pytest.mark.parametrize(("recorded", "expected"), [(110, [HOLD]), (109, [REVIEW])])
def test_an_undated_clot_is_as_of_its_record(recorded: int, expected: list[Any]) -> None:
    assert expected == said("EU", clot(None, recorded=day(recorded)))


def test_a_clot_without_any_date_is_asked_about_while_it_is_active() -> None:
    assert [ASK] == said("EU", clot(None))
    assert [REVIEW] == said("US", clot(None))
    assert [] == said("EU", clot(None, is_active=False)) + said("US", clot(None, is_active=False))


def test_a_partial_onset_on_both_sides_of_the_limit_is_asked_about() -> None:
    assert [ASK] == said("EU", clot(day(100), on_to=day(150)))
    assert [HOLD] == said("EU", clot(day(115), on_to=day(150)))
    # Recorded long ago, it cannot have begun later.
    assert [REVIEW] == said("EU", clot(day(100), on_to=day(150), recorded=day(105)))


def test_history_with_an_onset_of_its_own_is_an_event_and_without_one_is_none() -> None:
    assert [HOLD] == said("EU", clot(day(190), "vte-history"))
    assert [] == said("EU", clot(None, "vte-history", recorded=day(190)))


def test_a_clot_from_shortly_before_the_course_warns_until_it_is_weighed() -> None:
    since = (order(TEN, since=day(180)),)
    assert [REVIEW] == said("EU", clot(day(175)), orders=since)
    assert [INFORM] == said("EU", clot(day(160)), orders=since, drugs=(thinner(day(160)),))


@pytest.mark.parametrize("law", ["US", "EU"])
@pytest.mark.parametrize(("age", "expected"), [(90, [REVIEW]), (91, [])])
def test_before_a_start_a_recent_clot_warns_and_the_order_can_be_withdrawn(
    law: str, age: int, expected: list[Any]
) -> None:
    recommendations = found(law, clot(day(200 - age)), orders=(), drafts=(draft(TEN),))
    assert expected == [(r.action, r.urgency) for r in recommendations]
    assert bool(expected) is any(
        isinstance(a, RemoveOrder) for r in recommendations for p in r.proposals for a in p.actions
    )


def test_on_hold_a_clot_of_a_vein_waits_for_14_days_of_an_anticoagulant_in_the_eu() -> None:
    held = (order(TEN, "on-hold", until=day(190)),)
    event = clot(day(188))
    stays = (Action.REMAIN_ON_HOLD, Urgency.INFO)
    assert [stays] == said("EU", event, orders=held, drugs=(thinner(day(187)),))
    assert [(Action.REMAIN_ON_HOLD, Urgency.CRITICAL)] == said("EU", event, orders=held, drafts=(draft(TEN),))
    assert [REVIEW] == said("EU", event, orders=held, drugs=(thinner(day(186)),))
    assert [REVIEW] == said("EU", clot(day(188), "ate"), orders=held)
    assert [REVIEW] == said("US", event, orders=held)


def test_of_several_clots_the_gravest_is_said_once() -> None:
    assert [HOLD] == said("EU", clot(day(195)), clot(day(60), "ate"))


def test_a_recent_clot_leaves_a_start_without_a_dose_and_an_old_one_does_not() -> None:
    counts = (reading("platelets", 150_000, day(199)), reading("anc", 2_000, day(199)))
    for age, has_dose in ((90, False), (91, True)):
        chart = facts(*counts, diagnoses=(mds(), clot(day(200 - age))))
        said_at_start = assess(chart, TODAY, draft(Dose(Decimal(20)))).recommendations
        assert has_dose is any(r.dose is not None for r in said_at_start)


def test_a_clot_that_was_weighed_is_a_line_under_others_and_never_a_card_of_its_own() -> None:
    (weighed,) = found("EU", clot(day(160), "ate"), orders=(order(TEN), order(TEN, since=day(174))))
    assert (True, True) == (weighed.folds, weighed.only_beside)
    (open_still,) = found("EU", clot(day(160), "ate"), orders=(order(TEN), order(TEN, since=day(173))))
    assert (False, False) == (open_still.folds, open_still.only_beside)
