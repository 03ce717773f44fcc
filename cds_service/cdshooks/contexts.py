"""What each hook's context must hold (CDS Hooks library; section 3 of the conformance matrix)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import msgspec

from cds_service.errors import WrongContext


class Kind(Enum):
    """The type of a required context field."""

    TEXT = "a string that is not blank"
    REFERENCES = "an array of strings"
    BUNDLE = "a Bundle"
    RESOURCE = "a FHIR resource"


_USER_AND_PATIENT = {"userId": Kind.TEXT, "patientId": Kind.TEXT}

REQUIRED: Mapping[str, Mapping[str, Kind]] = {
    "patient-view": _USER_AND_PATIENT,
    "order-select": {**_USER_AND_PATIENT, "selections": Kind.REFERENCES, "draftOrders": Kind.BUNDLE},
    "order-sign": {**_USER_AND_PATIENT, "draftOrders": Kind.BUNDLE},
    "order-dispatch": {"patientId": Kind.TEXT, "dispatchedOrders": Kind.REFERENCES, "performer": Kind.TEXT},
    "medication-refill": {"patientId": Kind.TEXT, "medications": Kind.BUNDLE},
    "medication-prescribe": {**_USER_AND_PATIENT, "medications": Kind.BUNDLE},
    "encounter-start": {**_USER_AND_PATIENT, "encounterId": Kind.TEXT},
    "encounter-discharge": {**_USER_AND_PATIENT, "encounterId": Kind.TEXT},
    "appointment-book": {**_USER_AND_PATIENT, "appointments": Kind.BUNDLE},
    "allergyintolerance-create": {**_USER_AND_PATIENT, "allergyIntolerance": Kind.RESOURCE},
    "problem-list-item-create": {**_USER_AND_PATIENT, "conditions": Kind.BUNDLE},
}

# Names by which clients know a field from elsewhere: version 1.0 of order-dispatch had a single `order`, and the page of 1.1
# writes the field with a hyphen in its own example.
OLDER_NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "order-dispatch": {"dispatchedOrders": ("dispatched-orders", "order")}
}

# Every name of a context member that somebody looks at, here or in the rules.
READ_NAMES = frozenset(
    (
        *("encounterId", *(name for fields in REQUIRED.values() for name in fields)),
        *(older for fields in OLDER_NAMES.values() for names in fields.values() for older in names),
    )
)


class _Bundle(msgspec.Struct):
    resourceType: str
    entry: list[msgspec.Raw] | None = None


class _Resource(msgspec.Struct):
    resourceType: str


_text = msgspec.json.Decoder(str)
_references = msgspec.json.Decoder(list[str])
_bundle = msgspec.json.Decoder(_Bundle)
_resource = msgspec.json.Decoder(_Resource)


def present_names(hook: str, context: Mapping[str, msgspec.Raw]) -> dict[str, msgspec.Raw]:
    """The context with each required field under its present name; one string for several becomes an array of one."""
    present = dict(context)
    for name, older in OLDER_NAMES.get(hook, {}).items():
        known = next((present[other] for other in older if other in present), None)
        if name not in present and known is not None:
            is_single = REQUIRED[hook][name] is Kind.REFERENCES and bool(text_of(known).strip())
            present[name] = msgspec.Raw(b"[" + bytes(known) + b"]") if is_single else known
    return present


def check_context(hook: str, context: Mapping[str, msgspec.Raw]) -> None:
    """Check that the fields which the hook requires are there and have their type.

    Raises: WrongContext naming the first field that is not.
    """
    for name, kind in REQUIRED.get(hook, {}).items():
        raw = context.get(name)
        if raw is None:
            raise WrongContext(f"$.context.{name}", f"The context field '{name}' is missing; {hook} requires it.")
        if not _is(kind, raw):
            raise WrongContext(f"$.context.{name}", f"The context field '{name}' is not {kind.value}.")


def _is(kind: Kind, raw: msgspec.Raw) -> bool:
    """Whether the raw value is of the kind."""
    try:
        match kind:
            case Kind.TEXT:
                return bool(_text.decode(raw).strip())
            case Kind.REFERENCES:
                return all(reference.strip() for reference in _references.decode(raw))
            case Kind.BUNDLE:
                return _bundle.decode(raw).resourceType == "Bundle"
            case Kind.RESOURCE:
                return bool(_resource.decode(raw).resourceType)
    except msgspec.DecodeError:
        return False


def text_of(raw: msgspec.Raw | None) -> str:
    """The string that a context field holds, "" when there is none or it is something else."""
    try:
        return _text.decode(raw) if raw is not None else ""
    except msgspec.DecodeError:
        return ""


def texts_of(raw: msgspec.Raw | None) -> tuple[str, ...]:
    """The strings that a context field holds as an array, () when there is none or it is something else."""
    try:
        return tuple(_references.decode(raw)) if raw is not None else ()
    except msgspec.DecodeError:
        return ()
