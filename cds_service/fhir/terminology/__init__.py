"""Codes and the concepts they stand for: LOINC, SNOMED CT, ICD-10, RxNorm, ATC, and words where no code is given.

A code may stand for several concepts (warfarin, anticoagulant). ICD-10 and ATC codes also stand for what the codes
above them stand for: C90.00 for C90.0. The tables are read once, at import; a look-up is a dictionary access. Code asks
for codes by name: no other module of the package holds one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Final

from cds_service.fhir.decode import CodeableConcept, Coding
from cds_service.fhir.stems import may_be_in_ascii, shortest, stems_of_any
from cds_service.fhir.terminology.folding import ENDING, folded, is_unspaced, spaced, stem, typed
from cds_service.fhir.terminology.tables import (
    CodeRow,
    Finer,
    LaboratoryTest,
    Tables,
    level,
    load_tables,
    system_key,
)

_TABLES: Final[Tables] = load_tables()
_NOTHING: Final[frozenset[str]] = frozenset()
_URLS: Final = frozenset(_TABLES.urls.values())
# What is longer is no name of a system and no code, and is not remembered.
_LONGEST: Final = 200
_ATC: Final = _TABLES.urls["atc"]

# What is known about each code: for `check`, which lists the codes that nobody has verified.
ROWS: Final[tuple[CodeRow, ...]] = _TABLES.rows
# Why a look-alike is excluded and which rule says so, by (system URL, code).
EXCLUDED_BECAUSE: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    (row.system, row.code): (row.reason, row.rule) for row in ROWS if row.reason
}
# The URLs of code systems, by our own names for them ("loinc").
SYSTEMS: Final[Mapping[str, str]] = _TABLES.urls
_DISPLAYS: Final[Mapping[tuple[str, str], str]] = {(row.system, row.code): row.display for row in ROWS}
LOINC: Final = SYSTEMS["loinc"]
# The diagnosis that another one is a kind of, and the one whose stages name a risk group.
FINER: Final[Mapping[str, Finer]] = _TABLES.finer
STAGED: Final[Mapping[str, str]] = _TABLES.staged
# What the words of a diagnosis say with it: an intracranial bleed is a major bleed, and a bleed.
IMPLIED: Final[Mapping[str, list[str]]] = _TABLES.implied
# The words for concepts by kind ("diagnoses", "reactions", "procedures"), and what makes of them something else ("not_it").
CONCEPT_WORDS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = _TABLES.concept_words
# How each laboratory test is ordered and what people read for it, by the name under which the rules ask for it.
ORDERABLE: Final[Mapping[str, LaboratoryTest]] = _TABLES.tests


def system_url(system: str) -> str:
    """The URL that we write for a code system, given any of its well-known spellings; unknown systems stay as they are.

    The OID and urn spellings, short names, http for https and the reverse, a trailing slash, versions, SNOMED CT editions
    and national editions of ICD are recognised.
    """
    return _system_url(system) if len(system) <= _LONGEST else system


# A chart names a handful of systems, each in one spelling.
@lru_cache(maxsize=512)
def _system_url(system: str) -> str:
    key = system_key(system)
    known = _TABLES.aliases.get(key)
    if known is not None:
        return known
    edition = next((url for url in _TABLES.with_editions if key.startswith(system_key(url) + "/")), None)
    return edition or next((url for pattern, url in _TABLES.system_names if pattern.search(key)), None) or system


def concepts_of_code(system: str, code: str) -> frozenset[str]:
    """The concepts that one code stands for; empty where the code or its system is not known."""
    direct = _TABLES.concepts.get((system, code))
    if direct is not None:
        return direct
    if not code:
        return _NOTHING
    url, code = system_url(system), typed(code)
    hierarchy = _TABLES.hierarchies.get(url)
    if hierarchy is None:
        known = _TABLES.concepts.get((url, code))
        return known if known is not None else _NOTHING if url in _URLS else _by_shape(code)
    return _concepts_below(url, hierarchy, code) if len(code) <= _LONGEST else _NOTHING


def _by_shape(code: str) -> frozenset[str]:
    """What a code stands for that says itself of which system it is, whatever that is called."""
    url = next((url for shape, url in _TABLES.shapes if shape.fullmatch(code)), "")
    return concepts_of_code(url, code) if url else _NOTHING


@lru_cache(maxsize=4096)
def _concepts_below(url: str, hierarchy: str, code: str) -> frozenset[str]:
    """What a code of a classification stands for: by its own row, those above it, and the families that it is in."""
    behind, other = _TABLES.holds.get(url, ("", ""))
    if other and code.upper().startswith(behind):
        held = _concepts_below(other, _TABLES.hierarchies[other], code[len(behind) :])
        if held:
            return held
    key = level(hierarchy, code)
    levels = [key[:length] for length in range(1, len(key) + 1)]
    families = [family for each in levels for family in _TABLES.families.get((url, each), ())]
    families += [family for pattern, family in _TABLES.patterns.get(url, ()) if pattern.match(key)]
    families = [family for family in families if not key.startswith(family.beside or ("?",))]
    rows = frozenset().union(*(_TABLES.by_level.get((url, each), _NOTHING) for each in levels))
    return rows.union(*(f.concepts for f in families)).difference(*(f.removes for f in families))


def concepts_of(codings: Iterable[Coding]) -> frozenset[str]:
    """The concepts that a resource's codings stand for, all of them together; empty where no coding is known."""
    found = _NOTHING
    for coding in codings:
        concepts = concepts_of_code(coding.system, coding.code)
        if concepts:
            found = found | concepts if found else concepts
    return found


