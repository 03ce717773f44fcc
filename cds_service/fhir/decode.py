"""Typed, lazy decoding of what the readers need; a bad resource costs itself only.

A reader declares a `Resource` struct with just the members it looks at; everything else in the resource is skipped
unread. Numbers stay `msgspec.Raw` until `number()` makes an exact Decimal of them, so that a string where FHIR wants a
number is refused instead of guessed at, and an absurd exponent costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect

from cds_service.clinical.quantity import UnusableNumber, exact


class Resource(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The members that every resource has."""

    resourceType: str = ""
    id: str = ""


class Coding(msgspec.Struct, frozen=True, gc=False):
    system: str = ""
    code: str = ""
    display: str = ""


class CodeableConcept(msgspec.Struct, frozen=True, gc=False):
    coding: list[Coding] = []
    text: str = ""

    def words(self) -> str:
        """The text, else the first display."""
        return self.text or next((c.display for c in self.coding if c.display), "")


class Reference(msgspec.Struct, frozen=True, gc=False):
    reference: str = ""
    display: str = ""
    type: str = ""


class Quantity(msgspec.Struct, frozen=True, gc=False):
    value: msgspec.Raw = msgspec.Raw()
    comparator: str = ""
    unit: str = ""
    system: str = ""
    code: str = ""


class Period(msgspec.Struct, frozen=True, gc=False):
    start: str = ""
    end: str = ""


class Annotation(msgspec.Struct, frozen=True, gc=False):
    text: str = ""


class ResourceType(msgspec.Struct, frozen=True, gc=False):
    """Just enough of any resource to know what it is and whose it is."""

    resourceType: str = ""
    id: str = ""
    subject: Reference | None = None
    patient: Reference | None = None


T = TypeVar("T")
# In which member a value stands that came bare where an element belongs.
_BARE: Final[Mapping[type, str]] = {
    CodeableConcept: "text",
    Coding: "code",
    Reference: "reference",
    Quantity: "value",
    Period: "start",
    Annotation: "text",
}
# Members that are left out where they have no form that can be read: what they tell is asked for elsewhere, or not needed.
_SPARE: Final = frozenset({"meta", "specimen", "note", "referenceRange"})
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_STEP: Final = re.compile(r"\$(?:\[[0-9.]+\])?\.([A-Za-z]+)")
_MOST_KEPT: Final = 200
_FORMS: Final[Mapping[type, Any]] = {list: inspect.ListType, dict: inspect.StructType, str: inspect.StrType}
_decoders: dict[type, msgspec.json.Decoder[Any]] = {}
_FAULTS = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
_anything = msgspec.json.Decoder(float_hook=Decimal)
_writer = msgspec.json.Encoder(decimal_format="number")


class Unreadable(ValueError):
    """A resource or number that cannot be read. The message names the place and the kind of fault, never a value."""


class _NoForm(ValueError):
    """A value that no reading gives the form that is needed."""


def decode(raw: bytes | msgspec.Raw, kind: type[T]) -> T:
    """The element as a struct, when it has just the form that is asked for.

    Raises: Unreadable when a member that a reader needs has the wrong type.
    """
    decoder = _decoder_of(kind)
    try:
        return decoder.decode(raw)
    except _FAULTS as error:
        fault = _fault(error)
    try:
        # FHIR JSON has no null outside of arrays; where a client sends one, the member is not there.
        return decoder.decode(_writer.encode(_without_nulls(_anything.decode(raw))) if b"null" in bytes(raw) else raw)
    except _FAULTS:
        raise Unreadable(fault) from None


def decode_resource(raw: bytes | msgspec.Raw, kind: type[T]) -> T:
    """The resource as a struct; a member in another form than FHIR's costs no resource.

    Such a member is read where it has only one meaning (one element for a list of one), and where text is wanted it stands
    as it was written, for its reader to refuse.

    Raises: Unreadable when not even so a member that a reader needs can be read.
    """
    decoder = _decoder_of(kind)
    try:
        return decoder.decode(raw)
    except _FAULTS as error:
        fault = _fault(error)
    try:
        return decoder.decode(_writer.encode(_fitted(_anything.decode(raw), inspect.type_info(kind))))
    except (*_FAULTS, _NoForm, ArithmeticError, TypeError):
        raise Unreadable(fault) from None


def _decoder_of(kind: type[T]) -> msgspec.json.Decoder[T]:
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    return decoder


def head_of(raw: bytes | msgspec.Raw) -> Resource | None:
    """The type and id of a resource; None where not even they can be read."""
    try:
        return decode(raw, Resource)
    except Unreadable:
        return None


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_without_nulls(element) for element in value if element is not None]
    return value


def _fitted(value: Any, shape: inspect.Type) -> Any:
    """The value in the form that a struct wants; FHIR JSON has no null outside of arrays, so a member that is null is absent.

    Raises: _NoForm.
    """
    if isinstance(shape, inspect.UnionType):
        shape = _of_union(value, shape)
    match shape:
        case inspect.StructType():
            return _as_element(value, shape)
        case inspect.ListType():
            items = value if isinstance(value, list) else [value]
            return [_fitted(item, shape.item_type) for item in items if item is not None]
        case inspect.StrType():
            return _as_text(value)
        case inspect.BoolType() if value in ("true", "false", 0):
            return value == "true"
    return value


def _of_union(value: Any, shape: inspect.UnionType) -> inspect.Type:
    """The one of several forms that a value is nearest to."""
    forms = [each for each in shape.types if not isinstance(each, inspect.NoneType)]
    wanted = _FORMS.get(type(value), ())
    return next((each for each in forms if isinstance(each, wanted)), forms[0])


def _as_element(value: Any, shape: inspect.StructType) -> dict[str, Any]:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        bare = _BARE.get(shape.cls)
        if bare is None or isinstance(value, list) or (shape.cls is CodeableConcept and not isinstance(value, str)):
            raise _NoForm
        # A bare word may be the code or its text: what it would be without a system is named by its readers, and not read.
        value = {bare: value, **({"coding": [{"code": value}]} if shape.cls is CodeableConcept else {})}
    shapes = {each.encode_name: each.type for each in shape.fields}
    found = {}
    for name, member in value.items():
        if member is None or name not in shapes or (name == "id" and isinstance(member, dict | list)):
            continue
        try:
            found[name] = _fitted(member, shapes[name])
        except _NoForm:
            if name not in _SPARE:
                raise
    return found


def _as_text(value: Any) -> str:
    """A text; anything else as it was written, so that its reader refuses it as a word that it does not know."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, str) else _writer.encode(value).decode()[:_MOST_KEPT]


def decode_all(raws: Sequence[bytes | msgspec.Raw], kind: type[T]) -> list[T] | None:
    """Resources, each the whole of a JSON value, as structs in one pass; None where any of them is not as FHIR has it."""
    try:
        found = _decoder_of(list[kind]).decode(b"[%b]" % b",".join(raws))  # type: ignore[valid-type]
    except _FAULTS:
        return None
    return found if len(found) == len(raws) else None


def _fault(error: Exception) -> str:
    """What cannot be read, in words and without the value."""
    step = _STEP.search(str(error)) if isinstance(error, msgspec.ValidationError) else None
    if step is None:
        return "not readable JSON"
    return f"its {_CAMEL.sub(' ', step[1]).lower()} is not as it should be"


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
