"""The latest temperature of 48 hours decides; fever before it is shown beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from cds_service.clinical.quantity import Interval
from cds_service.clinical.recommendation import Action, Recommendation
from tests.support.facts import TEN, assess, day, draft, facts, order, reading

NOON = datetime.fromisoformat("2026-02-14T12:00:00+00:00")


def at(value: str, hours_ago: int) -> object:
    """A temperature some hours before noon of day 40."""
    instant = NOON - timedelta(hours=hours_ago)
    return reading("temperature", value, instant.date())._replace(at=instant)


def about_neutrophils(neutrophils: int, *temperatures: object) -> list[Recommendation]:
    """What is said of neutrophils on day 40 of 10 mg once daily."""
    counts = (reading("platelets", 150_000, day(40)), reading("anc", neutrophils, day(40)))
    found = assess(facts(*counts, *temperatures, orders=(order(TEN),)), day(40)).recommendations  # type: ignore[arg-type]
    return [r for r in found if any(i.fact == "anc" for i in r.inputs) and "counts_on" in r.words]


@pytest.mark.parametrize(
    ("temperatures", "shown"),
    [
        ((("39.0", 12), ("36.8", 0)), ["39.0", "36.8"]),
        ((("38.0", 12), ("36.8", 0)), ["38.0", "36.8"]),
        ((("37.9", 12), ("36.8", 0)), ["36.8"]),
        ((("39.0", 49), ("36.8", 0)), ["36.8"]),
        ((("36.8", 0),), ["36.8"]),
    ],
)
def test_fever_that_is_over_is_shown_and_decides_nothing(
    temperatures: tuple[tuple[str, int], ...], shown: list[str]
) -> None:
    (pending,) = about_neutrophils(450, *(at(*each) for each in temperatures))
    values = [i.value for i in pending.inputs if i.fact == "temperature"]
    assert (Action.REPEAT_AND_REASSESS, shown) == (pending.action, values)
    assert (len(shown) > 1) is ("in the last 48 hours, latest" in pending.words["counts_on"])


def test_fever_now_is_urgent_whatever_was_before() -> None:
    found = about_neutrophils(450, at("36.8", 12), at("39.0", 0))
    assert Action.ESCALATE_URGENT in [r.action for r in found]
    assert [] == [r for r in found if "latest" in r.words["counts_on"]]


def starting(neutrophils: int, temperature: str, law: str) -> tuple[list[Recommendation], Recommendation | None]:
    """What is said of an order that would start treatment on day 40, and the urgent one of it."""
    counts = (reading("platelets", 150_000, day(40)), reading("anc", neutrophils, day(40)))
    of = facts(*counts, reading("temperature", temperature, day(40)))
    found = list(assess(of, day(40), draft(), jurisdiction=law).recommendations)
    return found, next((r for r in found if r.action is Action.ESCALATE_URGENT), None)


@pytest.mark.parametrize("law", ["US", "EU"])
@pytest.mark.parametrize(("neutrophils", "temperature"), [(900, "39.0"), (600, "38.6"), (999, "38.0")])
def test_fever_with_low_neutrophils_is_urgent_at_a_start_and_no_dose_is_offered(
    neutrophils: int, temperature: str, law: str
) -> None:
    found, urgent = starting(neutrophils, temperature, law)
    assert ("febrile-neutropenia-start", []) == (urgent and urgent.message, [r for r in found if r.dose is not None])


@pytest.mark.parametrize("law", ["US", "EU"])
@pytest.mark.parametrize(("neutrophils", "temperature"), [(1000, "39.0"), (999, "37.9")])
def test_without_fever_or_without_low_neutrophils_nothing_is_urgent_at_a_start(
    neutrophils: int, temperature: str, law: str
) -> None:
    assert starting(neutrophils, temperature, law)[1] is None


def test_a_range_of_temperatures_on_both_sides_of_the_limit_is_what_is_asked_for_and_not_a_known_first_dose() -> None:
    on_both_sides = reading("temperature", Interval(Fraction(38), Fraction(39)), day(40))
    asked = [r for r in about_neutrophils(450, on_both_sides) if r.message == "unknown"]
    assert [["temperature"]] == [[m.fact for m in r.missing] for r in asked]
    assert ["the exact temperature"] == [r.words["what"] for r in asked]