def exclusion(codings: Iterable[Coding]) -> tuple[str, str]:
    """Why a look-alike must not be read as the fact (reason, rule); ("", "") where no coding is one.

    The words name the kind of fault ("wrong specimen: cord blood"), never a value.
    """
    for coding in codings:
        found = EXCLUDED_BECAUSE.get((system_url(coding.system), typed(coding.code)))
        if found is not None:
            return found
    return ("", "")


def codes_of(*concepts: str) -> tuple[tuple[str, str], ...]:
    """The codes that stand for any of the concepts, as (system URL, code) in the order of the files, for searches."""
    wanted = set(concepts)
    return tuple(dict.fromkeys((row.system, row.code) for row in ROWS if wanted.intersection(row.concepts)))


def codes_by_concept() -> dict[str, tuple[tuple[str, str], ...]]:
    """Every code that is listed for each concept, as (system URL, code) in order, the value sets among them; for publishing.

    Codes of families (a shape, not a list) are not among them, nor what is excluded.
    """
    listed = dict.fromkeys([*((row.system, row.code) for row in ROWS), *_TABLES.concepts])
    found: dict[str, list[tuple[str, str]]] = {}
    for system, code in listed:
        for concept in concepts_of_code(system, code):
            if not concept.startswith("excluded:"):
                found.setdefault(concept, []).append((system, code))
    return {concept: tuple(sorted(codes)) for concept, codes in sorted(found.items())}


def stands_for_those_below(system: str) -> bool:
    """Whether a code of a system also stands for what the codes below it stand for."""
    return system in _TABLES.hierarchies


def display_of(system: str, code: str) -> str:
    """The words of a code as its row has them; "" where it stands in a list without words."""
    return _DISPLAYS.get((system, code), "")


def panels_with(*facts: str) -> tuple[tuple[str, str], ...]:
    """The panels whose results tell any of the facts, as (system URL, code) in the order of the file, for searches."""
    return tuple(code for code, told in _TABLES.panels.items() if not told.isdisjoint(facts))


def ordered_tests(codes: Iterable[CodeableConcept]) -> frozenset[str]:
    """The names of the laboratory tests that orders stand for.

    Args: the codes of the orders. A code of LOINC without its system counts: orders are written without one.
    Returns: the tests of which the orders together tell every fact: platelets without neutrophils are no blood count.
    """
    told: set[str] = set()
    for coding in (c for code in codes for c in code.coding):
        key = (system_url(coding.system) if coding.system.strip() else LOINC, coding.code.strip())
        told |= concepts_of_code(*key) | _TABLES.panels.get(key, _NOTHING)
    return frozenset(name for name, test in ORDERABLE.items() if test.facts <= told)


