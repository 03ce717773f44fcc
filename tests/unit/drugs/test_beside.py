"""What stands beside the decisions: evidence, grades, quiet interactions, reminders, response, the time after a stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from cds_service.cards.rank import shown
from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Diagnosis, Event, Finding, Reading
from cds_service.clinical.quantity import Interval, exact
from cds_service.clinical.recommendation import Action, Assessment, OrderTest, Recommendation, StopOrder, Urgency
from cds_service.dosing.case import Case
from cds_service.dosing.grades import grade, graded_on
from cds_service.drugs.lenalidomide import DRUG
from tests.support.facts import FIVE, TEN, assess, assess_case, day, draft, facts, mds, order, reading
from tests.support.rules import IN_FORCE

RESTED = Dose(Decimal(10), on_days=21, cycle_days=28)


def counts(on: date, platelets: int = 150000, anc: int = 2000) -> tuple[Reading, ...]:
    """Counts, liver and thyroid of one day."""
    return (
        reading("platelets", platelets, on),
        reading("anc", anc, on),
        reading("alt", 20, on, flag="N"),
        reading("tsh", 2, on),
    )


def drug(*concepts: str) -> MedicationRecord:
    """An active order of another drug."""
    return MedicationRecord(
        "order", f"MedicationRequest/{concepts[0]}", frozenset(concepts), "active", text=concepts[0]
    )


def outcome(of: Assessment, rule: str) -> tuple[str, str]:
    """What a rule said."""
    return next((o.outcome, o.why) for o in of.outcomes if o.rule == rule)


def said(of: Assessment, message: str) -> Recommendation:
    """The decision of a message."""
    return next(r for r in of.recommendations if r.message == message)


def messages(of: Assessment) -> set[str]:
    """The messages of all decisions."""
    return {r.message for r in of.recommendations}


@pytest.mark.parametrize(("rule", "concept"), [("US-DDI-CYP", "cyp3a4-modulator"), ("US-DDI-PGP", "p-gp-inhibitor")])
@pytest.mark.parametrize("jurisdiction", ["US", "EU"])
def test_a_metabolic_interaction_calls_for_no_alert_and_the_trace_says_why(
    rule: str, concept: str, jurisdiction: str
) -> None:
    dose = TEN if jurisdiction == "US" else RESTED
    chart = facts(*counts(day(40)), orders=(order(dose), drug("ketoconazole", concept)))
    found = assess(chart, day(40), jurisdiction=jurisdiction)
    assert ("not met", "no alert by design: Ketoconazole") == outcome(found, rule)
    assert () == found.recommendations


def test_all_informational_interactions_are_one_decision() -> None:
    chart = facts(*counts(day(40)), orders=(order(TEN), drug("digoxin"), drug("warfarin", "vitamin-k-antagonist")))
    found = assess(chart, day(40))
    assert [("US-DDI-DIG", "US-DDI-WARF")] == [r.rules for r in found.recommendations]


def test_a_stopped_drug_is_no_interaction() -> None:
    stopped = MedicationRecord("order", "MedicationRequest/d", frozenset({"digoxin"}), "stopped", text="digoxin")
    assert () == assess(facts(*counts(day(40)), orders=(order(TEN), stopped)), day(40)).recommendations


def test_hemoglobin_above_the_limit_says_that_the_erythropoietic_agent_is_stopped() -> None:
    others = (order(RESTED), drug("epoetin alfa", "esa"), drug("darbepoetin alfa", "esa"))
    found = assess(
        facts(*counts(day(40)), reading("hemoglobin", "12.5", day(40)), orders=others), day(40), jurisdiction="EU"
    )
    summary = DRUG.messages["interaction-hemoglobin.summary"].format(**said(found, "interaction-hemoglobin").words)
    agents = "Epoetin alfa, darbepoetin alfa"
    assert f"Hemoglobin 12.5 1, above 12 g/dL: SmPC advises stopping {agents}" == summary


def test_hemoglobin_as_a_range_over_the_limit_leaves_the_epoetin_rule_open() -> None:
    unclear = reading("hemoglobin", Interval(Fraction(11), Fraction(13)), day(40))
    found = assess(
        facts(*counts(day(40)), unclear, orders=(order(RESTED), drug("epoetin", "esa"))), day(40), jurisdiction="EU"
    )
    assert "unknown" == outcome(found, "EU-ESA-HB12")[0]
    assert "interaction-hemoglobin" not in messages(found)


def test_what_folds_is_left_out_of_an_order_that_needs_no_other_card() -> None:
    chart = facts(*counts(day(40)), orders=(order(TEN), drug("digoxin")))
    assert () == assess(chart, day(40), draft(TEN)).recommendations


def test_what_folds_goes_under_the_card_that_an_order_needs() -> None:
    chart = facts(*counts(day(40), platelets=29000), orders=(order(TEN), drug("digoxin")))
    cards = shown(assess(chart, day(40), draft(TEN)).recommendations)
    assert [Action.HOLD] == [c.recommendation.action for c in cards]
    assert [("US-DDI-DIG",)] == [r.rules for r in cards[-1].folded]


def test_what_folds_has_a_card_of_its_own_where_it_stands_alone() -> None:
    chart = facts(*counts(day(40)), orders=(order(TEN), drug("digoxin")))
    (card,) = shown(assess(chart, day(40)).recommendations)
    assert (("US-DDI-DIG",), ()) == (card.recommendation.rules, card.folded)


def quoted(of: Recommendation) -> str:
    """The sentences from guidelines and trials that stand beside a decision."""
    return " ".join(q.text for q in of.beside if q.basis.document.startswith("guidelines"))


def test_the_start_says_what_may_be_expected_of_this_karyotype() -> None:
    chart = facts(*counts(day(0)), reading("creatinine", "1.5", day(0)))
    start = said(assess(chart, day(0), draft(TEN)), "start")
    words = quoted(start)
    assert "67% (99 of 148" in words
    assert "4.6 weeks" in words
    assert "Here del(5q) is the only abnormality." == start.words["karyotype"]


def test_a_reduction_says_that_it_costs_no_response() -> None:
    chart = facts(*counts(day(80)), orders=(order(TEN, "stopped", day(0), day(30)), order(FIVE, since=day(37))))
    words = quoted(said(assess(chart, day(80), draft(TEN)), "reduce"))
    assert "18 of 28" in words
    assert "42.6%" in words
    assert "longer interval" in words


def test_a_hold_on_neutrophils_names_growth_factors_and_one_on_platelets_does_not() -> None:
    low_anc = assess(facts(*counts(day(20), anc=700), reading("anc", 2000, day(0)), orders=(order(TEN),)), day(20))
    low_platelets = assess(facts(*counts(day(40), platelets=20000), orders=(order(TEN),)), day(40))
    assert "G-CSF may be added" in quoted(said(low_anc, "hold"))
    assert "" == quoted(said(low_platelets, "hold"))


@pytest.mark.parametrize(
    ("fact", "value", "expected"),
    [
        ("platelets", 75000, None),
        ("platelets", 74999, 2),
        ("platelets", 50000, 2),
        ("platelets", 49999, 3),
        ("platelets", 25000, 3),
        ("platelets", 24999, 4),
        ("anc", 1500, None),
        ("anc", 1000, 2),
        ("anc", 999, 3),
        ("anc", 499, 4),
        ("hemoglobin", 10, None),
        ("hemoglobin", "7.9", 3),
        ("weight", 60, None),
    ],
)
def test_the_grade_of_a_count_by_ctcae_version_5(fact: str, value: int | str, expected: int | None) -> None:
    assert expected == grade(IN_FORCE, reading(fact, value, day(0)))


def test_the_grade_stands_beside_the_count() -> None:
    assert "20,000 /µL (2026-01-05, CTCAE grade 4)" == graded_on(IN_FORCE, reading("platelets", 20000, day(0)))
    chart = facts(*counts(day(40), platelets=20000), orders=(order(TEN),))
    assert "CTCAE grade 4" in said(assess(chart, day(40)), "hold").words["counts_on"]


@pytest.mark.parametrize(
    ("mg", "schedule", "expected"),
    [
        ("10", {}, "10"),
        ("10", {"on_days": 21, "cycle_days": 28}, "7.5"),
        ("10", {"every_days": 2}, "5"),
        ("5", {}, "5"),
        ("5", {"on_days": 21, "cycle_days": 28}, "3.75"),
        ("5", {"every_days": 2}, "2.5"),
    ],
)
def test_the_dose_intensity_of_each_schedule(mg: str, schedule: dict[str, int], expected: str) -> None:
    assert exact(expected) == Dose(Decimal(mg), **schedule).mg_per_day


@pytest.mark.parametrize("kilograms", [62, 75, 120])
def test_weight_enters_the_dose_only_through_the_clearance(kilograms: int) -> None:
    chart = facts(*counts(day(0)), reading("weight", kilograms, day(0)))
    assert set() == {r.dose for r in assess(chart, day(0), draft(TEN)).recommendations if r.dose}


def test_before_a_start_tests_that_are_not_on_file_are_one_card_with_one_suggestion() -> None:
    old = reading("tsh", 2, day(-90))
    (card,) = assess(facts(*counts(day(0))[:3], old), day(0), draft(TEN)).recommendations
    assert ("start-tests", Urgency.INFO) == (card.message, card.urgency)
    assert [(OrderTest("tsh", day(0)), OrderTest("tp53", day(0)))] == [p.actions for p in card.proposals]
    recent = reading("tsh", 2, day(-89))
    assert () == assess(facts(*counts(day(0))[:3], recent), day(0), draft(TEN)).recommendations


def test_while_an_order_is_chosen_tests_before_a_start_are_not_named() -> None:
    of = facts(*counts(day(0))[:3], reading("tsh", 2, day(-90)))
    now = datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert () == assess_case(Case(of, (draft(TEN),), "order-select", day(0), now, "US")).recommendations


def test_a_start_that_is_right_is_not_interrupted_for_a_tp53_test() -> None:
    assert () == assess(facts(*counts(day(0))), day(0), draft(TEN)).recommendations


@pytest.mark.parametrize("words", ["No TP53 mutation", "not detected", "wild-type", "absent"])
def test_a_gene_without_mutation_is_no_warning(words: str) -> None:
    tested = {"tp53": (Finding("tp53", words, day(30), None, "Observation/tp53"),)}
    assert () == assess(facts(*counts(day(40)), orders=(order(TEN),), findings=tested), day(40)).recommendations


def test_an_old_tp53_mutation_under_treatment_is_quiet() -> None:
    tested = {"tp53": (Finding("tp53", "p.R175H", day(-60), None, "Observation/tp53"),)}
    assert () == assess(facts(*counts(day(40)), orders=(order(TEN),), findings=tested), day(40)).recommendations


def ended(last: int, reason: str = "completed therapy") -> MedicationRecord:
    """Treatment that ended on a day."""
    return order(TEN, "completed", day(0), day(last), status_reason=reason)


def transfused(*days: int) -> tuple[Event, ...]:
    """Red cell units on treatment days."""
    return tuple(Event(frozenset({"rbc-transfusion"}), "RBC", day(n), f"Procedure/{n}") for n in days)


def test_after_a_stop_in_response_cytogenetics_are_due_after_half_a_year() -> None:
    chart = facts(orders=(ended(400),), events=transfused(-10))
    assert set() == messages(assess(chart, day(583)))
    found = said(assess(chart, day(584)), "after-stop-cytogenetics")
    assert (Action.ORDER_LAB, Urgency.INFO) == (found.action, found.urgency)


def test_after_a_stop_a_transfusion_makes_re_treatment_an_option() -> None:
    found = assess(facts(orders=(ended(400),), events=transfused(-10, 500)), day(510))
    assert {"after-stop-lost"} == messages(found)
    assert "28 of 48" in said(found, "after-stop-lost").words["rule_text"]


def test_after_a_stop_without_response_nothing_is_said() -> None:
    assert set() == messages(assess(facts(orders=(ended(400),), events=transfused(-10, 380, 500)), day(510)))
    progressed = facts(orders=(ended(400, "progression"),), events=transfused(-10, 500))
    assert set() == messages(assess(progressed, day(510)))


def stopping(on: int, *more: Diagnosis, hook: str = "patient-view", **changes: Any) -> list[Recommendation]:
    """What is said on stopping to a patient who was transfused before the start and not since."""
    results = (*counts(day(on)), reading("hemoglobin", "11.2", day(on)))
    values: dict[str, Any] = {"events": transfused(-30, -10), "diagnoses": (mds(), *more), **changes}
    of = facts(*results, orders=(order(TEN),), **values)
    drafts = () if hook == "patient-view" else (draft(TEN),)
    at = datetime.combine(day(on), time(12), UTC)
    found = assess_case(Case(of, drafts, hook, day(on), at, "US")).recommendations
    return [r for r in found if r.message == "stopping-information"]


@pytest.mark.parametrize(
    ("on", "expected"),
    [(335, False), (336, True), (363, True), (364, False), (671, False), (672, True), (699, True), (700, False)],
)
def test_stopping_is_spoken_of_in_the_28_days_after_each_12_cycles(on: int, expected: bool) -> None:
    assert expected is bool(stopping(on))


def test_stopping_is_information_with_the_predictors_as_values() -> None:
    (found,) = stopping(340)
    assert (Action.INFORM, Urgency.INFO, None, ()) == (found.action, found.urgency, found.dose, found.proposals)
    for words in ("12 cycles or more met (12)", "2 units in 16 weeks", "age 73", "hemoglobin 11.2"):
        assert words in found.words["predictors"]


def test_stopping_is_not_spoken_of_beside_an_order_a_hold_progression_or_a_second_cancer() -> None:
    old, new = day(100), day(330)
    assert [] == stopping(340, hook="order-sign")
    for on in (old, new):
        cancer = Diagnosis(frozenset({"malignancy"}), "lung cancer", True, "Condition/c", on, on)
        assert [] == stopping(340, cancer)
    assert [] == stopping(
        340, Diagnosis(frozenset({"mds", "mds-excess-blasts"}), "MDS-EB", True, "Condition/e", new, new)
    )
    assert [] == stopping(340, Diagnosis(frozenset({"acute-leukemia"}), "AML", True, "Condition/a", new, new))


def test_without_transfusion_records_no_response_is_judged() -> None:
    chart = facts(*counts(day(112)), orders=(order(TEN),), unseen={"transfusions": "timed out"})
    found = assess(chart, day(112))
    assert "unknown" == outcome(found, "IWG-2006")[0]
    assert "response-due" not in messages(found)


@pytest.mark.parametrize("jurisdiction", ["US", "EU"])
@pytest.mark.parametrize(("since", "is_told"), [(12, True), (11, False)])
def test_an_interaction_that_is_not_new_has_no_card_of_its_own_and_is_a_line_under_others(
    jurisdiction: str, since: int, is_told: bool
) -> None:
    dose = TEN if jurisdiction == "US" else RESTED
    beside = [replace(drug(name), authored_on=day(since), starts_on=day(since)) for name in ("esa", "digoxin")]
    chart = facts(*counts(day(40)), orders=(order(dose), *beside))
    assert is_told is any(
        m.startswith("interaction") for m in messages(assess(chart, day(40), jurisdiction=jurisdiction))
    )
    low = facts(*counts(day(40), platelets=20000), orders=(order(dose), *beside))
    assert any(m.startswith("interaction") for m in messages(assess(low, day(40), jurisdiction=jurisdiction)))


def test_a_renewal_below_the_dose_in_force_stops_the_active_order_and_a_start_below_the_table_is_told() -> None:
    chart = facts(*counts(day(40)), orders=(order(TEN),))
    (beside,) = assess(chart, day(40), draft(FIVE)).recommendations
    assert ("order-beside-active", Urgency.INFO) == (beside.message, beside.urgency)
    assert [StopOrder] == [type(a) for p in beside.proposals for a in p.actions]
    assert () == assess(chart, day(40), draft(TEN)).recommendations
    ended = facts(*counts(day(40)), orders=(replace(order(TEN), bounds_end=day(39)),))
    assert "order-beside-active" not in messages(assess(ended, day(40), draft(FIVE)))
    assert {"order-below"} == messages(assess(facts(*counts(day(0))), day(0), draft(FIVE)))


@pytest.mark.parametrize(("on", "is_told"), [(111, True), (112, False)])
def test_a_response_that_is_judged_already_is_no_card_of_its_own(on: int, is_told: bool) -> None:
    chart = facts(*counts(day(on)), orders=(order(TEN),), events=transfused(-40, -20, -10))
    assert is_told is ("response-due" in messages(assess(chart, day(on))))
    low = facts(*counts(day(on), platelets=20000), orders=(order(TEN),), events=transfused(-40, -20, -10))
    assert "response-due" in messages(assess(low, day(on)))
