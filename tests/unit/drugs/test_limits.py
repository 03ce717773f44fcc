"""Do the limits in force say what the rules then decide: below one treatment is interrupted, at it it goes on?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from cds_service.clinical.facts import PatientFacts, Reading
from cds_service.clinical.quantity import Interval
from cds_service.clinical.recommendation import Action
from cds_service.dosing.case import Case
from cds_service.dosing.treatment.limits import Kind, Limit
from cds_service.drugs.lenalidomide import DRUG
from tests.support.facts import FIVE, TEN, day, facts, order, platelet_transfusion, reading

HIGH = 180_000
LOW_BASELINE = 80_000


def limits(of: PatientFacts, on: date, jurisdiction: str = "US") -> list[Limit]:
    """The limits of a patient on a day."""
    case = Case(of, (), "patient-view", on, datetime(on.year, on.month, on.day, 12, tzinfo=UTC), jurisdiction)
    return [*DRUG.limits(DRUG.with_rules(case))]


def chart(*readings: Reading, baseline: int = HIGH, dose: object = TEN, **more: object) -> PatientFacts:
    """A patient on treatment with a count before the first dose."""
    before = (reading("platelets", baseline, day(-1)), reading("anc", 2_400, day(-1)))
    return facts(*before, *readings, orders=(order(dose),), **more)  # type: ignore[arg-type]


def told(found: list[Limit], line: str = "platelets") -> list[tuple[Kind, int, str]]:
    """Kind, count per microlitre and rule of a line's limits."""
    return [(limit.kind, int(limit.amount), limit.rule) for limit in found if limit.line == line]


@pytest.mark.parametrize(
    ("on", "baseline", "expected"),
    [
        (28, HIGH, [(Kind.INTERRUPT, 50_000, "US-MDS-PLT-W4-HI")]),
        (29, HIGH, [(Kind.INTERRUPT, 30_000, "US-MDS-PLT-A4")]),
        (28, LOW_BASELINE, [(Kind.INTERRUPT, 40_000, "US-MDS-PLT-W4-LO-A")]),
        (29, LOW_BASELINE, [(Kind.INTERRUPT, 30_000, "US-MDS-PLT-A4")]),
    ],
)
def test_they_change_with_the_baseline_and_after_four_weeks(
    on: int, baseline: int, expected: list[tuple[Kind, int, str]]
) -> None:
    assert expected == told(limits(chart(baseline=baseline), day(on)))


def test_they_change_with_the_dose() -> None:
    assert [(Kind.INTERRUPT, 30_000, "US-MDS-PLT-5MG")] == told(limits(chart(dose=FIVE), day(10)))


def test_platelet_transfusions_bring_their_limit_into_force() -> None:
    transfused = chart(events=(platelet_transfusion(day(40)),))
    assert [50_000, 30_000] == [amount for _, amount, _ in told(limits(transfused, day(41)))]
    assert [30_000] == [amount for _, amount, _ in told(limits(transfused, day(60)))]


def test_a_limit_that_must_last_or_needs_a_fever_says_so() -> None:
    words = [limit.words for limit in limits(chart(), day(40)) if limit.line == "anc"]
    assert [
        "interrupt below 500/µL for 7 days or longer",
        "interrupt below 500/µL with a temperature of 38.5 °C or more",
    ] == words


def test_a_share_of_the_baseline_is_said_as_one() -> None:
    words = [limit.words for limit in limits(chart(baseline=LOW_BASELINE), day(10)) if limit.line == "platelets"]
    assert ["interrupt at 40,000/µL or less, 50 % of the baseline"] == words


def test_the_units_are_those_of_the_document() -> None:
    found = limits(chart(), day(10), "EU")
    assert [(Kind.INTERRUPT, 25_000)] == [(kind, amount) for kind, amount, _ in told(found)]
    assert "interrupt below 25 ×10⁹/L" == found[0].words


def test_without_a_first_dose_what_may_hold_is_doubtful() -> None:
    unknown = facts(
        reading("platelets", HIGH, day(-1)), reading("anc", 2_400, day(-1)), orders=(order(TEN, since=None),)
    )
    found = [limit for limit in limits(unknown, day(10)) if limit.line == "platelets"]
    assert {50_000, 30_000} <= {int(limit.amount) for limit in found}
    assert not any(limit.is_certain for limit in found)


def test_on_a_hold_the_line_that_fell_must_reach_what_its_row_says() -> None:
    held = facts(
        reading("platelets", HIGH, day(-1)),
        reading("anc", 2_400, day(-1)),
        reading("platelets", 45_000, day(14)),
        reading("anc", 2_000, day(14)),
        orders=(order(TEN, "on-hold", until=day(14)),),
    )
    found = limits(held, day(35))
    assert [(Kind.RESUME, 50_000, "US-MDS-PLT-W4-HI")] == told(found)
    assert {Kind.INTERRUPT} == {kind for kind, _, _ in told(found, "anc")}


@pytest.mark.parametrize("dose", [TEN, FIVE])
@pytest.mark.parametrize("on", [10, 60])
@pytest.mark.parametrize("line", ["platelets", "anc"])
@pytest.mark.parametrize("jurisdiction", ["US", "EU"])
def test_below_a_limit_treatment_is_interrupted_and_at_it_it_is_not(
    jurisdiction: str, line: str, on: int, dose: object
) -> None:
    """Whatever the rows: a plain limit is the very count at which the decision turns."""
    plain = [
        limit
        for limit in limits(chart(dose=dose), day(on), jurisdiction)
        if limit.line == line and limit.words.startswith("interrupt below") and limit.words.count(" ") < 4
    ]
    assert plain or line == "anc"
    for limit in plain:
        for amount, interrupts in ((limit.amount - Fraction(1, 1000), True), (limit.amount, False)):
            counted = reading(line, Interval(amount, amount), day(on))
            other = reading("anc" if line == "platelets" else "platelets", 150_000, day(on))
            case = Case(
                chart(counted, other, dose=dose),
                (),
                "patient-view",
                day(on),
                datetime(2026, 3, 1, 12, tzinfo=UTC),
                jurisdiction,
            )
            actions = {r.action for r in DRUG.assess(case).recommendations if limit.rule in r.rules}
            assert interrupts is (Action.HOLD in actions), (limit.words, amount)


def test_where_nothing_is_taken_nothing_is_in_force() -> None:
    assert [] == limits(facts(reading("platelets", HIGH, day(-1))), day(10))


def test_without_a_jurisdiction_or_a_diagnosis_no_table_is_in_force() -> None:
    assert [] == limits(chart(), day(10), "")
    assert [] == limits(chart(diagnoses=()), day(10))
