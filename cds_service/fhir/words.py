"""Concepts in words, for charts that carry no code: a short list, read with its denials.

The list (English and German; a few stems are shared with French and Spanish):
mds "myelodysplas…", "mielodisplas…", "MDS" (not MDS/MPN); mds-del5q: those with del(5q) alone, or "5q- syndrome";
myeloma "multiple / plasma cell myeloma" (not smouldering); mcl, fl, mzl, cll by their names; poems "POEMS";
acute-leukemia "acute … leuk(a)emia", "AML";
pregnancy, dialysis-dependence, esrd only as the whole text or fixed phrases; sjs, ten, dress, angioedema, anaphylaxis,
rash, and venous (vte) and arterial (ate) clots, with "history of" before them as vte-history and ate-history; for
procedures red cell and platelet transfusion, dialysis, hysterectomy, bilateral oophorectomy, tubal ligation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cds_service.fhir.karyotype import read_karyotype

_DIAGNOSIS_WORDS: Final = {
    "mds": r"\bm[yi]é?elod[yi]splas\w*|\bmyelodysplas\w*|\bmyélodysplas\w*|\bmielodisplas\w*|\bmds\b|\b5q\s?-\s?syndrom\w*",
    "myeloma": r"\bmultiples?\s+m[yi]el\w+|\bplasma\s?cell\s+myeloma|\bmyélome multiple|\bmieloma m[uú]ltiple",
    "mcl": r"\bmantle[- ]cell lymphoma|\bmantelzell-?\s?lymphom\w*",
    "fl": r"\bfollicular\b[^.;]{0,30}\blymphoma|\bfollikuläre\w* lymphom\w*",
    "mzl": r"\bmarginal[- ]zone\b[^.;]{0,20}\blymphoma|\bmarginalzonen-?\s?lymphom\w*",
    "cll": r"\bchronic lymph(?:ocytic|oid|atic) leuk\w*|\bcll\b|\bchronische lymphatische leuk\w*",
    "poems": r"\bpoems\b",
    "acute-leukemia": r"\b(?:acute|akute)\b[^.;]{0,40}\bleuk(?:a?emia|ämie)\w*|\baml\b",
    "pregnant": r"^\W*(?:currently\s+)?(?:pregnan(?:t|cy)|schwanger(?:schaft)?|gravid(?:ität)?)\W*$",
    "dialysis-dependence": r"\bon (?:chronic |maintenance )?(?:ha?emo|peritoneal )?dialysis"
    r"|\bdialysis[- ]dependen\w*|\bdialysepflichtig\w*",
    "esrd": r"\bend[- ]stage (?:renal|kidney) (?:disease|failure)|\besrd\b|\bterminale niereninsuffizienz",
}
_REACTION_WORDS: Final = {
    "sjs": r"\bstevens?[- ]johnson\w*|\bsjs\b",
    "ten": r"\btoxic epidermal necrolys\w*|\blyell\w*|\btoxische epidermale nekrolyse",
    "dress": r"\bdress\b|\bdrug (?:reaction|rash) with eosinophilia\w*",
    "angioedema": r"\bangio-?\s?o?edema\w*|\bangioödem\w*|\bquincke\w*",
    "anaphylaxis": r"\banaphyla\w*",
    # Prophylaxis and risk of a clot are none, and neither is one of another vessel than the label means.
    "vte": r"(?:\b(?:pulmonary|lung)[- ](?:artery )?(?:thrombo-?)?embol\w*|\blungen(?:arterien)?-?(?:thrombo)?embolie\w*"
    r"|\bembolie pulmonaire|\bembolia pulmonar|\bsaddle embol\w*|\blae\b|^\W*(?:acute |bilateral |suspected )?pe(?=\W*$)"
    r"|\b(?<!superficial )(?:deep|venous|vein) (?:vein |venous )?(?:thrombo-?embol|embol|thrombos)\w*"
    r"|\bdeep-(?:vein|venous) thrombos\w*"
    r"|\bdvts?\b|\btvt\b|\bvte\b|\bphlebothrombose\w*|\bpfortader-?thrombose\b|(?<!oberflächliche )\b\w*venen-?thrombosen?\b"
    r"|\b(?<!arterial )(?<!arterielle )thrombo-?embol(?:ism|ic|ie|us|i)\w*"
    r"|(?<!arterial )(?<!artery )(?<!arterielle )(?<!coronary )(?<!stent )(?<!carotid )(?<!anal )"
    r"(?<!hemorrhoid )(?<!haemorrhoid )"
    r"(?<!superficial )(?<!superficial vein )(?<!superficial venous )(?<!oberflächliche )\bthrombos(?:e|en|is|es)\b)\b"
    r"(?!\W{0,2}(?:prophyla|risk|risiko|screen|prevention|in der familie))",
    "ate": r"\bmyocardial infarct\w*|\bheart attack\w*|\b(?:herz|myokard|hirn|hinterwand|vorderwand)infarkt\w*"
    r"|\bn?-?stemi\b|(?<!heat )(?<!rrhagic )(?<!post-)\bstroke\b(?!-like| volume| prophyla| risk| prevention)"
    r"|\b(?:cerebral|brain) infarct\w*|(?<!hämorrhagischer )\bschlaganf[aä]ll\w*|\bapople(?:x|ktisch\w*)\b|\bcva\b"
    r"|\bcerebrovascular accident\w*|\bischämischer insult"
    r"|\barterial (?:thrombo-?embol|embol|thrombos)\w*|\barterielle\w* (?:thrombo-?embol|embol|thrombos)\w*"
    r"|\binfarctus du myocarde|\binfarto (?:agudo )?de(?:l)? miocardi\w*",
    "rash": r"\brash\b|\bexanthema?\w*|\bhautausschlag\w*|\bskin eruption\w*",
}
_PROCEDURE_WORDS: Final = {
    "rbc-transfusion": r"\b(?:packed )?red (?:blood )?cells?\b[^.;]{0,30}\btransfus\w*|\btransfus\w*[^.;]{0,30}\bred (?:blood )?cells?\b"
    r"|\bp?rbcs?\b|\berythrozytenkonzentrat\w*|\berythrozytentransfusion\w*",
    "platelet-transfusion": r"\bplatelets?\b[^.;]{0,30}\btransfus\w*|\btransfus\w*[^.;]{0,30}\bplatelets?\b"
    r"|\bthrombozytenkonzentrat\w*|\bthrombozytentransfusion\w*",
    "dialysis": r"\b(?:ha?emo|peritoneal )?dialysis\b|\b(?:hämo|peritoneal)?dialyse\b",
    "hysterectomy": r"\b(?:total |vaginal |abdominal |laparoscopic )*hysterectomy\b|\bhysterektomie\b",
    "bilateral-oophorectomy": r"\bbilateral (?:salping\w*-?)?\s?oophorectomy\b",
    "tubal-ligation": r"\btubal ligation\b",
}
# One of these stands in whatever the words of a concept match: to look for them costs a fraction of the match itself.
_STEMS: Final = {
    "mds": ("splas", "mds", "5q"),
    "myeloma": ("multip", "myelom", "mieloma", "myélome"),
    "mcl": ("mant",),
    "fl": ("folli",),
    "mzl": ("marginal",),
    "cll": ("chroni", "cll"),
    "poems": ("poems",),
    "acute-leukemia": ("acute", "akute", "aml"),
    "pregnant": ("pregnan", "schwanger", "gravid"),
    "dialysis-dependence": ("dialys",),
    "esrd": ("end-stage", "end stage", "esrd", "terminale"),
    "sjs": ("johnson", "sjs"),
    "ten": ("necrolys", "nekrolyse", "lyell"),
    "dress": ("dress", "eosinophilia"),
    "angioedema": ("angio", "quincke"),
    "anaphylaxis": ("anaphyla",),
    "vte": ("embol", "thrombos", "lae", "pe", "dvt", "tvt", "vte"),
    "ate": (
        *("infar", "heart attack", "stemi", "stroke", "schlaganf", "apople", "cva", "cerebrovascular", "insult"),
        *("embol", "thrombos"),
    ),
    "rash": ("rash", "exanthem", "hautausschlag", "skin eruption"),
    "rbc-transfusion": ("transfus", "rbc", "erythroz"),
    "platelet-transfusion": ("transfus", "thromboz"),
    "dialysis": ("dialys",),
    "hysterectomy": ("hyster",),
    "bilateral-oophorectomy": ("oophorectomy",),
    "tubal-ligation": ("tubal",),
}
_NOT_IT: Final = {
    "mds": re.compile(r"\bmds\s?/\s?mpn|\bmyelodysplastic\s?/\s?myeloproliferative"),
    "myeloma": re.compile(r"\bsmou?ldering"),
}
_HISTORY = re.compile(
    r"\b(?:history of|hx of|h/o|previous|prior|past|old|former|status post|s/p|zustand nach|frühere\w*|anamnestisch\w*)\b"
)
_CLOTS: Final = frozenset({"vte", "ate"})
# Written out, so that their points do not end a clause.
_SHORT: Final = (
    (re.compile(r"\bz\.\s?n\."), "zustand nach"),
    (re.compile(r"\bst\.\s?p\."), "status post"),
    (re.compile(r"\bv\.\s?a\."), "verdacht auf"),
    (re.compile(r"\bd\.v\.t\."), "dvt"),
)
_DASHES = re.compile("[‐‑‒–—−]")
_CLAUSE_END = re.compile(r"[.;\n]\s*")
_DENIED = re.compile(
    r"\b(?:no|not|without|denies|denied|negative for|absence of|free of|rule[sd]? out|r/o|excluded?|kein\w*|ohne|ausschluss|nicht"
    r"|family history|familial history|mother|father|sister|brother|fh|familienanamnese|mutter|vater|schwester|bruder"
    r"|screening for|risk (?:of|for)|at risk|prophylaxis (?:of|for|against)|prevention of)\b"
)
_DENIED_AFTER = re.compile(
    r"^\W*(?:(?:was|is|has been|wurde|ist)\s+)?(?:ruled out|excluded|not confirmed|absent|ausgeschlossen|refuted)\b"
)
_DOUBTED = re.compile(r"\?|\b(?:suspect\w*|possibl\w*|probabl\w*|questionabl\w*|query|verdacht\w*|differential)\b")


def _compiled(words: dict[str, str]) -> dict[str, re.Pattern[str]]:
    return {concept: re.compile(pattern) for concept, pattern in words.items()}


_REACTIONS: Final = _compiled(_REACTION_WORDS)
_PROCEDURES: Final = _compiled(_PROCEDURE_WORDS)
_DIAGNOSES_AND_REACTIONS: Final = _compiled(_DIAGNOSIS_WORDS) | _REACTIONS


@dataclass(frozen=True, slots=True)
class Worded:
    """Concepts stated in words, those that were denied or said of others, and those only suspected."""

    stated: frozenset[str]
    denied: frozenset[str]
    doubted: frozenset[str]


def diagnoses_in(text: str) -> Worded:
    """The diagnoses and reactions that a text names."""
    return _diagnoses_in(_plain(text))


# Diagnoses are mostly the displays of a few codes.
@lru_cache(maxsize=256)
def _diagnoses_in(plain: str) -> Worded:
    return _read(plain, _DIAGNOSES_AND_REACTIONS)


def reactions_in(text: str) -> Worded:
    """The reactions that a text names."""
    return _read(_plain(text), _REACTIONS)


def procedures_in(text: str) -> Worded:
    """The procedures that a text names."""
    return _read(_plain(text), _PROCEDURES)


def _plain(text: str) -> str:
    """Lower case, one kind of hyphen, and no more than a note's length."""
    plain = _DASHES.sub("-", text.lower())[:2000]
    for short, words in _SHORT:
        plain = short.sub(words, plain)
    return plain


def _read(lower: str, patterns: dict[str, re.Pattern[str]]) -> Worded:
    stated, denied, doubted = set(), set(), set()
    for clause in _CLAUSE_END.split(lower):
        for concept, pattern in patterns.items():
            found = pattern.search(clause) if any(stem in clause for stem in _STEMS[concept]) else None
            if found is None or (concept in _NOT_IT and _NOT_IT[concept].search(clause)):
                continue
            if _DENIED.search(clause[: found.start()]) or _DENIED_AFTER.search(clause[found.end() :]):
                denied.add(concept)
            elif _DOUBTED.search(clause):
                doubted.add(concept)
            elif concept in _CLOTS and _HISTORY.search(clause[: found.start()]):
                stated.add(f"{concept}-history")
            else:
                stated.add(concept)
        if "mds" in stated and _is_del5q_alone(clause):
            stated.add("mds-del5q")
    return Worded(frozenset(stated), frozenset(denied - stated), frozenset(doubted - stated))


def _is_del5q_alone(clause: str) -> bool:
    read = read_karyotype(clause)
    return read.has_del5q is True and read.additional_at_least == 0 and not read.is_complex
