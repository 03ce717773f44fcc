"""Members of medication resources that may be missing or of another form without costing the record."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec

from cds_service.clinical.exposure import Dose, days_covered
from cds_service.clinical.quantity import exact, plain
from cds_service.fhir.dates import read_date
from cds_service.fhir.decode import Annotation, CodeableConcept, Quantity, Unreadable, decode, number
from cds_service.fhir.dosage.instruction import unit_factor
from cds_service.fhir.medication_shapes import MedicationResource
from cds_service.fhir.terminology import concepts_of
from cds_service.fhir.words import hold_causes_in, orders_in, reactions_in

_SUPPLY_DAYS: Final = {"d": 1, "day": 1, "days": 1, "wk": 7, "week": 7, "weeks": 7}
# What this service writes goes before a day that the reason itself names.
_SINCE: Final = (
    re.compile(r"\((?:on-hold|stopped) since (\d{4}-\d{2}-\d{2})\)"),
    re.compile(r"\bsince (\d{4}-\d{2}-\d{2})\b"),
)
_T = TypeVar("_T")
_NOTES: Final[Any] = list[Annotation | str] | Annotation | str
OFF_IN_WORDS: Final = "its note, or the reason of its status, says that it is held or stopped"
_ONE_OR_MANY: Final[Any] = list[CodeableConcept] | CodeableConcept


def member(raw: bytes | msgspec.Raw, kind: type[_T]) -> _T | None:
    """The member as a struct; None when it is missing or has another form."""
    text = bytes(raw)
    if not text or text == b"null":
        return None
    try:
        return decode(text, kind)
    except Unreadable:
        return None


def concepts_in(raw: msgspec.Raw) -> list[CodeableConcept]:
    """The concepts of a member that is one concept or a list of them."""
    read: list[CodeableConcept] | CodeableConcept | None = member(raw, _ONE_OR_MANY)
    return [read] if isinstance(read, CodeableConcept) else read or []


def all_words(*raws: msgspec.Raw) -> str:
    """Text and displays of all concepts, each once."""
    found: dict[str, None] = {}
    for raw in raws:
        for concept in concepts_in(raw):
            found.update(dict.fromkeys(w for w in (concept.text, *(c.display for c in concept.coding)) if w))
    return "; ".join(found)


def reactions_of(*raws: msgspec.Raw) -> frozenset[str]:
    """What concepts name as the reason of a status, by code or in words; suspected ones count, denied ones do not."""
    found: frozenset[str] = frozenset()
    for concept in (each for raw in raws for each in concepts_in(raw)):
        worded = reactions_in(concept.words())
        found |= concepts_of(concept.coding) | worded.stated | worded.doubted | hold_causes_in(concept.words())
    return found


def is_off_in_words(resource: MedicationResource) -> bool:
    """Whether a note or the reason of its status says plainly that it is held or stopped, and not that it goes on again."""
    read: list[Annotation | str] | Annotation | str = member(resource.note, _NOTES) or []
    notes = [each if isinstance(each, str) else each.text for each in (read if isinstance(read, list) else [read])]
    said = {each for text in (*notes, all_words(resource.statusReason)) for each in orders_in(text)}
    return "off-treatment" in said and "on-treatment-again" not in said


def status_since(resource: MedicationResource) -> date | None:
    """The day of a status: as newer versions of FHIR state it, else "since" in its reason, as this service writes it."""
    words = all_words(resource.statusReason, resource.statusReasonCodeableConcept)
    told = next((found for pattern in _SINCE if (found := pattern.search(words))), None)
    try:
        return read_date(resource.statusChanged or (told[1] if told else "")).on
    except Unreadable:
        return None


def reasons_in(raw: msgspec.Raw) -> tuple[str, ...]:
    """Text, displays and codes of all concepts, each once."""
    found: dict[str, None] = {}
    for concept in concepts_in(raw):
        words = [concept.text, *(word for c in concept.coding for word in (c.display, c.code))]
        found.update(dict.fromkeys(word for word in words if word))
    return tuple(found)


def days_in(quantity: Quantity | None) -> Decimal | None:
    """A supply in days; None where there is none or its unit is no day or week."""
    if quantity is None or quantity.comparator:
        return None
    factor = _SUPPLY_DAYS.get((quantity.code or quantity.unit).strip().lower())
    try:
        value = number(quantity.value)
    except Unreadable:
        return None
    return value * factor if factor and value > 0 else None


def supplied_mg(raw: msgspec.Raw, strength_mg: Decimal | None) -> Decimal | None:
    """What a supplied quantity holds, mg; a bare number counts capsules.

    Missing: None where there is no quantity, its number or unit cannot be used, or the strength of a capsule is not known.
    """
    quantity = member(raw, Quantity)
    if quantity is None or quantity.comparator:
        return None
    words = [(quantity.code, quantity.system), (quantity.unit, "")]
    factors = {unit_factor(word, system) for word, system in words if word} or {Decimal(0)}
    known = factors - {None}
    try:
        value = number(quantity.value)
    except Unreadable:
        return None
    factor = known.pop() if len(known) == 1 else None
    if factor is None or value <= 0 or (not factor and strength_mg is None):
        return None
    return value * (factor or strength_mg or Decimal(0))


def supply_doubt(raw: msgspec.Raw, strength_mg: Decimal | None, dose: Dose | None, days: Decimal | None) -> str:
    """Why a quantity in mg may be one of capsules under the wrong unit; "" where nothing speaks for it.

    It is no whole number of capsules, or it does not last the days that are stated while as capsules it would.
    """
    quantity, mg = member(raw, Quantity), supplied_mg(raw, strength_mg)
    if quantity is None or mg is None or strength_mg is None:
        return ""
    value = number(quantity.value)
    if mg == value * strength_mg:
        return ""
    words = f"a quantity of {plain(exact(value))} {quantity.unit or quantity.code}"
    if exact(mg / strength_mg).denominator != 1:
        return f"{words} is no whole number of {plain(exact(strength_mg))} mg capsules"
    if dose is None or days is None or exact(value).denominator != 1:
        return ""
    lasts, would_last = days_covered(dose, mg), days_covered(dose, value * strength_mg)
    return f"{words} does not last the {plain(exact(days))} days that are stated" if lasts < days == would_last else ""


def refills_in(raw: msgspec.Raw) -> int | None:
    """The number of repeats; None where there is none or it is no whole number."""
    try:
        value = number(raw)
    except Unreadable:
        return None
    return int(value) if value == value.to_integral_value() and value >= 0 else None
