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

`doubts` asks what `fill` cannot see: numbers written by hand, numbers of the row that the sentence keeps back, and words
around a place ("below", "or more", "mg", "x10^9/L") that contradict the name of its number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_PATH = r"[a-z_]\w*(?:\.\w+)*"
_place = re.compile(rf"\{{({_PATH})(?:=({_PATH}))?(?::([a-z]+))?\}}")


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
        if not (index := path.rpartition(".")[2]).isdecimal():
            raise SentenceFault(f"{found[0]}: no entry of a list")
        return index
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise SentenceFault(f"{found[0]}: not a number")
    if same is not None and value != _at(same, row):
        raise SentenceFault(f"{found[0]}: {value} and {_at(same, row)} are not one number")
    if name is not None and name not in _FORMATS:
        raise SentenceFault(f"{found[0]}: no such format")
    try:
        return _FORMATS[name].say(Decimal(value))
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


_SMALL = "zero one two three four five six seven eight nine ten eleven twelve"
_WORDS = {Decimal("0.5"): "half", **{Decimal(n): word for n, word in enumerate(_SMALL.split())}}
_TIMES = {Decimal(1): "once", Decimal(2): "twice"}
_INTERVALS = {Decimal(2): "every other day", Decimal(7): "weekly", Decimal(28): "monthly", Decimal(365): "yearly"}
_PERIODS = {Decimal(7): "week", Decimal(28): "month", Decimal(365): "year"}
_YEARS = {Decimal(12): "year"}


@dataclass(frozen=True, slots=True)
class _Format:
    """How a number is said: `takes` is the unit that the number must have ("" any), `gives` the one that its digits have.

    Without `gives` the digits have the number's own unit; `is_word` says that there are none.
    """

    say: Callable[[Decimal], str]
    takes: str = ""
    gives: str = ""
    is_word: bool = False


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
    "word": _Format(lambda number: _WORDS[number], is_word=True),
    "times": _Format(lambda number: _TIMES[number], is_word=True),
    "interval": _Format(lambda days: _INTERVALS[days], "days", is_word=True),
    "period": _Format(lambda days: _PERIODS[days], "days", is_word=True),
    "year": _Format(lambda months: _YEARS[months], "months", is_word=True),
    "index": _Format(_written, is_word=True),
}

# ---------------------------------------------------------------------------------------------------------- doubts

# A digit is part of a name where letters are glued to it: TP53, x10^9/L, PD-1, intermediate-1-risk, the arm 5q.
_NAME = re.compile(r"\b[A-Za-z]+\d[\w^/]*|\b[A-Z]{2,}-\d+\b|\b[a-z]+-\d+-[a-z]+|\b\d+[pq]\b")
_BY_HAND = re.compile(
    r"\d[\d.,]*|\b(?:"
    + "|".join(
        f"[{word[0].upper()}{word[0]}]{word[1:]}"
        for word in (*_SMALL.split()[2:], "half", "every other", "twice a", "weekly", "monthly", "yearly")
    )
    + r")\b"
)

# Units as sentences write them, and the words in the names of numbers that have them.
_UNITS = {
    "mg": r"mg\b", "days": r"days?\b", "hours": r"hours?\b", "weeks": r"weeks?\b", "months": r"months?\b",
    "years": r"years?\b", "cycles": r"cycles?\b", "%": "%", "x10^9/L": r"x10\^9/L", "/uL": "/uL", "mL/min": "mL/min",
    "C": r"C\b", "g/dL": "g/dL", "ng/mL": "ng/mL", "mIU/mL": "mIU/mL", "times": r"times\b", "grade": r"grades?\b",
}  # fmt: skip
_UNIT_OF = {
    **{word: unit for unit in ("mg", "days", "hours", "weeks", "months", "years", "cycles") for word in (unit, unit[:-1])},
    **dict.fromkeys(("platelets", "anc", "baseline", "hold", "resume", "repeated"), "/uL"),
    "mg": "mg", "percent": "%", "fraction": "fraction", "reduction": "fraction", "clearance": "mL/min", "temperature": "C",
    "fever": "C", "hemoglobin": "g/dL", "ferritin": "ng/mL", "sensitivity": "mIU/mL", "uln": "times", "grade": "grade",
    "grades": "grade",
}  # fmt: skip

