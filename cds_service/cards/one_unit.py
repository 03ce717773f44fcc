"""One unit on a card: a value that was reported in another one than the sentences beside it use stands in theirs too, in brackets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from cds_service.cards.words import with_unit
from cds_service.clinical.quantity import Interval, plain
from cds_service.clinical.recommendation import Input
from cds_service.fhir.terminology import unit_words

_PER_MICROLITRE = "/uL"
# The units in which documents give counts, each with how many per microlitre one of it is.
_COUNT_UNITS = {_PER_MICROLITRE: 1, "10*9/L": 1000}

# A count just below a threshold must not be rounded to it.
_PLACES = 9


def bracketed(text: str, inputs: Sequence[Input], beside: str, safe: Callable[[str], str]) -> str:
    """The text with each reported value followed by the same value as the sentences beside it would write it.

    Args: the text; the values that decided; the sentences beside it; what makes words safe.
    A value is left alone where its number reads the same in both units, as 45 G/L and 45 x10^9/L.
    """
    for one in inputs:
        others = [safe(words) for words in _written(one, inputs, beside)]
        if not others or any(each in text for each in others):
            continue
        reported = safe(with_unit(one.value, one.unit))
        place = re.search(rf"(?<![\d.,]){re.escape(reported)}( \()?", text)
        if place:
            end = "; " if place[1] else ")"
            text = f"{text[: place.start()]}{reported} ({'; '.join(others)}{end}{text[place.end() :]}"
    return text


def _written(one: Input, inputs: Sequence[Input], beside: str) -> Iterator[str]:
    if one.amount is None or not one.code or not one.unit:
        return
    units: Mapping[str, int] = {one.code: 1}
    if one.code == _PER_MICROLITRE:
        # The printed unit of thousands ends like the one of single cells.
        spoken = beside.replace(unit_words("10*3/uL"), "")
        is_mixed = len({each.unit for each in inputs if each.code == one.code}) > 1
        said = {unit: size for unit, size in _COUNT_UNITS.items() if unit_words(unit) in spoken}
        units = said or (units if is_mixed else {})
    for unit, size in units.items():
        words = _number(one.amount, size)
        if not _reads_the_same(one.value, words):
            yield f"{words} {unit_words(unit)}"


def _reads_the_same(reported: str, words: str) -> bool:
    """Whether both are the same number, as 2.0 and 2, or the same range."""
    bare, other = ("".join(text.split()).replace(",", "").strip("<>≤≥=") for text in (reported, words))
    try:
        return Decimal(bare) == Decimal(other)
    except InvalidOperation:
        return bare == other


def _number(amount: Interval, size: int) -> str:
    low, high = ("" if bound is None else _grouped(bound / size) for bound in (amount.low, amount.high))
    if amount.is_exact or (amount.low and high):
        return low if amount.is_exact else f"{low} to {high}"
    if high:
        return f"{'<' if amount.high_open else '≤'}{high}"
    return f"{'>' if amount.low_open else '≥'}{low}"


def _grouped(number: Fraction) -> str:
    whole, dot, rest = plain(number, _PLACES).partition(".")
    return f"{int(whole):,}{dot}{rest}"
