"""What a prefetch value, or a fetched body, says: resources, nothing found, or that the data could not be obtained.

The standard's four states are kept apart: a missing key never comes here; `null` and an empty Bundle are answers;
an OperationOutcome, or anything that is not FHIR, is a failure and never "none".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import lru_cache
from importlib.util import find_spec

import msgspec


class Answered(msgspec.Struct, frozen=True):
    """The search was answered.

    Args:
        resources: the resources, raw, in the order they came; () means that none are on record.
        kinds: the type of each resource, in the same order.
        next_link: address of the next page, "" when this is the last.
        incomplete: why more may exist than came, "" when the answer is whole as far as it says.
        skipped: entries that hold no resource.
        total: the number of matches that the server counted, None when it said none.
        is_single: whether one resource came, in no Bundle.
        addresses: the fullUrl and the resource of entries to which others refer (Patients and Medications).
    """

    resources: tuple[msgspec.Raw, ...]
    kinds: tuple[str, ...] = ()
    next_link: str = ""
    incomplete: str = ""
    skipped: int = 0
    total: int | None = None
    is_single: bool = False
    addresses: tuple[tuple[str, msgspec.Raw], ...] = ()


class Failed(msgspec.Struct, frozen=True):
    """The data could not be obtained; `reason` in words without values."""

    reason: str


class _Link(msgspec.Struct):
    relation: str = ""
    url: str = ""


# One object stands for every member that is not there.
_ABSENT = msgspec.Raw()


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw()
    fullUrl: msgspec.Raw = _ABSENT
    response: msgspec.Raw = _ABSENT


class _Bundle(msgspec.Struct):
    """A Bundle whose entries are as they should be, which is nearly every one."""

    resourceType: str
    entry: list[_Entry] | None = None
    link: msgspec.Raw = _ABSENT
    total: msgspec.Raw = _ABSENT


class _OddBundle(msgspec.Struct):
    """A Bundle of which some entry is no object."""

    entry: list[msgspec.Raw] | None = None
    link: msgspec.Raw = _ABSENT
    total: msgspec.Raw = _ABSENT


class _Response(msgspec.Struct):
    status: str | int = ""


class _Kind(msgspec.Struct):
    resourceType: str


class _KindOfEntry(msgspec.Struct):
    resource: _Kind


class _Kinds(msgspec.Struct):
    """The types of the resources in a Bundle, all of whose entries hold one."""

    entry: list[_KindOfEntry] = []


class _Issue(msgspec.Struct):
    severity: str = ""
    code: str = ""

    @property
    def takes_away(self) -> bool:
        """Whether something was not answered: by its severity, or because its code says so at any severity."""
        severity, code = self.severity.strip().casefold(), self.code.strip().casefold()
        return severity not in _HARMLESS or code in _LACKING


class _Outcome(msgspec.Struct):
    issue: list[_Issue] = []


# What a server says beside an answer that is whole; another severity, or none, is a failure.
_HARMLESS = frozenset({"warning", "information", "success"})
# Codes of issues by which something is not in the answer, whatever severity a server gives them.
_LACKING = frozenset(
    ("incomplete", "suppressed", "timeout", "transient", "throttled", "too-costly", "security", "login", "forbidden")
)

_kind = msgspec.json.Decoder(_Kind)
_bundle = msgspec.json.Decoder(_Bundle)
_kinds = msgspec.json.Decoder(_Kinds)
_odd_bundle = msgspec.json.Decoder(_OddBundle)
_entry = msgspec.json.Decoder(_Entry)
_text = msgspec.json.Decoder(str)
_several = msgspec.json.Decoder(list[msgspec.Raw])
_links = msgspec.json.Decoder(list[_Link])
_response = msgspec.json.Decoder(_Response)
_total = re.compile(rb'"?\s*(\d{1,15})(?:\.0*)?\s*"?')
_outcome = msgspec.json.Decoder(_Outcome)
_document = msgspec.json.Decoder(dict[str, object], float_hook=Decimal)

_NOTHING = Answered(())
_NOTHING_COUNTED = Answered((), total=0)
_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
_NO_RESOURCE = "an entry of the Bundle holds no resource"
_NOT_ASKED = "not what was asked for"
# What is looked at one by one: entries without a resource, what a server says of the search, pages inside a page.
_ODD = frozenset({"", "OperationOutcome", "Bundle"})
# The types that somebody reads here; one of them in another spelling ("observation", "fhir:Observation") is still it. Not so
# a Bundle: one that is odd may be empty because it is, and tells nothing.
_READ = frozenset(
    (
        *("AdverseEvent", "AllergyIntolerance", "Bundle", "Condition", "DiagnosticReport", "Encounter", "Medication"),
        *("MedicationAdministration", "MedicationDispense", "MedicationOrder", "MedicationPrescription"),
        *("MedicationRequest", "MedicationStatement", "Observation", "OperationOutcome", "Patient", "Procedure"),
        *("ServiceRequest", "Specimen"),
    )
)
_LONGEST_TYPE = 100
_SPELLINGS = {kind.casefold(): kind for kind in _READ if kind != "Bundle"}
_BEFORE_TYPE = re.compile(r".*[:/#.]", re.DOTALL)
_NO_LETTER = re.compile(r"[\W\d_]+")
# Of these also the addresses are kept.
REFERRED_TO = frozenset({"Patient", "Medication"})


def read_answer(raw: msgspec.Raw | bytes) -> Answered | Failed:
    """What the value of a prefetch key, a context Bundle or a fetched body says.

    Args:
        raw: the JSON text.

    Returns: Answered for a resource, a Bundle, an empty Bundle or null; Failed for an OperationOutcome, a Bundle that
        holds nothing but faults, and everything that is not FHIR JSON.
    """
    try:
        bundle = _bundle.decode(raw)
    except _UNREADABLE:
        return _read_odd(raw)
    if bundle.resourceType != "Bundle":
        return _read_odd(raw)
    if not bundle.entry and bundle.link is _ABSENT and (bundle.total is _ABSENT or bytes(bundle.total) == b"0"):
        # Most searches find nothing.
        return _NOTHING if bundle.total is _ABSENT else _NOTHING_COUNTED
    return _read_entries(raw, bundle)


def _read_odd(raw: msgspec.Raw | bytes) -> Answered | Failed:
    """What a text says that is no Bundle as it should be."""
    if bytes(raw).strip() == b"null":
        return Answered(())
    kind = resource_type(raw)
    if not kind:
        return Failed("not a FHIR resource")
    if (meant := _meant(kind)) != kind:
        return read_answer(_of_type(raw, meant))
    if kind == "OperationOutcome":
        return Failed("an OperationOutcome came instead of the data")
    if kind != "Bundle":
        return Answered((msgspec.Raw(bytes(raw)) if isinstance(raw, bytes) else raw,), (kind,), is_single=True)
    return _read_bundle(raw)


def asked_for(answer: Answered | Failed, kinds: Collection[str]) -> Answered | Failed:
    """The answer; incomplete when it is a single resource of none of the kinds that were asked for.

    The resource is kept: what it says of the patient still counts, it is only no answer to the question.
    """
    if isinstance(answer, Failed) or not answer.is_single or answer.kinds[0] in kinds:
        return answer
    return msgspec.structs.replace(answer, incomplete=_NOT_ASKED)


def resource_type(raw: msgspec.Raw | bytes) -> str:
    """The resource's type, "" when the text is no FHIR resource."""
    try:
        return _kind.decode(raw).resourceType
    except _UNREADABLE:
        return ""


