"""Concepts in words, for charts that carry no code: patterns of each language read, with their denials.

The patterns are data (terminology/words, one file for each language). Words are compared folded: lower case, accents off.
A clause that denies a concept, says it of a relative or of a risk, or only suspects it does not state it; "history of"
makes of a clot an earlier one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cds_service.fhir.decode import Coding
from cds_service.fhir.karyotype import read_karyotype
from cds_service.fhir.stems import may_be_in_ascii, shortest, stems_of_any
from cds_service.fhir.terminology import CONCEPT_WORDS, IMPLIED, concepts_of
from cds_service.fhir.terminology.folding import folded, folded_pattern, spaced

# What a reader adds to a text from which it read a concept.
WORDED: Final = "(read from the text, no known code)"
_SAID: Final = CONCEPT_WORDS["saying"]


def _said(kind: str, *patterns: str) -> re.Pattern[str]:
    """What makes a concept one that is denied, doubted or of the past: the patterns, and those of the other languages."""
    return re.compile("|".join(f"(?:{each})" for each in (*patterns, *_SAID[kind])))


_HISTORY = _said(
    "history",
    r"\b(?:history of|hx of|h/o|previous|prior|past|old|former|remot[aeo]?|status post|s/p|zustand nach"
    r"|fruhere\w*|anamnestisch\w*|status na|antecedents? d\w*|atcd|sequelles? d\w*|antecedentes? de|pregress\w*|esiti di"
    r"|historia de|oud|sequelas? de|secuelas? de"
    r"|pmhx?|ancien(?:ne)?|antiguo|antigo|vecchio|anamnesi di|in der anamnese|anamnese met)\b",
    r"\balte[rs]? (?=\w*(?:infarkt|thrombo|insult|schlaganfall|embolie))",
)
_HISTORY_AFTER = _said(
    "history_after",
    r"^\W*(?:in (?:the |her |his )?(?:past|history)|dans les antecedents|in anamnesi|w wywiadzie|v anamneze)\b",
)
_HELD_FOR: Final = frozenset({"vte", "ate", "bleeding", "acute-leukemia"})
_CLOTS: Final = frozenset({"vte", "ate"})
# Beside these a chart tells other things ("on dialysis, declined a transplant"); what is said behind a disease is its state.
_HAPPENS: Final = frozenset(
    {"pregnant", "vte", "ate", "bleeding", "major-bleeding", "intracranial-bleeding", "dialysis", "dialysis-dependence"}
)
_MARKED: Final = re.compile(r"\[cause: ([a-z, -]{1,200})\]")
_UTERINE: Final = "abnormal-uterine-bleeding"
_EVALUATED: Final = frozenset({"amenorrhea", _UTERINE})
# What an artery or a vein is called after, in the Latin of each language.
_VESSEL: Final = (
    r"(?:mes|fem|popl|pod|ili|carot|karot|bas|cer|subcl|subkl|jug|port|cav|ren|lien|spl|hep|tib|brach|axill|radial|ulnar|central"
    r"|zentral|ophth|ofthal|vert|pulm|saph|safen|retin|cor|cubit|fibul|peron)\w+"
)
# Written out, so that their points do not end a clause.
_SHORT: Final = (
    (re.compile(r"\bz\.\s?n\."), "zustand nach"),
    (re.compile(r"\bst\.\s?p\."), "status post"),
    (re.compile(r"\bv\.\s?a\."), "verdacht auf"),
    (re.compile(r"\bd\.v\.t\."), "dvt"),
    (re.compile(rf"\ba\.\s?(?={_VESSEL})"), "arteria "),
    (re.compile(rf"\bv\.\s?(?={_VESSEL})"), "vena "),
    (re.compile(r"\bca\.\s?(?=d)"), "ca "),
    (re.compile(r"\btidl\.\s?"), "tidligere "),
    (re.compile(r"\bprev\.\s?"), "previous "),
    (re.compile(r"\b(\d{1,2})\.\s?(?=ssw|woche|schwangerschafts|monat|trimenon|uge|uke|vecka|tyd|settimana)"), r"\1 "),
)
_SYNDROME: Final = re.compile(r"\bDRESS\b(?!\W?(?:syn|sín|sin|Syn))")
_AT_LENGTH: Final = 200
# How far from a diagnosis a word still speaks of it where somebody writes at length, in letters.
_REACH: Final = 120
# A point between digits ends no clause.
_CLAUSE_END = re.compile(r"(?:(?<!\d)\.|\.(?!\d)|[;\n。])\s*")
_RELATIVE: Final = (
    "mother|father|sister|brother|aunt|uncle|cousin|mutter|vater|schwester|bruder|mere|pere|soeur|frere"
    "|madre|padre|herman[ao]|sorella|fratello|moeder|vader|zus|broer|mae|pai|irma|irmao"
)
# Of those who also tell what the patient has only what stands behind the diagnosis speaks.
_KIN: Final = (
    f"{_RELATIVE}|grand(?:mother|father|parents?)|gross(?:mutter|vater)|daughter|tochter|nephew|niece|tante|onkel|oma|opa"
    "|abuel[oa]|nonn[oa]|zi[oa]|grand-?(?:mere|pere)|oncle|dochter|zoon"
)
_SPOUSE: Final = (
    "husband|wife|spouse|ehemann|ehefrau|gatte|gattin|mari|epou(?:x|se)|marido|espos[oa]|marito|moglie|echtgeno(?:ot|te)"
    "|ektefelle|aegtefaelle|maz|manzel(?:ka)?|puoliso|муж|жена|супруг[а]?"
)
# Those whose words also stand for the patient's own: only beside a verb or a preposition of what they have.
_NEAR: Final = (
    "(?:grand)?son|(?:grand)?daughter|partner|boyfriend|girlfriend|neighbou?r|friend|colleague|roommate|flatmate|family member|relative"
    "|sohn|tochter|partnerin|lebensgefahrt(?:e|in)|nachbar(?:in)?|freund(?:in)?|angehorig\\w*|fils|fille|conjointe?|compagn(?:on|e|a|o)"
    "|voisine?|hij[oa]|pareja|vecin[oa]|amig[oa]|figli[oa]|vicin[oa] di casa|zoon|dochter|buur(?:man|vrouw)|vriend(?:in)?|filh[oa]"
    "|companheir[oa]|datter|dotter|samboer?"
)
_WOMAN_OR_MAN: Final = "frau|femme|mujer|vrouw|mulher|donna|mann|hombre"
_CARES: Final = (
    "car(?:es|ing) for|car(?:egiv)?er (?:of|for|to)|looks after|pflegt|betreut|aidante? de|soccupe de|cuida(?:dora?)? (?:de|a)"
    "|assiste|mantelzorger van|zorgt voor"
)
_SO_MANY: Final = r"\d|one|two|three|four|five|zwei|drei|vier|deux|trois|quatre|dos|tres|cuatro|due|tre|quattro|twee|drie|dois|duas|quatro"
_HAS: Final = "is|was|has|had|hat|ist|war|est|fait|esta|tiene|e|ha|tem|heeft|er|har|ma|jest"
_ON: Final = "on|in|with|an|der|a|en|con|na|em|op|aan|de|sous|mit|met|avec|com|med|i|pa|home|chronic|his|her"
_DENIED = _said(
    "denied",
    r"\b(?:no|not|without|denies|denied|negati[vf]\w* (?:for|per|para|pour|fur|voor|bezuglich)"
    r"|absence of|free of|rule[sd]? out|r/o|excluded?|kein\w*|ohne|ausschluss"
    # Not of a heart attack that is called after what its trace does not show.
    r"|nicht(?!-(?:st|q)\b)"
    r"|pas d[e']?|sans|geen|niet(?!-(?:st|q)\b)|zonder|nog geen|sin|niega"
    r"|non(?![- ](?:st|q|hodgkin|small|secret))|senza|nessun\w*|assenza|sem|nao|nega|unable to"
    r"|fam(?:ily|ilial)? (?:history|hx)|fhx?|familienanamnese"
    r"|antecedents? familia\w*|familia(?:r|re[rs]?|l|ux|res)\b.{0,20}|familieanamnese|familiaire"
    r"|screening for|risk (?:of|for)|at risk|prophylaxis (?:of|for|against)|prevention of"
    r"|(?:pere|mere|frere|soeur|padre|madre|hermano|hermana|abuel[oa]|nonn[oa]|fratello|sorella|vader|moeder|broer|zus|pai|mae|irmao|irma"
    r"|grand(?:mother|father)|gross(?:mutter|vater)|uncle|aunt|cousin|tante|onkel|oma|opa|neveu|nipote)\b"
    rf"(?! (?:of|von|de|di|van) (?:{_SO_MANY})\b)"
    r"(?= ?(?:[:,;(-]|with|died|ha[ds]|mit|con|com|met|avec|overleden|verst|a\b|fall|mor|dece|ha\b|hatte|an\b|at\b|de\b|van\b))"
    r"|нет|без|исключ\w*|не выявл\w*|не подтвержд\w*|отрицает|мать|отец|сестра|брат|семейн\w*"
    r"|bez|brak|nie stwierdzono|wyklucz\w*|wywiad rodzinny|matka|ojciec|ingen|utan|uden|uten|yok"
    r"|ris(?:iko|ico|co) (?:fur|einer|eines|von|op|van|de|d)|risque d[eu']?|riesgo de|rischio d[i']?|prevenci?on de"
    r"|pro(?:fila|phyla)\w+ (?:d\w+|von|contra))\b",
    r"\bpro(?:fila|phyla)\w+ $",
    # Of a French sentence; a Dutch clot that has only just come ("pas ontstaan") is one.
    r"\bpas $",
    # Whoever is the mother of two is the patient.
    rf"\b(?:{_RELATIVE})\b(?! (?:of|von|de|di|van) (?:{_SO_MANY})\b)",
    # A spouse is in many notes about her: only where the clause, or what stands in brackets, begins with what the spouse is or has.
    rf"(?:^|\()\W*(?:(?:her|his|su|sua|o seu|ihr|son|sa) )?(?:{_SPOUSE})(?:[:(] ?| (?:(?:{_HAS}) )?(?:(?:{_ON}) ){{0,3}})$",
    # Whom the patient cares for has it, and who is near where it is told of nobody else; "per daughter" tells who said it.
    rf"\b(?:{_CARES}) (?:\w+ ){{0,2}}(?:{_SPOUSE}|{_NEAR}|{_KIN}|{_WOMAN_OR_MAN}) (?:(?:{_HAS}) )?(?:(?:{_ON}) ){{0,3}}$",
    # At the beginning without one; "son" is also a French "his", "fille" a girl, and what is relative is of no kin.
    rf"^\W*(?!son |fille |relative )(?:{_NEAR}) $",
    rf"(?<!\bper )(?<!\bby )\b(?:{_NEAR}) (?:(?:{_HAS}) (?:(?:{_ON}) ){{0,2}}|(?:{_ON}) (?:(?:{_ON}) )?)$",
)
_DENIED_AFTER = _said(
    "denied_after",
    r"^\W*(?:(?:was|is|has been|wurde|ist|est|e|fue|foi)\s+)?"
    r"(?:ruled out|excluded"
    r"|not (?:confirmed|done|performed|required|needed|indicated|started|present|seen|found)"
    r"|absent|ausgeschlossen|refuted|nicht bestatigt|ecarte\w*|exclue?s?|elimine\w*|infirme\w*"
    r"|descartad\w*|exclui?d[oa]s?|esclus\w*|uitgesloten|niet bevestigd|afastad[oa]|negativ[oa]?"
    r"|исключ\w*|не подтвержд\w*|wyklucz\w*|utesluten|udelukket|vyloucen\w*)\b",
    rf"^\W*(?:in|of|bei|beim|chez|en|nel|nella|bij|del|della|n[ao]|d[ao])\s+(?:(?:the|her|his|der|dem|la|le|el|il|de|haar|zijn|su|sa|son)\s+)?"
    rf"(?:{_KIN})\b",
    # Whose it is said last: "Breast cancer (mother)", "Stroke - father at 60".
    rf"^\s*[(\[,:/-]+\s*(?:[mp]aternal )?(?:{_KIN})\W*(?:$|(?:at|age|aged|mit|con|a|im|in|with) |\d)",
    r"(?:[(\[,:/-]\s*|\b(?:in|bei|beim|chez|en|nel|nella|bij|n[ao]) (?:(?:the|her|his|der|dem|la|le|el|il|haar|zijn|su|sa|son) )?)"
    rf"(?:[mp]aternal )?(?:great-?)?(?:{_KIN})\W*$",
    r"^[症的はを ]{0,3}(?:既往なし|の既往なし|なし|否定|認めず|除外|排除|阴性|陰性|無|无)",
)
# A kind of it, and not its absence: a non-occlusive thrombosis, an infarction without ST elevation.
_KIND_OF: Final = re.compile(
    folded_pattern(
        r"\b(?:non|no|not|nicht|niet|nao|nie|ne|ikke|ikkje|icke|ej|ei|не)-(?=\w)"
        r"|\bnon (?=\w+(?:ic|ive|al|ous|ant|ar|ed|ique|isch\w*)\b)"
        r"|\b(?:without|ohne|sans|sin|senza|sem|zonder|uden|uten|utan|bez|без|ilman) (?:[^\W\d_]+[- ]){0,3}st\b"
    )
)
# What a diagnosis is called with, where the word before it is enough to know it.
_NOUN: Final = re.compile(
    folded_pattern(
        r"\w*\W{0,2}\b(?:s[iy]ndrom\w*|sendrom\w*|szindrom\w*|oireyht\w*|zespol\w*|disease|krankheit|maladie|enfermedad|malattia"
        r"|doenca|ziekte|choroba|nemoc|hastalig\w*|betegseg\w*|sygdom|sykdom|sjukdom|синдром\w*|болезн\w*|σύνδρομο|νόσος"
        r"|증후군|症候群|综合征|infection|infe[ck]t\w*)"
    )
)
# Scripts that write the denial or the relative at the word itself, without a blank between them.
_DENIED_BESIDE = re.compile(
    folded_pattern(
        r"(?:无|無|否认|否認|排除|非|[父母][親亲]?の?|兄|弟|姉|妹|家族[史歴]?の?|아버지|어머니|가족력?)\s?[:：、]?\s?$"
    )
)
_DENIED_BEHIND = re.compile(folded_pattern(r"^\s*(?:이|은|는)?\s*(?:없음|배제|아님)"))
_DOUBTED = _said(
    "doubted",
    r"\?|疑|подозр\w*|podejrz\w*|misstank\w*|mistank\w*"
    r"|\b(?:suspect\w*|possibl\w*|probabl\w*|questionabl\w*|query|verdacht\w*|differential|provisional|unconfirmed"
    r"|suspicion|sospech\w*|sospett\w*|suspeit\w*|verdenking)\b",
)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one concept, those that a clause of ASCII letters can hold, and all of them.

    Each is a pattern, and strings of which each text that it is found in holds at least one (none: not known).
    """

    in_ascii: tuple[str, tuple[str, ...]]
    in_any: tuple[str, tuple[str, ...]]

    def search(self, clause: str, words: str) -> re.Match[str] | None:
        """Where the clause names the concept. Args: the clause, and its words, each at least once."""
        pattern, stems = self.in_ascii if clause.isascii() else self.in_any
        for stem in stems:
            if stem in words:
                return _pattern(pattern).search(clause)
        return None if stems else _pattern(pattern).search(clause)


