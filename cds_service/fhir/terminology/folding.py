"""Words compared without what only their typing adds: case, accents, kinds of hyphen, characters that nobody sees."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2060\ufeff\xad]")
_MARKS: Final = re.compile(r"[\u0300-\u036f]+")
_DASHES: Final = re.compile("[‐‑‒–—−]")
# Letters with a stroke and ligatures, which are no letter with a mark and are typed without as often.
_STROKES: Final = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
_BESIDE_LATIN: Final = re.compile(r"(?<=[a-z0-9])(?=[\u0370-\uffff])|(?<=[\u0370-\uffff])(?=[a-z0-9])")
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_OUTSIDE_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
# A short name with an ending would be another word.
_SHORTEST_DECLINED: Final = 8
ENDING: Final = r"[^\W\d_]{0,5}"


def folded(text: str) -> str:
    """Lower case without accents, strokes, zero-width characters and kinds of hyphen; full width as plain."""
    plain = _INVISIBLE.sub("", _DASHES.sub("-", text.casefold()))
    if plain.isascii():
        return plain
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", plain.translate(_STROKES))).casefold()
    # What is left together belongs together: the voiced signs of kana, the parts of Hangul.
    return unicodedata.normalize("NFC", bare)


def spaced(text: str) -> str:
    """A folded text with a space between Latin letters and those of other scripts: who writes no spaces still ends a word there."""
    return text if text.isascii() else _BESIDE_LATIN.sub(" ", text)


def folded_pattern(pattern: str) -> str:
    """A pattern that finds in a folded text what it would find in the text: its letters outside ASCII are folded too."""
    return pattern if pattern.isascii() else _OUTSIDE_ASCII.sub(lambda found: folded(found[0]), pattern)


def typed(text: str) -> str:
    """A code or reference as it is typed: without blanks and zero-width characters, full-width letters as plain ones."""
    return text.strip() if text.isascii() else "".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split())


def is_unspaced(name: str) -> bool:
    """Whether a name is of a script that writes no spaces between words: kana, ideographs, Hangul."""
    return bool(_UNSPACED.match(name))


def stem(name: str) -> str:
    """A name of a substance without the vowels that a language ends it by; with `ENDING` it is found declined or in Latin.

    A short one, or one of several words, stays as it is.
    """
    return name.rstrip("aeiouyаяыηα") if len(name) > _SHORTEST_DECLINED and name.isalpha() else name
