"""Is a reduction or a hold for toxicity remembered across courses that are over?"""

from __future__ import annotations

from typing import Any

import pytest

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.recommendation import Action, Recommendation
from tests.support.facts import FIVE, TEN, TWO_AND_A_HALF, assess, day, draft, facts, order, reading

COUNTS = 400
HELD = order(TEN, "stopped", day(0), day(20), status_reason="Platelets 45")
REDUCED = order(FIVE, "completed", day(28), day(56))


def start(*records: MedicationRecord, ordered: Dose = TEN, on: int = COUNTS, **more: Any) -> list[Recommendation]:
    """What is said of the dose at a start some days after a first course."""
    of = facts(reading("platelets", 150_000, day(on)), reading("anc", 2_000, day(on)), orders=records, **more)
    found = assess(of, day(on), draft(ordered)).recommendations
    return [r for r in found if r.action in (Action.START, Action.REDUCE, Action.REVIEW)]


@pytest.mark.parametrize(("on", "is_said"), [(421, True), (422, False)])
def test_a_reduction_is_remembered_for_a_year(on: int, is_said: bool) -> None:
    """The last dose was 5 mg until day 56; day 421 is 365 days later."""
    found = start(HELD, REDUCED, on=on)
    assert [(Action.REDUCE, FIVE)] * is_said == [(r.action, r.dose) for r in found]


def test_a_hold_for_toxicity_alone_is_reviewed_without_a_dose() -> None:
    ended = order(FIVE, "completed", day(0), day(56))
    held = order(FIVE, "stopped", day(57), day(80), status_reason="treatment ended, rash grade 3")
    (found,) = start(ended, held)
    assert (Action.REVIEW, None, "COURSE-MEMORY") == (found.action, found.dose, found.rules[0])


@pytest.mark.parametrize("ordered", [FIVE, TWO_AND_A_HALF])
def test_a_draft_at_or_below_the_last_dose_is_silent(ordered: Dose) -> None:
    assert [] == start(HELD, REDUCED, ordered=ordered)


def test_a_course_without_toxicity_leaves_nothing() -> None:
    assert [] == start(order(FIVE, "completed", day(0), day(56)))
    assert [] == start(order(FIVE, "stopped", day(0), day(56), status_reason="treatment ended"))
