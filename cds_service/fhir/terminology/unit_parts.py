"""Units taken apart: what the parts of a spelling mean, so that a new spelling needs no new row.

A count is a power of ten in any notation or word, a noun that adds nothing, and a volume. Every other unit is read as
symbols between slashes. The words are data: `[parts]` and `[count]` of units.toml.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from cds_service.fhir.terminology.folding import folded

_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED: Final = re.compile(r"([0-9)])\s*([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_SAME: Final = str.maketrans(
    {
        "µ": "u",
        "μ": "u",
        "×": "x",
        "·": ".",
        "⋅": ".",
        "∙": ".",
        "ˆ": "*",
        "˄": "*",
        "^": "*",
        "~": "*",
        "º": "°",
        "х": "x",
        "Х": "x",
    }
)
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2060\ufeff\xad]")
_DASHES: Final = re.compile("[‐‑‒–—−]")
# A point that belongs to no number, and whatever else only sets off or groups.
_NOISE: Final = re.compile(r"\.(?![0-9])|[\s{}_,]")
# 10*3, 10(3), 10E+03, 10 exp 3, 10x3, (10)3; "10 3" with its sign lost has become 10*3 before.
_POWER: Final = (
    r"(?:x?\(?10\)?\.?(?:\*|e\+?|exp\*?|x|\()0?(?P<n>[0-9]{1,2})\)?|x?e0?(?P<e>[0-9]{1,2})|x?1(?P<zeros>0{3,6}))"
)
# A mass "per cent" is per 100 mL.
_PER_CENT: Final = re.compile(r"(?<=[^\W\d])%$")
_LOST_SIGN: Final = re.compile(r"\b10\s+([0-9]{1,2})\b")
# A division in words, or by a negative power; "per cent" is none.
_PER: Final = re.compile(r"(?:^|(?<=\s))(?:per|pro|por|par)\s+(?!c)", re.IGNORECASE)
_INVERSE: Final = re.compile(r"[\s.*]+([^\W\d_]+)-1(?![0-9])")
# Units that differ by a thousand, largest first: one of the first over one of the second is the next over the next.
_AMOUNTS: Final = (
    ("kg", "g", "mg", "ug", "ng", "pg"),
    ("mol", "mmol", "umol", "nmol", "pmol"),
    ("kiu", "iu", "miu", "uiu", "niu"),
    ("kat", "mkat", "ukat", "nkat"),
)
_VOLUMES: Final = ("l", "ml", "ul")


def plain(text: str) -> str:
    """A unit without what only its typing adds: width, micro signs, superscripts, multiplication and power signs, spaces."""
    raised = _RAISED.sub(lambda m: f"{m[1]}*{m[2].translate(_SUPERSCRIPTS)}", _INVISIBLE.sub("", text))
    same = unicodedata.normalize("NFKC", raised.translate(_SUPERSCRIPTS).translate(_SAME)).translate(_SAME)
    powers = _LOST_SIGN.sub(r"10*\1", _DASHES.sub("-", same)).replace("**", "*")
    return _NOISE.sub("", powers)


def _divided(text: str) -> str:
    """A spelling with a slash for each division in words or by a negative power: g per dL, g.dL-1."""
    same = _DASHES.sub("-", text.translate(_SUPERSCRIPTS).translate(_SAME))
    return _INVERSE.sub(r"/\1", _PER.sub("/", same.replace("⁻", "-")))


def equal_ratios(key: str) -> tuple[str, ...]:
    """The symbols of the same ratio over other volumes: nmol/ml and pmol/ul for umol/l; none for what is no such ratio."""
    above, _, below = key.partition("/")
    row = next((each for each in _AMOUNTS if above in each), ())
    if not row or below not in _VOLUMES:
        return ()
    steps = row.index(above) - _VOLUMES.index(below)
    return tuple(f"{row[steps + i]}/{volume}" for i, volume in enumerate(_VOLUMES) if 0 <= steps + i < len(row))


@dataclass(frozen=True, slots=True)
class CountMeaning:
    """The factors to cells per microlitre that a unit may mean: one where it is plain, `doubt` says why where it is not."""

    factors: tuple[Fraction, ...]
    doubt: str = ""


class Parts:
    """The parts of units by the words for them."""

    def __init__(self, symbols: Mapping[str, Sequence[str]], count: Mapping[str, Any]) -> None:
        """Take the spellings of each symbol, and the words of powers, nouns and volumes of counts."""
        self._symbols = {folded(plain(word)): symbol for symbol, words in symbols.items() for word in words}
        self._powers: dict[str, tuple[Fraction, ...]] = {}
        for power, words in count["powers"].items():
            for word in map(folded, words):
                known = self._powers.get(word, ())
                self._powers[word] = (*known, Fraction(power))
        self._volumes = {folded(word): Fraction(size) for size, words in count["volumes"].items() for word in words}
        self._doubted_volumes = frozenset(count["doubted_volumes"])
        per, nouns = _any_of(map(folded, count["per"])), _any_of(map(folded, count["nouns"]))
        power = f"(?:{_POWER}|(?P<word>{_any_of(self._powers)}))"
        volume = f"(?P<volume>{_any_of(self._volumes)})(?P<inverse>-1)?"
        self._count = re.compile(f"{power}?(?:x|\\*)?(?P<noun>{nouns})?s?(?P<per>{per})?{volume}")
        self._no_volume = re.compile(f"{power}(?:{nouns})?")
        self._below = re.compile(rf"/10\*-(?P<n>[0-9]{{1,2}})(?P<volume>{_any_of(self._volumes)})")

    def key(self, text: str) -> str:
        """A unit by its symbols, case and accents folded: equal for all spellings of one unit."""
        parts = _PER_CENT.sub("/dl", folded(plain(_divided(text)))).split("/")
        return "/".join(self._symbols.get(part, part) for part in parts)

    def count(self, text: str) -> CountMeaning | None:
        """What a unit means as a unit of cells; None where it has not the form of one."""
        cased = plain(text)
        lower = folded(cased)
        below = self._below.fullmatch(lower)
        if below is not None:
            return CountMeaning((Fraction(10) ** int(below["n"]) / self._volumes[below["volume"]],))
        found = self._count.fullmatch(lower)
        if found is None:
            lone = self._no_volume.fullmatch(lower)
            # Of what volume is not said: where it is written so, it is one of microlitres.
            return CountMeaning(_powers(lone, self._powers), "the unit names no volume") if lone else None
        volume, word = found["volume"], found["word"]
        powers = _powers(found, self._powers)
        if len(word or "") == 1 and self._volumes[volume] == 10**6:
            # Per litre a single letter is a prefix of the metric system, and there its case is what it means.
            powers = _PREFIXES.get(word, powers)
            if cased[0] == cased[0].lower():
                return CountMeaning((powers[0] / 10**6,), "by the letter the unit is a mass, not a count")
        factors = tuple(power / self._volumes[volume] for power in powers)
        is_bare = not (found["per"] or found["inverse"] or volume.endswith("-3"))
        if is_bare and not (found["noun"] or word or powers != (Fraction(1),)):
            return CountMeaning(factors, "the unit does not say per what")
        if volume in self._doubted_volumes and factors[0] >= 1:
            # Who writes K/mL means K/uL as often.
            return CountMeaning(
                (*factors, *(factor * 1000 for factor in factors)), "the volume of the unit is in doubt"
            )
        return CountMeaning(factors, "the unit means more than one thing" if len(factors) > 1 else "")


_PREFIXES: Final = {
    "g": (Fraction(10**9),),
    "г": (Fraction(10**9),),
    "m": (Fraction(10**6),),
    "t": (Fraction(10**12),),
    "т": (Fraction(10**12),),
}


def _any_of(words: Any) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w)))


def _powers(found: re.Match[str], words: Mapping[str, tuple[Fraction, ...]]) -> tuple[Fraction, ...]:
    """The powers of ten that the first part of a count stands for."""
    if found["word"]:
        return words[found["word"]]
    zeros = found["n"] or found["e"] or (str(len(found["zeros"])) if found["zeros"] else "0")
    return (Fraction(10) ** int(zeros),)
