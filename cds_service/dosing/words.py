"""How values are written in sentences: as reported, with the unit people use, and ISO dates."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from cds_service.clinical.facts import Reading
from cds_service.clinical.quantity import exact, plain

_PRETTY_UNITS = {
    "10*3/uL": "×10³/µL",
    "10^3/uL": "×10³/µL",
    "10*9/L": "×10⁹/L",
    "10^9/L": "×10⁹/L",
    "/uL": "/µL",
    "Cel": "°C",
    "[degF]": "°F",
}
LINE_NAMES = {"platelets": "platelets", "anc": "ANC"}


def shown(reading: Reading) -> str:
    """The result as reported, e.g. "49.999 ×10³/µL" or "49,999 /µL"; one worked out from others as its own number."""
    if reading.is_derived and reading.amount.is_exact and reading.unit == "/uL":
        return f"{grouped(plain(reading.amount.value), reading.unit)} {_PRETTY_UNITS[reading.unit]}"
    unit = _PRETTY_UNITS.get(reading.reported_unit, reading.reported_unit)
    return f"{grouped(reading.reported, reading.reported_unit)} {unit}".strip()


def grouped(value: str, unit: str) -> str:
    """A whole count per microlitre with its thousands separated; any other value as it was reported."""
    is_whole = unit == "/uL" and value.isascii() and value.isdigit()
    return f"{int(value):,}" if is_whole else value


def shown_on(reading: Reading) -> str:
    """The result as reported with its day, e.g. "42 ×10⁹/L (2026-01-14)"."""
    return f"{shown(reading)} ({reading.on.isoformat()})"


def per_microlitre(number: object) -> str:
    """A count threshold with thousands separated: "50,000/µL"."""
    text = plain(number)  # type: ignore[arg-type]
    whole, _, rest = text.partition(".")
    return f"{int(whole):,}{'.' + rest if rest else ''}/µL"


def threshold(number: Decimal | Fraction | int, unit: str) -> str:
    """A count threshold, given per microlitre, in the unit of its document: "50,000/µL" or "50 ×10⁹/L"."""
    if unit == "10*9/L":
        return f"{plain(exact(number) / 1000)} {_PRETTY_UNITS[unit]}"
    return per_microlitre(number)


def capitalised(text: str) -> str:
    """The text with its first letter in upper case and the rest as it is."""
    return text[:1].upper() + text[1:]
