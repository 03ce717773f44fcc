"""Numbers of a label as a reader takes them: with comparator and unit, in the order in which they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from cds_service.clinical.quantity import plain


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with what makes it mean something.

    `comparator` is "<", "<=", ">", ">=" or "=" (none said); `unit` is one of the names in `UNITS`; `value` is in that
    unit: counts per microlitre, times in hours (but months, which have no fixed length).
    """

    comparator: str
    value: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.comparator.replace('=', '') if self.comparator == '=' else self.comparator + ' '}{plain(self.value)} {self.unit}"


@dataclass(frozen=True, slots=True)
class Standing:
    """A measure and the characters of the section that it was read from."""

    measure: Measure
    start: int
    end: int


# How labels spell units: name, spelling, factor into the name's own unit. The first that matches counts.
UNITS: tuple[tuple[str, str, Decimal], ...] = (
    ("/uL", r"(?:/ ?(?:mcL|[uµμ]L|mm ?3|mm³))", Decimal(1)),
    ("/uL", r"[x×] ?10 ?\^? ?9 ?/ ?L", Decimal(1000)),
    ("mg/dL", r"mg/d[lL]", Decimal(1)),
    ("mg", r"mg(?!/(?:kg|m2|m²|d[lL]|mL))(?:/day)?", Decimal(1)),
    ("mL/min", r"mL/min", Decimal(1)),
    ("mIU/mL", r"mIU/mL", Decimal(1)),
    ("g/dL", r"g/d[lL]", Decimal(1)),
    ("degrees C", r"° ?C", Decimal(1)),
    ("%", r"%", Decimal(1)),
    ("hours", r"hours?", Decimal(1)),
    ("hours", r"-?days?\b(?! 1\b)", Decimal(24)),
    ("hours", r"-?weeks?\b", Decimal(24 * 7)),
    ("hours", r"(?:consecutive )?cycles?\b", Decimal(24 * 28)),
    ("months", r"(?:consecutive )?months?\b", Decimal(1)),
    ("months", r"-?years?\b", Decimal(12)),
    ("occasions", r"occasions\b", Decimal(1)),
    ("methods", r"(?:reliable )?(?:methods|forms) of\b|effective methods?\b", Decimal(1)),
    ("tests", r"negative pregnancy tests", Decimal(1)),
    ("units", r"units\b", Decimal(1)),
    ("therapies", r"prior therapies", Decimal(1)),
    ("ULN", r"(?:x |× ?)?(?:upper limit of normal|ULN)", Decimal(1)),
)
_NUMBER = r"(?<![\w.,/])\d{1,3}(?:,\d{3})+(?![\d])|(?<![\w.,/])\d+(?:[.,]\d+)?"
_COUNTED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORDS = {word: number for number, word in enumerate(_COUNTED, start=1)}
_UNIT = "|".join(f"(?P<u{n}>{spelling})" for n, (_, spelling, _) in enumerate(UNITS))
_DASH = r"(?:to|-|–|−|and)"
_CYCLE = Decimal(24 * 28)
_DAY = Decimal(24)

# What is read as one thing before single numbers are: the spans never overlap.
_DAYS_OF_CYCLE = re.compile(r"[Dd]ays? (\d+) and (\d+) of [Cc]ycle (\d+)")
_CYCLES = re.compile(r"[Cc]ycles? (\d+)(?:(?: ?- ?| to | through | and )(\d+))?(?! ?days)")
# "every other day 1 to 28": there the day belongs to the interval.
_DAYS = re.compile(rf"(?<!other )[Dd]ays? ?1 ?{_DASH} ?(\d+)")
_GRADE = re.compile(
    r"[Gg]rades? (\d+(?:\.\d+)?)(?: ?(?:/|-|–|to|or|and) ?(?:[Gg]rade )?(\d))?(?: or (below|less|lower|above|higher|more))?"
)
_SANDWICH = re.compile(r"(\d+) ?(≤|<) ?CLcr ?(≤|<) ?(\d+) ?mL/min")
_RANGE = re.compile(rf"({_NUMBER}) ?(?:to|-|–|−) ?({_NUMBER}) ?(?:{_UNIT})")
_SINGLE = re.compile(rf"(?:({_NUMBER})|\b({'|'.join(_WORDS)})\b)ª? ?(?:{_UNIT})", re.IGNORECASE)
# A number in a unit of measurement that no row has: "10 mcg", "0.18 mg/kg", "500 IU".
_OTHER_UNIT = re.compile(
    rf"({_NUMBER}) ?(?P<unit>(?:[µμmkcnpd]|mc)?(?:g|L|l|IU|U|mol|Eq|Bq|Gy|m)(?:/[µμa-zA-Z0-9]+)*)(?![\w/-])"
)
_INTERVALS = (
    (re.compile(r"\bevery other day\b"), Decimal(48), "hours"),
    (re.compile(r"\b(?:weekly|every week)\b", re.IGNORECASE), Decimal(168), "hours"),
    (re.compile(r"\b(?:monthly|first month)\b", re.IGNORECASE), Decimal(672), "hours"),
    (re.compile(r"\btwice a week\b"), Decimal(2), "per week"),
    (re.compile(r"\b2- ?year\b"), Decimal(24), "months"),
)


