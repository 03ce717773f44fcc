"""Are the kidneys judged on every call, and is the dose of today's row offered as the document allows?"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Diagnosis, PatientFacts, Unusable
from cds_service.clinical.recommendation import Action, AmendOrder, CreateOrder, Recommendation, StopOrder, Urgency
from tests.support.facts import FIVE, TEN, TWO_AND_A_HALF, assess, day, draft, facts, order, reading

TODAY = day(100)
LEVEL_0 = Dose(Decimal(10), on_days=21, cycle_days=28)
DIALYSIS = Diagnosis(frozenset({"dialysis-dependence"}), "Dialysis", True, "Condition/dialysis")


def chart(
    creatinine: str, dose: Dose = TEN, age: int = 0, weight: int = 62, weighed: int = 0, **more: Any
) -> PatientFacts:
    """On a dose since day 0, counts of today; creatinine and weight some days old."""
    readings = (
        reading("platelets", 150_000, TODAY), reading("anc", 3_000, TODAY),
        reading("creatinine", creatinine, day(100 - age)), reading("weight", weight, day(100 - weighed)),
    )  # fmt: skip
    return facts(*readings, orders=(order(dose),), **more)


def kidneys(of: PatientFacts, *orders: MedicationRecord, law: str = "US") -> list[Recommendation]:
    """What is said of the kidneys."""
    found = assess(of, TODAY, *orders, jurisdiction=law).recommendations
    return [
        r for r in found if r.message in ("kidneys-fell", "kidneys-reduce", "kidneys-not-checked", "creatinine-due")
    ]


def doses(found: Recommendation) -> list[tuple[type, Dose, bool]]:
    """The doses in its proposals, each with how it is written and whether it is the recommended choice."""
    return [
        (type(a), a.dose, p.is_recommended)
        for p in found.proposals for a in p.actions if isinstance(a, AmendOrder | CreateOrder)
    ]  # fmt: skip


def test_the_us_reviews_and_offers_the_dose_of_the_row_as_an_option() -> None:
    (found,) = kidneys(chart("2.6"), draft(TEN))
    assert (Action.REVIEW, Urgency.WARNING, None) == (found.action, found.urgency, found.dose)
    assert [(AmendOrder, TWO_AND_A_HALF, False)] == doses(found)


def test_without_a_draft_the_option_is_a_new_draft_and_the_old_order_stopped_with_its_reason() -> None:
    (found,) = kidneys(chart("2.6"))
    assert [(CreateOrder, TWO_AND_A_HALF, False)] == doses(found)
    (stop,) = [a for p in found.proposals for a in p.actions if isinstance(a, StopOrder)]
    assert stop.reason.startswith("replaced by 2.5 mg once daily after clearance ")


def test_the_eu_reduces_to_the_same_level_of_the_row() -> None:
    (found,) = kidneys(chart("1.2", LEVEL_0), draft(LEVEL_0), law="EU")
    level = Dose(Decimal(5), on_days=21, cycle_days=28)
    assert (Action.REDUCE, level, [(AmendOrder, level, True)]) == (found.action, found.dose, doses(found))


@pytest.mark.parametrize("ordered", [TWO_AND_A_HALF, Dose(Decimal("2.5"), every_days=2)])
def test_a_draft_within_the_row_is_silent(ordered: Dose) -> None:
    assert [] == kidneys(chart("2.6"), draft(ordered))
    assert [] == kidneys(chart("2.6", TWO_AND_A_HALF))


@pytest.mark.parametrize(
    ("age", "weighed", "message"),
    [(90, 180, "kidneys-fell"), (91, 0, "kidneys-not-checked"), (0, 181, "kidneys-not-checked")],
)
def test_the_clearance_is_told_until_its_values_are_too_old(age: int, weighed: int, message: str) -> None:
    (found,) = kidneys(chart("2.6", age=age, weighed=weighed))
    assert (message, Urgency.WARNING) == (found.message, found.urgency)


@pytest.mark.parametrize(
    ("creatinine", "message"), [("1.35", "kidneys-not-checked"), ("1.32", "creatinine-due"), ("0.8", "creatinine-due")]
)
def test_an_old_creatinine_warns_where_100_kg_would_not_be_enough(creatinine: str, message: str) -> None:
    """At 72 years and 100 kg a woman has 60 mL/min with a creatinine of 1.338 mg/dL."""
    (found,) = kidneys(chart(creatinine, age=91), draft(TEN))
    assert message == found.message
    assert {"order-creatinine"} == {p.label for p in found.proposals}


def test_a_creatinine_that_cannot_be_read_beside_an_older_one_is_said() -> None:
    of = chart("0.8")
    refused = {"creatinine": (Unusable("creatinine", "unit missing", "GEN-UNIT", "Observation/u", TODAY, "9", ""),)}
    (found,) = kidneys(replace(of, unusable=refused))
    assert "creatinine" in {m.fact for m in found.missing}


def start(weight: int, height: int, creatinine: str, ordered: Dose = TEN, **more: Any) -> list[Recommendation]:
    """What is said at a start of today."""
    readings = (
        reading("platelets", 150_000, TODAY), reading("anc", 3_000, TODAY), reading("creatinine", creatinine, TODAY),
        reading("weight", weight, TODAY), reading("height", height, TODAY),
    )  # fmt: skip
    return list(assess(facts(*readings, **more), TODAY, draft(ordered)).recommendations)


@pytest.mark.parametrize(("weight", "height", "is_said"), [(120, 200, True), (119, 200, False), (125, 165, True)])
def test_in_obesity_a_lower_dose_by_adjusted_weight_is_the_second_option(
    weight: int, height: int, is_said: bool
) -> None:
    """A body mass index of 30 is 120 kg at 2 m; by actual weight the clearance is above 60, by adjusted weight below."""
    found = [r for r in start(weight, height, "1.5" if height == 200 else "1.4") if r.message == "start-obesity"]
    assert is_said == bool(found)
    if found:
        assert [(AmendOrder, FIVE, False)] == doses(found[0])


@pytest.mark.parametrize("more", [{}, {"findings": {}}, {"diagnoses": ()}])
def test_a_start_on_dialysis_says_the_dose_of_dialysis_whatever_else_is_open(more: dict[str, Any]) -> None:
    more = {"diagnoses": facts().diagnoses, **more}
    more["diagnoses"] = (*more["diagnoses"], DIALYSIS)
    found = start(70, 165, "0.8", Dose(Decimal(25), on_days=21, cycle_days=28), **more)
    said = " ".join(str(r.words) for r in found)
    assert "on dialysis" in said
    assert "2.5 mg" in said
