"""Typed, lazy decoding of what the readers need; a bad resource costs itself only.

A reader declares a `Resource` struct with just the members it looks at; everything else in the resource is skipped
unread. Numbers stay `msgspec.Raw` until `number()` makes an exact Decimal of them, so that a string where FHIR wants a
number is refused instead of guessed at, and an absurd exponent costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeVar

import msgspec

from cds_service.clinical.quantity import UnusableNumber, exact


class Resource(msgspec.Struct, frozen=True, omit_defaults=True):
    """The members that every resource has."""

    resourceType: str = ""
    id: str = ""


class Coding(msgspec.Struct, frozen=True):
    system: str = ""
    code: str = ""
    display: str = ""


class CodeableConcept(msgspec.Struct, frozen=True):
    coding: list[Coding] = []
    text: str = ""

    def words(self) -> str:
        """The text, else the first display."""
        return self.text or next((c.display for c in self.coding if c.display), "")


class Reference(msgspec.Struct, frozen=True):
    reference: str = ""
    display: str = ""
    type: str = ""


class Quantity(msgspec.Struct, frozen=True):
    value: msgspec.Raw = msgspec.Raw()
    comparator: str = ""
    unit: str = ""
    system: str = ""
    code: str = ""


class Period(msgspec.Struct, frozen=True):
    start: str = ""
    end: str = ""


class Annotation(msgspec.Struct, frozen=True):
    text: str = ""


class ResourceType(msgspec.Struct, frozen=True):
    """Just enough of any resource to know what it is and whose it is."""

    resourceType: str = ""
    id: str = ""
    subject: Reference | None = None
    patient: Reference | None = None


T = TypeVar("T")
_decoders: dict[type, msgspec.json.Decoder[object]] = {}
_FAULTS = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
_anything = msgspec.json.Decoder(float_hook=Decimal)
_writer = msgspec.json.Encoder(decimal_format="number")


class Unreadable(ValueError):
    """A resource or number that cannot be read. The message names the place and the kind of fault, never a value."""


def decode(raw: bytes | msgspec.Raw, kind: type[T]) -> T:
    """The resource as a struct.

    Raises: Unreadable when a member that a reader needs has the wrong type.
    """
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    try:
        return decoder.decode(raw)  # type: ignore[return-value]
    except _FAULTS as error:
        fault = _fault(error)
    try:
        # FHIR JSON has no null outside of arrays; where a client sends one, the member is not there.
        return decoder.decode(_without_nulls(raw))  # type: ignore[return-value]
    except _FAULTS:
        raise Unreadable(fault) from None


def head_of(raw: bytes | msgspec.Raw) -> Resource | None:
    """The type and id of a resource; None where not even they can be read."""
    try:
        return decode(raw, Resource)
    except Unreadable:
        return None


def _without_nulls(raw: bytes | msgspec.Raw) -> bytes | msgspec.Raw:
    """The JSON without members and elements that are null; numbers keep the digits they were written with."""
    return _writer.encode(_kept(_anything.decode(raw))) if b"null" in bytes(raw) else raw


def _kept(value: object) -> object:
    if isinstance(value, dict):
        return {name: _kept(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_kept(element) for element in value if element is not None]
    return value


def decode_all(raws: Sequence[bytes | msgspec.Raw], kind: type[T]) -> list[T] | None:
    """Resources, each the whole of a JSON value, as structs in one pass; None where any of them cannot be read."""
    try:
        found = decode(b"[%b]" % b",".join(raws), list[kind])  # type: ignore[valid-type]
    except Unreadable:
        return None
    return found if len(found) == len(raws) else None


def _fault(error: Exception) -> str:
    """Where and what, without the value: msgspec says "Expected `str`, got `int` - at `$.status`"."""
    words = str(error)
    if isinstance(error, msgspec.ValidationError) and words.startswith("Expected"):
        return words
    return "not readable JSON"


def number(raw: msgspec.Raw) -> Decimal:
    """The exact number that stands in a Raw JSON member.

    Raises: Unreadable when there is none, when it is not a JSON number, or when its magnitude is absurd.
    """
    text = bytes(raw)
    if not text or text == b"null":
        raise Unreadable("no value")
    if len(text) > 60:
        raise Unreadable("not a usable number")
    try:
        value = Decimal(text.decode("ascii"))
        exact(value)
    except (InvalidOperation, UnusableNumber, UnicodeDecodeError):
        raise Unreadable("not a usable number") from None
    return value
