"""Rows of a decision table by one number: a proof that they neither overlap nor leave gaps.

Nothing is tried out: the ends of the rows are compared as exact numbers, so no value between two test points can be missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise

from cds_service.clinical.quantity import exact, plain

Number = Decimal | int | Fraction


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers that one row is for. `high` None has no upper end; `low_open` and `high_open` leave the end itself out."""

    row: str
    low: Fraction = Fraction(0)
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no number lies in it."""
        if self.high is None:
            return False
        return self.high < self.low or (self.high == self.low and (self.low_open or self.high_open))

    @property
    def words(self) -> str:
        """The row in the notation of intervals: "A [60, 100)"."""
        high = "∞" if self.high is None else plain(self.high)
        end = ")" if self.high is None or self.high_open else "]"
        return f"{self.row} {'(' if self.low_open else '['}{plain(self.low)}, {high}{end}"


def span_of(
    row: str,
    *,
    above: Number | None = None,
    at_least: Number | None = None,
    at_most: Number | None = None,
    below: Number | None = None,
) -> Span:
    """The span of a row by the words of the tables; without a lower bound it begins at 0, that included.

    Raises: ValueError when two bounds are given for one end.
    """
    if (above is not None and at_least is not None) or (at_most is not None and below is not None):
        raise ValueError(f"{row}: two bounds for one end")
    low = exact(above) if above is not None else exact(at_least) if at_least is not None else Fraction(0)
    high = exact(below) if below is not None else exact(at_most) if at_most is not None else None
    return Span(row, low, high, above is not None, below is not None)


def table_faults(spans: Iterable[Span], start: Fraction = Fraction(0)) -> tuple[str, ...]:
    """What keeps the rows from holding every number from `start` on exactly once; empty when they do.

    Args: the rows in any order; `start` in the unit of the rows.
    Missing: no rows at all leave everything uncovered, and that is a fault.
    """
    rows = sorted(spans, key=_by_low)
    faults = [f"{row.words} holds no number" for row in rows if row.is_empty]
    rows = [row for row in rows if not row.is_empty]
    faults += [f"{one.words} and {other.words} overlap" for one, other in combinations(rows, 2) if _meet(one, other)]
    return (*faults, *_gaps(rows, start))


def _by_low(span: Span) -> tuple[Fraction, bool]:
    return (span.low, span.low_open)


def _meet(one: Span, other: Span) -> bool:
    """Whether a number lies in both."""
    low, low_open = max(_by_low(one), _by_low(other))
    highs = [(s.high, not s.high_open) for s in (one, other) if s.high is not None]
    if not highs:
        return True
    high, is_closed = min(highs)
    return not Span("", low, high, low_open, not is_closed).is_empty


def _reach(span: Span) -> tuple[bool, Fraction, bool]:
    """How far a row goes, for comparison: without end first of all, then by its end, then with its end included."""
    return (span.high is None, span.high or Fraction(0), not span.high_open)


def _gaps(rows: list[Span], start: Fraction) -> list[str]:
    if not rows:
        return [f"nothing from {plain(start)} on is covered"]
    faults = []
    if _by_low(rows[0]) > (start, False):
        faults.append(f"nothing before {rows[0].words} from {plain(start)} on")
    furthest = rows[0]
    for before, after in pairwise(rows):
        furthest = max(furthest, before, key=_reach)
        if furthest.high is None:
            return faults
        begins = after.low
        if begins > furthest.high or (begins == furthest.high and after.low_open and furthest.high_open):
            faults.append(f"a gap between {furthest.words} and {after.words}")
    last = max(rows, key=_reach)
    return faults if last.high is None else [*faults, f"nothing after {last.words}"]