def fact_words(fact: str) -> str:
    """What people read for a fact; "" where it is read as its name is written."""
    return _TABLES.fact_words.get(fact, "")


def unit_words(unit: str) -> str:
    """The unit as people print it; one that is not known stays as it was reported."""
    return _TABLES.printed_units.get(unit, unit)


def medication_concepts(concept: CodeableConcept) -> frozenset[str]:
    """The drug and the classes that a medication stands for: by its codes, else by ATC, else by name.

    Codes decide where they are known, because displays have been seen to name another drug than their code. Names are
    matched as whole words in the text and in the displays. Empty where nothing is recognised.
    """
    by_code = concepts_of(c for c in concept.coding if system_url(c.system) != _ATC)
    if by_code:
        return by_code
    by_atc = concepts_of(c for c in concept.coding if system_url(c.system) == _ATC)
    if by_atc:
        return by_atc
    return named_medications(" ; ".join([concept.text, *(c.display for c in concept.coding)]))


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w)))


def is_medication(concept: str) -> bool:
    """Whether a concept is a drug or a class of drugs that the tables know."""
    return concept in _MEDICATIONS


def medications() -> frozenset[str]:
    """The drugs and classes of drugs that the tables know."""
    return _MEDICATIONS


def medication_classes(drug: str) -> frozenset[str]:
    """A drug with the classes that it belongs to."""
    return frozenset({drug, *_TABLES.medication_classes.get(drug, ())})


@cache
def names_of_medication(drug: str) -> tuple[str, ...]:
    """The names by which a drug is recognised in words, its own first; only its own where the tables do not know it."""
    others = sorted(name for name, named in _TABLES.medication_names.items() if named == drug and name != drug)
    return (drug, *others)


def named_medications(words: str) -> frozenset[str]:
    """The drugs and classes that are named in a text, as words whatever their case, also declined or in Latin.

    A form that does not act on the whole body, or keeps a line open, is not the drug.
    """
    text = folded(words)
    return _named_in(text) if len(text) <= _LONGEST else _named_in.__wrapped__(text)


# A chart names the same medicines in every order and dispense of them.
@lru_cache(maxsize=1024)
def _named_in(text: str) -> frozenset[str]:
    found: set[str] = set()
    for match in (_NAMES_IN_ASCII if text.isascii() else _MEDICATION_NAMES).finditer(text):
        drug = _STEMS[match[match.lastindex or 0]]
        if drug not in _OTHER_FORMS or not _OTHER_FORMS[drug].search(text):
            found.update((drug, *_TABLES.medication_classes.get(drug, ())))
    if found and _OTHER_FORMS[_ANY_DRUG].search(text):
        return _NOTHING
    return frozenset(found)


@lru_cache(maxsize=4096)
def is_medication_name(word: str) -> bool:
    """Whether one word, and nothing beside it, is the name of a drug, also declined or in Latin, or of one that is no concept."""
    return _any_names().fullmatch(folded(word)) is not None


def medication_names() -> Iterable[str]:
    """The names of drugs as the tables have them, also of several words, or with a strength; of those too that are no concept."""
    return (*_TABLES.medication_names, *_TABLES.names_beside)


def is_regimen_with(drug: str, words: str) -> bool:
    """Whether a text names a regimen that has a drug, by an abbreviation of it ("RVd")."""
    pattern = _REGIMENS.get(drug)
    return pattern is not None and pattern.search(folded(words)) is not None


def fact_named(words: str) -> str:
    """The laboratory fact that a text names ("Platelet count"), to be named as refused; "" where it names none.

    A unit in brackets after the name ("PLT [10E9/L]") says nothing of what it is.
    """
    words = _UNIT_BEHIND.sub("", words)
    return _TABLES.fact_names.get(words.strip().casefold(), "") or (
        _result_named(words) if len(words) <= _LONGEST else ""
    )


