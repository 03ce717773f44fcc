"""Whether raw JSON mentions a drug, in whatever letters: before anything of it is understood, and however broken it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

from cds_service.fhir.terminology import SYSTEMS, is_regimen_with, system_url
from cds_service.fhir.terminology.ndc import ndc_pattern

_MARKS: Final = re.compile(r"[\u0300-\u036f]+")
_MOST_REMEMBERED: Final = 16
# So many letters of a name allow for one that is wrong.
_LETTERS_FOR_ONE: Final = 6
_WORD: Final = re.compile(rf"[a-z]{{{_LETTERS_FOR_ONE},24}}(?![a-z])")
_BUILT: dict[tuple[int, tuple[str, ...], str], tuple[object, Mention]] = {}


class _OfDrug(Protocol):
    @property
    def drug(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Mention:
    """What finds the names and quoted codes of one drug: in lower-case bytes as they come, and in plain text."""

    in_bytes: re.Pattern[bytes]
    in_text: re.Pattern[str]

    def is_in(self, raw: bytes) -> bool:
        """Whether the bytes hold a name or a code of the drug.

        Upper and lower case, composed and decomposed letters, letters without their accents and JSON escapes are the same.
        """
        if self.in_bytes.search(raw.lower()):
            return True
        # Most resources are plain ASCII without escapes, and then there is no other spelling to look for.
        return (not raw.isascii() or b"\\" in raw) and bool(self.in_text.search(_plain(_unescaped(raw))))


def mention_of(products: Mapping[tuple[str, str], _OfDrug], names: tuple[str, ...], drug: str) -> Mention:
    """What finds a drug; built once for the same products, which live as long as the process."""
    built = _BUILT.get((id(products), names, drug))
    if built is None or built[0] is not products:
        own = [
            (system_url(system), code.strip()) for (system, code), product in products.items() if product.drug == drug
        ]
        codes = frozenset(
            (ndc_pattern(code) if system == SYSTEMS["ndc"] else "") or re.escape(_plain(code)) for system, code in own
        )
        # The entry keeps the products, so that their id stays their own.
        built = (products, _mention(frozenset(names), codes))
        if len(_BUILT) >= _MOST_REMEMBERED:
            _BUILT.clear()
        _BUILT[id(products), names, drug] = built
    return built[1]


def may_mean(text: str, names: frozenset[str], drug: str) -> bool:
    """Whether a text in lower case names the drug but for a letter or two, or a regimen that has it."""
    return is_misspelt(text, names) or is_regimen_with(drug, text)


def is_misspelt(text: str, names: frozenset[str]) -> bool:
    """Whether a word of a text in lower case is one of the names but for a letter in six; of its class no other drug is."""
    return any(_is_near(word, names) for word in set(_WORD.findall(text)))


# Charts repeat their words; what is asked here is asked of every medication.
@lru_cache(maxsize=8192)
def _is_near(word: str, names: frozenset[str]) -> bool:
    return any(_differ_by(word, name, len(name) // _LETTERS_FOR_ONE) for name in _written(names))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _written(names: frozenset[str]) -> tuple[str, ...]:
    """The names that are one word of Latin letters, as they can be mistyped."""
    return tuple(sorted(name for name in {_plain(each) for each in names} if _WORD.fullmatch(name)))


def _differ_by(word: str, name: str, most: int) -> bool:
    """Whether a word becomes the name by at most so many letters that are other, missing or too many."""
    if abs(len(word) - len(name)) > most:
        return False
    row = list(range(len(name) + 1))
    for i, letter in enumerate(word, 1):
        above, row[0] = row[0], i
        for j, other in enumerate(name, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (letter != other))
        if min(row) > most:
            return False
    return row[-1] <= most


@lru_cache(maxsize=_MOST_REMEMBERED)
def _mention(names: frozenset[str], codes: frozenset[str]) -> Mention:
    words = sorted({r"\s+".join(map(re.escape, _plain(name).split())) for name in names})
    quoted = sorted(codes)
    pattern = "|".join([*words, f'"(?:{"|".join(quoted)})"'] if quoted else words)
    return Mention(re.compile(pattern.encode()), re.compile(pattern))


def _plain(text: str) -> str:
    """The text in lower case, without accents and compatibility forms."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()).casefold())


def _unescaped(raw: bytes) -> str:
    """The bytes as text with the letters that JSON escapes stand for; of what is no text, what can be read."""
    text = raw.decode("utf-8", "replace")
    if "\\" not in text:
        return text
    # This codec writes a letter as JSON does, and reads both hex cases.
    return text.encode("raw_unicode_escape").decode("raw_unicode_escape", "replace")
