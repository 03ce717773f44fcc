"""The little that this service writes into resources, as small closed models.

An order that goes back is the client's own but for a few elements, and a new test order is ours altogether. What fits
these models is valid R4 whatever else stands in the order, so that the library, which reads whole resources and costs a
hundred times as much, need not look at each (`fhir/model.py`). What does not fit is not wrong: it is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

_Words = Annotated[str, msgspec.Meta(pattern=r"^\S(?:[ \S]*\S)?\Z")]
_Code = Annotated[str, msgspec.Meta(pattern=r"^\S+(?: \S+)*\Z")]
_Uri = Annotated[str, msgspec.Meta(pattern=r"^\S+\Z")]
_Reference = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]+/[A-Za-z0-9\-.]{1,64}\Z")]
_Positive = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
_Number = Decimal | int
_Some = msgspec.Meta(min_length=1)
_json = msgspec.json.Encoder(decimal_format="number").encode


class _Element(msgspec.Struct, forbid_unknown_fields=True):
    """Members may be missing, since only those that changed are looked at; none may be unknown or null."""


class _Coding(_Element):
    system: _Uri = ""
    code: _Code = ""
    display: _Words = ""


class _Concept(_Element):
    coding: list[_Coding] = []
    text: _Words = ""


class _Quantity(_Element):
    value: _Number = 0
    unit: _Words = ""
    system: _Uri = ""
    code: _Code = ""


class _Period(_Element):
    start: date | msgspec.UnsetType = msgspec.UNSET
    end: date | msgspec.UnsetType = msgspec.UNSET


class _Repeat(_Element):
    boundsPeriod: _Period | msgspec.UnsetType = msgspec.UNSET
    boundsDuration: _Quantity | msgspec.UnsetType = msgspec.UNSET
    frequency: _Positive = 1
    period: _Number = 1
    periodUnit: Literal["d", "wk"] = "d"


class _Timing(_Element):
    repeat: _Repeat | msgspec.UnsetType = msgspec.UNSET


class _Rate(_Element):
    doseQuantity: _Quantity | msgspec.UnsetType = msgspec.UNSET


class _Dosage(_Element):
    text: _Words = ""
    additionalInstruction: list[_Concept] = []
    timing: _Timing | msgspec.UnsetType = msgspec.UNSET
    doseAndRate: list[_Rate] = []


class _Dispense(_Element):
    quantity: _Quantity | msgspec.UnsetType = msgspec.UNSET


class _OrderChange(_Element):
    """What an order is given: another dose, or a hold with its reason."""

    status: Literal["on-hold", "stopped"] | msgspec.UnsetType = msgspec.UNSET
    statusReason: _Concept | msgspec.UnsetType = msgspec.UNSET
    medicationCodeableConcept: _Concept | msgspec.UnsetType = msgspec.UNSET
    dosageInstruction: list[_Dosage] = []
    dispenseRequest: _Dispense | msgspec.UnsetType = msgspec.UNSET


class _Whose(_Element):
    reference: _Reference


class _TestCoding(_Element):
    system: _Uri
    code: _Code
    display: _Words


class _TestConcept(_Element):
    coding: Annotated[list[_TestCoding], _Some]
    text: _Words


class _TestOrder(_Element):
    """A new order for a laboratory test, whole."""

    resourceType: Literal["ServiceRequest"]
    status: Literal["draft"]
    intent: Literal["order"]
    priority: Literal["urgent", "routine"]
    code: _TestConcept
    subject: _Whose
    occurrenceDateTime: date
    authoredOn: date
    requester: _Whose | msgspec.UnsetType = msgspec.UNSET


def is_known_sound(resource: Mapping[str, Any], original: Mapping[str, Any] | None = None) -> bool:
    """Whether all that is new in a resource fits the small models; False where that is not known.

    Args: `resource` what would be sent, without empty members. `original`: for an order that goes back, what it was
    before our change; what stands there unchanged is the client's own and is not looked at.
    """
    if original is None:
        return _fits(resource, _TestOrder)
    kind = resource.get("resourceType")
    is_order = kind == "MedicationRequest" == original.get("resourceType")
    # A member that was taken away may have been one that must be there.
    return is_order and original.keys() <= resource.keys() and _fits(_changed(resource, original), _OrderChange)


def _fits(value: object, kind: type[_Element]) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _changed(new: Any, old: Any) -> Any:
    """The part of a value that does not stand in the same place of the old one."""
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        differ = [name for name, member in new.items() if name not in old or _differ(member, old[name])]
        return {name: _changed(new[name], old.get(name)) for name in differ}
    if isinstance(new, list) and isinstance(old, list):
        pairs = zip(new, old, strict=False)
        return [*(_changed(item, before) for item, before in pairs if _differ(item, before)), *new[len(old) :]]
    return new


def _differ(new: object, old: object) -> bool:
    """Whether two values differ as JSON: true is not 1 there, though it is in Python."""
    return new is not old and _json(new) != _json(old)
