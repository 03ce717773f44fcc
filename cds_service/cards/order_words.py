"""A draft order in its own words, because a card that names only an id does not say which order it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cds_service.cards.text import one_line
from cds_service.fhir.decode import Unreadable
from cds_service.fhir.model import read_exact

_PERIODS = {"h": "hour", "d": "day", "wk": "week", "mo": "month"}


def order_words(reference: str, orders: Mapping[str, bytes]) -> str:
    """The drug and dosage of an order as it stands there: "Aspirin 75 MG Oral Tablet, 1 tablet every day".

    Missing: an order that is not there or says neither is called "an order without drug and dosage".
    """
    raw = orders.get(reference)
    if raw is None:
        return ""
    try:
        order = read_exact(raw)
    except Unreadable:
        return "an order that cannot be read"
    words = [_drug(order), _dosage(order)]
    return one_line(", ".join(word for word in words if word), 160) or "an order without drug and dosage"


def _drug(order: Mapping[str, Any]) -> str:
    concept = _mapping(order.get("medicationCodeableConcept"))
    reference = _mapping(order.get("medicationReference"))
    for contained in _mappings(order.get("contained")):
        if reference.get("reference") == f"#{contained.get('id')}":
            concept = concept or _mapping(contained.get("code"))
    return _concept(concept) or _text(reference.get("display"))


def _concept(concept: Mapping[str, Any]) -> str:
    if text := _text(concept.get("text")):
        return text
    codings = _mappings(concept.get("coding"))
    display = next((_text(coding.get("display")) for coding in codings if coding.get("display")), "")
    return display or next((f"code {_text(coding.get('code'))}" for coding in codings if coding.get("code")), "")


def _dosage(order: Mapping[str, Any]) -> str:
    """The dosage of every instruction; the text where there is one, else the structured dose and timing.

    Some write the text itself where an instruction belongs, or one instruction where a list does.
    """
    given = order.get("dosageInstruction")
    told = [each if isinstance(each, str) else _instruction(_mapping(each)) for each in _items(given)]
    return "; ".join(filter(None, told))


def _instruction(instruction: Mapping[str, Any]) -> str:
    if text := _text(instruction.get("text")):
        return text
    rates = _mappings(instruction.get("doseAndRate"))
    quantity = _mapping(rates[0].get("doseQuantity")) if rates else {}
    # UCUM writes what is counted in braces: {pill}.
    unit = (_text(quantity.get("unit")) or _text(quantity.get("code"))).strip("{}")
    amount = f"{_text(quantity.get('value'))} {unit}".strip()
    return " ".join(filter(None, (amount, _timing(_mapping(instruction.get("timing"))))))


def _timing(timing: Mapping[str, Any]) -> str:
    if words := _concept(_mapping(timing.get("code"))):
        return words
    repeat = _mapping(timing.get("repeat"))
    frequency, period = _text(repeat.get("frequency")) or "1", _text(repeat.get("period"))
    unit = _PERIODS.get(_text(repeat.get("periodUnit")), "")
    if not period or not unit:
        return ""
    often = f"every {unit}" if period == "1" else f"every {period} {unit}s"
    return often if frequency == "1" else f"{frequency} times {often}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    """A string or number as text; anything else says nothing."""
    return "" if isinstance(value, bool | list | dict) or value is None else str(value)
