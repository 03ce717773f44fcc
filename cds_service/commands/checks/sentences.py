"""Sentences of source files: numbers written by hand or kept back, and words that contradict the name of a number."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cds_service.commands.checks import Doubt
from cds_service.dosing.rulebook import Rule
from cds_service.drugs.sentences import FORMATS, NUMBER_WORDS, PLACE, Format

# A digit is part of a name where letters are glued to it: TP53, x10^9/L, PD-1, intermediate-1-risk, the arm 5q.
_NAME = re.compile(r"\b[A-Za-z]+\d[\w^/]*|\b[A-Z]{2,}-\d+\b|\b[a-z]+-\d+-[a-z]+|\b\d+[pq]\b")
_BY_HAND = re.compile(
    r"\d[\d.,]*|\b(?:"
    + "|".join(
        f"[{word[0].upper()}{word[0]}]{word[1:]}"
        for word in (*NUMBER_WORDS[2:], "half", "every other", "twice a", "weekly", "monthly", "yearly")
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
    **{word: unit for unit in ("days", "hours", "weeks", "months", "years", "cycles") for word in (unit, unit[:-1])},
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
    format: Format
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


def sentence_doubts(name: str, rules: Iterable[Rule], content: Mapping[str, Any]) -> Iterator[Doubt]:
    """Numbers that a sentence does not take from its row, or keeps back, and words that contradict a number's name."""
    written = {row["id"]: row for row in content["rule"]}
    for rule in rules:
        row = written[rule.id]
        for doubt in doubts(row["text"], rule.data, rule.figures, row.get("unsaid", ())):
            yield Doubt(f"{name}: {rule.id}", f"text: {doubt}")


def doubts(
    sentence: str, data: Mapping[str, Any], figures: Mapping[str, Any], unsaid: Collection[str]
) -> Iterator[str]:
    """What is doubtful about a sentence that `fill` can fill.

    Args: the sentence with its places; the numbers of its row that rules decide by; those that are only shown; the paths of
        numbers that the sentence leaves out, lists with or without their index.
    """
    for found in _BY_HAND.finditer(_NAME.sub("", PLACE.sub("#", sentence))):
        yield f"{found[0]!r} is written by hand"
    places = [_placed(sentence, found) for found in PLACE.finditer(sentence)]
    yield from _unsaid_doubts(places, {**data, "figures": figures}, unsaid)
    for number, place in enumerate(places, start=1):
        if place.format is not FORMATS["index"]:
            yield from _unit_doubts(place)
            yield from _bound_doubts(place)
        elif not any(following.path.startswith(f"{place.path}.") for following in places[number : number + 1]):
            yield f"{place.path}: its index, and then a number of another entry"


def _placed(sentence: str, found: re.Match[str]) -> _Place:
    before, after = (PLACE.sub("#", part) for part in (sentence[: found.start()], sentence[found.end() :]))
    return _Place(found[1], found[2], FORMATS[found[3]], before, after)


def _unsaid_doubts(places: Iterable[_Place], row: Mapping[str, Any], unsaid: Collection[str]) -> Iterator[str]:
    """Numbers that the sentence keeps back although nothing says so, and what is called unsaid and is not."""
    said = {path for place in places if place.format is not FORMATS["index"] for path in (place.path, place.same)}
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
        told = _unit_said(after[1]) if after else _unit_said(before[-1]) if before and unit else ""
        if told != (unit if unit in _UNITS else ""):
            yield f"{place.path}: said in {told or 'no unit'}, its name says {unit or 'none'}"


def _unit_said(word: str) -> str:
    return next(unit for unit, pattern in _UNITS.items() if re.fullmatch(pattern, word, re.I))


def _bound_doubts(place: _Place) -> Iterator[str]:
    """The bound that the words next to a number say against the one that its name tells."""
    said, told = place.said_bounds, place.bound
    words = " and ".join(sorted(said))
    if told and said and said != {told}:
        yield f"{place.path}: said as {words}, its name says {told}"
    elif not told and said and not (said == {"at least"} and any(map(_IMPLIED.search, place.names))):
        yield f"{place.path}: said as {words}, which its name does not say"
    elif told and not said and not place.format.is_word:
        before, after = _UNDERSTOOD.get(told, (None, None))
        if before is None or after is None or not (before.search(place.before) or after.match(place.after)):
            yield f"{place.path}: not said as {told}"
