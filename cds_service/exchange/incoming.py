"""What came: a Bundle, or Parameters with one, taken apart into resources, with all that no call can be made of refused.

A Bundle is read as what is on record about one patient. Each refusal names its place as a path into the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from cds_service.cdshooks.json_slips import not_readable
from cds_service.cdshooks.json_text import checked, has_repeated_member
from cds_service.errors import NestedTooDeep, TwoPatients, WrongBundle

# Which Bundles hold what is on record: a history holds what was, and what was deleted.
READ: Final = (
    *("collection", "searchset", "transaction", "batch", "message", "document"),
    *("transaction-response", "batch-response"),
)
DATA: Final = "data"
# Where a fault of the parameters lies.
PARAMETERS: Final = "Parameters.parameter"
_REMOVES: Final = frozenset({"DELETE", "PATCH"})
_DEEPEST: Final = 3
_UUID: Final = re.compile(r"urn:uuid:([0-9a-fA-F-]{36})\Z", re.IGNORECASE)
_PATIENT: Final = re.compile(r"(?:.*/)?Patient/([A-Za-z0-9\-.]{1,64})(?:/_history/.*)?\Z")
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource: its type, its id ("" without one), its status where that is a text, where it lay, and itself as JSON."""

    kind: str
    id: str
    status: str
    address: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: a plain value as text ("" where it is a resource or nothing), or a resource as JSON."""

    name: str
    text: str = ""
    resource: bytes = b""


class Identifier(msgspec.Struct, frozen=True, omit_defaults=True):
    """What names a request."""

    system: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What is on record about one patient, and what was asked.

    `faults` are entries that say that something is not there (an OperationOutcome, a refused request), `next_link` the
    address of a further page. `parameters` are those beside the data, `identifier` what names this request, None for nothing.
    """

    patient: Entry
    entries: tuple[Entry, ...]
    faults: tuple[bytes, ...] = ()
    next_link: str = ""
    parameters: tuple[Parameter, ...] = ()
    identifier: Identifier | None = None

    @property
    def kinds(self) -> frozenset[str]:
        """The types of resources that came."""
        return frozenset(entry.kind for entry in self.entries)

    def texts(self, name: str) -> tuple[str, ...]:
        """The plain values of a parameter."""
        return tuple(each.text for each in self.parameters if each.name == name and each.text)

    def text(self, name: str) -> str:
        """The first plain value of a parameter, "" without one."""
        return next(iter(self.texts(name)), "")

    def resource(self, name: str) -> bytes:
        """The first resource of a parameter as JSON, b"" without one."""
        return next((each.resource for each in self.parameters if each.name == name and each.resource), b"")


class _Request(msgspec.Struct):
    method: str = ""


class _Response(msgspec.Struct):
    status: str = ""


class _Link(msgspec.Struct):
    relation: str = ""
    url: str = ""


_NONE: Final = msgspec.Raw()


class _Entry(msgspec.Struct):
    fullUrl: msgspec.Raw = _NONE
    resource: msgspec.Raw = _NONE
    request: _Request | None = None
    response: _Response | None = None


class _Bundle(msgspec.Struct):
    type: str = ""
    entry: list[msgspec.Raw] = []
    link: list[_Link] = []
    identifier: msgspec.Raw = _NONE


class _Head(msgspec.Struct):
    """What is looked at of a resource; a member of an odd form costs that member alone."""

    resourceType: str = ""
    id: msgspec.Raw = _NONE
    status: msgspec.Raw = _NONE


class _Reference(msgspec.Struct):
    reference: str = ""


class _Parameter(msgspec.Struct):
    name: str = ""
    resource: msgspec.Raw = _NONE
    valueReference: _Reference | None = None
    valueIdentifier: msgspec.Raw = _NONE
    valueString: str = ""
    valueCode: str = ""
    valueUri: str = ""
    valueCanonical: str = ""
    valueId: str = ""

    def text(self) -> str:
        """The plain value, "" where there is none."""
        said = self.valueReference.reference if self.valueReference is not None else ""
        return (
            said or self.valueString or self.valueCode or self.valueUri or self.valueCanonical or self.valueId
        ).strip()


class _Parameters(msgspec.Struct):
    parameter: list[msgspec.Raw] = []


_entry = msgspec.json.Decoder(_Entry)
_bundle = msgspec.json.Decoder(_Bundle)
_head = msgspec.json.Decoder(_Head)
_parameter = msgspec.json.Decoder(_Parameter)
_parameters = msgspec.json.Decoder(_Parameters)
_text = msgspec.json.Decoder(str)
_identifier = msgspec.json.Decoder(Identifier)
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError)


