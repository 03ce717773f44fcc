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
    """Gives the medication of the order the code of a strength (mg), in place.

    Codes of the old strength are replaced by that of the same kind (generic stays generic, brand stays brand); codes
    without strength stay; a code that is not known is left out, because it may name the old strength. What is named in
    words alone stays so. A Medication that the order contains is replaced by the concept that it holds.
    Returns: whether it could be done; False for a Medication elsewhere and where the system has no such code.
    """
    concept = order.get("medicationCodeableConcept")
    contained = None if isinstance(concept, dict) else _contained(order)
    concept = _concept_of(contained, catalogue) if contained is not None else concept
    new = _with_strength(concept, strength, catalogue) if isinstance(concept, dict) else None
    if new is None:
        return False
    order["medicationCodeableConcept"] = new
    if contained is not None:
        del order["medicationReference"]
        order["contained"] = [each for each in order["contained"] if each is not contained]
        if not order["contained"]:
            del order["contained"]
    return True


def with_concept(order: Json, catalogue: Catalogue) -> Json:
    """The order with the drug itself in place of a Medication that stands elsewhere: there its strength cannot be changed."""
    reference = order.get("medicationReference")
    if "medicationCodeableConcept" in order or not isinstance(reference, dict):
        return order
    if str(reference.get("reference") or "").startswith("#"):
        return order
    rest = {name: value for name, value in order.items() if name != "medicationReference"}
    return {**rest, "medicationCodeableConcept": _drug(catalogue)}


def _drug(catalogue: Catalogue) -> Json:
    """The drug by its name and by each of its codes that says no strength."""
    plain_codes = [
        key for key, product in catalogue.products.items() if key in catalogue.own_codes and product.strength_mg is None
    ]
    codings = [{"system": system, "code": code, "display": catalogue.drug} for system, code in plain_codes[:1]]
    return {"coding": codings, "text": catalogue.drug} if codings else {"text": catalogue.drug}


def _contained(order: Json) -> Json | None:
    """The Medication that the order contains and refers to from nowhere else; None where there is none."""
    reference, members = order.get("medicationReference"), order.get("contained")
    if not isinstance(reference, dict) or not isinstance(members, list):
        return None
    address = str(reference.get("reference") or "")
    rest = [value for name, value in order.items() if name != "medicationReference"]
    found = [each for each in members if isinstance(each, dict) and f"#{each.get('id')}" == address]
    is_known = len(found) == 1 and found[0].get("resourceType") == "Medication"
    return found[0] if is_known and not any(_refers(value, address) for value in rest) else None


def _refers(value: object, address: str) -> bool:
    if isinstance(value, dict):
        return value.get("reference") == address or any(_refers(each, address) for each in value.values())
    return isinstance(value, list) and any(_refers(each, address) for each in value)


def _concept_of(medication: Json, catalogue: Catalogue) -> object:
    """What a Medication is called: its code, else its only ingredient."""
    ingredients = medication.get("ingredient")
    if medication.get("code") or not isinstance(ingredients, list) or len(ingredients) != 1:
        return medication.get("code")
    return ingredients[0].get("itemCodeableConcept") if isinstance(ingredients[0], dict) else None


def _with_strength(concept: Json, strength: Decimal, catalogue: Catalogue) -> Json | None:
    """The concept of another strength; None where no code of it is known."""
    given = concept.get("coding")
    known = [coding for coding in given if isinstance(coding, dict)] if isinstance(given, list) else []
    has_strength = any(_strength_of(coding, catalogue) is not None for coding in known)
    codings, is_done = [], not known
    for coding in known:
        system, code = str(coding.get("system", "")), str(coding.get("code", "")).strip()
        product = catalogue.products.get((system_url(system), code))
        if product is None or product.drug != catalogue.drug:
            continue
        new = _same_kind(system_url(system), code, strength, catalogue)
        if product.strength_mg is None and (new is None or is_done or has_strength):
            codings.append(coding)
            is_done = is_done or new is None
        elif new is not None:
            codings.append({**coding, "code": new, "display": _display(coding, strength, catalogue)})
            is_done = True
    if not is_done:
        return None
    text = concept.get("text")
    words = _restrengthened(text if isinstance(text, str) else "", strength, catalogue)
    return {**concept, "coding": codings, "text": words} if codings else {"text": words}


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
