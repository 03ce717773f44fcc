"""Is a temperature that cannot be used asked for exactly where neutrophils are low enough for fever to be urgent?"""

from __future__ import annotations

from datetime import date

import pytest

from cds_service.clinical.facts import Reading, Unusable
from cds_service.clinical.quantity import Interval
from cds_service.clinical.recommendation import Action, Assessment, Recommendation
from tests.support.facts import TEN, assess, day, facts, order, reading

TODAY = day(21)
BEFORE = (
    *(reading("platelets", 180000, day(n)) for n in (-1, 7, 14, 21)),
    *(reading("anc", 2400, day(n)) for n in (-1, 7, 14)),
)


def refused(on: date | None = TODAY, reason: str = "unit missing", rule: str = "GEN-UNIT") -> Unusable:
    return Unusable("temperature", reason, rule, "Observation/t", on, "38.9", "")


def at(neutrophils: int, *temperatures: Reading | Unusable, status: str = "active", law: str = "US") -> Assessment:
    """The assessment on day 21 with neutrophils of that day and temperatures that can be used or not."""
    usable = [t for t in temperatures if isinstance(t, Reading)]
    unusable = tuple(t for t in temperatures if isinstance(t, Unusable))
    orders = (order(TEN, status, day(0), day(20) if status == "on-hold" else None),)
    chart = facts(
        *BEFORE, reading("anc", neutrophils, TODAY), *usable, orders=orders, unusable={"temperature": unusable}
    )
    return assess(chart, TODAY, jurisdiction=law)


def asked(found: Assessment) -> list[str]:
    """Why the temperature is said to be missing, decision by decision."""
    return [m.reason for r in found.recommendations for m in r.missing if m.fact == "temperature"]


def urgent(found: Assessment) -> list[Recommendation]:
    return [r for r in found.recommendations if r.action is Action.ESCALATE_URGENT]


@pytest.mark.parametrize("law", ["US", "EU"])
@pytest.mark.parametrize(("neutrophils", "is_asked"), [(999, True), (1000, False)])
def test_a_refused_temperature_is_asked_for_below_1000_neutrophils(neutrophils: int, is_asked: bool, law: str) -> None:
    assert (["unit missing"] if is_asked else []) == asked(at(neutrophils, refused(), law=law))


@pytest.mark.parametrize(("on", "is_asked"), [(day(19), True), (day(18), False), (None, True)])
def test_only_one_of_the_last_48_hours_or_of_no_known_day_is(on: date | None, is_asked: bool) -> None:
    assert is_asked == bool(asked(at(900, refused(on))))


def test_no_temperature_at_all_asks_for_nothing() -> None:
    assert [] == asked(at(900))


def test_a_newer_usable_temperature_settles_it() -> None:
    assert [] == asked(at(900, refused(day(20)), reading("temperature", "36.8", TODAY)))
    assert ["unit missing"] == asked(at(900, refused(), reading("temperature", "36.8", day(20))))


def test_fever_that_is_known_is_urgent_and_asks_for_nothing() -> None:
    found = at(900, refused(day(20)), reading("temperature", "38.0", TODAY))
    assert urgent(found)
    assert [] == asked(found)


@pytest.mark.parametrize(("value", "is_asked"), [("38.2", True), ("38.0", True), ("37.9", False)])
def test_a_preliminary_temperature_asks_where_it_would_be_fever(value: str, is_asked: bool) -> None:
    found = at(900, reading("temperature", value, TODAY, is_preliminary=True))
    assert [] == urgent(found)
    assert (["preliminary"] if is_asked else []) == asked(found)


@pytest.mark.parametrize(("high", "is_asked"), [(39, True), (37, False)])
def test_a_range_asks_where_it_reaches_the_limit(high: int, is_asked: bool) -> None:
    below = Interval(low=None, high=Interval.of(high).high, high_open=True)
    assert (["reported as a range"] if is_asked else []) == asked(at(900, reading("temperature", below, TODAY)))


def test_it_is_asked_for_on_a_hold_and_once_beside_a_pending_count() -> None:
    assert ["unit missing"] == asked(at(900, refused(), status="on-hold"))
    assert ["unit missing"] == asked(at(450, refused()))
