"""Which facts the code of an Observation or component stands for, and why it must not be read as one of them."""

from __future__ import annotations

from typing import Final, NamedTuple

from cds_service.fhir.decode import CodeableConcept
from cds_service.fhir.observation_findings import FINDINGS
from cds_service.fhir.terminology import LOINC, concepts_of, exclusion, fact_named, fact_of_text, system_url
from cds_service.fhir.terminology.units import is_quantity

_EXCLUDED: Final = "excluded:"
_NO_CODE: Final = "no LOINC code says what it is"
_SENSITIVITY: Final = "analyticalSensitivity"


class Meaning(NamedTuple):
    """One fact that a code stands for, all concepts of the code, and why it is refused ("" where it is not)."""

    fact: str
    concepts: frozenset[str]
    reason: str = ""
    rule: str = ""


def facts_of(code: CodeableConcept) -> list[Meaning]:
    """The facts that a code stands for; none where it is of no interest here.

    A look-alike (cord blood) and codes that stand for different facts are refused under every fact they could be taken
    for. Where no code is known, words can name a fact, but only as refused.
    """
    concepts = concepts_of(code.coding)
    if not concepts:
        return _facts_of_words(code)
    excluded = [c.removeprefix(_EXCLUDED) for c in concepts if c.startswith(_EXCLUDED)]
    facts = sorted(c for c in concepts if c in FINDINGS or (is_quantity(c) and c != _SENSITIVITY))
    if excluded:
        reason, rule = exclusion(code.coding)
        return [Meaning(fact, concepts, reason, rule) for fact in sorted({*excluded, *facts})]
    reason = "its codes stand for different facts" if len(facts) > 1 else ""
    return [Meaning(fact, concepts, reason) for fact in facts]


def _facts_of_words(code: CodeableConcept) -> list[Meaning]:
    """A fact that is known by its words alone, or one that can only be named as refused."""
    words = code.words()
    by_text = fact_of_text(words)
    if by_text:
        return [Meaning(by_text, frozenset({by_text}))]
    named = fact_named(words)
    if named and not any(system_url(c.system) == LOINC and c.code for c in code.coding):
        return [Meaning(named, frozenset(), _NO_CODE)]
    return []
