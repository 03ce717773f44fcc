"""Another capsule strength of the same drug in a draft order's medication."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from cds_service.clinical.quantity import plain
from cds_service.fhir.dosage.vocabulary import spellings
from cds_service.fhir.medication_product import Catalogue
from cds_service.fhir.terminology import system_url

Json = dict[str, Any]
_STRENGTH = re.compile(
    rf"(?<![0-9.,])[0-9]+(?:[.,][0-9]+)?(?P<gap>\s*-?)(?P<unit>(?:{'|'.join(spellings('UNIT', 'mg'))})\b\.?)",
    re.IGNORECASE,
)


def with_strength(order: Json, strength: Decimal, catalogue: Catalogue) -> bool:
    """Gives the order's `medicationCodeableConcept` the code of a strength (mg), in place.

    Codes of the old strength are replaced by that of the same kind (generic stays generic, brand stays brand); codes
    without strength stay; a code that is not known is left out, because it may name the old strength.
    Returns: whether it could be done; False for a medication by reference and where the system has no such code.
    """
    concept = order.get("medicationCodeableConcept")
    if not isinstance(concept, dict) or not isinstance(concept.get("coding"), list):
        return False
    has_strength = any(_strength_of(coding, catalogue) is not None for coding in concept["coding"])
    codings, is_done = [], False
    for coding in concept["coding"]:
        if not isinstance(coding, dict):
            continue
        system, code = str(coding.get("system", "")), str(coding.get("code", "")).strip()
        product = catalogue.products.get((system_url(system), code))
        if product is None or product.drug != catalogue.drug:
            continue
        new = _same_kind(system_url(system), code, strength, catalogue)
        if product.strength_mg is None and (new is None or is_done or has_strength):
            codings.append(coding)
        elif new is not None:
            codings.append({**coding, "code": new, "display": _display(coding, strength, catalogue)})
            is_done = True
    if not is_done:
        return False
    text = concept.get("text")
    words = text if isinstance(text, str) else ""
    order["medicationCodeableConcept"] = {
        **concept,
        "coding": codings,
        "text": _restrengthened(words, strength, catalogue),
    }
    return True


def _strength_of(coding: object, catalogue: Catalogue) -> Decimal | None:
    if not isinstance(coding, dict):
        return None
    key = (system_url(str(coding.get("system", ""))), str(coding.get("code", "")).strip())
    product = catalogue.products.get(key)
    return product.strength_mg if product else None


def _same_kind(system: str, code: str, strength: Decimal, catalogue: Catalogue) -> str | None:
    """The code of a strength that stands in the same place among its strength's codes as the given one."""
    by_strength: dict[Decimal | None, list[str]] = {}
    for (known, other), product in catalogue.products.items():
        if known == system and product.drug == catalogue.drug:
            by_strength.setdefault(product.strength_mg, []).append(other)
    wanted = by_strength.get(strength, [])
    own = catalogue.products[(system, code)].strength_mg
    place = by_strength[own].index(code) if own is not None else 0
    return wanted[place] if place < len(wanted) else (wanted[0] if wanted else None)


def _display(coding: Json, strength: Decimal, catalogue: Catalogue) -> str:
    return _restrengthened(str(coding.get("display") or ""), strength, catalogue)


def _restrengthened(words: str, strength: Decimal, catalogue: Catalogue) -> str:
    """The words with the new strength in place of the old; plain words where they named none."""
    if _STRENGTH.search(words):
        return _STRENGTH.sub(lambda m: f"{plain(strength)}{m['gap']}{m['unit']}", words)
    return f"{catalogue.drug} {plain(strength)} MG Oral Capsule"
