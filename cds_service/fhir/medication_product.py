"""Which drug a medication is and how strong one capsule of it is: by code, by ingredient, else by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Final, Protocol

from cds_service.clinical.quantity import exact
from cds_service.fhir.decode import CodeableConcept, Coding, Quantity, Unreadable, number
from cds_service.fhir.dosage.instruction import unit_factor
from cds_service.fhir.dosage.text import read_text
from cds_service.fhir.dosage.vocabulary import normalised
from cds_service.fhir.medication_shapes import Ingredient, Medication
from cds_service.fhir.mention import is_misspelt, mention_of
from cds_service.fhir.terminology import (
    SYSTEMS,
    concepts_of,
    is_regimen_with,
    medication_classes,
    medication_concepts,
    named_medications,
    system_url,
)
from cds_service.fhir.terminology.folding import ENDING, is_unspaced, stem
from cds_service.fhir.terminology.ndc import ndc_products

TWO_STRENGTHS: Final = "two strengths of one product"
TWO_DRUGS: Final = "code and text name different drugs"
MISSPELT: Final = "its name is spelled in no known way"
REGIMEN: Final = "its name is that of a regimen"
NDC: Final = SYSTEMS["ndc"]
# The systems of which every code of the drug is listed, so that another code is another drug.
_WHOLE: Final = frozenset({SYSTEMS["rxnorm"], SYSTEMS["atc"]})


class ProductLike(Protocol):
    """What a drug code stands for; `strength_mg` is None where the code carries none."""

    @property
    def drug(self) -> str: ...
    @property
    def strength_mg(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """The codes and names by which one drug is recognised; systems in their canonical spelling.

    `products` are the drug's and others'; `own_codes` the codes of the drug's own.
    """

    drug: str
    names: tuple[str, ...]
    products: Mapping[tuple[str, str], ProductLike]
    own_codes: frozenset[tuple[str, str]]
    pattern: re.Pattern[str] = field(repr=False)

    @classmethod
    def of(cls, products: Mapping[tuple[str, str], ProductLike], names: tuple[str, ...], drug: str) -> Catalogue:
        """The catalogue of a drug from its products and names; the same products give the same catalogue."""
        built = _BUILT.get((id(products), names, drug))
        if built is None or built[0] is not products:
            canonical = {(system_url(system), code.strip()): product for (system, code), product in products.items()}
            # One NDC is written in many ways: by its product it is known in all of them.
            canonical |= {
                (system, known[0]): product
                for (system, code), product in canonical.items()
                if system == NDC and (known := ndc_products(code))
            }
            own = frozenset(key for key, product in canonical.items() if product.drug == drug)
            built = (products, cls(drug, names, canonical, own, _pattern_of(frozenset((*names, drug)))))
            if len(_BUILT) >= MOST_CATALOGUES:
                _BUILT.clear()
            _BUILT[id(products), names, drug] = built
        return built[1]

    def is_named_in(self, text: str) -> bool:
        """Whether one of the names stands in the text as a whole word."""
        return bool(self.pattern.search(normalised(text)))

    def is_misspelt_in(self, text: str) -> bool:
        """Whether a word of the text is one of the names but for a letter or two."""
        return is_misspelt(normalised(text), frozenset((*self.names, self.drug)))

    def is_mentioned_in(self, raw: bytes) -> bool:
        """Whether raw bytes, however broken, mention a name or a code of the drug."""
        return mention_of(self.products, (*self.names, self.drug), self.drug).is_in(raw)


# A drug's products are one mapping for the life of the process; the entry keeps it, so that its id stays its own.
MOST_CATALOGUES = 16
# What is longer is read anew each time, so that nobody can fill the memory with it.
_MOST_REMEMBERED: Final = 500
_MOST_CODINGS: Final = 8
_BUILT: dict[tuple[int, tuple[str, ...], str], tuple[Mapping[tuple[str, str], ProductLike], Catalogue]] = {}


@lru_cache(maxsize=16)
def _pattern_of(names: frozenset[str]) -> re.Pattern[str]:
    """What finds one of the names as a word, the longest first, also declined or in Latin (-um, -i, -em)."""
    words = sorted({stem(normalised(name)) for name in names}, key=lambda word: (-len(word), word))
    # Where no spaces are written, nothing begins or ends a word.
    within, apart = ("|".join(re.escape(w) for w in words if is_unspaced(w) is unspaced) for unspaced in (True, False))
    return re.compile(rf"(?<![^\W\d_])(?:{apart}){ENDING}(?![a-z])" + (f"|{within}" if within else ""))


@dataclass(frozen=True, slots=True)
class ProductRead:
    """The drug of a medication as far as recognised; `problem` says why its strength or identity is not certain."""

    is_drug: bool
    concepts: frozenset[str]
    text: str = ""
    strength_mg: Decimal | None = None
    problem: str = ""


def read_product(concept: CodeableConcept | None, medication: Medication | None, catalogue: Catalogue) -> ProductRead:
    """The drug and capsule strength (mg) of a coded medication and, where there is one, its Medication resource.

    Returns: a ProductRead; `is_drug` is False and `concepts` empty where nothing is recognised.
    """
    if medication is None and concept is not None and len(concept.text) <= _MOST_REMEMBERED:
        codings = tuple((c.system, c.code, c.display) for c in concept.coding)
        if len(codings) <= _MOST_CODINGS and all(len(word) <= _MOST_REMEMBERED for one in codings for word in one):
            return _coded(concept.text, codings, catalogue)
    return _read(concept, medication, catalogue)


# The products of a drug are few, and written the same way in one order after another.
@lru_cache(maxsize=256)
def _coded(text: str, codings: tuple[tuple[str, str, str], ...], catalogue: Catalogue) -> ProductRead:
    return _read(CodeableConcept(coding=[Coding(*coding) for coding in codings], text=text), None, catalogue)


def _read(concept: CodeableConcept | None, medication: Medication | None, catalogue: Catalogue) -> ProductRead:
    sources = [c for c in (concept, medication.code if medication else None) if c is not None]
    ingredients = medication.ingredient if medication else []
    items = [i.itemCodeableConcept for i in ingredients if i.itemCodeableConcept is not None]
    text = next((c.words() for c in (*sources, *items) if c.words()), "")
    by_code = _products(sources, catalogue) or _products(items, catalogue)
    drugs = {p.drug for p in by_code}
    named = any(catalogue.is_named_in(w) for c in (*sources, *items) for w in _words(c))
    others = frozenset().union(*(_other_drugs(c, catalogue) for c in (*sources, *items)))
    concepts = frozenset({catalogue.drug})
    if catalogue.drug not in drugs and not named:
        said = [w for c in (*sources, *items) for w in _words(c)]
        if not others and any(catalogue.is_misspelt_in(w) for w in said):
            return ProductRead(True, concepts, text, None, MISSPELT)
        if any(is_regimen_with(catalogue.drug, w) for w in said):
            return ProductRead(True, concepts, text, None, REGIMEN)
        return ProductRead(False, others, text)
    if len(drugs) > 1 or (drugs and catalogue.drug not in drugs) or _is_another(sources, catalogue):
        return ProductRead(True, concepts, text, None, TWO_DRUGS)
    strengths = {p.strength_mg for p in by_code if p.strength_mg is not None}
    strengths |= _ingredient_strengths(ingredients, catalogue)
    strengths |= _text_strengths((*sources, *items), catalogue)
    if len(strengths) > 1:
        return ProductRead(True, concepts, text, None, TWO_STRENGTHS)
    return ProductRead(True, concepts, text, next(iter(strengths), None))


def is_told(concept: CodeableConcept | None, medication: Medication | None, catalogue: Catalogue) -> bool:
    """Whether anything says which drug a medication is: a word, or a code of a system in which drugs are known to us.

    A code of a local system without any word says it only to those who have the list, and so does one that is not known
    here of a system of which no list is whole: an NDC of another labeler may be any drug.
    """
    concepts = [c for c in (concept, medication.code if medication else None) if c is not None]
    for ingredient in medication.ingredient if medication else []:
        concepts += [ingredient.itemCodeableConcept] if ingredient.itemCodeableConcept is not None else []
        if ingredient.itemReference is not None and ingredient.itemReference.display:
            return True
    return any(_words(c) or any(k.code and _is_known(k, catalogue) for k in c.coding) for c in concepts)


def _is_known(coding: Coding, catalogue: Catalogue) -> bool:
    return (
        system_url(coding.system) in _WHOLE
        or bool(concepts_of((coding,)))
        or any(key in catalogue.products for key in _keys(coding, catalogue))
    )


def _words(concept: CodeableConcept) -> list[str]:
    return [w for w in (concept.text, *(c.display for c in concept.coding)) if w]


def _products(concepts: list[CodeableConcept], catalogue: Catalogue) -> list[ProductLike]:
    """The products that the codes stand for."""
    keys = [key for concept in concepts for c in concept.coding for key in _keys(c, catalogue)]
    return [catalogue.products[key] for key in keys if key in catalogue.products]


def _keys(coding: Coding, catalogue: Catalogue) -> list[tuple[str, str]]:
    """How a code may stand in the catalogue; an NDC that may be two of its products is none."""
    system, code = system_url(coding.system), coding.code.strip()
    if system != NDC or (system, code) in catalogue.products:
        return [(system, code)]
    known = [(system, each) for each in ndc_products(code) if (system, each) in catalogue.products]
    return known if len(known) == 1 else []


def _other_drugs(concept: CodeableConcept, catalogue: Catalogue) -> frozenset[str]:
    """The drugs and classes that a medication stands for; a site's own code decides before names do."""
    mapped = {p.drug for p in _products([concept], catalogue)} - {catalogue.drug}
    if not mapped:
        return medication_concepts(concept)
    by_code = medication_concepts(CodeableConcept(coding=[Coding(c.system, c.code) for c in concept.coding]))
    return by_code.union(*(medication_classes(drug) for drug in mapped))


