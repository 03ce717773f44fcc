"""The count above which a row asks for nothing: it may never hide a count that the row would interrupt at."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from cds_service.dosing.count_rows import CountRow, Trigger
from cds_service.drugs.lenalidomide.mds_del5q.tables import eu_table, us_table
from tests.support.rules import IN_FORCE


def row(*triggers: Trigger, baseline_below: int | None = None) -> CountRow:
    return CountRow("X", "platelets", 10, "any", triggers, 50_000, None, baseline_below=baseline_below)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (row(Trigger(below=50_000)), 50_000),
        (row(Trigger(below=30_000), Trigger(below=50_000)), 50_000),
        (row(Trigger(at_most_fraction_of_baseline=Decimal("0.5")), baseline_below=100_000), 50_000),
        (row(Trigger(below=30_000, at_most_fraction_of_baseline=Decimal("0.5")), baseline_below=100_000), 30_000),
        (row(Trigger(at_most_fraction_of_baseline=Decimal("0.5"))), None),
        (row(Trigger(below=50_000), Trigger(at_most_fraction_of_baseline=Decimal("0.5"))), None),
    ],
)
def test_the_highest_trigger_is_that_of_the_row_s_whole_band(of: CountRow, expected: int | None) -> None:
    assert (None if expected is None else Fraction(expected)) == of.highest_trigger


def test_every_row_of_the_tables_has_one() -> None:
    assert [] == [each.id for each in (*us_table(IN_FORCE), *eu_table(IN_FORCE)) if each.highest_trigger is None]
