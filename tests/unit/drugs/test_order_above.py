"""A draft above what its document gives is said, without a dose, also where the order cannot be judged whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Diagnosis, PatientFacts
from cds_service.clinical.recommendation import Recommendation
from tests.support.facts import FIVE, START, TEN, assess, assess_case, day, draft, facts, mds, order, reading
from tests.unit.drugs.chart_courses import chart
from tests.unit.drugs.chart_findings import FINDINGS as PARTS

TWENTY_FIVE = Dose(Decimal(25))
CYCLE = Dose(Decimal(10), on_days=21, cycle_days=28)
COUNTS = (("platelets", 180_000), ("anc", 2400))
DIALYSIS = Diagnosis(frozenset({"dialysis-dependence"}), "Dialysis", True, "Condition/dialysis")
ABOVE_US = ("review", "US-MDS-START US-REN-MDS-GT60", "10 mg once daily")


def starting(**more: object) -> PatientFacts:
    """A patient with counts of today and no treatment."""
    return facts(*(reading(f, v, START) for f, v in COUNTS), **more)  # type: ignore[arg-type]


def without(of: PatientFacts, *names: str) -> PatientFacts:
    """The same patient without some series of results."""
    return replace(of, readings={fact: found for fact, found in of.readings.items() if fact not in names})


def treated(*orders: MedicationRecord, counts_on: date) -> PatientFacts:
    """A patient under treatment with counts of the first day and of one other day."""
    counts = [reading(f, v, d) for d in (START, counts_on) for f, v in COUNTS]
    return facts(*counts, orders=orders)


def said(of: PatientFacts, dose: Dose, jurisdiction: str = "US", on: date = START) -> list[Recommendation]:
    """What is said of a draft of a dose, without what is only information; no dose is offered in any of it."""
    found = assess(of, on, draft(dose), jurisdiction=jurisdiction).recommendations
    assert [] == [r.dose for r in found if r.dose is not None]
    return [r for r in found if r.urgency.value != "info"]


def told(of: PatientFacts, dose: Dose, jurisdiction: str = "US", on: date = START) -> list[tuple[str, str, str]]:
    """Action, rules and the dose that is named as the highest, of each warning, by action."""
    return sorted(
        (r.action.value, " ".join(r.rules), r.words.get("new_dose_brief", "")) for r in said(of, dose, jurisdiction, on)
    )


@pytest.mark.parametrize("missing", [("creatinine",), ("weight",), ("creatinine", "platelets", "anc")])
def test_a_dose_above_the_table_is_said_beside_the_request_for_the_clearance(missing: tuple[str, ...]) -> None:
    assert [("request-data", "GEN-CRCL", ""), ABOVE_US] == told(without(starting(), *missing), TWENTY_FIVE)


def test_and_beside_the_request_for_a_karyotype() -> None:
    of = starting(diagnoses=(mds("mds-unspecified"),))
    at_most = ("review", "US-REN-MDS-GT60 US-MDS-START", "10 mg once daily")
    assert [("request-data", "US-IND-MDS", ""), at_most] == told(of, TWENTY_FIVE)


def test_a_dose_of_the_table_is_not_said_where_the_clearance_is_missing() -> None:
    assert [("request-data", "GEN-CRCL", "")] == told(without(starting(), "creatinine"), TEN)


def test_an_old_creatinine_tells_no_renal_row() -> None:
    of = starting()
    old = {**of.readings, "creatinine": (reading("creatinine", "4.0", day(-90)),)}
    assert [("request-data", "GEN-STALE", "")] == told(replace(of, readings=old), TEN)


def test_without_counts_the_dose_is_checked_against_the_renal_row() -> None:
    of = without(starting(diagnoses=(mds(), DIALYSIS)), "platelets", "anc")
    row = ("review", "US-REN-MDS-DIAL US-MDS-START", "2.5 mg once daily")
    assert [("request-data", "GEN-STALE", ""), row] == told(of, TEN)


def test_where_treatment_must_not_start_the_dose_is_not_spoken_of() -> None:
    of = facts(reading("platelets", 20_000, START), reading("anc", 2400, START))
    assert ["must-not-start"] == [r.message for r in said(of, TWENTY_FIVE, "EU")]


def test_a_start_that_another_check_questions_still_says_that_the_dose_is_too_high() -> None:
    waiting = assess_case(chart("MDS start too high", [PARTS["a pomalidomide allergy"]], "EU")).recommendations
    assert "class-allergy-review" in {r.message for r in waiting if r.withholds_dose}
    assert [("review", "order-above-band", None, ())] == [
        (r.action.value, r.message, r.dose, r.proposals) for r in waiting if r.order and r.urgency.value == "warning"
    ]


def test_on_treatment_old_counts_do_not_hide_a_draft_above_the_table() -> None:
    found = told(treated(order(TEN), counts_on=day(20)), TWENTY_FIVE, on=day(40))
    row = ("review", "US-REN-MDS-GT60 US-MDS-START", "10 mg once daily")
    assert [row] == [each for each in found if each[0] == "review"]


def test_nor_a_draft_above_the_reduced_dose() -> None:
    of = treated(order(TEN, "stopped", until=day(39)), order(FIVE, since=day(40)), counts_on=day(50))
    found = told(of, TEN, on=day(90))
    assert [("review", "US-MDS-REESC", "5 mg once daily")] == [each for each in found if each[0] == "review"]


def test_a_dose_in_force_that_is_not_known_does_not_hide_a_draft_above_the_table() -> None:
    of = treated(order(None, dose_problem="no strength"), counts_on=day(20))
    found = told(of, TWENTY_FIVE, on=day(21))
    assert [("review", "US-REN-MDS-GT60 US-MDS-START", "10 mg once daily")] == [
        each for each in found if each[0] == "review"
    ]


def test_two_drafts_are_each_said() -> None:
    of = without(starting(), "creatinine")
    found = assess(of, START, draft(TWENTY_FIVE), draft(TWENTY_FIVE, "MedicationRequest/draft-2")).recommendations
    assert ["MedicationRequest/draft-1", "MedicationRequest/draft-2"] == [
        r.order for r in found if r.message == "order-above-table"
    ]


@pytest.mark.parametrize(("creatinine", "is_said"), [("3.34", False), ("3.35", True), ("5.0", True), ("0.8", False)])
def test_a_creatinine_without_weight_says_what_no_weight_would_allow(creatinine: str, is_said: bool) -> None:
    # A woman of 72: 0.85 x 68 x 250 / (72 x 3.34) = 60.1 mL/min, at 3.35 59.9: at most 5 mg.
    counts = (reading(f, v, START) for f, v in COUNTS)
    of = without(facts(*counts, reading("creatinine", creatinine, START)), "weight")
    found = [r for r in said(of, TEN) if r.message == "order-above-band"]
    assert is_said is bool(found)
    assert all("up to 250 kg" in r.words["clearance"] and "5 mg once daily" == r.words["new_dose"] for r in found)
