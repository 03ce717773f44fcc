"""Lactose, PML, checkpoint antibodies, hepatitis B, thyroid, ferritin, new interactions, suspected reactions: a check each."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Diagnosis, Event, Finding, Reading
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from tests.support.facts import TEN, assess, day, draft, facts, mds, order, reading

TODAY = day(100)
COUNTS = (reading("platelets", 150_000, day(99)), reading("anc", 2_000, day(99)))
REVIEW = (Action.REVIEW, Urgency.WARNING)
INFORM = (Action.INFORM, Urgency.INFO)
WARN = (Action.INFORM, Urgency.WARNING)
STARTING: dict[str, Any] = {"orders": (), "drafts": (draft(TEN),)}

PML = {"US": "PML", "EU": "EU-PML"}


def ill(*concepts: str, on: date | None = None, **more: Any) -> Diagnosis:
    """A problem recorded on a day."""
    return Diagnosis(frozenset(concepts), concepts[0], more.pop("is_active", True), "Condition/x", on, on, on, **more)


def drug(concept: str, since: date | None = None) -> MedicationRecord:
    """An active order of another drug."""
    return MedicationRecord(
        "order", f"MedicationRequest/{concept}", frozenset({concept}), "active", "order", concept, starts_on=since
    )


def found(
    law: str, rule: str, *readings: Reading, problems: tuple[Diagnosis, ...] = (), drugs: Any = (), **more: Any
) -> list[Recommendation]:
    """What is said by a rule on day 100."""
    orders, drafts = more.pop("orders", (order(TEN),)), more.pop("drafts", ())
    events = more.pop("events", ())
    more = {"diagnoses": (mds(), *problems), **more}
    of = facts(*COUNTS, *readings, orders=(*orders, *drugs), **more, events=(*facts().events, *events))
    return [r for r in assess(of, TODAY, *drafts, jurisdiction=law).recommendations if rule in r.rules]


def said(law: str, rule: str, *readings: Reading, **more: Any) -> list[tuple[Action, Urgency]]:
    """Action and urgency of it."""
    return [(r.action, r.urgency) for r in found(law, rule, *readings, **more)]


@pytest.mark.parametrize("law", ["US", "EU"])
def test_hereditary_galactose_intolerance_is_reviewed_before_a_start_and_while_it_is_new(law: str) -> None:
    old, new = ill("galactose-intolerance", on=day(-300)), ill("galactose-intolerance", on=day(50))
    assert [REVIEW] == said(law, "LACTOSE", problems=(old,), **STARTING)
    assert [] == said(law, "LACTOSE", problems=(old,))
    assert [REVIEW] == said(law, "LACTOSE", problems=(new,))
    assert [REVIEW] == said(law, "LACTOSE", problems=(ill("galactose-intolerance"),))


@pytest.mark.parametrize("law", ["US", "EU"])
def test_another_lactose_intolerance_is_said_at_a_start_alone(law: str) -> None:
    other = (ill("lactose-intolerance", on=day(-300)),)
    allergy = (Event(frozenset({"lactose-allergy"}), "Lactose", None, "AllergyIntolerance/l"),)
    assert [INFORM] == said(law, "LACTOSE", problems=other, **STARTING)
    assert [INFORM] == said(law, "LACTOSE", events=allergy, **STARTING)
    assert [] == said(law, "LACTOSE", problems=other) + said(law, "LACTOSE", events=allergy)


@pytest.mark.parametrize("law", ["US", "EU"])
def test_pml_suspected_holds_and_confirmed_ends_treatment(law: str) -> None:
    suspected, confirmed = ill("pml", on=day(90), is_suspected=True), ill("pml", on=day(90))
    held = (order(TEN, "on-hold", until=day(95)),)
    assert [(Action.HOLD, Urgency.CRITICAL)] == said(law, PML[law], problems=(suspected,))
    assert [(Action.REMAIN_ON_HOLD, Urgency.INFO)] == said(law, PML[law], problems=(suspected,), orders=held)
    assert [(Action.PERMANENTLY_DISCONTINUE, Urgency.CRITICAL)] == said(law, PML[law], problems=(confirmed,))
    assert [(Action.PERMANENTLY_DISCONTINUE, Urgency.CRITICAL)] == said(
        law, PML[law], problems=(ill("pml", on=day(90), is_active=False),)
    )
    assert [(Action.DO_NOT_START, Urgency.CRITICAL)] == said(law, PML[law], problems=(suspected,), **STARTING)
    assert [] == said(law, PML[law], problems=(ill("pml", on=day(90), is_suspected=True, is_active=False),))


@pytest.mark.parametrize(("law", "rule"), [("US", "US-WP-PEMBRO"), ("EU", "CHECKPOINT-MYELOMA")])
def test_a_checkpoint_antibody_is_urgent_wherever_myeloma_is_on_file(law: str, rule: str) -> None:
    antibody = (drug("checkpoint-inhibitor"),)
    urgent = [(Action.REVIEW, Urgency.CRITICAL)]
    assert urgent == said(law, rule, drugs=antibody, diagnoses=(ill("myeloma"),))
    assert urgent == said(law, rule, drugs=antibody, problems=(ill("myeloma"), ill("cll")))
    assert [] == said(law, rule, drugs=antibody) + said(law, rule, problems=(ill("myeloma"),))


def test_a_start_in_myeloma_beside_a_checkpoint_antibody_gets_no_dose() -> None:
    chart = facts(*COUNTS, orders=(drug("checkpoint-inhibitor"), drug("dexamethasone")), diagnoses=(ill("myeloma"),))
    assert [] == [r for r in assess(chart, TODAY, draft(TEN)).recommendations if r.dose is not None]


def serology(fact: str, value: str, on: date = TODAY) -> dict[str, tuple[Finding, ...]]:
    """One result of hepatitis B."""
    return {fact: (Finding(fact, value, on, None, f"Observation/{fact}"),)}


@pytest.mark.parametrize("law", ["US", "EU"])
@pytest.mark.parametrize("more", [{}, STARTING], ids=["taken", "start"])
@pytest.mark.parametrize("fact", ["hbsag", "hbvDna"])
def test_hbsag_or_hbv_dna_positive_is_reviewed(fact: str, more: dict[str, Any], law: str) -> None:
    assert [REVIEW] == said(law, "HBV-RESULTS", findings=serology(fact, "positive"), **more)
    assert [] == said(law, "HBV-RESULTS", findings=serology(fact, "negative"), **more)


@pytest.mark.parametrize("law", ["US", "EU"])
def test_anti_hbc_alone_is_information_at_the_start(law: str) -> None:
    core = serology("hbcab", "positive")
    assert [INFORM] == said(law, "HBV-RESULTS", findings=core, **STARTING)
    assert [] == said(law, "HBV-RESULTS", findings=core)
    assert [REVIEW] == said(law, "HBV-RESULTS", findings={**core, **serology("hbsag", "positive")}, **STARTING)


def test_hepatitis_b_on_file_is_reviewed_until_a_later_result_denies_it() -> None:
    known = (ill("hepatitis-b", on=day(50)),)
    assert [REVIEW] == said("US", "HBV-RESULTS", problems=known)
    assert [] == said("US", "HBV-RESULTS", problems=known, findings=serology("hbsag", "negative", day(60)))
    assert [REVIEW] == said("US", "HBV-RESULTS", problems=known, findings=serology("hbsag", "negative", day(40)))


def tsh(value: str, age: int = 1, **more: Any) -> Reading:
    """One TSH of some days ago."""
    return reading("tsh", value, day(100 - age), **more)


@pytest.mark.parametrize(("law", "rule"), [("US", "US-MON-TSH"), ("EU", "EU-MON-TSH")])
@pytest.mark.parametrize(
    ("value", "more", "is_said"),
    [
        ("4.3", {"upper_limit": Fraction("4.2")}, True),
        ("4.2", {"upper_limit": Fraction("4.2")}, False),
        ("0.3", {"lower_limit": Fraction("0.4")}, True),
        ("0.4", {"lower_limit": Fraction("0.4")}, False),
        ("9", {"flag": "H"}, True),
        ("9", {}, False),
    ],
)
def test_a_tsh_outside_its_limits_is_said(value: str, more: dict[str, Any], is_said: bool, law: str, rule: str) -> None:
    assert [INFORM] * is_said == [s for s in said(law, rule, tsh(value, **more)) if s == INFORM]


@pytest.mark.parametrize(("age", "is_said"), [(28, True), (29, False)])
def test_a_result_is_said_for_28_days(age: int, is_said: bool) -> None:
    high = tsh("9", age, upper_limit=Fraction(4))
    assert is_said is bool([r for r in found("US", "US-MON-TSH", high) if r.message == "tsh-outside"])


@pytest.mark.parametrize(("value", "is_said"), [("1000", False), ("1000.1", True)])
def test_a_ferritin_above_1000_is_said_with_transfusions_alone(value: str, is_said: bool) -> None:
    high = reading("ferritin", value, day(90))
    assert [INFORM] * is_said == said("US", "GL-IRON", high)
    none = facts(*COUNTS, high, orders=(order(TEN),), events=())
    assert [] == [r for r in assess(none, TODAY).recommendations if "GL-IRON" in r.rules]


@pytest.mark.parametrize("concept", ["esa", "estrogen"])
@pytest.mark.parametrize(("since", "expected"), [(72, [WARN]), (71, []), (None, [WARN])])
def test_in_the_us_a_thrombotic_drug_warns_for_28_days(concept: str, since: int | None, expected: list[Any]) -> None:
    other = drug(concept, day(since) if since is not None else None)
    assert expected == said("US", "US-DDI-THROMB", drugs=(other,))


def test_at_a_start_a_thrombotic_drug_always_warns_and_later_it_folds_under_another_card() -> None:
    other = (drug("esa", day(-200)),)
    assert [WARN] == said("US", "US-DDI-THROMB", drugs=other, **STARTING)
    low = reading("platelets", 10_000, day(100))
    (folded,) = found("US", "US-DDI-THROMB", low, drugs=other, drafts=(draft(TEN),))
    assert (Urgency.INFO, True) == (folded.urgency, folded.folds)


def test_luspatercept_is_said_and_asks_for_no_sooner_count() -> None:
    (told,) = found("US", "LUSPATERCEPT-MDS", drugs=(drug("luspatercept", day(0)),))
    assert (Action.INFORM, Urgency.INFO, None) == (told.action, told.urgency, told.next_cbc_due)
    assert [] == found("US", "COMBINATION-MDS", drugs=(drug("luspatercept", day(0)),))
    assert [] == found("US", "LUSPATERCEPT-MDS", drugs=(drug("luspatercept"),), diagnoses=(ill("mcl"),))


@pytest.mark.parametrize("concept", ["sjs", "ten", "dress", "angioedema", "anaphylaxis", "exfoliative-rash"])
def test_a_suspected_severe_reaction_stops_in_the_eu_and_is_asked_about_in_the_us(concept: str) -> None:
    suspected = (ill(concept, on=day(95), is_suspected=True),)
    assert [(Action.PERMANENTLY_DISCONTINUE, Urgency.CRITICAL)] == said("EU", "EU-SKIN-PERM", problems=suspected)
    (asked,) = found("US", "US-NONHEM-PERM", problems=suspected)
    assert (Action.REQUEST_DATA, Urgency.CRITICAL) == (asked.action, asked.urgency)
    assert "suspected" in asked.words["reason"]
    assert any(p.actions for p in asked.proposals)


def test_any_lenalidomide_allergy_forbids_a_start_in_the_eu_alone() -> None:
    allergy = (Event(frozenset({"lenalidomide-allergy"}), "Lenalidomide: itch", day(-300), "AllergyIntolerance/a"),)
    assert [(Action.DO_NOT_START, Urgency.CRITICAL)] == said("EU", "EU-CI", events=allergy, **STARTING)
    assert [REVIEW] == said("EU", "EU-CI", events=allergy)
    assert [REVIEW] == said("US", "US-CI-HSR", events=allergy, **STARTING)
    assert [REVIEW] == said("US", "US-CI-HSR", events=allergy)
