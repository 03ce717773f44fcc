"""Sentences of source files: each number that a sentence shows comes from its row, so that the two cannot disagree.

A sentence is written with places for the numbers of its row: `{hold.0.below}` is a path (lists count from 0),
`{first_days:weeks}` a path with a format, `{first_days=later_days}` one number for two members that must be equal.
A number stands as the file writes it, with commas between thousands. The formats:

    giga      a count per microlitre in 10^9/L: 25000 is "25"       word      2 is "two", 0.5 is "half"
    percent   a fraction: 0.5 is "50"                               times     2 is "twice"
    days      of hours: 72 is "3"                                   interval  of days: 7 is "weekly", 2 "every other day"
    weeks     of days: 56 is "8"                                    period    365 days or 12 months are a "year"
    months    of days, 28 to 31 each: 90 is "3"                     span      the first days: 21 is "1-21"
    years     of months: 12 is "1"                                  cycle     in which a treatment day lies: 56 is "3"
    cycles    of days, 28 each: 56 is "2"                           day       of its cycle: 70 is "15"
    index     where an entry stands in its list: `{levels.1:index}` is "1"

A number that a format does not divide evenly, or has no word for, is refused.

`doubts` asks what `fill` cannot see: numbers written by hand, numbers of the row that the sentence keeps back, and words
around a place ("below", "or more", "mg", "x10^9/L") that contradict the name of its number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_place = re.compile(r"\{([a-z_]\w*(?:\.\w+)*)(?:=([a-z_]\w*(?:\.\w+)*))?(?::([a-z]+))?\}")


class SentenceFault(ValueError):
    """A sentence that cannot be filled: the message names the place and what is wrong."""


# ---------------------------------------------------------------------------------------------------------- filling


def fill(sentence: str, row: Mapping[str, Any]) -> str:
    """The sentence with the numbers of its row, beginning with a capital.

    Args: the sentence with its places; the members of the row, numbers as int or Decimal.

    Raises: SentenceFault when a path leads to no number, a format does not fit, or a brace belongs to no place.
    """
    if re.search(r"[{}]", _place.sub("", sentence)):
        raise SentenceFault("a brace that belongs to no place")
    filled = _place.sub(lambda found: _filled(found, row), sentence)
    return filled[:1].upper() + filled[1:]


def _filled(found: re.Match[str], row: Mapping[str, Any]) -> str:
    path, same, name = found.groups()
    value = _at(path, row)
    if name == "index":
        return str(path.rpartition(".")[2])
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise SentenceFault(f"{found[0]}: not a number")
    if same is not None and value != _at(same, row):
        raise SentenceFault(f"{found[0]}: {value} and {_at(same, row)} are not one number")
    if name is not None and name not in _FORMATS:
        raise SentenceFault(f"{found[0]}: no such format")
    try:
        return _FORMATS[name].say(Decimal(value))
    except (LookupError, ValueError):
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
    return _written((fraction * 100).quantize(Decimal(1)) if fraction * 100 % 1 == 0 else (fraction * 100).normalize())


def _months(days: Decimal) -> str:
    (months,) = (n for n in range(1, int(days) // 28 + 1) if 28 * n <= days <= 31 * n)
    return str(months)


def _cycle(day: Decimal) -> str:
    return str(int(day) // 28 + 1)


def _day(day: Decimal) -> str:
    return str(int(day) % 28 + 1)


def _span(days: Decimal) -> str:
    return f"1-{_written(days)}"


_WORDS = {
    Decimal(n): word
    for n, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])
}
_INTERVALS = {2: "every other day", 7: "weekly", 28: "monthly", 365: "yearly"}


@dataclass(frozen=True, slots=True)
class _Format:
    """How a number is said. `takes`: the unit of the number ("" any); `gives`: the unit that its words are in, None: said."""

    say: Callable[[Decimal], str]
    takes: str = ""
    gives: str | None = None


_FORMATS: Mapping[str | None, _Format] = {
    None: _Format(_written),
    "giga": _Format(_giga, "/uL", "x10^9/L"),
    "percent": _Format(_percent, "fraction", "%"),
    "days": _Format(_divided(24), "hours", "days"),
    "weeks": _Format(_divided(7), "days", "weeks"),
    "months": _Format(_months, "days", "months"),
    "years": _Format(_divided(12), "months", "years"),
    "cycles": _Format(_divided(28), "days", "cycles"),
    "cycle": _Format(_cycle, "days", "cycles"),
    "day": _Format(_day, "days", "days"),
    "span": _Format(_span, "days", "days"),
    "word": _Format(lambda number: {**_WORDS, Decimal("0.5"): "half"}[number]),
    "times": _Format(lambda number: {1: "once", 2: "twice"}[int(number)]),
    "interval": _Format(lambda days: _INTERVALS[int(days)], "days"),
    "period": _Format(lambda number: {365: "year", 12: "year"}[int(number)]),
    "index": _Format(str),
}