def decode_resource(raw: msgspec.Raw | bytes) -> dict[str, object]:
    """The whole resource as a dict; decimals keep the digits they were written with.

    Raises: msgspec.DecodeError when the text is no JSON object.
    """
    return _document.decode(raw)


def _read_bundle(raw: msgspec.Raw | bytes) -> Answered | Failed:
    try:
        return _read_entries(raw, _bundle.decode(raw))
    except _UNREADABLE:
        try:
            return _read_entries(raw, _odd_bundle.decode(raw))
        except _UNREADABLE:
            return Failed("a Bundle that cannot be read")


def _read_entries(raw: msgspec.Raw | bytes, bundle: _Bundle | _OddBundle) -> Answered | Failed:
    if isinstance(bundle, _Bundle):
        held = bundle.entry or []
    else:
        held = [_entry_of(each) for each in bundle.entry or ()]
    entries = [each.resource for each in held]
    types = _types(raw, entries)
    if not _READ.issuperset(types):
        held, types = _as_meant(held, types)
        entries = [each.resource for each in held]
    if _ODD.isdisjoint(types):
        return _answered(bundle, held, entries, types, addresses=_addresses(held, types))
    if "" in types:
        held = _odd_entries(raw)
        entries = [each.resource for each in held]
        held, types = _as_meant(held, [resource_type(each) for each in entries])
        entries = [each.resource for each in held]
    addresses = _addresses(held, types)
    resources: list[msgspec.Raw] = []
    kinds: list[str] = []
    faults: list[str] = []
    skipped = 0
    for resource, kind in zip(entries, types, strict=True):
        if not kind:
            skipped += 1
        elif kind == "OperationOutcome":
            faults += _faults(resource)
        elif kind == "Bundle":
            inner = _read_bundle(resource)
            if isinstance(inner, Failed):
                return inner
            resources += inner.resources
            kinds += inner.kinds
            addresses += inner.addresses
            faults += (
                [inner.incomplete or "a further page inside a page"] if inner.incomplete or inner.next_link else []
            )
        else:
            resources.append(resource)
            kinds.append(kind)
    if not resources and (faults or skipped):
        return Failed(faults[0] if faults else "a Bundle whose entries hold no resource")
    return _answered(bundle, held, resources, kinds, skipped, faults, addresses)


