"""Slips of writing: a known word mistyped by one letter, two words run together, the markup of a web page.

A slip is read only where it leaves one meaning. Words that tell one amount or rhythm from another (numbers, units, "weekly",
"other", names of days) are never guessed. Of the other words that make a dose, short ones only where neighbours are swapped
or a letter is doubled, which is seldom another word; longer ones, "daily" and capsules also where a letter is missing or too
many. What looks like a word that changes or ends a dose is one. `look_alike` in `words/` are other words that a slip of these
could be ("dairy", "montage").
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Final

Meanings = Mapping[str, str]

_SHORTEST: Final = 5
"""Letters of a word of which a slip is read; the slip itself may have one less."""
_RATHER_LONG: Final = 6
"""Letters of a word of a dose in which one may be missing."""
_LONG: Final = 7
"""Letters of a word of a dose in which one may stand for another."""

_HARMLESS: Final = frozenset(
    {
        *(
            "FILLER",
            "TOPIC",
            "ARTICLE",
            "TAKE",
            "TO_BE_TAKEN",
            "PERSON",
            "TITLE",
            "DIRECTED",
            "FOR_WHOM",
            "FOOD",
            "FORM",
            "ROUTE",
        ),
        *(
            "DOSE_WORD",
            "MONTH_NAME",
            "DRUG",
            "BY",
            "WITH",
            "OF",
            "AND",
            "DAILY_AFTER_AMOUNT",
            "HANDLED",
            "DO_NOT",
            "PRESCRIBED",
        ),
    }
)
"""Kinds that say nothing about a dose: which of them a word is of makes no difference to it."""
_FAMILIAR: Final = _HARMLESS | {"RHYTHM", "CAPSULE", "CAPSULES"}
_GUESSED: Final = _FAMILIAR | {"TIME_OF_DAY", "DAY", "WEEK", "HOUR", "EVERY", "ON", "CYCLE", "CONTINUOUS", "REFUSED"}
_SWAPPED_ONLY: Final = _GUESSED | {
    "FOR",
    "TIMES",
    "OFTEN",
    "OFF",
    "THEN",
    "EACH_TIME",
    "UNTIL",
    "REPEAT",
    "PER",
    "TO",
    "EXCEPT",
    "NUMBER_MARK",
}
_FORMS: Final = frozenset({"UNIT", "CAPSULE", "CAPSULES"})
_FOLLOWS: Final = frozenset({"RHYTHM", "ROUTE", "TIME_OF_DAY", "DAILY_AFTER_AMOUNT"})
_ONE_OF: Final = {"CAPSULES": "CAPSULE"}
_DAILY: Final = "1 a day"

_BLOCK: Final = re.compile(r"</?(?:br|p|div|li|ul|ol|tr|td|table)\b[^<>]*>", re.IGNORECASE)
_INLINE: Final = re.compile(r"</?(?:b|i|u|em|strong|span|font)\b[^<>]*>", re.IGNORECASE)


def without_markup(text: str) -> str:
    """The plain text of a piece of a web page; marks that cross words out stay, and are understood by nobody."""
    if "&" in text:
        text = html.unescape(text)
    return _INLINE.sub(" ", _BLOCK.sub(" ; ", text)) if "<" in text else text


def _ends(word: str) -> tuple[str, str]:
    """Its two first letters, and the first with its two last: no slip of a word of five letters touches both."""
    return word[:2], f"{word[0]}-{word[-2:]}"


_SWAPPED, _MISSED, _REPLACED = range(3)


def _slip(slip: str, word: str) -> int | None:
    """How a word was mistyped: neighbours swapped or a letter doubled, one missed or put in, one replaced; else None."""
    if len(slip) != len(word):
        longer, shorter = (slip, word) if len(slip) > len(word) else (word, slip)
        places = [at for at in range(1, len(longer)) if longer[:at] + longer[at + 1 :] == shorter]
        if not places:
            return None
        return _SWAPPED if longer[places[0]] in (longer[places[0] - 1], *longer[places[0] + 1 :][:1]) else _MISSED
    different = [at for at in range(len(word)) if slip[at] != word[at]]
    if len(different) == 1:
        return _REPLACED
    first = different[0]
    is_swapped = different == [first, first + 1] and slip[first : first + 2] == word[first + 1] + word[first]
    return _SWAPPED if is_swapped else None


class Slips:
    """The words of a lexicon by their slips.

    Args: `phrases` are all phrases with their meanings, `look_alikes` the words that are no slip of one of them.
    """

    def __init__(self, phrases: Iterable[tuple[tuple[str, ...], Meanings]], look_alikes: Iterable[str]) -> None:
        self._known: dict[str, set[tuple[str, str]]] = {}
        self._alone: dict[str, Meanings] = {}
        for atoms, meanings in phrases:
            if len(atoms) == 1:
                self._alone[atoms[0]] = meanings
            for atom in atoms:
                said = self._known.setdefault(atom, set())
                # Of a longer phrase a word says no more than that it is known.
                said.update(meanings.items() if len(atoms) == 1 else ())
        self._by_ends: dict[str, list[str]] = {}
        for word in self._known:
            if len(word) >= _SHORTEST and word.isalpha() and word.isascii():
                for end in _ends(word):
                    self._by_ends.setdefault(end, []).append(word)
        for word in look_alikes:
            self._known.setdefault(word, set())

    def is_known(self, word: str) -> bool:
        """Whether a word stands in any phrase, or is another word than a slip of one."""
        return word in self._known

    def meant(self, word: str) -> str:
        """The word that a mistyped one stands for; itself where none or several could be meant."""
        if len(word) < _SHORTEST - 1 or word in self._known or not word.isascii():
            return word
        near: dict[str, int] = {}
        for end in _ends(word):
            for known in self._by_ends.get(end, ()):
                kind = _slip(word, known) if abs(len(known) - len(word)) <= 1 else None
                if kind is not None:
                    near[known] = kind
        best = sorted(near, key=lambda known: (near[known], known))
        refused = [known for known in best if "REFUSED" in self._kinds(known)]
        if refused:
            return refused[0] if near[refused[0]] == _SWAPPED or len(refused[0]) >= _LONG else word
        is_clear = bool(best) and self._is_guessed(best[0], near[best[0]]) and self._is_one_meaning(best)
        return best[0] if is_clear else word

    def _kinds(self, known: str) -> set[str]:
        return {kind for kind, _ in self._known[known]}

    def _is_guessed(self, known: str, slip: int) -> bool:
        kinds = self._kinds(known)
        if kinds <= _HARMLESS:
            return True
        is_swapped = kinds <= _SWAPPED_ONLY and (slip == _SWAPPED or (slip == _MISSED and len(known) >= _LONG))
        if not (kinds <= _GUESSED or is_swapped) or any(
            kind == "RHYTHM" and value != _DAILY for kind, value in self._known[known]
        ):
            return False
        is_familiar = kinds <= _FAMILIAR
        if slip == _MISSED:
            return is_familiar or len(known) >= _RATHER_LONG
        return is_swapped or (is_familiar and len(known) >= _LONG)

    def _is_one_meaning(self, words: list[str]) -> bool:
        of_the_dose = [
            {(_ONE_OF.get(kind, kind), value) for kind, value in self._known[word] if kind not in _HARMLESS}
            for word in words
        ]
        return len(words) == 1 or all(said == of_the_dose[0] or said & of_the_dose[0] for said in of_the_dose)

    def parts(self, word: str) -> tuple[str, ...]:
        """The words of which one is run together: a unit or form, and what follows an amount ("mgdaily")."""
        for at in range(2, len(word) - 1):
            first, second = self._alone.get(word[:at]), self._alone.get(word[at:])
            if first and second and _FORMS & first.keys() and _FOLLOWS & second.keys():
                return word[:at], word[at:]
        return (word,)
