"""The clauses of the standard about the shape of a request: its members, and access to the FHIR server.

Findings never repeat a value of the request, but for an id that is wanted in another form.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from cds_service.cdshooks.contexts import OLDER_NAMES, READ_NAMES, REQUIRED
from cds_service.cdshooks.service import Service
from cds_service.errors import nearest

PASS, FAIL, NOTE = "pass", "FAIL", "note"
KNOWN = ("hook", "hookInstance", "fhirServer", "fhirAuthorization", "context", "prefetch", "extension")

# Members of a context that hold an id, and those that hold references, with what one looks like.
_IDS = frozenset({"patientId", "encounterId"})
_REFERENCES: Mapping[str, str] = {
    "userId": "Practitioner/123",
    "performer": "Organization/123",
    "selections": "MedicationRequest/123",
    "dispatchedOrders": "MedicationRequest/123",
    "dispatched-orders": "MedicationRequest/123",
    "order": "MedicationRequest/123",
}
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_REFERENCE = re.compile(
    r"(?:\S+/)?[A-Z][A-Za-z]+/(?P<id>[A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?|urn:(?:uuid|oid):\S+"
)

ACCESS = ("access_token", "token_type", "expires_in", "scope", "subject")


@dataclass(frozen=True, slots=True)
class ProtocolCheck:
    """One clause and how the request meets it: "pass", "FAIL" or "note" (allowed, and worth knowing)."""

    clause: str
    state: str
    words: str


def judged(clause: str, is_met: bool, met: str, failed: str) -> ProtocolCheck:
    """A clause that is met or failed, in the words that go with it."""
    return ProtocolCheck(clause, PASS if is_met else FAIL, met if is_met else failed)


def shape_checks(members: Mapping[str, object], service: Service) -> list[ProtocolCheck]:
    """The clauses about the request's own members."""
    hook, instance, context = members.get("hook"), members.get("hookInstance"), members.get("context")
    found = [
        judged(
            "CALL-2",
            hook == service.hook,
            f"hook is {service.hook}",
            f"hook is not {service.hook}, the hook of this service",
        )
    ]
    is_text = isinstance(instance, str) and bool(instance.strip())
    found.append(judged("CALL-3", is_text, "hookInstance is there", "hookInstance is missing, blank or no string"))
    if is_text and not _is_uuid(str(instance)):
        words = f"hookInstance is no UUID (it reads like {shape_of(str(instance))}); answered all the same"
        found.append(ProtocolCheck("CALL-3", NOTE, words))
    if not isinstance(context, dict):
        found.append(ProtocolCheck("CALL-6", FAIL, "context is missing or no object"))
    else:
        for name, kind in REQUIRED.get(service.hook, {}).items():
            names = (name, *OLDER_NAMES.get(service.hook, {}).get(name, ()))
            given = next((each for each in names if context.get(each) not in (None, "")), "")
            found.append(
                judged(
                    "CALL-6",
                    bool(given),
                    f"context.{name} is there" + (f", by its older name {given}" if given != name else ""),
                    f"context.{name} is missing; it must be {kind.value}",
                )
            )
        found += [*_near("context.", context, READ_NAMES), *form_checks(context)]
    prefetch = members.get("prefetch", {})
    words = "prefetch is an object" if "prefetch" in members else "no prefetch: all data are fetched, which is slower"
    found.append(judged("CALL-7", isinstance(prefetch, dict), words, "prefetch is no object"))
    strange = sorted(name for name in members if name not in KNOWN)
    if strange:
        found.append(
            ProtocolCheck("CALL-8", NOTE, f"{len(strange)} member(s) that the standard does not know are ignored")
        )
    found += _near("", members, KNOWN)
    if "extension" in members:
        found.append(ProtocolCheck("CALL-9", PASS, "extension is accepted and ignored"))
    return found


