"""The dose of a medication resource, from its instructions or else from the words of its product."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from cds_service.fhir.decode import Unreadable, decode
from cds_service.fhir.dosage.instruction import NOT_READABLE, Dosage, DoseRead, read_dosage
from cds_service.fhir.medication_product import ProductRead
from cds_service.fhir.medication_shapes import MedicationResource

OTHER_DRUG: Final = "the dose of this drug is not looked at"
ONE_ADMINISTRATION: Final = "one administration is no schedule"
# Characters of instructions; longer ones are read anew each time, so that nobody can fill the memory with them.
_MOST_REMEMBERED: Final = 2_000
_INSTRUCTIONS: Final[Any] = list[Dosage | str] | Dosage | str


def instructions_of(resource: MedicationResource) -> bytes:
    """The dosage instructions as they stand in the resource; empty where there are none."""
    raw = bytes(resource.dosageInstruction) or bytes(resource.dosage)
    return b"" if raw == b"null" else raw


def _decoded(raw: bytes) -> list[Dosage] | None:
    """The instructions, one that is a string as its text; None where they cannot be read."""
    if not raw:
        return []
    try:
        read: list[Dosage | str] | Dosage | str = decode(raw, _INSTRUCTIONS)
    except Unreadable:
        return None
    return [
        Dosage(text=each) if isinstance(each, str) else each for each in (read if isinstance(read, list) else [read])
    ]


def dosages_of(resource: MedicationResource) -> list[Dosage]:
    """The instructions of a medication resource; none where they cannot be read, and then `dose_of` says so."""
    return _decoded(instructions_of(resource)) or []


def dose_of(resource: MedicationResource, product: ProductRead, names: tuple[str, ...]) -> DoseRead:
    """The dose of a medication resource.

    Args: the resource; its product; the names of the drug, which may stand in texts.
    Returns: a DoseRead; without a dose its `problem` says why.
    """
    if not product.is_drug:
        return DoseRead(problem=OTHER_DRUG)
    if product.problem:
        return DoseRead(problem=product.problem)
    raw = instructions_of(resource)
    read = _told if len(raw) + len(product.text) <= _MOST_REMEMBERED else _told.__wrapped__
    told = read(raw, product.text, product.strength_mg, names)
    if resource.resourceType == "MedicationAdministration" and told.dose is None and told.mg_only is not None:
        return DoseRead(problem=ONE_ADMINISTRATION, mg_only=told.mg_only)
    return told


# The instructions of a drug are few, and written the same way in one order after another.
@lru_cache(maxsize=256)
def _told(raw: bytes, product_text: str, strength_mg: Decimal | None, names: tuple[str, ...]) -> DoseRead:
    """The dose that instructions give, as they stand in the resource."""
    dosages = _decoded(raw)
    if dosages is None:
        return DoseRead(problem=NOT_READABLE)
    if not dosages and product_text:
        # Its name with "10 mg daily" as the medication's text is an instruction where there is no other.
        told = read_dosage([Dosage(text=product_text)], strength_mg, True, names)
        if told.dose is not None:
            return told
    return read_dosage(dosages, strength_mg, True, names)
