"""Sentences of source files: each number that a sentence shows comes from its row, so that the two cannot disagree.

A sentence is written with places for the numbers of its row: `{hold.0.below}` is a path (lists count from 0),
`{first_days:weeks}` a path with a format, `{first_days=later_days}` one number for two members that must be equal.
A number stands as the file writes it, with commas between thousands. The formats:

    giga      a count per microlitre in 10^9/L: 25000 is "25"       word      2 is "two", 0.5 is "half"
    percent   a fraction: 0.5 is "50"                               times     2 is "twice"
    days      of hours: 72 is "3"                                   interval  of days: 7 is "weekly", 2 "every other day"
    weeks     of days: 56 is "8"                                    period    of days: 7 is "week", 365 "year"
    months    of days, 28 to 31 each: 90 is "3"                     span      the first days: 21 is "1-21"
    years     of months: 12 is "1"                                  cycle     in which a treatment day lies: 56 is "3"
    cycles    of days, 28 each: 56 is "2"                           day       of its cycle: 70 is "15"
    year      of months: 12 is "year"                               index     of an entry: {levels.1:index} is "1"

A number that a format does not divide evenly, or has no word for, is refused.

`cds-service check` (`commands/checks/sentences.py`) asks what `fill` cannot see.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_PATH = r"[a-z_]\w*(?:\.\w+)*"
# A place of a sentence: its path, the path of a second member that must be equal, and its format.
PLACE = re.compile(rf"\{{({_PATH})(?:=({_PATH}))?(?::([a-z]+))?\}}")


class SentenceFault(ValueError):
    """A sentence that cannot be filled: the message names the place and what is wrong."""


def fill(sentence: str, row: Mapping[str, Any]) -> str:
    """The sentence with the numbers of its row, beginning with a capital.

    Args: the sentence with its places; the members of the row, numbers as int or Decimal.

    Raises: SentenceFault when a path leads to no number, a format does not fit, or a brace belongs to no place.
    """
    if re.search(r"[{}]", PLACE.sub("", sentence)):
        raise SentenceFault("a brace that belongs to no place")
    filled = PLACE.sub(lambda found: _filled(found, row), sentence)
    return filled[:1].upper() + filled[1:]


def _filled(found: re.Match[str], row: Mapping[str, Any]) -> str:
    path, same, name = found.groups()
    value = _at(path, row)
    if name == "index":
        if not (index := path.rpartition(".")[2]).isdecimal():
            raise SentenceFault(f"{found[0]}: no entry of a list")
        return index
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise SentenceFault(f"{found[0]}: not a number")
    if same is not None and value != _at(same, row):
        raise SentenceFault(f"{found[0]}: {value} and {_at(same, row)} are not one number")
    if name is not None and name not in FORMATS:
        raise SentenceFault(f"{found[0]}: no such format")
    try:
        return FORMATS[name].say(Decimal(value))
    except (LookupError, ValueError, ArithmeticError):
        raise SentenceFault(f"{found[0]}: {value} cannot be said so") from None


def _at(path: str, row: Mapping[str, Any]) -> Any:
    value: Any = row
    for part in path.split("."):
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (LookupError, TypeError, ValueError):
            raise SentenceFault(f"{{{path}}}: no such member") from None
    return value


def _written(number: Decimal) -> str:
    return f"{number:,f}"


def _divided(by: int) -> Callable[[Decimal], str]:
    def divided(number: Decimal) -> str:
        if number % by:
            raise ValueError
        return _written(number / by)

    return divided


def _giga(count: Decimal) -> str:
    return _written(count / 1000)


def _percent(fraction: Decimal) -> str:
    return _written((fraction * 100).normalize())


def _months(days: Decimal) -> str:
    (months,) = (n for n in range(1, int(days) // 28 + 1) if 28 * n <= days <= 31 * n)
    return str(months)


def _cycle(day: Decimal) -> str:
    return _written(day // 28 + 1)


def _day(day: Decimal) -> str:
    return _written(day % 28 + 1)


def _span(days: Decimal) -> str:
    return f"1-{_written(days)}"


NUMBER_WORDS = (
    "zero",
    *["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
)
_WORDS = {Decimal("0.5"): "half", **{Decimal(n): word for n, word in enumerate(NUMBER_WORDS)}}
_TIMES = {Decimal(1): "once", Decimal(2): "twice"}
_INTERVALS = {Decimal(2): "every other day", Decimal(7): "weekly", Decimal(28): "monthly", Decimal(365): "yearly"}
_PERIODS = {Decimal(7): "week", Decimal(28): "month", Decimal(365): "year"}
_YEARS = {Decimal(12): "year"}


@dataclass(frozen=True, slots=True)
class Format:
    """How a number is said: `takes` is the unit that the number must have ("" any), `gives` the one that its digits have.

    Without `gives` the digits have the number's own unit; `is_word` says that there are none.
    """

    say: Callable[[Decimal], str]
    takes: str = ""
    gives: str = ""
    is_word: bool = False


FORMATS: Mapping[str | None, Format] = {
    None: Format(_written),
    "giga": Format(_giga, "/uL", "x10^9/L"),
    "percent": Format(_percent, "fraction", "%"),
    "days": Format(_divided(24), "hours", "days"),
    "weeks": Format(_divided(7), "days", "weeks"),
    "months": Format(_months, "days", "months"),
    "years": Format(_divided(12), "months", "years"),
    "cycles": Format(_divided(28), "days", "cycles"),
    "cycle": Format(_cycle, "days", "cycles"),
    "day": Format(_day, "days", "days"),
    "span": Format(_span, "days", "days"),
    "word": Format(lambda number: _WORDS[number], is_word=True),
    "times": Format(lambda number: _TIMES[number], is_word=True),
    "interval": Format(lambda days: _INTERVALS[days], "days", is_word=True),
    "period": Format(lambda days: _PERIODS[days], "days", is_word=True),
    "year": Format(lambda months: _YEARS[months], "months", is_word=True),
    "index": Format(_written, is_word=True),
}
