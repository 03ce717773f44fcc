"""How the pages find words: spellings of one number, one unit and one word are the same, and so are words for one thing.

A text is made searchable once, with the other words for what it names; a query is only tidied. `static/page.js` tidies what is
typed into a list that narrows in the same way.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

_GROUPS: tuple[tuple[str, ...], ...] = tuple(
    tuple(words) for words in tomllib.loads((Path(__file__).parent / "search.toml").read_text(encoding="utf-8"))["same"]
)
# Of a longer word so many letters at its end may differ, and so many at its beginning may not.
_ENDING, _STEM = 3, 4
# A dot before three zeros is one of thousands too: of a count in thousands nobody writes three decimals that say nothing.
_thousands = re.compile(r"(?<=\d)(?:[,'](?=\d{3}(?!\d))|\.(?=000(?!\d| ?(?:x|10|k/|g))))")
_around_slash = re.compile(r" ?/ ?")
_before_unit = re.compile(r"(?<=\d) (?=/ul|mg\b)")
_giga = re.compile(r"(\d+(?:\.\d+)?) ?(?:(?:x ?)?10[*^]?9/l|k/ul|g(?:iga|pt)?/l)")
_digraph = re.compile(r"ae(?=m|st)|oe(?=d|s)")


def tidied(text: str) -> str:
    """A text in the one spelling in which texts are compared: "50,000 /µL" and "50 ×10⁹/L" are "50000/ul"."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("μ", "u").replace("×", "x").replace("°", "")
    folded = _thousands.sub("", folded).replace("tumour", "tumor")
    folded = _before_unit.sub("", _around_slash.sub("/", folded).replace("/mcl", "/ul"))
    return _giga.sub(lambda found: f"{(Decimal(found[1]) * 1000).normalize():f}/ul", _digraph.sub("e", folded))


@lru_cache(maxsize=2048)
def searchable(text: str) -> str:
    """A text as it is searched: tidied, then the other words for each thing that it names."""
    own = tidied(text)
    also = (word for group, each in _patterns() if each.search(own) for word in group)
    return " ".join((own, *dict.fromkeys(also)))


def has_words(text: str, query: str) -> bool:
    """Whether a text holds every word of a query, or another word for it."""
    searched = searchable(text)
    return all(_is_in(searched, word) for word in words_of(query))


def _is_in(searched: str, word: str) -> bool:
    """Whether a word stands there: a number as it begins, "5mg" not in "2.5mg", another word also with another ending."""
    if word[0].isdigit():
        return re.search(rf"(?<![\d.]){re.escape(word)}", searched) is not None
    return (word[: max(_STEM, len(word) - _ENDING)] if word.isalpha() else word) in searched


def words_of(query: str) -> list[str]:
    """The words of a query, tidied."""
    return tidied(query).split()


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]:
    """Each group of words for one thing, and what finds any of them where a word begins."""
    tidy = [tuple(map(tidied, group)) for group in _GROUPS]
    return tuple((group, re.compile("|".join(map(_beginning, group)))) for group in tidy)


def _beginning(word: str) -> str:
    """What finds a word where it begins; a short one only whole, for many words begin so."""
    return rf"\b{re.escape(word)}" + (r"\b" if len(word) <= 3 else "")
