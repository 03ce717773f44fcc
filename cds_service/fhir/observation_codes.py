"""Which facts the code of an Observation or component stands for, and why it must not be read as one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from cds_service.fhir.check_digits import is_loinc
from cds_service.fhir.decode import CodeableConcept, Coding
from cds_service.fhir.karyotype import is_formula
from cds_service.fhir.observation_findings import ANSWERED, FINDINGS, RISK_GROUPS
from cds_service.fhir.site_map import NO_SITE_MAP, SiteMap
from cds_service.fhir.terminology import (
    LOINC,
    SYSTEMS,
    concepts_of,
    exclusion,
    fact_named,
    fact_of_text,
    facts_in_words,
    system_url,
)
from cds_service.fhir.terminology.units import is_quantity

_NONE: Final[frozenset[str]] = frozenset()
_EXCLUDED: Final = "excluded:"
_NO_CODE: Final = "no LOINC code says what it is"
_NO_SYSTEM: Final = "its code names no code system"
_NO_LOINC: Final = "its code of LOINC was never issued: the check digit is wrong"
_OTHER_SYSTEM: Final = "its code is one of LOINC under the name of another system"
_GRANULOCYTES: Final = "it counts all granulocytes"
_KNOWN_SYSTEMS: Final = frozenset(SYSTEMS.values())
# What a karyotype, a risk group or a date of a period is stands in its value: whatever it is called by, it is read.
_TELL_THEMSELVES: Final = frozenset({"karyotype", "lastPeriod", *RISK_GROUPS, *ANSWERED})
_GENE: Final = re.compile(
    r"\btp53\b[^,;\n]{0,60}\b(?:p\.|c\.\d|vaf\b|mut|pathogen|varia)|\b(?:mut|varia)\w*[^,;\n]{0,20}\btp53\b",
    re.IGNORECASE,
)
# What in a text is a finding about chromosomes that a karyotype is read for.
_CHROMOSOMES: Final = re.compile(
    r"\bdel(?:etion)?\s*\(?\s*[57]\s*\)?\s*\(?q|\b[57]q\s?(?:-|minus|delet)|\bmonosom\w+\s+(?:\w+\s+){0,2}7\b"
    r"|\b[ck]omple\w+ (?:[ck]ar[iy]ot|aberr)|\b[ck]ar[iy]ot\w+ [ck]omple[jsx]",
    re.IGNORECASE,
)
_PREGNANCY: Final = re.compile(
    r"(?<!no )(?<!not )(?<!without )(?<!of )(?<!or )\b"
    r"(?:(?:intra-?uterine|viable|ongoing|(?:single|twin|singleton) live)\s+(?:\w+\s+){0,2}pregnan"
    r"|f(?:o)?etal (?:heart|pole|cardiac)|gestational sac|intakte\w* (?:intrauterine )?schwangerschaft"
    r"|grossesse (?:intra|evolutive|en cours)|embarazo (?:intra|en curso|evolutivo)|gravidanza in (?:utero|corso))",
    re.IGNORECASE,
)
_SHORTEST: Final = 3
_INBORN: Final = re.compile(
    r"amnio|[ck]onstitution|prenatal|chorion|newborn|neonat|f(?:o?e|ö)tal|germ-?line", re.IGNORECASE
)
# More than a report of a laboratory; what follows is not looked at.
_LONGEST: Final = 20_000
_SENSITIVITY: Final = "analyticalSensitivity"


class Meaning(NamedTuple):
    """One fact that a code stands for, all concepts of the code, and why it is refused ("" where it is not).

    `unit` is what a site's map means where a result names none.
    """

    fact: str
    concepts: frozenset[str]
    reason: str = ""
    rule: str = ""
    unit: str = ""
    is_excluded: bool = False


def facts_of(code: CodeableConcept, site: SiteMap = NO_SITE_MAP) -> Sequence[Meaning]:
    """The facts that a code stands for; none where it is of no interest here."""
    return meanings_of(code, site)[0]


def meanings_of(code: CodeableConcept, site: SiteMap = NO_SITE_MAP) -> tuple[Sequence[Meaning], frozenset[str]]:
    """The facts that a code stands for, and the facts that its words name although no code of it is known.

    A look-alike (cord blood) and codes that stand for different facts are refused under every fact they could be taken
    for. Where no code is known, words can name a fact, but only as refused. What is named by words alone is counted for
    whoever keeps the map, and not read by them; codes of LOINC say themselves what they are.
    """
    concepts = concepts_of(code.coding)
    if site.concepts:
        concepts = concepts | site.concepts_of(code.coding)
    if not concepts:
        return _facts_of_words(code), _look_alikes(code)
    meanings, is_excluded = _facts_of_concepts(concepts)
    if is_excluded:
        reason, rule = exclusion(code.coding)
        return [Meaning(meaning.fact, concepts, reason, rule, is_excluded=True) for meaning in meanings], _NONE
    unit = site.unit_for(code.coding)
    return ([meaning._replace(unit=unit) for meaning in meanings] if unit else meanings), _NONE


def facts_of_value(words: str, code: CodeableConcept | None = None) -> Sequence[Meaning]:
    """The facts that the value of an unknown result names: a panel of genes or chromosomes tells its findings in one text.

    Args: `code` what the result is called; chromosomes that somebody is born with, or of a child to be born, are no finding.
    """
    if len(words) < _SHORTEST:
        return ()
    text = words[:_LONGEST]
    found = [Meaning("tp53", _NONE, _NO_CODE)] if _GENE.search(text) else []
    if _PREGNANCY.search(text):
        found.append(Meaning("pregnancySign", _NONE, _NO_CODE))
    is_karyotype = (_CHROMOSOMES.search(text) or is_formula(text)) and not (code and _INBORN.search(code.words()))
    return [*found, Meaning("karyotype", _NONE, _NO_CODE)] if is_karyotype else found


def _look_alikes(code: CodeableConcept) -> frozenset[str]:
    """The facts that the words of an unknown code name."""
    if _says_itself(code):
        return _NONE
    return facts_in_words(" ; ".join([code.text, *(c.display for c in code.coding)]))


# The terminology knows a few hundred sets of concepts; each is looked through once.
@lru_cache(maxsize=1024)
def _facts_of_concepts(concepts: frozenset[str]) -> tuple[tuple[Meaning, ...], bool]:
    """The facts among the concepts of one code, and whether the code is a look-alike of them."""
    excluded = [c.removeprefix(_EXCLUDED) for c in concepts if c.startswith(_EXCLUDED)]
    facts = {c for c in concepts if c in FINDINGS or (is_quantity(c) and c != _SENSITIVITY)}
    reason = "its codes stand for different facts" if len(facts) > 1 else ""
    reason = reason or (_GRANULOCYTES if "granulocytes" in concepts else "")
    return tuple(Meaning(fact, concepts, reason) for fact in sorted({*excluded, *facts})), bool(excluded)


def _facts_of_words(code: CodeableConcept) -> list[Meaning]:
    """A fact that is known by its words alone, or one that can only be named as refused."""
    words = code.words()
    # A code of LOINC without its system, or under a system of nobody, may be of any other: named, and not read.
    bare = [c for c in code.coding if system_url(c.system) not in _KNOWN_SYSTEMS]
    by_code = concepts_of([Coding(LOINC, c.code) for c in bare])
    if by_code:
        reason = _OTHER_SYSTEM if any(c.system.strip() for c in bare) else _NO_SYSTEM
        return [Meaning(each.fact, frozenset(), reason) for each in _facts_of_concepts(by_code)[0]]
    by_text = fact_of_text(words)
    if by_text:
        return [Meaning(by_text, frozenset({by_text}))]
    named = fact_named(words)
    if named in _TELL_THEMSELVES:
        return [Meaning(named, frozenset({named}))]
    if named and not _says_itself(code):
        is_slip = any(system_url(c.system) == LOINC and c.code for c in code.coding)
        return [Meaning(named, frozenset(), _NO_LOINC if is_slip else _NO_CODE)]
    return []


def _says_itself(code: CodeableConcept) -> bool:
    """Whether a code of LOINC says what it is; one with a wrong check digit was never issued, and the words beside it count."""
    return any(system_url(c.system) == LOINC and is_loinc(c.code) for c in code.coding)
