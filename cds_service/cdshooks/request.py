"""The request of a CDS client: its shape is checked here, its FHIR content stays raw until a reader asks for it."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Protocol

import msgspec

from cds_service.cdshooks.contexts import OLDER_NAMES, READ_NAMES, check_context, present_names, text_of, texts_of
from cds_service.cdshooks.json_slips import not_readable
from cds_service.cdshooks.json_text import checked, has_repeated_member, stand_once, without_object
from cds_service.errors import NestedTooDeep, NotReadable, WrongHook, WrongMember, did_you_mean


class FhirAuthorization(msgspec.Struct, frozen=True):
    """Access to the client's FHIR server for this one call; never logged, never stored."""

    access_token: str
    token_type: str = ""
    expires_in: int | float = 0
    scope: str = ""
    subject: str = ""
    patient: str = ""

    def __repr__(self) -> str:
        return "FhirAuthorization(...)"


class HookRequest(msgspec.Struct, frozen=True):
    """One call of a hook.

    `fhirServer` is "" and `fhirAuthorization` None where the client sent none. Values of `context` and `prefetch` are
    raw JSON; members that the standard does not know, and `extension`, were skipped.
    """

    hook: str
    hookInstance: str
    context: dict[str, msgspec.Raw]
    fhirServer: str = ""
    fhirAuthorization: FhirAuthorization | msgspec.UnsetType = msgspec.UNSET
    prefetch: dict[str, msgspec.Raw] = {}

    @property
    def authorization(self) -> FhirAuthorization | None:
        """The authorization, None where the client sent none or a blank token, which opens nothing."""
        given = self.fhirAuthorization
        return None if isinstance(given, msgspec.UnsetType) or not given.access_token.strip() else given

    @property
    def patient_id(self) -> str:
        """The patient in context."""
        return text_of(self.context.get("patientId"))

    def text(self, name: str) -> str:
        """A context field that is a string; "" when it is absent or something else."""
        return text_of(self.context.get(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """A context field that is an array of strings; () when it is absent or something else."""
        return texts_of(self.context.get(name))


class HasHook(Protocol):
    """What `parse_request` needs to know of a service."""

    @property
    def id(self) -> str: ...
    @property
    def hook(self) -> str: ...


class _Context(msgspec.Struct):
    context: msgspec.Raw


class _Prefetch(msgspec.Struct):
    prefetch: msgspec.Raw = msgspec.Raw()


_decoder = msgspec.json.Decoder(HookRequest)
_NAMES = tuple(field.encode_name for field in msgspec.structs.fields(HookRequest))
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_context = msgspec.json.Decoder(_Context)
_prefetch = msgspec.json.Decoder(_Prefetch)
_MISSING = re.compile(r"^Object missing required field `(\w+)`(?: - at `(\$[\w.]*)`)?$")
_WRONG = re.compile(r"^Expected `([\w| `]+)`, got `(\w+)`(?: - at `(\$[^`]*)`)?$")


def parse_request(body: bytes, service: HasHook, services: Collection[HasHook] = ()) -> HookRequest:
    """The request that the body holds, when it is one that the service can answer.

    Args:
        body: the bytes as received.
        service: the service that was called.
        services: every service there is; a request of another one's hook is told which.

    Raises: NotReadable, NestedTooDeep, WrongMember, WrongHook, WrongContext.
    """
    body = checked(body)
    request = _decoded(body)
    _check_members(body, request)
    for name in ("hook", "hookInstance"):
        if not getattr(request, name).strip():
            raise WrongMember(f"$.{name}", f"The member '{name}' is blank.")
    if request.hook != service.hook:
        raise WrongHook("$.hook", hint=_right_service(request.hook, service, services))
    if request.authorization is not None and not request.fhirServer:
        raise WrongMember("$.fhirServer", "The member 'fhirServer' is missing beside 'fhirAuthorization'.")
    if request.hook in OLDER_NAMES:
        request = msgspec.structs.replace(request, context=present_names(request.hook, request.context))
    check_context(request.hook, request.context)
    return request


def _right_service(hook: str, service: HasHook, services: Collection[HasHook]) -> str:
    """Where a request of another hook belongs; a hook that nobody answers is not repeated."""
    right = sorted(other.id for other in services if other.hook == hook)
    lists = did_you_mean(hook, [each.hook for each in services], "GET /cds-services lists the others.")
    where = f"A request of {hook} goes to {' or '.join(right)}." if right else lists
    return f"{service.id} answers {service.hook}. {where}"


def _decoded(body: bytes) -> HookRequest:
    """The decoded request; what msgspec says about a fault is turned into our words, without values."""
    try:
        return _without_null_context(_decoder.decode(body))
    except msgspec.ValidationError as error:
        fault = _fault(str(error))
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise not_readable(body) from None
    except RecursionError:
        raise NestedTooDeep() from None
    try:
        return _without_null_context(_decoder.decode(_without_nulls(body)))
    except msgspec.DecodeError:
        raise (resource_instead(body) or fault) from None


def resource_instead(body: bytes) -> WrongMember | None:
    """The error for a FHIR resource that was sent where a request of a hook belongs; None for a body that names its hook."""
    try:
        names = _members.decode(body).keys()
    except msgspec.DecodeError:
        return None
    if "resourceType" not in names or "hook" in names:
        return None
    hint = "A request has hook, hookInstance, context and prefetch; a Bundle is for POST /fhir/$evaluate (docs/integration.md)."
    return WrongMember("$.hook", "This is a FHIR resource, no request of a hook.", hint)


def _without_nulls(body: bytes) -> bytes:
    """The request without members that are null, which mean that there is none; what the prefetch holds stays as it is."""
    try:
        kept = {name: raw for name, raw in _members.decode(body).items() if bytes(raw) != b"null"}
        access = _members.decode(kept["fhirAuthorization"]) if "fhirAuthorization" in kept else {}
    except msgspec.DecodeError:
        return body
    if access:
        given = {name: raw for name, raw in access.items() if bytes(raw) != b"null"}
        kept["fhirAuthorization"] = msgspec.Raw(msgspec.json.encode(given))
    return msgspec.json.encode(kept)


def _without_null_context(request: HookRequest) -> HookRequest:
    """The request without context fields that are null."""
    if all(bytes(raw) != b"null" for raw in request.context.values()):
        return request
    context = {name: raw for name, raw in request.context.items() if bytes(raw) != b"null"}
    return msgspec.structs.replace(request, context=context)


def _check_members(body: bytes, request: HookRequest) -> None:
    """Raises: WrongMember where the request, its context or its prefetch has a member twice: one of them would not be seen."""
    rest = without_object(body, "prefetch", request.prefetch)
    # Nearly every request ends here: its names stand nowhere else in it.
    if stand_once(body if rest is None else rest, (*_NAMES, *(READ_NAMES & request.context.keys()))) and (
        rest is not None or not request.prefetch
    ):
        return
    prefetch = _prefetch.decode(body).prefetch
    if bytes(prefetch) and has_repeated_member(prefetch):
        raise WrongMember("$.prefetch", "A member of the prefetch stands there twice.")
    if has_repeated_member(body):
        raise WrongMember("$", "A member of the request stands there twice.")
    if has_repeated_member(_context.decode(body).context):
        raise WrongMember("$.context", "A member of the context stands there twice.")


def _fault(words: str) -> NotReadable | WrongMember:
    """The error for a validation message such as "Expected `str`, got `int` - at `$.hook`"."""
    if missing := _MISSING.match(words):
        name, parent = missing.group(1), missing.group(2) or "$"
        return WrongMember(f"{parent}.{name}", f"The member '{name}' is missing.")
    if wrong := _WRONG.match(words):
        expected, found, where = wrong.groups()
        if where is None:
            return NotReadable()
        return WrongMember(where, f"Expected {_words(expected)}, found {_words(found)}.")
    return WrongMember()


def _words(kind: str) -> str:
    """A JSON type in the standard's words."""
    names = {"str": "a string", "int": "a number", "float": "a number", "bool": "a boolean", "object": "an object"}
    names |= {"array": "an array", "null": "null"}
    return " or ".join(dict.fromkeys(names.get(part.strip(" `"), part.strip(" `")) for part in kind.split("|")))
