"""Are amounts, clearances, ages and doses exact at their edges?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from cds_service.clinical.calendar import age_on, months_later, treatment_day
from cds_service.clinical.exposure import Dose
from cds_service.clinical.kidney import creatinine_clearance
from cds_service.clinical.quantity import Interval, UnusableNumber, exact, plain


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("NaN", "not a finite number"),
        ("Infinity", "not a finite number"),
        ("1E+300000", "magnitude out of range"),
        ("1E+13", "magnitude out of range"),
        ("1." + "1" * 40, "too many digits"),
    ],
)
def test_a_number_that_no_count_can_have_is_refused(number: str, fault: str) -> None:
    with pytest.raises(UnusableNumber) as refused:
        exact(Decimal(number))
    assert fault == str(refused.value)


@pytest.mark.parametrize("number", ["0E+300", "1E+12", "-1E-12", "1." + "1" * 39])
def test_a_number_at_the_limits_is_exact(number: str) -> None:
    assert Fraction(number) == exact(Decimal(number))


def test_a_range_answers_only_where_it_lies_on_one_side() -> None:
    below_20 = Interval(None, Fraction(20), high_open=True)
    assert (True, None, False) == (below_20.is_below(20), below_20.is_below(10), below_20.is_above(20))
    above_20 = Interval(Fraction(20), None, low_open=True)
    assert (True, True, None, False) == (
        above_20.is_above(20), above_20.is_at_least(20), above_20.is_at_most(30), above_20.is_below(20),
    )  # fmt: skip
    with pytest.raises(ValueError, match="range"):
        _ = below_20.value


def test_an_interval_is_scaled_exactly() -> None:
    assert Interval(Fraction(5, 442), None) == Interval(Fraction(1), None).scaled(Fraction(5, 442))
    assert Interval(Fraction(34), None) == Interval(Fraction(1), None).scaled(Fraction(2), Fraction(32))
    assert Interval(None, Fraction(34)) == Interval(None, Fraction(1)).scaled(Fraction(2), Fraction(32))


@pytest.mark.parametrize(("number", "words"), [("-1.50", "-1.5"), ("10", "10"), ("0.00001", "0"), ("2.5", "2.5")])
def test_a_number_is_written_plainly(number: str, words: str) -> None:
    assert words == plain(Decimal(number))


def test_a_number_without_decimals_is_a_whole_one() -> None:
    assert ["5", "2", "10"] == [plain(Fraction(5), 0), plain(Decimal("2.4"), 0), plain(10, 0)]


def test_clearance_is_exact_and_refuses_a_creatinine_of_zero() -> None:
    assert Fraction(60) == creatinine_clearance(68, Fraction(60), Fraction(1), False)
    assert Fraction(51) == creatinine_clearance(68, Fraction(60), Fraction(1), True)
    assert 0 == creatinine_clearance(150, 60, 1, False)
    with pytest.raises(ValueError, match=r"^creatinine must be above zero$"):
        creatinine_clearance(68, 60, 0, False)


def test_days_months_and_ages() -> None:
    assert (0, 28) == (
        treatment_day(date(2026, 1, 5), date(2026, 1, 5)),
        treatment_day(date(2026, 2, 2), date(2026, 1, 5)),
    )
    assert date(2026, 2, 28) == months_later(date(2026, 1, 31), 1)
    assert date(2025, 7, 26) == months_later(date(2026, 1, 26), -6)
    assert (59, 60) == (age_on(date(2026, 2, 28), date(1966, 3, 1)), age_on(date(2026, 3, 1), date(1966, 3, 1)))


def test_doses_compare_by_day_and_by_dosing_day() -> None:
    ten, alternate = Dose(Decimal(10)), Dose(Decimal(10), every_days=2)
    rest, twice = Dose(Decimal(10), on_days=21, cycle_days=28), Dose(Decimal("2.5"), per_week=2)
    assert [Fraction(10), Fraction(5), Fraction(15, 2), Fraction(5, 7)] == [
        d.mg_per_day for d in (ten, alternate, rest, twice)
    ]
    assert alternate.exceeds(Dose(Decimal(5)))
    assert not alternate.exceeds(ten)
    assert [
        "10 mg once daily", "10 mg every other day", "10 mg once daily on days 1-21 of 28", "2.5 mg twice a week",
        "5 mg 2 times daily", "5 mg every 3 days", "5 mg 3 times a week",
    ] == [d.words for d in (ten, alternate, rest, twice, Dose(Decimal(5), times_per_day=2), Dose(Decimal(5), every_days=3),
                            Dose(Decimal(5), per_week=3))]  # fmt: skip
