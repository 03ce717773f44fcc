"""Exact amounts: what a laboratory reported, as an interval of exact rational numbers in one canonical unit.

Clinical numbers are never binary floating point. A reported number stays the `Decimal` it was written as; a converted
one is a `Fraction`, because 1/88.4 has no finite decimal form and a rounded factor can flip a threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

# A number whose adjusted exponent is beyond this is no clinical number; arithmetic on it could take seconds.
MAX_EXPONENT = 12


class UnusableNumber(ValueError):
    """A number that no clinical quantity can have: not finite, or of absurd magnitude."""


def exact(number: Decimal | int | str | Fraction) -> Fraction:
    """The exact rational value of a number.

    Raises: UnusableNumber when it is NaN, infinite or of a magnitude that no clinical number has.
    """
    if type(number) is Fraction:
        return number
    if isinstance(number, (Decimal, int)):
        return _fraction(number)
    # Last, because an abstract class is asked.
    return number if isinstance(number, Fraction) else _fraction(Decimal(number))


# Thresholds and doses are few and are compared often; making a Fraction costs more than comparing it.
@lru_cache(maxsize=1024)
def _fraction(number: Decimal | int) -> Fraction:
    if isinstance(number, Decimal):
        if not number.is_finite():
            raise UnusableNumber("not a finite number")
        if number and abs(number.adjusted()) > MAX_EXPONENT:
            raise UnusableNumber("magnitude out of range")
        # The words are never shorter than the digits, and cheaper to come by.
        if len(str(number)) > 40 and len(number.as_tuple().digits) > 40:
            raise UnusableNumber("too many digits")
    return Fraction(number)


def _order(one: Fraction, other: Fraction) -> int:
    """Below, at or above zero as one number is below, at or above another.

    Their own comparison asks an abstract class first what the other one is, for twice the time.
    """
    above, below = one.as_integer_ratio()
    other_above, other_below = other.as_integer_ratio()
    return above * other_below - other_above * below


def plain(number: Fraction | Decimal | int, places: int = 4) -> str:
    """The number as people write it: no exponent, no trailing zeros, at most `places` decimals (rounded half even)."""
    fraction = exact(number)
    scaled, rest = divmod(fraction.numerator * 10**places, fraction.denominator)
    if 2 * rest > fraction.denominator or (2 * rest == fraction.denominator and scaled % 2):
        scaled += 1
    sign, digits = ("-", -scaled) if scaled < 0 else ("", scaled)
    whole, rest = divmod(digits, 10**places)
    decimals = f"{rest:0{places}d}".rstrip("0") if places else ""
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


@dataclass(frozen=True, slots=True)
class Interval:
    """What a reported result says about a value: one number, or a range such as "<20".

    `low`/`high` are exact numbers in the canonical unit of the fact; None means unbounded. `*_open` says that the bound
    itself is excluded. Comparisons answer True, False, or None where the interval lies on both sides.
    """

    low: Fraction | None
    high: Fraction | None
    low_open: bool = False
    high_open: bool = False

    @classmethod
    def of(cls, number: Fraction | Decimal | int) -> Interval:
        """The interval that holds exactly this number."""
        value = exact(number)
        return cls(value, value)

    @property
    def is_exact(self) -> bool:
        """Whether the result is one number."""
        return self.low is not None and (self.low is self.high or self.low == self.high)

    @property
    def value(self) -> Fraction:
        """The number. Raises: ValueError when the result is a range."""
        if self.low is None or not self.is_exact:
            raise ValueError("the result is a range, not a number")
        return self.low

    def is_below(self, threshold: Fraction | Decimal | int) -> bool | None:
        """Whether the value is < threshold; None when the interval lies on both sides."""
        limit = exact(threshold)
        if self.low is not None and self.low is self.high:
            return _order(self.low, limit) < 0
        if self.high is not None and (self.high < limit or (self.high == limit and self.high_open)):
            return True
        if self.low is not None and self.low >= limit:
            return False
        return None

    def is_at_least(self, threshold: Fraction | Decimal | int) -> bool | None:
        """Whether the value is >= threshold; None when the interval lies on both sides."""
        below = self.is_below(threshold)
        return None if below is None else not below

    def is_above(self, threshold: Fraction | Decimal | int) -> bool | None:
        """Whether the value is > threshold; None when the interval lies on both sides."""
        limit = exact(threshold)
        if self.low is not None and self.low is self.high:
            return _order(self.low, limit) > 0
        if self.low is not None and (self.low > limit or (self.low == limit and self.low_open)):
            return True
        if self.high is not None and self.high <= limit:
            return False
        return None

    def is_at_most(self, threshold: Fraction | Decimal | int) -> bool | None:
        """Whether the value is <= threshold; None when the interval lies on both sides."""
        above = self.is_above(threshold)
        return None if above is None else not above

    def scaled(self, factor: Fraction, offset: Fraction = Fraction(0)) -> Interval:
        """The interval in another unit: value * factor + offset. `factor` is positive."""
        low = None if self.low is None else self.low * factor + offset
        high = None if self.high is None else self.high * factor + offset
        return Interval(low, high, self.low_open, self.high_open)


def is_per_litre(unit: str) -> bool:
    """Whether a count in a unit, as it is written, is per litre and not per microlitre."""
    return unit.strip().upper().endswith("/L")
