"""Where a row's numbers stand in its document, and finding them there.

A place is written as few words of the document and the row's own numbers, in the document's order:

    place = "during treatment {current_mg} {hold.0.below} {hold.1.below} {resume.at_least} {resume_mg}"

Words lead to the spot: each phrase is searched from where the one before ended; `…` parts phrases that do not touch.
`{path}` is the next number of the text and must be the row's; `{}` is a number that the row does not have. So no number
between the first and the last is passed over in silence, and no two of the row are looked for at one spot. The
comparator and the unit follow from the key; `{<= path}` says a comparator that the document has and the key does not.
A place in another section than the row's own begins with `§ 2.6:`. A row with numbers in several spots has a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cds_service.labels.label import Label
from cds_service.labels.measures import Measure, Standing, measures
from cds_service.labels.row_numbers import as_measure

_SECTION = re.compile(r"§ ?([^:]+): *")
_TOKEN = re.compile(r"\{(?:(<=|>=|<|>|=) *)?([a-z_][a-z0-9_.]*)?\}|([^{}…]+)|…")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of the document that lead on."""

    words: str


@dataclass(frozen=True, slots=True)
class Number:
    """The next number of the document: the row's at `path`, or one that the row does not have (`path` empty)."""

    path: str
    comparator: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in one section."""

    section: str
    tokens: tuple[Phrase | Number, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """The row's numbers that stand at this place, in order."""
        return tuple(token.path for token in self.tokens if isinstance(token, Number) and token.path)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One number of a row beside what the document has at its place; `found` is None past the section's last number."""

    path: str
    expected: Measure
    found: Standing | None

    @property
    def agrees(self) -> bool:
        """Equal in value, unit and comparator."""
        return self.found is not None and self.found.measure == self.expected


@dataclass(frozen=True, slots=True)
class Spot:
    """A place as found: from the words right before its first number to its last number, and the numbers.

    Words that only lead there from afar do not belong to the spot. A place without numbers is all of its words.
    """

    place: Place
    start: int
    end: int
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """A place that could not be found, and the words at which the search ended ("" for a section that is not there)."""

    place: Place
    words: str


def parse_places(section: str, given: Sequence[str]) -> tuple[Place, ...]:
    """The places of a row.

    Args: the row's own section; its places as written.
    Raises: ValueError for a place without words, with a digit in its words, or with anything else in braces.
    """
    return tuple(_place(section, each) for each in given)


def _place(section: str, given: str) -> Place:
    named = _SECTION.match(given)
    body = given[named.end() :] if named else given
    tokens: list[Phrase | Number] = []
    position = 0
    for match in _TOKEN.finditer(body):
        if match.start() != position:
            break
        position = match.end()
        if match[0].startswith("{"):
            tokens.append(Number(match[2] or "", match[1] or ""))
        elif match[3] and match[3].strip():
            tokens.append(Phrase(match[3].strip()))
    if position != len(body):
        raise ValueError(f"place {given!r}: not understood from {body[position:]!r}")
    if not tokens or not isinstance(tokens[0], Phrase):
        raise ValueError(f"place {given!r}: begins without words that lead to it")
    for token in tokens:
        if isinstance(token, Phrase) and re.search(r"\d", token.words):
            raise ValueError(f"place {given!r}: a number stands in its words {token.words!r}")
    return Place(named[1].strip() if named else section, tuple(tokens))


def find(place: Place, numbers: Mapping[str, Decimal], label: Label) -> Spot | Lost:
    """The place in a label, each number of the row beside the document's.

    Args: the place; the row's numbers by path; the label.
    Raises: KeyError for a path that the row does not have.
    """
    text = label.sections.get(place.section)
    if text is None:
        return Lost(place, "")
    standing = measures(text)
    start = cursor = -1
    reached = False
    comparisons: list[Comparison] = []
    for token in place.tokens:
        if isinstance(token, Phrase):
            at = text.find(token.words, max(cursor, 0))
            if at < 0:
                return Lost(place, token.words)
            if not reached and (start < 0 or place.paths):
                start = at
            cursor = at + len(token.words)
            continue
        reached = True
        following = next((each for each in standing if each.start >= cursor), None)
        cursor = following.start + 1 if following else len(text)
        if token.path:
            expected = as_measure(token.path, numbers[token.path], token.comparator)
            comparisons.append(Comparison(token.path, expected, following))
    last = comparisons[-1].found if comparisons else None
    return Spot(place, start, max(cursor, last.end if last else 0), tuple(comparisons))
