"""Concepts in words, for charts that carry no code: a short list, read with its denials.

The list (English and German; a few stems are shared with French and Spanish):
mds "myelodysplas…", "mielodisplas…", "MDS" (not MDS/MPN); mds-del5q: those with del(5q) alone, or "5q- syndrome";
myeloma "multiple / plasma cell myeloma" (not smouldering); mcl, fl, mzl, cll by their names; poems "POEMS";
pregnancy, dialysis-dependence, esrd only as the whole text or fixed phrases; sjs, ten, dress, angioedema, anaphylaxis,
rash; for procedures red cell and platelet transfusion, dialysis, hysterectomy, bilateral oophorectomy, tubal ligation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cds_service.fhir.karyotype import read_karyotype

INDICATIONS: Final = frozenset({"mds", "mds-del5q", "myeloma", "mcl", "fl", "mzl", "cll", "poems"})

_DIAGNOSES: Final = {
    "mds": r"\bm[yi]é?elod[yi]splas\w*|\bmyelodysplas\w*|\bmyélodysplas\w*|\bmielodisplas\w*|\bmds\b|\b5q\s?-\s?syndrom\w*",
    "myeloma": r"\bmultiples?\s+m[yi]el\w+|\bplasma\s?cell\s+myeloma|\bmyélome multiple|\bmieloma m[uú]ltiple",
    "mcl": r"\bmantle[- ]cell lymphoma|\bmantelzell-?\s?lymphom\w*",
    "fl": r"\bfollicular\b[^.;]{0,30}\blymphoma|\bfollikuläre\w* lymphom\w*",
    "mzl": r"\bmarginal[- ]zone\b[^.;]{0,20}\blymphoma|\bmarginalzonen-?\s?lymphom\w*",
    "cll": r"\bchronic lymph(?:ocytic|oid|atic) leuk\w*|\bcll\b|\bchronische lymphatische leuk\w*",
    "poems": r"\bpoems\b",
    "pregnancy": r"^\W*(?:currently\s+)?(?:pregnan(?:t|cy)|schwanger(?:schaft)?|gravid(?:ität)?)\W*$",
    "dialysis-dependence": r"\bon (?:chronic |maintenance )?(?:ha?emo|peritoneal )?dialysis"
    r"|\bdialysis[- ]dependen\w*|\bdialysepflichtig\w*",
    "esrd": r"\bend[- ]stage (?:renal|kidney) (?:disease|failure)|\besrd\b|\bterminale niereninsuffizienz",
}
_REACTIONS: Final = {
    "sjs": r"\bstevens?[- ]johnson\w*|\bsjs\b",
    "ten": r"\btoxic epidermal necrolys\w*|\blyell\w*|\btoxische epidermale nekrolyse",
    "dress": r"\bdress\b|\bdrug (?:reaction|rash) with eosinophilia\w*",
    "angioedema": r"\bangio-?\s?o?edema\w*|\bangioödem\w*|\bquincke\w*",
    "anaphylaxis": r"\banaphyla\w*",
    "rash": r"\brash\b|\bexanthema?\w*|\bhautausschlag\w*|\bskin eruption\w*",
}
_PROCEDURES: Final = {
    "rbc-transfusion": r"\b(?:packed )?red (?:blood )?cells?\b[^.;]{0,30}\btransfus\w*|\btransfus\w*[^.;]{0,30}\bred (?:blood )?cells?\b"
    r"|\bp?rbcs?\b|\berythrozytenkonzentrat\w*|\berythrozytentransfusion\w*",
    "platelet-transfusion": r"\bplatelets?\b[^.;]{0,30}\btransfus\w*|\btransfus\w*[^.;]{0,30}\bplatelets?\b"
    r"|\bthrombozytenkonzentrat\w*|\bthrombozytentransfusion\w*",
    "dialysis": r"\b(?:ha?emo|peritoneal )?dialysis\b|\b(?:hämo|peritoneal)?dialyse\b",
    "hysterectomy": r"\b(?:total |vaginal |abdominal |laparoscopic )*hysterectomy\b|\bhysterektomie\b",
    "bilateral-oophorectomy": r"\bbilateral (?:salping\w*-?)?\s?oophorectomy\b",
    "tubal-ligation": r"\btubal ligation\b",
}
_NOT_IT: Final = {
    "mds": r"\bmds\s?/\s?mpn|\bmyelodysplastic\s?/\s?myeloproliferative",
    "myeloma": r"\bsmou?ldering",
}
_DENIED = re.compile(
    r"\b(?:no|not|without|denies|denied|negative for|absence of|free of|rule[sd]? out|r/o|excluded?|kein\w*|ohne|ausschluss|nicht"
    r"|family history|familial history|mother|father|sister|brother|fh|familienanamnese|screening for|risk (?:of|for)|at risk)\b"
)
_DENIED_AFTER = re.compile(
    r"^\W*(?:(?:was|is|has been|wurde|ist)\s+)?(?:ruled out|excluded|not confirmed|absent|ausgeschlossen|refuted)\b"
)
_DOUBTED = re.compile(
    r"\?|\b(?:suspect\w*|possibl\w*|probabl\w*|questionabl\w*|query|verdacht\w*|differential)\b|\bv\.\s?a\."
)


@dataclass(frozen=True, slots=True)
class Worded:
    """Concepts stated in words, those that were denied or said of others, and those only suspected."""

    stated: frozenset[str]
    denied: frozenset[str]
    doubted: frozenset[str]


def diagnoses_in(text: str) -> Worded:
    """The diagnoses and reactions that a text names."""
    return _read(text, _DIAGNOSES | _REACTIONS)


def reactions_in(text: str) -> Worded:
    """The reactions that a text names."""
    return _read(text, _REACTIONS)


def procedures_in(text: str) -> Worded:
    """The procedures that a text names."""
    return _read(text, _PROCEDURES)


def _read(text: str, patterns: dict[str, str]) -> Worded:
    lower = re.sub("[‐‑‒–—−]", "-", text.lower())[:2000]
    stated, denied, doubted = set(), set(), set()
    for clause in re.split(r"[.;\n]\s*", lower):
        for concept, pattern in patterns.items():
            found = re.search(pattern, clause)
            if found is None or re.search(_NOT_IT.get(concept, r"(?!)"), clause):
                continue
            if _DENIED.search(clause[: found.start()]) or _DENIED_AFTER.search(clause[found.end() :]):
                denied.add(concept)
            elif _DOUBTED.search(clause):
                doubted.add(concept)
            else:
                stated.add(concept)
        if "mds" in stated and _is_del5q_alone(clause):
            stated.add("mds-del5q")
    return Worded(frozenset(stated), frozenset(denied - stated), frozenset(doubted - stated))


def _is_del5q_alone(clause: str) -> bool:
    read = read_karyotype(clause)
    return read.has_del5q is True and read.additional_at_least == 0 and not read.is_complex
