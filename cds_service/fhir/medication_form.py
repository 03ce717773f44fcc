"""Whether what a record says of how a medicine is taken speaks against capsules of a few milligrams by mouth.

Asked only of records of which nothing else says which medicine they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import msgspec

from cds_service.fhir.dosage.instruction import unit_factor
from cds_service.fhir.terminology import concepts_of_code, system_url
from cds_service.fhir.words import forms_in

# Ours: twice the highest dose of one day that any document has.
_MOST_MG: Final = Decimal(50)
_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
_BY_OTHER: Final = "not-by-mouth"
_MOST_READ: Final = 20_000


def is_of_another_form(dosages: bytes) -> bool:
    """Whether dosages (JSON) name another way than by mouth, a unit of no capsule, or more than any dose in mg."""
    if not dosages or len(dosages) > _MOST_READ:
        return False
    try:
        read = _DECODER.decode(dosages)
    except msgspec.DecodeError:
        return False
    told = read if isinstance(read, list) else [read]
    written = ({"text": each} if isinstance(each, str) else each for each in told)
    return any(_is_other(each) for each in written if isinstance(each, dict))


def _is_other(dosage: dict[str, Any]) -> bool:
    route = dosage.get("route")
    codings = route.get("coding") if isinstance(route, dict) else None
    known = [c for c in codings if isinstance(c, dict)] if isinstance(codings, list) else []
    if any("by-mouth" in concepts_of_code(str(c.get("system", "")), str(c.get("code", ""))) for c in known):
        route = None
    words = [*_texts(route), *(str(dosage.get(name) or "") for name in ("text", "patientInstruction"))]
    return any(_BY_OTHER in forms_in(each) for each in words) or any(
        _is_other_amount(each) for each in _amounts(dosage)
    )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from [each] if name in ("text", "display") and isinstance(each, str) else _texts(each)
    elif isinstance(value, list):
        yield from (text for each in value for text in _texts(each))


def _amounts(dosage: dict[str, Any]) -> Iterator[dict[str, Any]]:
    rates = dosage.get("doseAndRate")
    for holder in (dosage, *(rates if isinstance(rates, list) else [rates])):
        given = (holder.get("doseQuantity") or holder.get("dose")) if isinstance(holder, dict) else None
        if isinstance(given, dict):
            yield given


def _is_other_amount(quantity: dict[str, Any]) -> bool:
    unit, value = str(quantity.get("unit") or quantity.get("code") or ""), quantity.get("value")
    factor = unit_factor(str(quantity.get("code") or unit), system_url(str(quantity.get("system") or "")))
    if factor and isinstance(value, Decimal | int):
        return value * factor > _MOST_MG
    return bool(forms_in(unit))
