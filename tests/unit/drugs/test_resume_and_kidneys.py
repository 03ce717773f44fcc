"""Counts have recovered: is the dose to resume at looked at against today's kidneys?"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Diagnosis, PatientFacts
from cds_service.clinical.recommendation import Action, Recommendation
from tests.support.facts import FIVE, TEN, TWO_AND_A_HALF, assess, day, draft, facts, order, reading

TODAY = day(28)
MCL = Diagnosis(frozenset({"mcl"}), "Mantle cell lymphoma", True, "Condition/mcl")
DIALYSIS = Diagnosis(frozenset({"dialysis-dependence"}), "Dialysis", True, "Condition/dialysis")


def recovered(creatinine: str, dose: Dose = TEN) -> PatientFacts:
    """Platelets fell on day 14 and have recovered; a creatinine of 1 is a clearance of just under 50 mL/min."""
    counts = [("platelets", 180_000, -1), ("platelets", 20_000, 14), ("platelets", 90_000, 28)]
    anc = [reading("anc", 3_000, day(n)) for n in (-1, 14, 28)]
    return facts(
        *(reading(fact, value, day(n)) for fact, value, n in counts),
        *anc,
        reading("creatinine", creatinine, TODAY),
        orders=(order(dose, "on-hold", day(0), day(14)),),
    )


def dosing(found: tuple[Recommendation, ...]) -> list[tuple[Action, Dose | None]]:
    actions = (Action.RESUME_REDUCED, Action.RESUME_SAME, Action.REVIEW, Action.REDUCE, Action.INFORM)
    return [
        (r.action, r.dose) for r in found if (r.action in actions and "US-REN-ONTX" in r.rules) or r.dose is not None
    ]


@pytest.mark.parametrize(
    ("creatinine", "expected"),
    [("1.65", (Action.RESUME_REDUCED, FIVE)), ("1.66", (Action.REVIEW, None)), ("2.5", (Action.REVIEW, None))],
)
def test_a_resume_above_the_dose_of_todays_clearance_is_reviewed_without_a_dose(
    creatinine: str, expected: tuple[Action, Dose | None]
) -> None:
    assert [expected] == dosing(assess(recovered(creatinine), TODAY).recommendations)


@pytest.mark.parametrize("ordered", [TEN, FIVE])
def test_the_order_that_resumes_is_reviewed_too_and_never_amended_to_such_a_dose(ordered: Dose) -> None:
    found = assess(recovered("2.5"), TODAY, draft(ordered)).recommendations
    assert [(Action.REVIEW, None)] == dosing(found)
    assert [] == [p for r in found for p in r.proposals if "change" in p.label]


def test_an_order_within_the_dose_of_the_clearance_passes_with_the_review() -> None:
    found = assess(recovered("2.5"), TODAY, draft(TWO_AND_A_HALF)).recommendations
    assert [(Action.REVIEW, None)] == dosing(found)


def test_on_dialysis_too() -> None:
    chart = recovered("0.8")
    chart = replace(chart, diagnoses=(*chart.diagnoses, DIALYSIS))
    assert [(Action.REVIEW, None)] == dosing(assess(chart, TODAY).recommendations)


def test_in_mantle_cell_lymphoma_too() -> None:
    chart = replace(recovered("2.5", Dose(Decimal(25), on_days=21, cycle_days=28)), diagnoses=(MCL,))
    assert [(Action.REVIEW, None)] == dosing(assess(chart, TODAY).recommendations)
