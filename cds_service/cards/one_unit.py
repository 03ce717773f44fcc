"""One unit on a card: a value that was reported in another one than the sentences beside it use stands in theirs too, in brackets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
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
    if one.code != _PER_MICROLITRE:
        targets = {one.code: 1}
    else:
        targets = {unit: size for unit, size in _COUNT_UNITS.items() if unit_words(unit) in _without_powers(beside)}
        if not targets and len({each.unit for each in inputs if each.code == _PER_MICROLITRE}) > 1:
            targets = {_PER_MICROLITRE: 1}
    for unit, size in targets.items():
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


def _without_powers(text: str) -> str:
    """The text without units of thousands, which end like the one of single cells."""
    return text.replace(unit_words("10*3/uL"), "")


def _number(amount: Interval, size: int) -> str:
    def written(bound: Fraction) -> str:
        whole, dot, rest = plain(bound / size, _PLACES).partition(".")
        return f"{int(whole):,}{dot}{rest}"

    if amount.is_exact:
        return written(amount.value)
    if amount.low and amount.high:
        return f"{written(amount.low)} to {written(amount.high)}"
    if amount.high is not None:
        return f"{'<' if amount.high_open else '≤'}{written(amount.high)}"
    return f"{'>' if amount.low_open else '≥'}{written(amount.low or Fraction(0))}"
