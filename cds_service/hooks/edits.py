"""Single values of a request that somebody at a screen may change: counts and other results, their days, doses.

What may be changed is what the chart was read from: a value is found by the resource that the explanation names, so that
no code is looked at here. A value that stands there in an odd form is not offered, for it could not be put back as it was.
A dose stands in an order three times, as product, amount and words: the order is written anew, as a card's suggestion writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from cds_service.cards.words import fact_words, listed
from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.quantity import plain
from cds_service.drugs.contract import Drug
from cds_service.fhir.dosage_write import DrugCodes, amended_order
from cds_service.fhir.terminology import unit_words
from cds_service.hooks.explanation import FactRead

Path = tuple[str | int, ...]
_VALUE: Path = ("valueQuantity", "value")
_DOSE: Path = ("dosageInstruction",)
_DAYS: tuple[Path, ...] = (("effectiveDateTime",), ("authoredOn",))
_MEDICATIONS = {"draftOrder": "dose ordered", "medication": "dose on record"}
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,6})?", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3}){1,2}", re.ASCII)
_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Field:
    """One value that may be changed: its name in a form, what it is called, its unit ("" for a day), and where it stands.

    `dose` is that of an order as it was read; `value` is "" where it could not be, and once a day is then meant.
    """

    name: str
    label: str
    value: str
    unit: str
    reference: str
    path: Path
    dose: Dose | None = None

    @property
    def is_day(self) -> bool:
        """Whether it is a calendar day."""
        return self.path in _DAYS


class EditFault(ValueError):
    """A value that cannot be put into a request; the words name the field and show the value."""


def read_request(body: bytes) -> dict[str, Any]:
    """The request with exact numbers. Raises: ValueError when it is no JSON object."""
    content = json.loads(body, parse_float=Decimal)
    if not isinstance(content, dict):
        raise ValueError("no JSON object")
    return content


def write_request(request: Mapping[str, Any]) -> bytes:
    """The request as it is sent."""
    return _encoder.encode(request)


def fields_of(
    request: Mapping[str, Any], read: Sequence[FactRead], drug: Drug, orders: Iterable[MedicationRecord]
) -> tuple[Field, ...]:
    """The values that may be changed: of each fact the newest one; of medications the newest order of the drug.

    Args: the request; the facts that were read from it; the drug and the records of medications, drafts among them.
    """
    resources = _resources(request)
    known = {each.reference: each for each in orders if each.kind == "order" and drug.name in each.concepts}
    newest: dict[str, FactRead] = {}
    for fact in read:
        if fact.reference not in resources or (fact.fact in _MEDICATIONS and fact.reference not in known):
            continue
        held = newest.get(fact.fact)
        if held is None or (fact.on or date.min) > (held.on or date.min):
            newest[fact.fact] = fact
    return tuple(
        field
        for name, fact in newest.items()
        for field in _fields(name, fact, resources[fact.reference][0], known.get(fact.reference))
    )


def edited(
    request: Mapping[str, Any], fields: Iterable[Field], values: Mapping[str, str], drug: Drug
) -> dict[str, Any]:
    """A copy of the request with other values; a field without one, or with a blank one, stands as it is.

    Args: the request; its fields; their values by name; the drug whose orders are written.
    Raises: EditFault.
    """
    copy: dict[str, Any] = json.loads(write_request(request), parse_float=Decimal)
    resources = _resources(copy)
    # An order keeps its day when its dose is written, so days may come before or after.
    for field in fields:
        given = values.get(field.name, "").strip()
        if not given or given == field.value:
            continue
        for resource in resources.get(field.reference, ()):
            if field.path == _DOSE:
                _prescribe(resource, field, given, drug)
            elif _at(resource, field.path) is not None:
                _put(resource, field, given)
    return copy


def day(text: str, label: str) -> date:
    """A calendar day. Raises: EditFault."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise EditFault(f"{label}: {text[:40]!r} is no day written as YYYY-MM-DD.") from None


def _fields(name: str, fact: FactRead, resource: Mapping[str, Any], order: MedicationRecord | None) -> Iterator[Field]:
    label = _MEDICATIONS.get(name) or fact_words(name)
    if order is not None:
        mg = plain(order.dose.mg) if order.dose else ""
        words = label if order.dose else f"{label}, once daily"
        yield Field(name, words, mg, "mg", fact.reference, _DOSE, order.dose)
    else:
        yield from _value(name, label, fact, resource)
    for where in _DAYS:
        moment = _at(resource, where)
        if isinstance(moment, str) and len(moment) >= 10:
            yield Field(f"{name}-on", f"{label}, day", moment[:10], "", fact.reference, where)


def _value(name: str, label: str, fact: FactRead, resource: Mapping[str, Any]) -> Iterator[Field]:
    value = _at(resource, _VALUE)
    if _is_number(value) and Decimal(value) == _decimal(fact.value):
        quantity = _at(resource, _VALUE[:-1]) or {}
        unit = quantity.get("unit") or quantity.get("code") or ""
        yield Field(name, label, f"{value}", unit_words(str(unit)), fact.reference, _VALUE)


def _prescribe(resource: dict[str, Any], field: Field, given: str, drug: Drug) -> None:
    """Writes an order as it would be written for another dose: product, amount and words; the schedule stays."""
    if not _NUMBER.fullmatch(given):
        raise EditFault(f"{field.label}: {given[:40]!r} is no number such as 5 or 2.5.")
    mg = Decimal(given)
    dose = replace(field.dose, mg=mg) if field.dose else Dose(mg)
    codes = DrugCodes(drug.codes, drug.names, drug.name)
    amended = amended_order(resource, dose, drug.strengths_mg, codes)
    if amended is None:
        capsules = listed([plain(strength) for strength in drug.strengths_mg])
        raise EditFault(
            f"{field.label}: {given} mg cannot be ordered as whole capsules of one strength; there are capsules of {capsules} mg."
        )
    resource.clear()
    resource.update(amended)


def _put(resource: dict[str, Any], field: Field, given: str) -> None:
    parent: Any = resource
    for step in field.path[:-1]:
        parent = parent[step]
    last = field.path[-1]
    if field.is_day:
        # The time of the day stays: it may tell two results of one day apart.
        parent[last] = day(given, field.label).isoformat() + str(parent[last])[10:]
        return
    # "49,999" is as many single cells to some readers, and thousands with decimals to others.
    is_whole = _is_number(parent[last]) and parent[last] >= 1000
    number = given.replace(",", "") if is_whole and _THOUSANDS.fullmatch(given) else given
    if not _NUMBER.fullmatch(number):
        example = "49999 or 49,999" if is_whole else "49.9 or 1.25"
        raise EditFault(f"{field.label}: {given[:40]!r} is no number such as {example}.")
    parent[last] = Decimal(number)


def _resources(request: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Every resource of a request by its reference; one that came twice stands there twice."""
    found: dict[str, list[dict[str, Any]]] = {}
    waiting: list[Any] = [request]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("resourceType"), str) and isinstance(one.get("id"), str):
                found.setdefault(f"{one['resourceType']}/{one['id']}", []).append(one)
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return found


def _at(content: Any, path: Path) -> Any:
    """What stands at a path; None where nothing does."""
    for step in path:
        if isinstance(step, int):
            content = content[step] if isinstance(content, list) and len(content) > step else None
        else:
            content = content.get(step) if isinstance(content, dict) else None
    return content


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
