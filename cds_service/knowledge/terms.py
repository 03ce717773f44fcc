"""Our code systems, a ValueSet for each concept that the rules name, and the map from concepts to the codes of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from cds_service.cards.words import action_words
from cds_service.clinical.recommendation import Action
from cds_service.drugs.contract import Drug
from cds_service.fhir.terminology import codes_by_concept, fact_words, stands_for_those_below
from cds_service.knowledge.canonical import ACTION, FACT, RULE, Json, address, digest, id_of, published

Codes = Mapping[str, Sequence[tuple[str, str]]]

_BELOW: Final = "Codes of classifications stand for the codes below them too."


def concepts(drugs: Iterable[Drug]) -> Codes:
    """The codes of every concept, as (system URL, code): those of the terminology, and each drug's products under its name."""
    found: dict[str, Sequence[tuple[str, str]]] = dict(codes_by_concept())
    for drug in drugs:
        own = tuple(key for key, product in drug.codes.items() if product.drug == drug.name)
        found[drug.name] = tuple(sorted({*found.get(drug.name, ()), *own}))
    return {concept: codes for concept, codes in sorted(found.items()) if codes}


def code_systems(drugs: Sequence[Drug], base: str, today: date) -> Iterator[Json]:
    """What our own codes mean: actions, rules, concepts."""
    actions = [(action.value, action_words(action), "") for action in Action]
    yield _code_system(base, "action", ACTION, "What a decision says", actions, today)
    rules = {
        rule.id: (rule.id, rule.id, rule.text)
        for drug in drugs
        for edition in drug.rulebook.editions
        for rule in edition.rules.values()
    }
    # The latest edition comes last, and its words stand.
    yield _code_system(base, "rule", RULE, "The rules, in the words of their latest edition", rules.values(), today)
    facts = [(concept, fact_words(concept) or concept, "") for concept in concepts(drugs)]
    yield _code_system(base, "fact", FACT, "What the rules look at, by the names that decisions use", facts, today)


def _code_system(
    base: str, identity: str, url: str, title: str, codes: Iterable[tuple[str, str, str]], today: date
) -> Json:
    listed = [
        {"code": code, "display": display} | ({"definition": definition} if definition else {})
        for code, display, definition in codes
    ]
    return published(base, "CodeSystem", identity, title, today) | {
        "url": url,
        "version": digest(listed),
        "caseSensitive": True,
        "content": "complete",
        "count": len(listed),
        "concept": listed,
    }


def value_sets(drugs: Sequence[Drug], base: str, today: date) -> Iterator[Json]:
    """The codes of each concept."""
    for concept, codes in concepts(drugs).items():
        include = list(_includes(codes))
        yield published(base, "ValueSet", id_of(concept), f"Codes of {fact_words(concept) or concept}", today) | {
            "version": digest(include),
            "description": f"The codes by which '{concept}' is recognised. {_BELOW}",
            "compose": {"include": include},
        }


def _includes(codes: Sequence[tuple[str, str]]) -> Iterator[Json]:
    listed: dict[str, list[Json]] = {}
    for system, code in codes:
        if stands_for_those_below(system):
            yield {"system": system, "filter": [{"property": "concept", "op": "is-a", "value": code}]}
        else:
            listed.setdefault(system, []).append({"code": code})
    yield from ({"system": system, "concept": each} for system, each in listed.items())


def concept_map(drugs: Sequence[Drug], base: str, today: date) -> Json:
    """From each concept to the codes of others that stand for it; those below a code of a classification are not repeated."""
    groups: dict[str, list[Json]] = {}
    for concept, codes in concepts(drugs).items():
        by_system: dict[str, list[Json]] = {}
        for system, code in codes:
            by_system.setdefault(system, []).append({"code": code, "equivalence": "specializes"})
        for system, targets in by_system.items():
            groups.setdefault(system, []).append({"code": concept, "target": targets})
    group = [{"source": FACT, "target": system, "element": elements} for system, elements in sorted(groups.items())]
    return published(base, "ConceptMap", "fact", "From the names of facts to codes", today) | {
        "version": digest(group),
        "description": f"Each code says no less than the fact that it stands for. {_BELOW}",
        "sourceUri": FACT,
        "group": group,
    }


def value_set_of(base: str, concept: str) -> str:
    """The canonical address of a concept's ValueSet."""
    return address(base, "ValueSet", id_of(concept))