_ANY_UNIT = re.compile(rf"(?: consecutive)? ?(?<![A-Za-z])({'|'.join(_UNITS.values())})")
# What may stand between a number and the unit of the list or range to which it belongs.
_LIST = r"^((,| to| to below| or| or below| and|% against) #)*"

# Bounds: how the names of numbers tell them, how sentences say them before and after a number, and their opposites.
_BOUND_OF = {
    "at least": re.compile(r"at_least|(^|_)from$"),
    "at most": re.compile(r"at_most|up_to|(^|_)to$"),
    "below": re.compile(r"(^|_)below(_|$)"),
    "above": re.compile(r"(^|_)above(_|$)"),
}
_BEFORE = re.compile(
    r"\b(never |not )?(?:(?P<at_least>at least)|(?P<at_most>at most|up to)|(?P<below>below|less than|under)|"
    r"(?P<above>above|more than))(?: every)? $",
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"(?:{_ANY_UNIT.pattern})? ?(?:(?P<at_least>(or|and) (more|longer|older|higher))|(?P<at_most>or (less|below|fewer|lower)))\b"
)
_OPPOSITE = {"at least": "below", "below": "at least", "at most": "above", "above": "at most"}
# What leaves a bound to be understood: "at 50,000 resume", "30 to 60", "falls to 50%"; and names whose bound may stay unsaid.
_UNDERSTOOD = {
    "at least": (re.compile(r"\b(at|from|(at|and) \w+ of) $|\b[Gg]rade $"), re.compile(r" to (below )?#|,? or #")),
    "at most": (re.compile(r"(# to|falls? to) $"), re.compile(r"(?!)")),
}
_IMPLIED = re.compile(r"(^|_)(floor|for|with|every|occasions)(_|$)")


@dataclass(frozen=True, slots=True)
class _Place:
    """One place of a sentence, and what stands before and after it; other places stand there as #."""

    path: str
    same: str | None
    format: _Format
    before: str
    after: str

    @property
    def names(self) -> list[str]:
        """The names of the path, the last one first: the first of them says what the number is."""
        return [part for part in reversed(self.path.split(".")) if not part.isdecimal()]

    @property
    def unit(self) -> str:
        """The unit of the number by its name, or by the names around it; "" where they tell none."""
        for name in self.names:
            for word in reversed(re.sub(r"_(of|per)_\w+|_on_hold|_\d+_(weeks|months)", "", name).split("_")):
                if word in _UNIT_OF:
                    return _UNIT_OF[word]
            if name not in ("below", "at_least", "at_most", "above"):
                return ""
        return "/uL"

    @property
    def bound(self) -> str:
        """Which bound the number is by its name; "" where it tells none."""
        bound = next((bound for bound, pattern in _BOUND_OF.items() if pattern.search(self.names[0])), "")
        if "sensitivity" in self.names[0]:
            return "at least"  # a test is the more sensitive the less it detects
        return _OPPOSITE[bound] if bound and re.search(r"\bunless (\w+ )?is $", self.before) else bound

    @property
    def said_bounds(self) -> set[str]:
        """The bounds that the words next to the number say."""
        said = set()
        if before := _BEFORE.search(self.before[-30:]):
            bound = str(before.lastgroup).replace("_", " ")
            said.add(_OPPOSITE[bound] if before[1] else bound)
        if after := _AFTER.match(self.after):
            said.add(str(after.lastgroup).replace("_", " "))
        return said


