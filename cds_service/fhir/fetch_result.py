"""What a FHIR server's answer to one query is worth: the body of the kind asked for, or a named reason why not."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

TIMEOUT = "timeout"
SERVER_ERROR = "server error"
UNREACHABLE = "no connection to the FHIR server"
UNAVAILABLE = "server error: the FHIR server failed repeatedly and is not asked for some seconds"
REFUSED = "refused origin"
REDIRECT = "the FHIR server redirected elsewhere"
NOT_FHIR = "not FHIR"
OUTCOME = "the FHIR server answered an OperationOutcome"
TOO_LARGE = "too large"
INCOMPLETE = "incomplete"
NOT_FOUND = "404"


class OnePage(str):
    """A query of which the first page is all that is wanted."""


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What one query brought: the pages as they came, and why something is missing ("" when nothing is)."""

    pages: tuple[bytes, ...] = ()
    failure: str = ""


class Failure(Exception):
    """A named reason; holds no address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Link(msgspec.Struct):
    relation: str = ""
    url: str = ""


class _Envelope(msgspec.Struct):
    resourceType: str
    link: list[_Link] | None = None


_envelope = msgspec.json.Decoder(_Envelope)
_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def is_outcome(body: bytes) -> bool:
    """Whether a body is an OperationOutcome."""
    try:
        return _envelope.decode(body).resourceType == "OperationOutcome"
    except _UNREADABLE:
        return False


def checked(status: int, body: bytes, kind: str) -> tuple[bytes, str]:
    """The body and the address of its next page.

    Raises: Failure for every status but 2xx and for a body that is not a resource of the kind asked for.
    """
    if status >= 500:
        raise Failure(SERVER_ERROR)
    if 300 <= status < 400:
        raise Failure(REDIRECT)
    if not 200 <= status < 300:
        raise Failure(str(status))
    try:
        envelope = _envelope.decode(body)
    except _UNREADABLE:
        raise Failure(NOT_FHIR) from None
    if envelope.resourceType == "OperationOutcome":
        raise Failure(OUTCOME)
    if envelope.resourceType != kind:
        raise Failure(NOT_FHIR)
    links = (link for link in envelope.link or () if link.relation.strip().casefold() == "next")
    return body, next((link.url for link in links if link.url.strip()), "")
