"""A dose in force that is higher than every dose of the table is never passed over in silence."""

from __future__ import annotations

from decimal import Decimal

from cds_service.clinical.exposure import Dose
from tests.support.facts import START, assess, day, draft, facts, order, reading

TWENTY_FIVE = Dose(Decimal(25))


def _patient(dose: Dose):
    counts = [reading(f, v, d) for d in (START, day(20)) for f, v in (("platelets", 180000), ("anc", 2400))]
    return facts(*counts, orders=(order(dose),))


def test_a_myeloma_dose_in_a_patient_with_mds_is_reviewed_when_the_chart_is_opened() -> None:
    said = assess(_patient(TWENTY_FIVE), day(21)).recommendations
    assert ["review"] == [r.action for r in said if r.message == "dose-above-table"]


def test_and_when_the_same_dose_is_signed_again() -> None:
    said = assess(_patient(TWENTY_FIVE), day(21), draft(TWENTY_FIVE)).recommendations
    assert ["review"] == [r.action for r in said if r.message == "dose-above-table"]


def test_the_highest_dose_of_the_table_is_not() -> None:
    said = assess(_patient(Dose(Decimal(10))), day(21)).recommendations
    assert [] == [r for r in said if r.message == "dose-above-table"]


def test_an_order_completed_last_week_does_not_hide_a_reduction() -> None:
    """A refill that ran out is no new start: the reduced dose stays the ceiling."""
    counts = [reading(f, v, d) for d in (START, day(82)) for f, v in (("platelets", 180000), ("anc", 2400))]
    before = order(Dose(Decimal(10)), "stopped", until=day(40))
    refill = order(Dose(Decimal(5)), "completed", since=day(48), until=day(80))
    said = assess(facts(*counts, orders=(before, refill)), day(83), draft(Dose(Decimal(10)))).recommendations
    assert [("reduce", Decimal(5))] == [(r.action, r.dose.mg) for r in said if r.dose is not None]