def _compiled(words: Mapping[str, Sequence[str]]) -> dict[str, _Words]:
    return {
        concept: _Words(_with_stems([each for each in patterns if may_be_in_ascii(each)]), _with_stems(patterns))
        for concept, patterns in words.items()
    }


# Most concepts are named in no text that comes: a pattern is compiled when the first one may name it.
_pattern = lru_cache(maxsize=None)(re.compile)


def _with_stems(patterns: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    joined = "|".join(f"(?:{each})" for each in patterns) or "(?!)"
    # Looked for in single words: of a stem of several the longest.
    return joined, shortest(frozenset(max(stem.split(), key=len) for stem in stems_of_any(patterns)))


_REACTIONS: Final = _compiled(CONCEPT_WORDS["reactions"])
_HOLDS: Final = _compiled(CONCEPT_WORDS["holds"])
_PROCEDURES: Final = _compiled(CONCEPT_WORDS["procedures"])
_DIAGNOSES_AND_REACTIONS: Final = _compiled(
    {
        concept: (*CONCEPT_WORDS["diagnoses"].get(concept, ()), *CONCEPT_WORDS["reactions"].get(concept, ()))
        for concept in (*CONCEPT_WORDS["diagnoses"], *CONCEPT_WORDS["reactions"])
    }
)
_REMARKS: Final = _compiled(CONCEPT_WORDS["remarks"])
_ORDERS: Final = _compiled(CONCEPT_WORDS["orders"])
_FORMS: Final = _compiled(CONCEPT_WORDS["forms"])
_NOT_IT: Final = _compiled(CONCEPT_WORDS["not_it"])
_SURGERY: Final = {
    concept: _PROCEDURES[concept] for concept in ("hysterectomy", "bilateral-oophorectomy", "tubal-ligation")
}
# A woman who is called pregnant, or whose weeks are told, is so whatever else is said of her ("previous caesarean").
_WEEKS: Final = (
    r"\d{1,2}(?:\s?\+\s?\d)?\W{0,2}(?:w(?:ks?|eeks?|oche\w*|eken)?|ssw|sa|sem\w*|settiman\w*|uke|uge|veck\w*|ty[gd]\w*"
    r"|hafta\w*|saptam\w*|недел\w*)\b"
)
_IS_CURRENT: Final = re.compile(
    folded_pattern(
        r"^\W*(?:(?:currently|now|aktuell|patient(?:in)?|she|is|ist|est|esta|e|er|g\d+\s?p\d+)\W+){0,3}"
        r"(?:pregnant|schwanger|enceinte|embarazada|gestante|incinta|gravida(?! \d)|zwanger|gravid|raskaana|w ciazy|ciezarna|tehotna"
        r"|terhes|gebe|hamile|insarcinata|беременна|έγκυος)\b(?! (?:partner|wife|women|in (?:19|20)|(?:19|20)\d\d|before|again)"
        # No verb of becoming, which some languages put behind.
        r"| (?:kalma|(?:zu |te )?(?:werden|worden|raken)\b|lenni\b))"
        rf"|\b(?:pregnan\w*|schwanger\w*|grossesse|embarazo|gravidanza|gravidez|zwangerschap|graviditet|ciaza|беременност\w*)"
        rf"[^.;,]{{0,15}}\b{_WEEKS}(?! (?:ago|before))|(?:妊娠|孕|怀孕|임신) ?\d{{1,2}} ?(?:週|周|주)"
        r"|\bpregnancy test (?:is |was |came back )?pos|\band is (?:now |currently )?pregnant\b"
    )
)
# Whatever else is said beside it, care for a pregnancy is care for one that is there.
_CARED_FOR = re.compile(r"\b(?:supervision of|antenatal care|prenatal care)\b")


# Where one of them is named, "lymphoma" and "leukaemia" are its own words and no other cancer.
_NAMED_CANCERS: Final = frozenset({"mds", "myeloma", "mcl", "fl", "mzl", "cll", "poems", "acute-leukemia"})
# Concepts that take a question or a warning away: a code of theirs is believed only where its display agrees.
_SOOTHING: Final = frozenset({"hysterectomy", "bilateral-oophorectomy", "tubal-ligation", "menopause"})
_AGREES: Final = {
    "hysterectomy": re.compile(r"hysterectom|h?isterect|uter|gebarmutter|tah|lavh"),
    "bilateral-oophorectomy": re.compile(r"bilat|both|beid|bds|bso|oophorectom"),
    "tubal-ligation": re.compile(r"tub|salping|steril|ligat|occlus|laquea|btl"),
    "menopause": re.compile(r"menopau|wechseljahr|climact"),
}


@dataclass(frozen=True, slots=True)
class Worded:
    """Concepts stated in words, those that were denied or said of others, and those only suspected."""

    stated: frozenset[str]
    denied: frozenset[str]
    doubted: frozenset[str]


def settled(codings: Iterable[Coding]) -> frozenset[str]:
    """The concepts of codes, without those that would take a warning away and that the code's own display speaks against."""
    found: frozenset[str] = frozenset()
    for coding in codings:
        concepts = concepts_of((coding,))
        if coding.display and not concepts.isdisjoint(_SOOTHING):
            words = folded(coding.display)
            concepts = frozenset(c for c in concepts if c not in _SOOTHING or _AGREES[c].search(words))
        found |= concepts
    return found


def diagnoses_in(text: str) -> Worded:
    """The diagnoses and reactions that a text names."""
    return _diagnoses_in(_plain(text))


# Diagnoses are mostly the displays of a few codes.
@lru_cache(maxsize=2048)
def _diagnoses_in(plain: str) -> Worded:
    return _read(plain, _DIAGNOSES_AND_REACTIONS)


def reactions_in(text: str) -> Worded:
    """The reactions that a text names."""
    return _read(_plain(text), _REACTIONS)


def hold_causes_in(text: str) -> frozenset[str]:
    """Why treatment was interrupted or ended, as the reason of a status says it; suspected is enough, denied is not.

    What readers add to a text denies nothing. Each clause is read for itself, so that several causes stand beside each other.
    A grade alone is a toxicity of no name.
    """
    marked = frozenset(name.strip() for names in _MARKED.findall(text) for name in names.split(","))
    plain = _plain(_MARKED.sub("", text.replace(WORDED, "")))
    return marked | frozenset(cause for clause in _CLAUSE_END.split(plain) for cause in _causes_in(clause))


def cause_mark(causes: Iterable[str]) -> str:
    """Causes by their names, as this service writes them into a reason whose words alone would not tell them."""
    return f"[cause: {', '.join(causes)}]"


def _causes_in(clause: str) -> frozenset[str]:
    found, events = _read(clause, _HOLDS), _read(clause, _DIAGNOSES_AND_REACTIONS)
    named = events.stated | events.doubted
    history = {c: c.removesuffix("-history") for c in named if c in ("vte-history", "ate-history")}
    causes = found.stated | found.doubted | {history.get(c, c) for c in named if c in _HELD_FOR or c in history}
    if "pregnant" in found.doubted or "pregnancy-evaluation" in found.denied or named & _EVALUATED:
        # A pregnancy that is only suspected is evaluated, and so is what may be its sign.
        causes |= {"pregnancy-evaluation"}
    if "pregnant" in found.stated:
        causes -= {"pregnancy-evaluation"}
    elif "pregnancy-evaluation" in causes:
        causes = causes - {"bleeding", "pregnant"} | ({_UTERINE} if "bleeding" in causes else set())
    of_a_name = causes - {"toxicity", "treatment-ended", "for-good"}
    return frozenset(causes - {"toxicity"} if of_a_name else causes)


def procedures_in(text: str) -> Worded:
    """The procedures that a text names."""
    return _procedures_in(_plain(text))


@lru_cache(maxsize=1024)
def _procedures_in(plain: str) -> Worded:
    return _read(plain, _PROCEDURES)


def remarks_in(text: str) -> frozenset[str]:
    """What a laboratory's text says of a count and does not deny: "clumping" of the platelets, a count "estimated"."""
    return _remarks_in(_plain(text))


@lru_cache(maxsize=1024)
def _remarks_in(plain: str) -> frozenset[str]:
    read = _read(plain, _REMARKS)
    return read.stated | read.doubted


def orders_in(text: str) -> frozenset[str]:
    """What the note of an order says of its treatment and does not deny: "off-treatment", "on-treatment-again"."""
    return _read(_plain(text), _ORDERS).stated if text else frozenset()


def forms_in(text: str) -> frozenset[str]:
    """What a route, a unit or an instruction says of a form: "not-by-mouth", "tablet"."""
    return _read(_plain(text), _FORMS).stated if text else frozenset()


def surgery_in(text: str) -> Worded:
    """The surgery that a diagnosis names as done ("history of hysterectomy"): what ends or limits fertility."""
    return _surgery_in(_plain(text))


@lru_cache(maxsize=1024)
def _surgery_in(plain: str) -> Worded:
    return _read(plain, _SURGERY)


# A diagnosis is asked for what it names and for the surgery in it.
@lru_cache(maxsize=64)
def _plain(text: str) -> str:
    """Folded, with short forms written out, and no more than a note's length."""
    cut = text[:2000]
    if "DRESS" in cut and not cut.isupper():
        # In capitals amid small letters it is no verb.
        cut = _SYNDROME.sub("DRESS syndrome", cut)
    plain = spaced(folded(cut))
    for short, words in _SHORT:
        plain = short.sub(words, plain)
    return plain


def _read(lower: str, patterns: Mapping[str, _Words]) -> Worded:
    stated: set[str] = set()
    denied: set[str] = set()
    doubted: set[str] = set()
    for whole in _CLAUSE_END.split(lower):
        # Who writes at length repeats words; each is looked at once.
        words = " ".join(dict.fromkeys(whole.split())) if len(whole) > _AT_LENGTH else whole
        for concept, pattern in patterns.items():
            found = pattern.search(whole, words)
            if found is None:
                continue
            # A denial may stand before a long list of what is denied; all else is said near what it is said of.
            clause, before = whole, whole[: found.start()]
            if len(whole) > _AT_LENGTH:
                reach = _within_reach(whole, found)
                again = pattern.search(reach, reach)
                clause, found = (reach, again) if again else (whole, found)
            near = _around(clause, found) if concept in _HAPPENS else clause
            if concept == "pregnant" and _CARED_FOR.search(clause):
                stated.add(concept)
            elif _is_denied(before, clause[found.end() :]):
                denied.add(concept)
            elif concept == "pregnant" and _is_current(clause, found):
                stated.add(concept)
            elif any(
                each in _NOT_IT and _NOT_IT[each].search(near, near) for each in (concept, *IMPLIED.get(concept, ()))
            ):
                continue
            elif _DOUBTED.search(clause) or (concept in _SOOTHING and _NOT_IT["not-done"].search(clause, words)):
                doubted.update((concept, *IMPLIED.get(concept, ())))
            elif concept in _CLOTS and (
                _HISTORY.search(clause[: found.end()]) or _HISTORY_AFTER.search(clause[found.end() :])
            ):
                stated.add(f"{concept}-history")
            else:
                stated.update((concept, *IMPLIED.get(concept, ())))
        if "mds" in stated and _is_del5q_alone(whole):
            stated.add("mds-del5q")
    if not stated.isdisjoint(_NAMED_CANCERS):
        stated.discard("malignancy")
    return Worded(frozenset(stated), frozenset(denied - stated), frozenset(doubted - stated))


def _within_reach(clause: str, found: re.Match[str]) -> str:
    """The whole words of a long clause that are near enough to what it names to speak of it."""
    start, end = max(found.start() - _REACH, 0), found.end() + _REACH
    start = clause.rfind(" ", 0, start) + 1 if start else 0
    end = clause.find(" ", end)
    return clause[start:end] if end > 0 else clause[start:]


def _around(clause: str, found: re.Match[str]) -> str:
    """The part of a clause between commas that names it, with a short one beside it: of two words before, of one behind."""
    if ", " not in clause:
        return clause
    start, end = clause.rfind(", ", 0, found.start()) + 1, clause.find(", ", found.end())
    end = len(clause) if end < 0 else end
    before, after = clause[: max(start - 1, 0)].rpartition(", ")[2], clause[end + 1 :].partition(", ")[0]
    start -= len(before) + 1 if start and len(before.split()) <= 2 else 0
    end += len(after) + 1 if len(after.split()) <= 1 else 0
    return clause[start:end]


def _is_current(clause: str, found: re.Match[str]) -> bool:
    """Whether a pregnancy that is not denied is said to be there now; one of the past or of somebody else is not."""
    before = clause[: found.start()]
    return bool(_IS_CURRENT.search(clause)) and not _HISTORY.search(before) and not _DOUBTED.search(clause)


def _is_denied(before: str, after: str) -> bool:
    before = _KIND_OF.sub("", before)
    is_before = _DENIED.search(before) or _DENIED_BESIDE.search(before)
    if is_before or _DENIED_AFTER.search(after) or _DENIED_BEHIND.search(after):
        return True
    noun = _NOUN.match(after)
    return bool(noun and _DENIED_AFTER.search(after[noun.end() :]))


def _is_del5q_alone(clause: str) -> bool:
    read = read_karyotype(clause)
    return read.has_del5q is True and read.additional_at_least == 0 and not read.is_complex