def _ending(words: str) -> re.Pattern[str]:
    """Words right before a number."""
    return re.compile(rf"(?:{words})\s*$", re.IGNORECASE)


_BEFORE = (
    ("<=", _ending(r"≤|\b(?:up to|no more than|within(?: the)?|maximum (?:duration of treatment )?of|falls? to)")),
    (">=", _ending(r"≥|\b(?:at least(?: every)?(?: an?)?|minimum (?:sensitivity )?of|not less than)")),
    ("<", _ending(r"<|\b(?:below|less than|under)")),
    (">", _ending(r">|\b(?:above|greater than|more than|older than|over)")),
)
_AFTER = (
    (">=", re.compile(r"\s*(?:of age )?(?:or|and) (?:more|above|greater|older|over)\b")),
    ("<=", re.compile(r"\s*or (?:less|below)\b")),
)


@lru_cache(maxsize=32)
def measures(text: str) -> tuple[Standing, ...]:
    """Every number of a section that has a unit, in order.

    A range gives both of its ends; "days 1-21" the number of its days; "cycles 2-4" the end of the last one. Numbers without a
    unit (levels, tables, footnotes, studies) are none; one in a unit that no row has ("10 mcg") is. Intervals in words
    ("weekly", "every other day") are measures too; a month between visits is taken as 28 days.
    """
    found: list[Standing] = []
    taken = bytearray(len(text))

    def keep(start: int, end: int, *given: tuple[str, Decimal, str]) -> None:
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            found.extend(Standing(Measure(*each), start + n, end) for n, each in enumerate(given))

    for match in _DAYS_OF_CYCLE.finditer(text):
        first, second, cycle = (Decimal(each) for each in match.groups())
        begins = (cycle - 1) * _CYCLE
        days = [("=", begins + (day - 1) * _DAY, "hours") for day in (first, second)]
        keep(match.start(), match.end(), *days, ("=", cycle * _CYCLE, "hours"))
    for match in _CYCLES.finditer(text):
        keep(match.start(), match.end(), ("=", Decimal(match[2] or match[1]) * _CYCLE, "hours"))
    for match in _DAYS.finditer(text):
        keep(match.start(), match.end(), ("=", Decimal(match[1]) * _DAY, "hours"))
    for match in _SANDWICH.finditer(text):
        upper = "<=" if match[3] == "≤" else "<"
        lower = ">=" if match[2] == "≤" else ">"
        keep(match.start(), match.end(), (lower, Decimal(match[1]), "mL/min"), (upper, Decimal(match[4]), "mL/min"))
    for match in _GRADE.finditer(text):
        keep(match.start(), match.end(), *_grades(text, match))
    for match in _RANGE.finditer(text):
        unit, factor = _unit_of(match)
        keep(
            match.start(), match.end(), (">=", _value(match[1]) * factor, unit), ("<=", _value(match[2]) * factor, unit)
        )
    for match in _SINGLE.finditer(text):
        unit, factor = _unit_of(match)
        value = _value(match[1]) if match[1] else Decimal(_WORDS[match[2].lower()])
        keep(match.start(), match.end(), (_comparator(text, match.start(), match.end()), value * factor, unit))
    for match in _OTHER_UNIT.finditer(text):
        sign = _comparator(text, match.start(), match.end())
        keep(match.start(), match.end(), (sign, _value(match[1]), f"{match['unit']} (no unit of a row)"))
    for pattern, value, unit in _INTERVALS:
        for match in pattern.finditer(text):
            keep(match.start(), match.end(), (_comparator(text, match.start(), match.end()), value, unit))
    return tuple(sorted(found, key=lambda standing: standing.start))


def _grades(text: str, match: re.Match[str]) -> Iterator[tuple[str, Decimal, str]]:
    first, last, beyond = match.groups()
    if last:
        yield from ((">=", Decimal(first), "grade"), ("<=", Decimal(last), "grade"))
    elif beyond:
        yield ("<=" if beyond in ("below", "less", "lower") else ">=", Decimal(first), "grade")
    else:
        yield (_comparator(text, match.start(), match.end()), Decimal(first), "grade")


def _unit_of(match: re.Match[str]) -> tuple[str, Decimal]:
    return next((name, factor) for n, (name, _, factor) in enumerate(UNITS) if match[f"u{n}"] is not None)


def _value(number: str) -> Decimal:
    """ "1,000" is a thousand, "1,5" one and a half."""
    thousands = re.fullmatch(r"\d{1,3}(?:,\d{3})+", number)
    return Decimal(number.replace(",", "" if thousands else "."))


def _comparator(text: str, start: int, end: int) -> str:
    before = text[max(0, start - 40) : start]
    found = next((sign for sign, pattern in _BEFORE if pattern.search(before)), "")
    return found or next((sign for sign, pattern in _AFTER if pattern.match(text, end)), "=")