# A laboratory names its tests in a few hundred ways.
@lru_cache(maxsize=1024)
def _result_named(words: str) -> str:
    text = spaced(folded(words))
    found = [
        fact
        for fact, (pattern, stems) in (_RESULTS_IN_ASCII if text.isascii() else _RESULTS).items()
        if (not stems or any(stem in text for stem in stems))
        and _compiled(pattern).search(text)
        and not (fact in _OTHER_RESULTS and _compiled(_OTHER_RESULTS[fact][0]).search(text))
    ]
    return found[0] if len(found) == 1 else ""


def facts_in_words(words: str) -> frozenset[str]:
    """The laboratory facts whose names stand anywhere in a text as whole words; for counting, never for reading."""
    return frozenset(_TABLES.fact_names[match.group(1)] for match in _FACT_NAMES.finditer(words.casefold()))


def fact_of_text(words: str) -> str:
    """The fact of an Observation that is known by `code.text` alone ("menstrual cycle"); "" where there is none."""
    return _TABLES.fact_texts.get(words.strip().casefold(), "")


def result_of_words(words: str) -> str:
    """What the words of a result mean ("result-negative" for "not detected"); "" where they are not on the list."""
    return _TABLES.result_words.get(folded(words.strip().rstrip(".!")), "")


def _by_fact(kind: str, in_ascii: bool) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The words of each fact as one pattern with its stems; those that a text of ASCII letters can hold, or all."""
    kept = {
        fact: [each for each in patterns if not in_ascii or may_be_in_ascii(each)]
        for fact, patterns in CONCEPT_WORDS[kind].items()
    }
    return {
        fact: ("|".join(f"(?:{each})" for each in patterns), shortest(stems_of_any(patterns)))
        for fact, patterns in kept.items()
        if patterns
    }


# Most facts are named in no text that comes: a pattern is compiled when the first one may name it.
_compiled = cache(re.compile)


_RESULTS, _RESULTS_IN_ASCII = (_by_fact("results", in_ascii) for in_ascii in (False, True))
_OTHER_RESULTS: Final = _by_fact("results_not", False)
_UNIT_BEHIND: Final = re.compile(r"[(\[][^()\[\]]{0,20}/[^()\[\]]{1,8}[)\]]\s*$")
_MEDICATIONS: Final = frozenset(_TABLES.medication_names.values()).union(*_TABLES.medication_classes.values())
_FACT_NAMES: Final = re.compile(
    r"(?<!\w)(" + "|".join(re.escape(n) for n in sorted(_TABLES.fact_names, key=lambda n: (-len(n), n))) + r")(?!\w)"
)
_STEMS: Final = {stem(folded(name)): drug for name, drug in _TABLES.medication_names.items()}
_REGIMENS: Final = {drug: re.compile("|".join(patterns)) for drug, patterns in _TABLES.regimens.items()}
_ANY_DRUG: Final = "any"
_OTHER_FORMS: Final = {drug: re.compile("|".join(forms)) for drug, forms in _TABLES.other_forms.items()}
# A stem takes an ending, a whole name none; in scripts that write no spaces nothing begins or ends a word.


def _names_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """What finds names in a text: declined (first group), whole (second), or within a text without spaces (third)."""
    apart: dict[bool, list[str]] = {True: [], False: []}
    within: list[str] = []
    for name in names:
        (within if is_unspaced(name) else apart[len(name) > 6 and name.isalpha()]).append(name)
    spaced_out = rf"(?<![^\W\d_])(?:({_any_of(apart[True])}){ENDING}|({_any_of(apart[False])}))(?![a-z])"
    return re.compile(rf"{spaced_out}|({_any_of(within)})" if within else spaced_out)


@cache
def _any_names() -> re.Pattern[str]:
    return _names_pattern(stem(folded(name)) for name in medication_names())


_MEDICATION_NAMES: Final = _names_pattern(_STEMS)
_NAMES_IN_ASCII: Final = _names_pattern(name for name in _STEMS if name.isascii())
