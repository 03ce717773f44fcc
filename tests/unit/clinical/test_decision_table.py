"""Does the proof find every overlap and every gap of a table, and nothing in a whole one?"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.clinical.decision_table import Span, span_of, table_faults

RENAL = (span_of("high", above=60), span_of("middle", at_least=30, at_most=60), span_of("low", below=30))


def holds(span: Span, value: Fraction) -> bool:
    """Whether a value lies in a row, written down independently of the proof."""
    above = value > span.low or (value == span.low and not span.low_open)
    return above and (span.high is None or value < span.high or (value == span.high and not span.high_open))


def test_a_whole_table_has_no_fault_in_any_order() -> None:
    assert () == table_faults(RENAL)
    assert () == table_faults(reversed(RENAL))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((), ("nothing from 0 on is covered",)),
        (RENAL[:2], ("nothing before middle [30, 60] from 0 on",)),
        (RENAL[1:], ("nothing after middle [30, 60]",)),
        ((RENAL[0], RENAL[2]), ("a gap between low [0, 30) and high (60, ∞)",)),
        (
            (span_of("a", below=60), span_of("b", above=60)),
            ("a gap between a [0, 60) and b (60, ∞)",),
        ),
        (
            (span_of("a", at_most=60), span_of("b", at_least=60)),
            ("a [0, 60] and b [60, ∞) overlap",),
        ),
        ((span_of("a"), span_of("b")), ("a [0, ∞) and b [0, ∞) overlap",)),
        (
            (span_of("a"), span_of("b", at_least=5, below=5)),
            ("b [5, 5) holds no number",),
        ),
        (
            (span_of("wide", below=90), span_of("inside", at_least=10, below=20), span_of("rest", at_least=90)),
            ("wide [0, 90) and inside [10, 20) overlap",),
        ),
        (
            (
                span_of("short", below=10),
                span_of("long", at_least=10, below=30),
                span_of("inside", at_least=17, below=18),
                span_of("rest", at_least=30),
            ),
            ("long [10, 30) and inside [17, 18) overlap",),
        ),
        (
            (span_of("closed", at_most=10), span_of("open", at_least=5, below=10), span_of("rest", above=10)),
            ("closed [0, 10] and open [5, 10) overlap",),
        ),
        (
            (
                span_of("zero", at_most=0),
                span_of("half", above=0, below=Fraction(1, 2)),
                span_of("rest", at_least=Fraction(1, 2)),
            ),
            (),
        ),
    ],
)
def test_each_fault_is_named(rows: tuple[Span, ...], expected: tuple[str, ...]) -> None:
    assert expected == table_faults(rows)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, Span("a")),
        ({"above": 1}, Span("a", Fraction(1), None, True, False)),
        ({"at_least": 1}, Span("a", Fraction(1))),
        ({"below": 2}, Span("a", Fraction(0), Fraction(2), False, True)),
        ({"at_most": 2}, Span("a", Fraction(0), Fraction(2))),
        ({"above": 1, "at_most": 2}, Span("a", Fraction(1), Fraction(2), True, False)),
        ({"at_least": 1, "below": 2}, Span("a", Fraction(1), Fraction(2), False, True)),
    ],
)
def test_the_words_of_a_row_give_its_ends(bounds: dict[str, int], expected: Span) -> None:
    assert expected == span_of("a", **bounds)


@pytest.mark.parametrize("bounds", [{"above": 1, "at_least": 2}, {"at_most": 2, "below": 1}])
def test_two_bounds_for_one_end_are_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"^a: two bounds for one end$"):
        span_of("a", **bounds)


bounds = st.integers(0, 6).map(Fraction)
spans = st.builds(Span, st.just("row"), bounds, st.none() | bounds, st.booleans(), st.booleans())


@given(st.lists(spans, max_size=4))
def test_the_proof_agrees_with_counting_the_rows_at_every_end_and_between_the_ends(rows: list[Span]) -> None:
    points = [Fraction(n, 2) for n in range(15)]
    is_whole = all(sum(holds(row, p) for row in rows) == 1 for p in points) and not any(r.is_empty for r in rows)
    assert is_whole == (table_faults(rows) == ())
