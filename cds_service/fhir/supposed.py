"""A result that nobody measured, for the question "what if": read by the same readers as any other, and marked as made up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

import msgspec

from cds_service.fhir.terminology import codes_of

_ID: Final = "supposed"
REFERENCE: Final = f"Observation/{_ID}"
_encode = msgspec.json.Encoder(decimal_format="number").encode


def supposed_result(patient_id: str, fact: str, value: Decimal, unit: str, on: date) -> msgspec.Raw:
    """A final Observation of a fact under its first code.

    Args: the patient; the name of the fact; the value in a unit as laboratories write it; the day.

    Raises: LookupError for a fact that no code stands for.
    """
    codes = codes_of(fact)
    if not codes:
        raise LookupError(f"no code stands for {fact!r}")
    system, code = codes[0]
    return msgspec.Raw(
        _encode(
            {
                "resourceType": "Observation",
                "id": _ID,
                "status": "final",
                "code": {"coding": [{"system": system, "code": code}], "text": f"{fact}, supposed"},
                "subject": {"reference": f"Patient/{patient_id}"},
                "effectiveDateTime": on.isoformat(),
                "valueQuantity": {"value": value, "unit": unit},
            }
        )
    )