def doubts(
    sentence: str, data: Mapping[str, Any], figures: Mapping[str, Any], unsaid: Collection[str]
) -> Iterator[str]:
    """What is doubtful about a sentence that `fill` can fill.

    Args: the sentence with its places; the numbers of its row that rules decide by; those that are only shown; the paths of
        numbers that the sentence leaves out, lists with or without their index.
    """
    for found in _BY_HAND.finditer(_NAME.sub("", _place.sub("#", sentence))):
        yield f"{found[0]!r} is written by hand"
    places = [_placed(sentence, found) for found in _place.finditer(sentence)]
    yield from _unsaid_doubts(places, {**data, "figures": figures}, unsaid)
    for number, place in enumerate(places, start=1):
        if place.format is not _FORMATS["index"]:
            yield from _unit_doubts(place)
            yield from _bound_doubts(place)
        elif not any(following.path.startswith(f"{place.path}.") for following in places[number : number + 1]):
            yield f"{place.path}: its index, and then a number of another entry"


def _placed(sentence: str, found: re.Match[str]) -> _Place:
    before, after = (_place.sub("#", part) for part in (sentence[: found.start()], sentence[found.end() :]))
    return _Place(found[1], found[2], _FORMATS[found[3]], before, after)


def _unsaid_doubts(places: Iterable[_Place], row: Mapping[str, Any], unsaid: Collection[str]) -> Iterator[str]:
    """Numbers that the sentence keeps back although nothing says so, and what is called unsaid and is not."""
    said = {path for place in places if place.format is not _FORMATS["index"] for path in (place.path, place.same)}
    needed = set()
    for path in _paths(row):
        without_index = re.sub(r"\.\d+(?=\.|$)", "", path)
        entry = next((e for e in unsaid if e in (path, without_index)), None)
        needed.add(entry)
        if path in said and entry is not None:
            yield f"{path} is said, and stands among the unsaid"
        elif path not in said and (entry is None or path.startswith("figures.")):
            yield f"{path} is never said"
    yield from (
        f"{entry} stands among the unsaid and is no number of the row" for entry in unsaid if entry not in needed
    )


def _paths(value: object, path: str = "") -> Iterator[str]:
    """The paths of all numbers."""
    if isinstance(value, Mapping | list):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _paths(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield path


def _unit_doubts(place: _Place) -> Iterator[str]:
    """The unit after a number, or after the list or range in which it stands, else the last one before, against its name's."""
    if place.before.endswith("-"):
        yield f"{place.path}: said as less than nothing"
    if place.format.takes not in ("", place.unit):
        yield f"{place.path}: of {place.unit or 'no unit'}, and the format takes {place.format.takes}"
    elif not place.format.is_word:
        unit = place.format.gives or place.unit
        after = _ANY_UNIT.match(re.sub(_LIST, "", place.after) if unit != "grade" else place.after)
        before = re.findall(r"\bgrade\b", place.before, re.I) if unit == "grade" else _ANY_UNIT.findall(place.before)
        told = _unit_of(after[1]) if after else _unit_of(before[-1]) if before and unit else ""
        if told != (unit if unit in _UNITS else ""):
            yield f"{place.path}: said in {told or 'no unit'}, its name says {unit or 'none'}"


def _unit_of(word: str) -> str:
    return next(unit for unit, pattern in _UNITS.items() if re.fullmatch(pattern, word, re.I))


def _bound_doubts(place: _Place) -> Iterator[str]:
    """The bound that the words next to a number say against the one that its name tells."""
    said, told = place.said_bounds, place.bound
    words = " and ".join(sorted(said))
    if told and said and said != {told}:
        yield f"{place.path}: said as {words}, its name says {told}"
    elif not told and said and not (said == {"at least"} and _IMPLIED.search(place.names[0])):
        yield f"{place.path}: said as {words}, which its name does not say"
    elif told and not said and not place.format.is_word:
        before, after = _UNDERSTOOD.get(told, (None, None))
        if before is None or after is None or not (before.search(place.before) or after.match(place.after)):
            yield f"{place.path}: not said as {told}"