def form_checks(context: Mapping[str, object]) -> Iterator[ProtocolCheck]:
    """Notes on references where an id belongs, and the reverse.

    The id that is wanted is shown: these words are for the person at whose hand the request is, and are not logged.
    """
    for name in sorted(READ_NAMES & context.keys()):
        given = context[name]
        if name in _IDS and isinstance(given, str) and given.strip() and not _ID.fullmatch(given):
            named = _REFERENCE.fullmatch(given.strip())
            wanted = f"send {named['id']}" if named and named["id"] else "letters, digits, - and ., at most 64"
            yield ProtocolCheck("CALL-6", NOTE, f"context.{name}: a bare id is wanted: {wanted}")
        if name in _REFERENCES:
            texts = [each for each in (given if isinstance(given, list) else [given]) if isinstance(each, str)]
            if any(each.strip() and not _REFERENCE.fullmatch(each.strip()) for each in texts):
                yield ProtocolCheck(
                    "CALL-6", NOTE, f"context.{name}: a reference is wanted, such as {_REFERENCES[name]}"
                )


def access_checks(members: Mapping[str, object], servers: tuple[str, ...]) -> list[ProtocolCheck]:
    """The clauses about the FHIR server and the token for it."""
    server, access = members.get("fhirServer"), members.get("fhirAuthorization")
    found: list[ProtocolCheck] = []
    if access is not None and not server:
        found.append(ProtocolCheck("CALL-4", FAIL, "fhirAuthorization without fhirServer"))
    if server is None:
        found.append(ProtocolCheck("CALL-5", NOTE, "no fhirServer: only the prefetch can be used"))
        return found
    origin = origin_of(server) if isinstance(server, str) else ""
    found.append(judged("CALL-4", bool(origin), "fhirServer is a URL", "fhirServer is no http or https URL"))
    if origin.startswith("http://"):
        found.append(
            ProtocolCheck("CALL-4", NOTE, "fhirServer is plain http: only for an origin that is listed exactly")
        )
    if origin and origin in servers:
        found.append(ProtocolCheck("FA-7", PASS, "the FHIR server's origin is listed in CDS_FHIR_SERVERS"))
    elif origin:
        found.append(
            ProtocolCheck(
                "FA-7",
                NOTE,
                "the FHIR server's origin is not in CDS_FHIR_SERVERS: counts as absent, unless listed for the client",
            )
        )
    if access is None:
        found.append(ProtocolCheck("CALL-5", NOTE, "no fhirAuthorization: queried without a token"))
    elif isinstance(access, dict):
        found += _token_members(access)
    return found


def _token_members(access: Mapping[str, object]) -> list[ProtocolCheck]:
    lacking = [name for name in ACCESS if not str(access.get(name) or "").strip()]
    found = [
        judged(
            "FA-1", not lacking, "fhirAuthorization has all members", "fhirAuthorization lacks " + ", ".join(lacking)
        )
    ]
    found += _near("fhirAuthorization.", access, (*ACCESS, "patient"))
    kind = access.get("token_type")
    if isinstance(kind, str) and kind.lower() != "bearer":
        found.append(ProtocolCheck("FA-1", FAIL, "token_type is not Bearer"))
    scope = access.get("scope")
    if isinstance(scope, str) and "patient/" in scope and not access.get("patient"):
        found.append(ProtocolCheck("FA-1", NOTE, "patient scopes without the member patient"))
    return found


def _near(where: str, given: Iterable[str], known: Collection[str]) -> Iterator[ProtocolCheck]:
    """Members whose name is a slip of the pen. One that is near a known name holds nothing of a patient, and is shown."""
    for name in given:
        if near := nearest(name, known):
            yield ProtocolCheck("CALL-8", NOTE, f"{where}{name[:64]} is ignored: did you mean {where}{near}?")


def shape_of(text: str) -> str:
    """What a text looks like, without saying it: "12/3/2026" is "99/9/9999"."""
    shape = re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text[:40]))
    return f"{shape}…" if len(text) > 40 else shape


def _is_uuid(text: str) -> bool:
    try:
        return UUID(text).int >= 0
    except ValueError:
        return False


def origin_of(address: str) -> str:
    """The origin of an address; "" where it is no http or https URL."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    is_default = port is None or port == {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}" if is_default else f"{parts.scheme}://{parts.hostname}:{port}"