def _answered(
    bundle: _Bundle | _OddBundle,
    held: list[_Entry],
    resources: list[msgspec.Raw],
    kinds: list[str],
    skipped: int = 0,
    faults: Sequence[str] = (),
    addresses: tuple[tuple[str, msgspec.Raw], ...] = (),
) -> Answered:
    """The answer of a Bundle, and why it may not be whole: the first of the faults, a refused entry, or its links."""
    responses = [each.response for each in held if each.response is not _ABSENT]
    is_whole = _READ.issuperset(kinds) or all(map(_is_of_fhir, kinds))
    is_refused = skipped or not is_whole or any(map(_is_refused, responses))
    next_link, fault = ("", "") if bundle.link is _ABSENT else _next_link(bundle.link)
    incomplete = faults[0] if faults else _NO_RESOURCE if is_refused else fault
    total = None if bundle.total is _ABSENT else _count(bundle.total)
    return Answered(tuple(resources), tuple(kinds), next_link, incomplete, skipped, total, addresses=addresses)


def _types(raw: msgspec.Raw | bytes, entries: list[msgspec.Raw]) -> list[str]:
    """The type of each resource, "" where there is none: in one pass where all have one, else one by one."""
    if not entries:
        return []
    try:
        return [entry.resource.resourceType for entry in _kinds.decode(raw).entry]
    except _UNREADABLE:
        return [resource_type(resource) if bytes(resource) else "" for resource in entries]


def _as_meant(held: list[_Entry], types: list[str]) -> tuple[list[_Entry], list[str]]:
    """The entries and their types, each type spelt as FHIR does where it is plain which one is meant."""
    meant = [_meant(kind) for kind in types]
    return [
        each if kind == now else msgspec.structs.replace(each, resource=_of_type(each.resource, now))
        for each, kind, now in zip(held, types, meant, strict=True)
    ], meant


