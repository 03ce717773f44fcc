"""The highest temperature of 48 hours decides, with febrile neutropenia on file and without a count too."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from cds_service.clinical.facts import Diagnosis
from cds_service.clinical.quantity import Interval
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from tests.support.facts import TEN, assess, day, draft, facts, mds, order, reading

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


def actions(found: list[Recommendation]) -> list[Action]:
    """The actions of decisions, in their order."""
    return [r.action for r in found]


@pytest.mark.parametrize(
    ("temperatures", "decides", "is_urgent"),
    [
        ((("39.0", 12), ("36.8", 0)), "39.0", True),
        ((("38.0", 48), ("36.8", 0)), "38.0", True),
        ((("37.9", 12), ("36.8", 0)), "37.9", False),
        ((("39.0", 49), ("36.8", 0)), "36.8", False),
        ((("36.8", 12), ("39.0", 0)), "39.0", True),
        ((("36.8", 0),), "36.8", False),
    ],
)
def test_the_highest_temperature_of_48_hours_decides(
    temperatures: tuple[tuple[str, int], ...], decides: str, is_urgent: bool
) -> None:
    found = about_neutrophils(450, *(at(*each) for each in temperatures))
    assert is_urgent is (Action.ESCALATE_URGENT in actions(found))
    shown = {i.value for r in found for i in r.inputs if i.fact == "temperature"}
    assert {decides} == shown


def test_the_highest_temperature_holds_by_the_row_that_asks_for_fever() -> None:
    assert Action.HOLD in actions(about_neutrophils(450, at("38.5", 12), at("36.8", 0)))
    assert Action.HOLD not in actions(about_neutrophils(450, at("38.4", 12), at("36.8", 0)))


def test_the_hour_of_the_temperature_is_shown() -> None:
    (urgent,) = [r for r in about_neutrophils(900, at("39.0", 12)) if r.action is Action.ESCALATE_URGENT]
    assert "temperature 39.0 °C (2026-02-14 00:00)" == urgent.words["signs"]


def febrile(on: int | None, is_active: bool = True) -> Diagnosis:
    """Febrile neutropenia recorded as a problem."""
    when = day(on) if on is not None else None
    return Diagnosis(
        frozenset({"neutropenia", "febrile-neutropenia"}), "Febrile neutropenia", is_active, "Condition/fn", when, when
    )


def with_problem(
    problem: Diagnosis, neutrophils: int = 900, counted: int = 40, law: str = "US", temperature: str = ""
) -> list[Recommendation]:
    """What is said on day 40 of a problem, with neutrophils of a day."""
    counts = (reading("platelets", 150_000, day(40)), reading("anc", neutrophils, day(counted)))
    more = (reading("temperature", temperature, day(40)),) if temperature else ()
    of = facts(*counts, *more, orders=(order(TEN),), diagnoses=(mds(), problem))
    found = assess(of, day(40), jurisdiction=law).recommendations
    return [r for r in found if r.action is Action.ESCALATE_URGENT or "FEVER" in r.rules]


@pytest.mark.parametrize("law", ["US", "EU"])
@pytest.mark.parametrize(("on", "is_urgent"), [(33, True), (32, False), (40, True), (None, True)])
def test_febrile_neutropenia_on_file_counts_as_fever_for_7_days(on: int | None, is_urgent: bool, law: str) -> None:
    assert is_urgent is bool(with_problem(febrile(on), law=law))


def test_febrile_neutropenia_that_is_over_counts_no_more() -> None:
    assert [] == with_problem(febrile(39, is_active=False))


def test_a_later_count_speaks_against_febrile_neutropenia_and_an_earlier_one_does_not() -> None:
    assert [] == with_problem(febrile(39), neutrophils=2000, counted=40)
    assert [Action.ESCALATE_URGENT] == actions(with_problem(febrile(39), neutrophils=2000, counted=38))
    assert [Action.ESCALATE_URGENT] == actions(with_problem(febrile(39), neutrophils=2000, counted=10))


@pytest.mark.parametrize("law", ["US", "EU"])
@pytest.mark.parametrize(
    ("temperature", "counted", "is_asked"),
    [("38.0", 32, True), ("38.0", 33, False), ("37.9", 32, False)],
)
def test_fever_without_neutrophils_of_7_days_asks_for_a_count_today(
    temperature: str, counted: int, is_asked: bool, law: str
) -> None:
    none = Diagnosis(frozenset(), "Gout", True, "Condition/gout")
    found = with_problem(none, neutrophils=2000, counted=counted, law=law, temperature=temperature)
    expected = [(Action.REQUEST_DATA, Urgency.CRITICAL, day(40))] if is_asked else []
    assert expected == [(r.action, r.urgency, r.next_cbc_due) for r in found]


@pytest.mark.parametrize(("neutrophils", "is_urgent"), [(999, True), (1000, False)])
@pytest.mark.parametrize("disease", ["cll", "poems", "mcl", "gout", ""])
def test_it_is_urgent_whatever_the_disease_and_without_a_jurisdiction(
    disease: str, neutrophils: int, is_urgent: bool
) -> None:
    counts = (reading("platelets", 150_000, day(40)), reading("anc", neutrophils, day(40)))
    diagnoses = (Diagnosis(frozenset({disease}), disease, True, "Condition/d"),) if disease else ()
    of = facts(*counts, reading("temperature", "38.0", day(40)), orders=(order(TEN),), diagnoses=diagnoses)
    for law in ("US", "EU", ""):
        assert is_urgent is (
            Action.ESCALATE_URGENT in actions(list(assess(of, day(40), jurisdiction=law).recommendations))
        )


def test_no_other_finding_removes_the_question() -> None:
    reaction = Diagnosis(frozenset({"bleeding", "major-bleeding"}), "Melena", True, "Condition/b", day(39), day(39))
    found = with_problem(reaction, counted=10, temperature="39.0")
    assert [Action.REQUEST_DATA] == actions(found)


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
