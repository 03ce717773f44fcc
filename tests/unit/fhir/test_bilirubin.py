"""What fractions of bilirubin tell of the total that no laboratory sent."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.unit.fhir.observing import coded, one, platelets, read

CODES = {"total": "1975-2", "direct": "1968-7", "indirect": "1971-1"}


def part(name: str, value: float, **more: Any) -> dict[str, Any]:
    return platelets(name, value, "mg/dL", **{"code": coded(CODES[name]), **more})


@pytest.mark.parametrize("name", ["direct", "indirect"])
def test_a_fraction_alone_says_that_the_total_is_no_less(name: str) -> None:
    reading = read(part(name, 4.1)).readings["bilirubin"][0]
    assert (Fraction(41, 10), None) == (reading.amount.low, reading.amount.high)
    assert f"{name} 4.1" == reading.reported
    assert reading.is_derived


def test_both_fractions_of_a_draw_are_the_total() -> None:
    reading = read(part("direct", 2.0), part("indirect", 1.5)).readings["bilirubin"][0]
    assert Fraction(35, 10) == reading.amount.value
    assert "direct 2.0 + indirect 1.5" == reading.reported


def test_both_fractions_are_the_total_however_low() -> None:
    assert Fraction(6, 10) == read(part("direct", 0.2), part("indirect", 0.4)).readings["bilirubin"][0].amount.value


def test_a_limit_of_a_fraction_is_none_of_the_total() -> None:
    limited = part("direct", 4.1, referenceRange=[{"high": {"value": 0.3, "unit": "mg/dL"}}])
    assert read(limited).readings["bilirubin"][0].upper_limit is None


def test_a_normal_fraction_alone_says_nothing_of_the_total() -> None:
    assert "bilirubin" not in read(part("direct", 0.3)).readings


def test_a_total_of_the_day_is_the_total() -> None:
    assert "0.9" == one(part("total", 0.9), part("direct", 4.1), fact="bilirubin").reported


def test_fractions_of_two_specimens_are_not_added() -> None:
    direct, indirect = (part(n, 2.0, specimen={"reference": f"Specimen/{n}"}) for n in ("direct", "indirect"))
    assert [None, None] == [r.amount.high for r in read(direct, indirect).readings["bilirubin"]]