def _meant(kind: str) -> str:
    """The type that a spelling is meant for; the spelling itself where that is none that is read."""
    if kind in _READ or len(kind) > _LONGEST_TYPE:
        return kind
    return _SPELLINGS.get(_NO_LETTER.sub("", _BEFORE_TYPE.sub("", kind.strip())).casefold(), kind)


@lru_cache(maxsize=256)
def _is_of_fhir(kind: str) -> bool:
    """Whether a version of FHIR has a type of this name: the library of its models has a module for each."""
    if kind in _READ:
        return True
    is_name = kind.isascii() and kind.isalpha() and len(kind) <= _LONGEST_TYPE
    return is_name and any(find_spec(f"fhir.resources.{version}{kind.lower()}") for version in ("", "R4B.", "STU3."))


def _of_type(raw: msgspec.Raw | bytes, kind: str) -> msgspec.Raw:
    """The resource under another type, and all else as it is written."""
    members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    return msgspec.Raw(msgspec.json.encode({**members, "resourceType": kind}))


def _odd_entries(raw: msgspec.Raw | bytes) -> list[_Entry]:
    """The entries of a Bundle, one resource each, also where an entry itself is the resource, holds several, or one as text."""
    found: list[_Entry] = []
    for each in _odd_bundle.decode(raw).entry or ():
        entry = _entry_of(each)
        if not bytes(entry.resource) and resource_type(each):
            found.append(_Entry(each, entry.fullUrl))
            continue
        if resource_type(text := _text_of(entry.resource).encode()):
            found.append(_Entry(msgspec.Raw(text), entry.fullUrl))
            continue
        try:
            found += [_Entry(resource) for resource in _several.decode(entry.resource)]
        except _UNREADABLE:
            found.append(entry)
    return found


def _addresses(held: Sequence[_Entry], types: Sequence[str]) -> tuple[tuple[str, msgspec.Raw], ...]:
    """The addresses of the resources to which others refer; a fullUrl that is no text is none."""
    if REFERRED_TO.isdisjoint(types):
        return ()
    pairs = [(each, kind) for each, kind in zip(held, types, strict=True) if kind in REFERRED_TO]
    return tuple((url, each.resource) for each, _ in pairs if (url := _text_of(each.fullUrl)))


def _text_of(raw: msgspec.Raw) -> str:
    try:
        return _text.decode(raw).strip() if raw is not _ABSENT else ""
    except _UNREADABLE:
        return ""


def _entry_of(entry: msgspec.Raw) -> _Entry:
    """The entry, empty when it is none."""
    try:
        return _entry.decode(entry)
    except _UNREADABLE:
        return _Entry()


def _is_refused(response: msgspec.Raw) -> bool:
    """Whether an entry says that the server could not answer with its resource."""
    try:
        return bool(bytes(response)) and str(_response.decode(response).status).strip()[:1] in ("4", "5")
    except _UNREADABLE:
        return False


def _faults(outcome: msgspec.Raw) -> list[str]:
    """A fault for an OperationOutcome inside a Bundle, none where all its issues are only remarks on the search."""
    try:
        issues = _outcome.decode(outcome).issue
    except _UNREADABLE:
        issues = []
    is_harmless = bool(issues) and not any(issue.takes_away for issue in issues)
    return [] if is_harmless else ["the Bundle holds an OperationOutcome"]


def _next_link(raw: msgspec.Raw) -> tuple[str, str]:
    """The address of the next page, and a fault when the links cannot be read."""
    try:
        further = [link.url for link in _links.decode(raw) if link.relation.strip().casefold() == "next"]
    except _UNREADABLE:
        return "", "the Bundle's links cannot be read"
    url = next((each for each in further if each.strip()), "")
    return url, "a further page without an address" if further and not url else ""


def _count(raw: msgspec.Raw) -> int | None:
    """The count, also where it is written as text or with decimals; None where there is none."""
    said = _total.fullmatch(bytes(raw).strip())
    return int(said[1]) if said is not None else None
