"""Results that are told in one text: a blood count of another hospital ("Hb 8.0, PLT 14"), blasts in a report ("8 % blasts").

Each becomes a result of its own under the name that the text gives it; what it is stays to be asked, as for any other name
without a code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cds_service.fhir.decode import CodeableConcept
from cds_service.fhir.observation_values import Valued
from cds_service.fhir.terminology import fact_named
from cds_service.fhir.terminology.folding import folded
from cds_service.fhir.words import remarks_in

# More than a report of a laboratory; what follows is not looked at.
_LONGEST: Final = 4000
_MOST: Final = 60
_CLAUSE: Final = re.compile(r"[;\n|\u2022]|,(?![0-9])|\.(?![0-9])|\s/\s")
_NAMED: Final = re.compile(
    r"\s*(?P<name>[^\W\d][^0-9:=<>\u2264\u2265]{0,39}?)\s*[:=]?\s*"
    r"(?P<value>(?:<=|>=|[<>\u2264\u2265])?\s*[0-9]{1,7}(?:[.,][0-9]{1,3})?)\s*(?P<unit>[^\s0-9(][^\s(]{0,20}|10\S{1,20}|)\s*(?:\([^)]*\)|[HL*!]{1,2})?\s*"
)
# One of several results that follow each other without a sign between them; a word before a number is no unit but a name.
_IN_A_ROW: Final = re.compile(
    r"(?<![^\s(])(?P<name>[^\W\d][^\s0-9:=<>()\u2264\u2265]{0,39})\s*[:=]?\s*"
    r"(?P<value>(?>(?:<=|>=|[<>\u2264\u2265])?\s*[0-9]{1,7}(?:[.,][0-9]{1,3})?))(?![0-9.,])"
    r"(?:\s*(?P<unit>(?:x ?)?10[^\s()]{1,20}|[^\s0-9()][^\s()]{0,20})(?=[\s()]|$)(?!\s*[:=]?\s*[<>\u2264\u2265]{0,1}=?\s*[0-9]))?"
    r"(?:\s*(?:\([^)]*\)|[HL*!]{1,2}(?=\s|$)))?"
)
# A run of blanks says no more than one, and would take long to look through.
_BLANKS: Final = re.compile(r"[^\S\n]+")
_IN_BRACKETS: Final = re.compile(r"\(([^()]{1,80})\)")
_SHARE: Final = (
    r"(?P<sign>[<>\u2264\u2265]|\b(?:less|fewer|weniger|unter|moins|menos|meno|minder)\b[^0-9%]{0,8})?\s*"
    r"(?P<value>[0-9]{1,3}(?:[.,][0-9])?)\s*%"
)
_BLASTS: Final = (
    re.compile(_SHARE + r"\s*(?:[^\W\d]+\s+){0,3}?blast(?:s|en|es|os|i)?\b"),
    re.compile(r"\bblast(?:s|en|es|os|i|enanteil)?\b[^.;%0-9<>\u2264\u2265]{0,25}" + _SHARE),
)
_EARLIER: Final = re.compile(r"\b(?:prev|prior|last|former|baseline|vor|letzt|anter|preced|ancien|eerder)\w*")
# A longer word behind a number is no unit: a month.
_LONGEST_WORD: Final = 3
_IN_BLOOD: Final = re.compile(r"periph|circulat|zirkul|\bblood\b|\bblut|\bsang|smear|ausstrich|frotis|striscio|bloed")


def results_in_words(text: str, name: str = "") -> Iterator[Valued]:
    """The results that a text tells; none where it tells none.

    A clause counts that is a name, a number and perhaps a unit, and nothing more, or several of these in a row; of blasts
    any that gives their share.
    `name` is what the text is called: one of urine tells no blood count.
    """
    if len(text) < len("PLT 9") or not any(map(str.isdigit, text)):
        return
    is_of_blood = "other-specimen" not in remarks_in(name)
    for clause in _clauses(_BLANKS.sub(" ", text[:_LONGEST]), is_of_blood)[:_MOST]:
        named = _NAMED.fullmatch(clause)
        if named is not None and _is_result(named, is_of_blood):
            yield _result(named)
            continue
        if several := _in_a_row(clause, is_of_blood):
            yield from several
            continue
        plain = folded(clause)
        found = (
            next((each for pattern in _BLASTS if (each := pattern.search(plain))), None) if "blast" in plain else None
        )
        if found is not None:
            name = "Blasts in blood" if _IN_BLOOD.search(plain) else "Marrow blasts"
            sign = "" if not found["sign"] else found["sign"] if len(found["sign"]) == 1 else "<"
            yield Valued(CodeableConcept(text=name), valueString=f"{sign}{found['value'].replace(',', '.')} %")


def _clauses(text: str, is_of_blood: bool) -> list[str]:
    """The clauses of a text; what stands in brackets is of its own where it is a result ("WBC 4.1 (neuts 0.3)")."""
    apart: list[str] = []

    def taken_out(found: re.Match[str]) -> str:
        inner = _CLAUSE.split(found[1])
        if not any((one := _NAMED.fullmatch(each)) and _is_result(one, is_of_blood) for each in inner):
            return found[0]
        apart.extend(inner)
        return " "

    return [*_CLAUSE.split(_IN_BRACKETS.sub(taken_out, text)), *apart]


def _in_a_row(clause: str, is_of_blood: bool) -> list[Valued]:
    """The results of a clause that tells two or more different ones; none where another number stands in it, or a word of the past."""
    rest = _IN_A_ROW.sub(" ", clause)
    if any(map(str.isdigit, rest)) or _EARLIER.search(folded(rest)):
        return []
    found = [one for one in _IN_A_ROW.finditer(clause) if _is_result(one, is_of_blood)]
    return [_result(one) for one in found] if len({fact_named(one["name"]) for one in found}) > 1 else []


def _result(named: re.Match[str]) -> Valued:
    said = f"{named['value'].replace(' ', '')} {named['unit'] or ''}".strip()
    return Valued(CodeableConcept(text=named["name"]), valueString=said)


def _is_result(named: re.Match[str], is_of_blood: bool) -> bool:
    """Whether a name with a number is a result of blood of this draw, as far as its words say."""
    unit = named["unit"] or ""
    is_unit = len(unit) <= _LONGEST_WORD or not unit.isalpha()
    return is_of_blood and is_unit and not _EARLIER.search(folded(named["name"])) and bool(fact_named(named["name"]))