def _is_another(sources: list[CodeableConcept], catalogue: Catalogue) -> bool:
    """Whether a code is known to be another drug than the name or than the other code, or its text names another one alone."""
    coded = frozenset().union(*(medication_concepts(CodeableConcept(coding=c.coding)) for c in sources))
    texts = [
        c.text for c in sources if not catalogue.is_named_in(c.text) and not is_regimen_with(catalogue.drug, c.text)
    ]
    return (bool(coded) and catalogue.drug not in coded) or any(named_medications(text) for text in texts)


def _ingredient_strengths(ingredients: list[Ingredient], catalogue: Catalogue) -> set[Decimal]:
    found: set[Decimal] = set()
    for ingredient in ingredients:
        item, strength = ingredient.itemCodeableConcept, ingredient.strength
        if strength is None or strength.numerator is None:
            continue
        mine = item is None or _products([item], catalogue) or any(catalogue.is_named_in(w) for w in _words(item))
        if not mine and len(ingredients) > 1:
            continue
        value, units = _number(strength.numerator), _number(strength.denominator)
        factor = unit_factor(strength.numerator.code or strength.numerator.unit, "")
        if not factor or value is None or units not in (None, 1) or value <= 0:
            continue
        found.add((value * factor).normalize())
    return {_plain(s) for s in found}


def _number(quantity: Quantity | None) -> Decimal | None:
    """The value; None where there is none, and a value that is never 1 or above 0 where it cannot be read."""
    if quantity is None or not bytes(quantity.value):
        return None
    try:
        return number(quantity.value)
    except Unreadable:
        return Decimal(0)


def _text_strengths(concepts: tuple[CodeableConcept, ...], catalogue: Catalogue) -> set[Decimal]:
    """Strengths such as that of a "10 mg capsule"; an amount beside a schedule is a dose, not a strength."""
    found: set[Decimal] = set()
    for concept in concepts:
        for words in _words(concept):
            pieces = read_text(words, catalogue.names)
            found |= pieces.strengths
            if not (pieces.rhythms or pieces.counts or pieces.days_on or pieces.every or pieces.strengths):
                found |= pieces.mg
    return {_plain(s) for s in found}


def _plain(number_of_mg: Decimal) -> Decimal:
    """One spelling for equal numbers, without exponent: 10, not 10.0 or 1E+1."""
    whole = exact(number_of_mg)
    return Decimal(int(whole)) if whole.denominator == 1 else number_of_mg.normalize()
