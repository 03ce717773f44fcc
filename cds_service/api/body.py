"""Reading a body: media type first, then no more bytes than the service is willing to hold."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import ClientDisconnected

from cds_service.errors import BodyIncomplete, BodyTooLarge, WrongMediaType

# The registered type, the FHIR type and its pre-R3 spelling, which the CDS Hooks Sandbox still uses.
MEDIA_TYPES = frozenset({"application/json", "application/fhir+json", "application/json+fhir"})
_STEP = 65_536


def read_body(most: int) -> bytes:
    """The body of the current request.

    Args:
        most: the number of bytes that are still read.

    Raises: WrongMediaType, BodyTooLarge (by Content-Length, or by counting where there is none), BodyIncomplete.
    """
    if request.content_type and request.mimetype not in MEDIA_TYPES:
        raise WrongMediaType()
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise WrongMediaType()
    announced = request.content_length
    if announced is not None and announced > most:
        raise BodyTooLarge()
    body = _counted(most, announced)
    if announced is not None and len(body) < announced:
        raise BodyIncomplete()
    return body


def _counted(most: int, announced: int | None) -> bytes:
    """All bytes of the stream, as long as they are no more than `most`; it is not asked again after those announced."""
    pieces: list[bytes] = []
    size = 0
    try:
        stream = request.stream
        while size != announced and (piece := stream.read(_STEP)):
            size += len(piece)
            if size > most:
                raise BodyTooLarge()
            pieces.append(piece)
    except (ClientDisconnected, OSError):
        raise BodyIncomplete() from None
    return b"".join(pieces)