def read_incoming(body: bytes, members: Iterable[str]) -> Incoming:
    """What a body holds.

    Args: the body as received; `members`, the names of parameters whose Bundle is no data but a part of the question.

    Raises: NotReadable, NestedTooDeep, WrongBundle, TwoPatients.
    """
    body = checked(body)
    kind = _kind(body)
    if has_repeated_member(body):
        raise WrongBundle(kind, "A member stands there twice; one of them would not be seen.")
    if kind == "Bundle":
        return _incoming((("Bundle", body),), (), None)
    if kind == "Parameters":
        return _of_parameters(body, frozenset(members))
    raise WrongBundle(kind or "", "The body is neither a Bundle nor Parameters with a Bundle.")


def _kind(body: bytes) -> str:
    try:
        return _head.decode(body).resourceType
    except msgspec.ValidationError:
        raise WrongBundle(
            "resourceType", "The body is no FHIR resource: its resourceType, id or status is no text."
        ) from None
    except _UNREADABLE:
        raise not_readable(body) from None
    except RecursionError:
        raise NestedTooDeep() from None


def _of_parameters(body: bytes, members: frozenset[str]) -> Incoming:
    try:
        listed = _parameters.decode(body).parameter
    except msgspec.DecodeError:
        raise WrongBundle(PARAMETERS, "The parameters are no list.") from None
    data: list[tuple[str, bytes]] = []
    others: list[Parameter] = []
    identifier: Identifier | None = None
    for number, raw in enumerate(listed):
        where = f"Parameters.parameter[{number}]"
        try:
            one = _parameter.decode(raw)
        except msgspec.DecodeError:
            raise WrongBundle(
                where, "A parameter cannot be read: its name or its value is not of the type that R4 has."
            ) from None
        resource = bytes(one.resource)
        identifier = identifier or _named(one.valueIdentifier)
        if resource and one.name == DATA and not _is_bundle(resource):
            data.append((where, b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":%b}]}' % resource))
        elif resource and one.name not in members and _is_bundle(resource):
            data.append((f"{where}.resource", resource))
        elif not bytes(one.valueIdentifier):
            others.append(Parameter(one.name, one.text(), resource))
    if not data:
        raise WrongBundle(PARAMETERS, "The Parameters hold no Bundle: the chart belongs into the parameter 'data'.")
    return _incoming(data, others, identifier)


def _named(raw: msgspec.Raw) -> Identifier | None:
    """The identifier; None where there is none that could be repeated."""
    try:
        found = _identifier.decode(raw) if bytes(raw) else Identifier()
    except _UNREADABLE:
        return None
    return found if found.value.strip() else None


def _is_bundle(resource: bytes) -> bool:
    try:
        return _head.decode(resource).resourceType == "Bundle"
    except _UNREADABLE:
        return False


@dataclass(slots=True)
class _Taken:
    """What Bundles held so far."""

    entries: list[Entry] = field(default_factory=list)
    faults: list[bytes] = field(default_factory=list)
    next_link: str = ""
    identifier: Identifier | None = None


def _incoming(
    bundles: Sequence[tuple[str, bytes]], parameters: Sequence[Parameter], identifier: Identifier | None
) -> Incoming:
    taken = _Taken()
    for where, raw in bundles:
        _take(raw, where, taken, 0)
    patient = _patient(taken.entries, next((p.text for p in parameters if p.name == "subject"), ""))
    return Incoming(
        patient,
        tuple(patient if entry.kind == "Patient" and entry.id == patient.id else entry for entry in taken.entries),
        tuple(taken.faults),
        taken.next_link,
        tuple(parameters),
        identifier or taken.identifier,
    )


def _take(raw: bytes, where: str, taken: _Taken, depth: int) -> None:
    """Add what a Bundle, and the Bundles in it, hold. Raises: WrongBundle."""
    try:
        bundle = _bundle.decode(raw)
    except msgspec.DecodeError:
        raise WrongBundle(
            where, "The Bundle cannot be read: its type, entries or links are not as R4 has them."
        ) from None
    if bundle.type not in READ:
        said = (
            f"A Bundle of this type is not read; {', '.join(READ)} are." if bundle.type else "The Bundle has no type."
        )
        raise WrongBundle(f"{where}.type", said)
    if depth > _DEEPEST:
        raise WrongBundle(where, "Bundles lie in Bundles more deeply than is read.")
    before = len(taken.entries)
    for number, each in enumerate(bundle.entry):
        _take_entry(each, f"{where}.entry[{number}]", taken, depth)
    if bundle.type == "message" and not (taken.entries[before:] and taken.entries[before].kind == "MessageHeader"):
        raise WrongBundle(f"{where}.entry[0]", "A message begins with a MessageHeader; there is none at its beginning.")
    taken.identifier = taken.identifier or _named(bundle.identifier)
    further = (link.url for link in bundle.link if link.relation.strip().casefold() == "next")
    taken.next_link = taken.next_link or next(further, "")


def _take_entry(raw: msgspec.Raw, where: str, taken: _Taken, depth: int) -> None:
    try:
        entry = _entry.decode(raw)
        if not bytes(entry.resource) and _head.decode(raw).resourceType:
            entry = _Entry(resource=raw)
        head = _head.decode(entry.resource) if bytes(entry.resource) else _Head()
    except msgspec.DecodeError:
        raise WrongBundle(
            where, "The entry cannot be read: its fullUrl, resource, request or response is not as R4 has it."
        ) from None
    method = entry.request.method.strip().upper() if entry.request is not None else ""
    if method in _REMOVES:
        raise WrongBundle(
            f"{where}.request.method",
            f"The entry is a {method}: it changes what is on record and is no resource.",
            "Send the chart as it stands after the change.",
        )
    if entry.response is not None and entry.response.status.strip()[:1] in ("4", "5"):
        taken.faults.append(bytes(raw))
        return
    if not head.resourceType:
        raise WrongBundle(where, "The entry holds no resource.")
    if head.resourceType == "OperationOutcome":
        taken.faults.append(bytes(raw))
    elif head.resourceType == "Bundle":
        _take(bytes(entry.resource), f"{where}.resource", taken, depth + 1)
    else:
        taken.entries.append(_with_id(head, entry))


def _with_id(head: _Head, entry: _Entry) -> Entry:
    """The entry; a resource of a transaction that has no id yet is known by the uuid under which others name it."""
    raw, address, identity = bytes(entry.resource).strip(), _text_of(entry.fullUrl), _text_of(head.id)
    uuid = _UUID.match(address)
    if uuid and not bytes(head.id):
        identity = uuid[1].lower()
        raw = b'{"id":"%b",%b' % (identity.encode(), raw[1:])
    return Entry(head.resourceType, identity, _text_of(head.status), address, raw)


def _text_of(raw: msgspec.Raw) -> str:
    try:
        return _text.decode(raw).strip() if bytes(raw) else ""
    except _UNREADABLE:
        return ""


def _patient(entries: Sequence[Entry], subject: str) -> Entry:
    """The one patient. Raises: WrongBundle where there is none, TwoPatients."""
    patients = [entry for entry in entries if entry.kind == "Patient"]
    if not patients:
        raise WrongBundle(
            "Bundle.entry",
            "The Bundle holds no Patient; one is needed, and every other resource names it as its subject.",
        )
    if len({entry.id for entry in patients}) > 1:
        raise TwoPatients(
            "Bundle.entry",
            "The Bundle holds two Patients or more.",
            "Send a Bundle for each patient; it is read whole.",
        )
    patient = patients[0]
    if not _ID.match(patient.id):
        raise WrongBundle("Bundle.entry", "The Patient has no id, nor a fullUrl with a uuid: nothing could name it.")
    if not patient.address:
        patient = replace(patient, address=_only_address(patient.id, entries))
    named = _PATIENT.match(subject)
    if subject and subject != patient.address and (named[1] if named else subject) != patient.id:
        raise TwoPatients(PARAMETERS, "The parameter 'subject' names another patient than the Bundle holds.")
    return patient


def _only_address(identity: str, entries: Iterable[Entry]) -> str:
    """The one absolute address under which all others name a Patient that came without one; "" where there are several."""
    pattern = re.compile(rb'"(https?://[^"\\\s]+/Patient/%b)(?:/_history/[^"]*)?"' % re.escape(identity.encode()))
    found = {match[1] for entry in entries if b"://" in entry.raw for match in pattern.finditer(entry.raw)}
    return found.pop().decode() if len(found) == 1 else ""


def searchset(entries: Iterable[Entry], faults: Iterable[bytes] = (), next_link: str = "") -> msgspec.Raw:
    """The entries as the answer to a search, with what says that it is not whole."""
    held = [*map(_written, entries), *faults]
    parts = [b'{"resourceType":"Bundle","type":"searchset"']
    if next_link:
        parts.append(b',"link":[{"relation":"next","url":%b}]' % msgspec.json.encode(next_link))
    if held:
        parts.append(b',"entry":[%b]' % b",".join(held))
    return msgspec.Raw(b"".join([*parts, b"}"]))


def _written(entry: Entry) -> bytes:
    address = b'"fullUrl":%b,' % msgspec.json.encode(entry.address) if entry.address else b""
    return b"{%b" % address + b'"resource":%b}' % entry.raw


def by_kind(entries: Iterable[Entry]) -> Mapping[str, tuple[Entry, ...]]:
    """The entries by their type, each in the order in which it came."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.kind, []).append(entry)
    return {kind: tuple(each) for kind, each in found.items()}
