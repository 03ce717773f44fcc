"""The one door to fhir.resources (R4B): advice on resources that come in, a check of those that go out.

The library is imported on first use, because importing it is slow and most calls emit no resource. To read one resource
with it costs as much as the rest of a call, so it sees only a sample of those whose new parts are known to be sound
(`fhir/emitted.py`). What it is known to let pass (empty members, codes outside a required binding, absurd exponents) is
looked for here; what it refuses although R4 allows it (`_valueString` beside no value in an extension) is taken out
before it looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from cds_service.clinical.quantity import UnusableNumber, exact
from cds_service.fhir.decode import Unreadable

MAX_DEPTH = 40
MAX_PROBLEMS = 50

_exact_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")
# What stands in JSON wherever a member is empty, and wherever a number may be of absurd magnitude; seldom elsewhere.
_EMPTY = (b"null", b'""', b"[]", b"{}")
_may_be_absurd = re.compile(rb"[:,\[]-?(?:[0-9.]{11}|[0-9.]+[eE])|NaN|Inf|null").search
_element_name = re.compile(r"_?[A-Za-z]{1,60}\Z")

# The required bindings that the library does not look at, for what this service emits. Source: FHIR R4, request resources.
_ORDERS = ("order", "original-order", "reflex-order", "filler-order", "instance-order")
_INTENTS = ("proposal", "plan", *_ORDERS, "option")
_PRIORITIES = frozenset({"routine", "urgent", "asap", "stat"})
_CODES: Mapping[str, Mapping[str, frozenset[str]]] = {
    "MedicationRequest": {
        "status": frozenset(
            {"active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown"}
        ),
        "intent": frozenset(_INTENTS),
        "priority": _PRIORITIES,
    },
    "ServiceRequest": {
        "status": frozenset({"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}),
        "intent": frozenset({*_INTENTS, "directive"}),
        "priority": _PRIORITIES,
    },
}


def read_exact(raw: bytes) -> dict[str, Any]:
    """The resource as a dict whose decimals stay as written (1.50 stays 1.50).

    Raises: Unreadable when it is not a JSON object.
    """
    try:
        resource = _exact_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError):
        raise Unreadable("not readable JSON") from None
    if not isinstance(resource, dict):
        raise Unreadable("not a JSON object")
    return resource


def without_empties(resource: dict[str, Any]) -> dict[str, Any]:
    """The resource without members that hold null, "", [] or {}, which JSON in CDS Hooks may not carry.

    A null inside an array stays: there it pairs a primitive with its `_` sibling.
    """
    written = _written(resource)
    if written and not any(empty in written for empty in _EMPTY):
        return resource
    pruned = {name: _pruned(value) for name, value in resource.items()}
    return {name: value for name, value in pruned.items() if not _is_empty(value)}


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return without_empties(value)
    if isinstance(value, list):
        items = [_pruned(item) for item in value]
        kept = [item for item in items if item is None or not _is_empty(item)]
        return kept if any(item is not None for item in kept) else []
    return value


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


def problems_of(resource: Mapping[str, Any]) -> list[str]:
    """What is wrong with a resource, element by element, as "path: kind of fault"; never a value of it. Empty: nothing.

    Args: resource: a FHIR R4 resource as parsed JSON.
    """
    hostile = [f"{path}: {fault}" for path, fault in _hostile(resource, "", 0)]
    if hostile:
        return hostile[:MAX_PROBLEMS]
    guards = [*_empties(resource, ""), *_foreign_codes(resource)]
    return [*guards, *_model_problems(resource)][:MAX_PROBLEMS]


def is_sound(resource: Mapping[str, Any], original: Mapping[str, Any] | None = None) -> bool:
    """Whether a resource may be emitted.

    Args: resource: what would be sent. original: for an echoed EHR resource, what it was before our change; faults that
    stood there already are the EHR's own and do not count.
    """
    found = set(problems_of(resource))
    if not found or original is None or any(_hostile(resource, "", 0)):
        return not found
    return not found - set(problems_of(original))


def is_tame(resource: Mapping[str, Any]) -> bool:
    """Whether a resource holds nothing that would cost time or memory: absurd numbers, absurd nesting."""
    written = _written(resource)
    opened = written.count(b"{") + written.count(b"[")
    # Nearly every resource has too few brackets to be nested deeply, and no number that is long or has an exponent.
    return (0 < opened <= MAX_DEPTH and not _may_be_absurd(written)) or not any(_hostile(resource, "", 0))


def _written(resource: Mapping[str, Any]) -> bytes:
    """The resource as JSON; empty where it cannot be written."""
    try:
        return _encoder.encode(resource)
    except (TypeError, ValueError, RecursionError):
        return b""


def is_resource_type(name: str) -> bool:
    """Whether R4 has a resource type of this name: "Observation" is one, "HumanName" is a data type."""
    from fhir.resources.R4B.resource import Resource

    model = _model(name) if _element_name.match(name) else None
    return model is not None and issubclass(model, Resource)


def warm_up() -> None:
    """Import the models that this service emits, so that the first suggestion does not wait for it."""
    for kind in _CODES:
        _model(kind)


@lru_cache(maxsize=64)
def _model(kind: str) -> Any:
    """The R4B class of a resource type; None when there is none of that name."""
    from fhir.resources.R4B import get_fhir_model_class

    try:
        return get_fhir_model_class(kind)
    except (ValueError, KeyError):
        return None


def _model_problems(resource: Mapping[str, Any]) -> list[str]:
    from pydantic import ValidationError

    kind = resource.get("resourceType")
    model = _model(kind) if isinstance(kind, str) and _element_name.match(kind) else None
    if model is None:
        return ["resourceType: unknown"]
    try:
        model.model_validate(_without_value_siblings(dict(resource)))
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        return [f"{_path(fault['loc'])}: {fault['type']}" for fault in faults]
    except (TypeError, ValueError, AttributeError, KeyError, ArithmeticError, RecursionError):
        return ["(resource): the model cannot read it"]
    return []


def _path(location: tuple[int | str, ...]) -> str:
    """The place of a fault; a member name that no FHIR element can have is not repeated, it may hold anything."""
    steps = [
        str(step) if isinstance(step, int) or _element_name.match(step) else "(unknown element)" for step in location
    ]
    return ".".join(steps) or "(resource)"


def _without_value_siblings(value: Any) -> Any:
    """The resource without `_value…` members of extensions: valid in R4, refused by the library."""
    if isinstance(value, dict):
        is_extension = isinstance(value.get("url"), str)
        return {
            name: _without_value_siblings(member)
            for name, member in value.items()
            if not (is_extension and name.startswith("_value"))
        }
    if isinstance(value, list):
        return [_without_value_siblings(item) for item in value]
    return value


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield (name if isinstance(name, str) and _element_name.match(name) else "(unknown element)"), member
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield str(index), item


def _hostile(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """What would cost time or memory: numbers of absurd magnitude, absurd nesting."""
    if depth > MAX_DEPTH:
        yield path, "nested too deeply"
        return
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        try:
            exact(Decimal(repr(value)) if isinstance(value, float) else value)
            if isinstance(value, int) and abs(value) >= 10**19:
                yield path, "number out of range"
        except (UnusableNumber, ArithmeticError):
            yield path, "number out of range"
        return
    for name, member in _members(value):
        yield from _hostile(member, f"{path}.{name}" if path else name, depth + 1)


def _empties(value: Any, path: str) -> Iterator[str]:
    for name, member in _members(value):
        place = f"{path}.{name}" if path else name
        is_paired_null = member is None and isinstance(value, list)
        if _is_empty(member) and not is_paired_null:
            yield f"{place}: empty"
        elif isinstance(member, str) and not member.strip():
            yield f"{place}: blank"
        else:
            yield from _empties(member, place)


def _foreign_codes(resource: Mapping[str, Any]) -> list[str]:
    bindings = _CODES.get(str(resource.get("resourceType")), {})
    return [
        f"{name}: not in the required value set"
        for name, codes in bindings.items()
        if resource.get(name) is not None and not (isinstance(resource[name], str) and resource[name] in codes)
    ]
