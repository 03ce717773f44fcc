"""Words compared without what only their typing adds: case, accents, kinds of hyphen, characters that nobody sees."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2060\ufeff\xad]")
_MARKS: Final = re.compile(r"[\u0300-\u036f]+")
_DASHES: Final = re.compile("[‐‑‒–—−]")
# A short name with an ending would be another word.
_SHORTEST_DECLINED: Final = 8
ENDING: Final = r"[^\W\d_]{0,5}"


def folded(text: str) -> str:
    """Lower case without accents, zero-width characters and kinds of hyphen."""
    return without_marks(_INVISIBLE.sub("", _DASHES.sub("-", text.casefold())))


def without_marks(text: str) -> str:
    """The letters of a text taken apart, as `folded` has them, without accents; a pattern is compared in this form."""
    return text if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFKD", text))


def typed(text: str) -> str:
    """A code or reference as it is typed: without blanks and zero-width characters, full-width letters as plain ones."""
    return text.strip() if text.isascii() else "".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split())


def stem(name: str) -> str:
    """A name of a substance without the vowels that a language ends it by; with `ENDING` it is found declined or in Latin.

    A short one, or one of several words, stays as it is.
    """
    return name.rstrip("aeiouyаяыηα") if len(name) > _SHORTEST_DECLINED and name.isalpha() else name
