"""Does a card speak one unit: does a value in another one stand in that of the sentences beside it too, and only then?"""

from __future__ import annotations

import pytest

from cds_service.cards.one_unit import bracketed
from cds_service.clinical.quantity import Interval
from cds_service.clinical.recommendation import Input

US, EU, NONE = "interrupt below 50,000/µL", "interrupt below 50 ×10⁹/L", "Hold now."


def count(value: str, unit: str, per_microlitre: int | str | Interval) -> Input:
    amount = per_microlitre if isinstance(per_microlitre, Interval) else Interval.of(int(per_microlitre))
    return Input("platelets", value, unit, amount=amount, code="/uL")


BELOW_20 = Interval(None, Interval.of(20_000).value, high_open=True)
TEN_TO_20 = Interval(Interval.of(10_000).value, Interval.of(20_000).value)


@pytest.mark.parametrize(
    ("value", "beside", "text", "expected"),
    [
        (count("42", "10*9/L", 42_000), US, "Platelets 42 ×10⁹/L", "Platelets 42 ×10⁹/L (42,000 /µL)"),
        (count("42", "10*3/uL", 42_000), US, "at 42 ×10³/µL (26 Jan)", "at 42 ×10³/µL (42,000 /µL; 26 Jan)"),
        (count("42000", "/uL", 42_000), EU, "Platelets 42,000 /µL.", "Platelets 42,000 /µL (42 ×10⁹/L)."),
        (count("<20", "G/L", BELOW_20), US, "<20 G/L", "<20 G/L (<20,000 /µL)"),
        (count("10-20", "Tsd/µl", TEN_TO_20), US, "10-20 Tsd/µl", "10-20 Tsd/µl (10,000 to 20,000 /µL)"),
        (count("150", "10*9/L", 150_000), US + EU, "150 ×10⁹/L", "150 ×10⁹/L (150,000 /µL)"),
        # The number reads the same, is said already, belongs to another value, or nothing beside it has a unit.
        (count("42", "G/L", 42_000), EU, "42 G/L", "42 G/L"),
        (count("2.0", "10*9/L", 2_000), EU, "2.0 ×10⁹/L", "2.0 ×10⁹/L"),
        (count("42000", "/uL", 42_000), US, "42,000 /µL", "42,000 /µL"),
        (count("42", "10*9/L", 42_000), US, "42 ×10⁹/L, 42,000 /µL", "42 ×10⁹/L, 42,000 /µL"),
        (count("2", "10*9/L", 2_000), US, "42 ×10⁹/L", "42 ×10⁹/L"),
        (count("42", "10*9/L", 42_000), NONE, "42 ×10⁹/L", "42 ×10⁹/L"),
        (Input("platelets", "many", "10*9/L"), US, "many ×10⁹/L", "many ×10⁹/L"),
    ],
)
def test_a_count_stands_in_the_unit_of_the_sentences_beside_it(
    value: Input, beside: str, text: str, expected: str
) -> None:
    assert expected == bracketed(text, [value], beside, str)


def test_two_counts_in_two_units_stand_in_one_where_no_sentence_names_a_unit() -> None:
    values = [count("42", "10*9/L", 42_000), count("180000", "/uL", 180_000)]
    text = bracketed("42 ×10⁹/L, before 180,000 /µL", values, NONE, str)
    assert "42 ×10⁹/L (42,000 /µL), before 180,000 /µL" == text


def test_a_count_just_below_a_threshold_is_not_rounded_to_it() -> None:
    value = Input("platelets", "49999.99", "/uL", amount=Interval(*[Interval.of(4999999).value / 100] * 2), code="/uL")
    assert "49999.99 /µL (49.99999 ×10⁹/L)" == bracketed("49999.99 /µL", [value], EU, str)
