"""Do windows, stretches without transfusion and both IWG criteria come out exactly at their limits?"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from cds_service.clinical.facts import Reading
from cds_service.clinical.quantity import Interval
from cds_service.clinical.response import (
    Burden,
    Criteria2018,
    Independence,
    burden,
    burden_group_2018,
    has_risen,
    hi_e_2006,
    hi_e_2018,
    independences,
    units_in,
)
from tests.support.facts import day, reading

CRITERIA = Criteria2018(112, 3, 7, 8, 4)


def on(*days: int) -> list[date]:
    """Transfusions on treatment days."""
    return [day(n) for n in days]


def hemoglobin(*values: tuple[int, str]) -> list[Reading]:
    """Hemoglobin results by treatment day."""
    return [reading("hemoglobin", value, day(n)) for n, value in values]


def test_a_window_holds_its_last_day_and_not_the_day_before_its_first() -> None:
    assert 1 == units_in(on(0), day(0), 56)
    assert 1 == units_in(on(-55), day(0), 56)
    assert 0 == units_in(on(-56), day(0), 56)
    assert 0 == units_in(on(1), day(0), 56)


def test_two_units_of_one_day_count_twice() -> None:
    assert 2 == units_in(on(-3, -3), day(0), 56)


def test_windows_before_and_after_do_not_overlap() -> None:
    with pytest.raises(ValueError, match=r"^the window after the start is not over yet$"):
        burden(on(-1), day(0), day(55), 56)
    assert Burden(2, 0, 56) == burden(on(-1, 0), day(0), day(56), 56)


@pytest.mark.parametrize(("before", "after", "halved"), [(10, 5, True), (10, 6, False), (9, 5, False), (0, 0, False)])
def test_half_of_the_units_is_exactly_half(before: int, after: int, halved: bool) -> None:
    assert halved is Burden(before, after, 56).has_halved


def test_independence_of_exactly_eight_weeks_counts_and_a_day_less_does_not() -> None:
    assert (Independence(day(0), 56),) == independences((), day(0), day(55), 56)
    assert () == independences((), day(0), day(54), 56)


def test_independence_begins_on_the_day_after_the_last_transfusion() -> None:
    assert (Independence(day(11), 56),) == independences(on(10), day(0), day(66), 56)
    assert () == independences(on(10), day(0), day(65), 56)


def test_a_transfusion_ends_the_stretch_and_is_named() -> None:
    found = independences(on(60), day(0), day(70), 56)
    assert (Independence(day(0), 60, day(60)),) == found


def test_a_transfusion_before_the_first_dose_is_no_end() -> None:
    assert (Independence(day(0), 71),) == independences(on(-5), day(0), day(70), 56)


def test_a_transfusion_of_the_first_day_of_today_and_after_just_eight_weeks_counts() -> None:
    assert (Independence(day(1), 56),) == independences(on(0), day(0), day(56), 56)
    assert (Independence(day(0), 60, day(60)),) == independences(on(60), day(0), day(60), 56)
    assert (Independence(day(0), 56, day(56)),) == independences(on(56), day(0), day(60), 56)


def test_hemoglobin_has_risen_when_it_stays_up_by_exactly_the_rise_for_exactly_eight_weeks() -> None:
    before = hemoglobin((0, "8.4"))
    assert has_risen(before, hemoglobin((30, "9.9"), (86, "9.9")), Fraction(3, 2), 56) is True
    assert has_risen(before, hemoglobin((30, "9.9"), (85, "9.9")), Fraction(3, 2), 56) is False
    assert has_risen(before, hemoglobin((30, "9.9"), (86, "9.8")), Fraction(3, 2), 56) is False


def test_a_low_value_between_breaks_the_rise() -> None:
    after = hemoglobin((30, "10"), (60, "9"), (90, "10"))
    assert has_risen(hemoglobin((0, "8.4")), after, Fraction(3, 2), 56) is False


def test_a_rise_may_begin_after_a_low_value() -> None:
    after = hemoglobin((30, "9"), (60, "10"), (116, "10"))
    assert has_risen(hemoglobin((0, "8.4")), after, Fraction(3, 2), 56) is True


def test_without_hemoglobin_before_it_is_open() -> None:
    assert has_risen([], hemoglobin((30, "12"), (90, "12")), Fraction(3, 2), 56) is None


def test_values_before_that_answer_differently_or_are_ranges_leave_it_open() -> None:
    after = hemoglobin((30, "9.9"), (86, "9.9"))
    assert has_risen(hemoglobin((0, "8.4"), (0, "8.5")), after, Fraction(3, 2), 56) is None
    below_8 = [reading("hemoglobin", Interval(None, Fraction(8)), day(0))]
    assert has_risen(below_8, after, Fraction(3, 2), 56) is None


def test_a_range_on_both_sides_of_the_limit_leaves_it_open() -> None:
    unclear = [reading("hemoglobin", Interval(Fraction(9), Fraction(11)), day(30))]
    assert has_risen(hemoglobin((0, "8.4")), unclear, Fraction(3, 2), 56) is None


@pytest.mark.parametrize(
    ("units", "risen", "improved"),
    [
        (Burden(6, 2, 56), False, True),
        (Burden(6, 3, 56), False, False),
        (Burden(6, 3, 56), True, True),
        (Burden(6, 3, 56), None, None),
        (None, False, None),
        (None, True, True),
    ],
)
def test_iwg_2006_needs_four_units_fewer_or_the_rise(
    units: Burden | None, risen: bool | None, improved: bool | None
) -> None:
    assert improved is hi_e_2006(units, risen, 4)


def test_iwg_2018_sorts_by_units_in_16_weeks() -> None:
    assert "none" == burden_group_2018((), day(0), CRITERIA)
    assert "" == burden_group_2018(on(-100, -10), day(0), CRITERIA)
    assert "low" == burden_group_2018(on(-100, -60, -10), day(0), CRITERIA)
    assert "" == burden_group_2018(on(-10, -10, -10), day(0), CRITERIA)
    assert "high" == burden_group_2018(on(-10, -10, -20, -20), day(0), CRITERIA)
    assert "high" == burden_group_2018(on(*(-13 * n for n in range(8))), day(0), CRITERIA)


def test_four_units_in_any_eight_weeks_of_the_sixteen_are_a_high_burden() -> None:
    assert "high" == burden_group_2018(on(-75, -70, -60, -50), day(0), CRITERIA)
    assert "high" == burden_group_2018(on(-111, -110, -109, -108), day(0), CRITERIA)
    assert "low" == burden_group_2018(on(-112, -111, -110, -109), day(0), CRITERIA)


def test_the_numbers_of_the_criteria_belong_to_their_groups() -> None:
    assert "low" == burden_group_2018(on(-10, -10, -40), day(0), CRITERIA)
    assert "high" == burden_group_2018(on(-10, -40), day(0), Criteria2018(112, 1, 1, 2, 9))
    assert "low" == burden_group_2018(on(-10, -40), day(0), Criteria2018(112, 2, 2, 9, 9))


@pytest.mark.parametrize(
    ("group", "independent", "risen", "longer", "expected"),
    [
        ("none", False, True, None, (True, "")),
        ("none", True, None, None, (None, "")),
        ("low", True, False, None, (True, "")),
        ("low", False, True, None, (False, "")),
        ("high", True, False, None, (True, "major")),
        ("high", False, False, Burden(10, 5, 112), (True, "minor")),
        ("high", False, False, Burden(10, 6, 112), (False, "")),
        ("high", False, False, None, (None, "")),
        ("", True, True, None, (None, "")),
    ],
)
def test_iwg_2018_by_group(
    group: str, independent: bool, risen: bool | None, longer: Burden | None, expected: tuple[bool | None, str]
) -> None:
    assert expected == hi_e_2018(group, independent, risen, longer)
