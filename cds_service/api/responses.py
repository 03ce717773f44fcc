"""Responses.

All about hooks is `application/json`, OperationOutcomes too: the CDS Hooks specification exchanges JSON, and browser-based
clients and test kits parse a body by that very type, while `application/fhir+json` is text to some of them. The FHIR routes
answer `application/fhir+json`, as FHIR's clients expect. RFC 8259 knows no charset parameter, so there is none.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from cds_service.cdshooks.outcome import outcome
from cds_service.errors import CdsError, Unauthorized

JSON = "application/json"
FHIR_JSON = "application/fhir+json"
# A crowd has thinned by then, and a store that came back has been noticed.
RETRY_AFTER_SECONDS = 2
_UNAUTHORIZED = b'{"message":"Unauthorized"}'


def json_response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON response."""
    return Response(body, status, dict(headers or {}), content_type=JSON)


def error_response(error: CdsError, headers: Mapping[str, str] | None = None) -> Response:
    """The response for an error: an OperationOutcome, except for 401, which is the same bytes for every cause."""
    if isinstance(error, Unauthorized):
        return json_response(_UNAUTHORIZED, 401, {"WWW-Authenticate": 'Bearer realm="cds-services"'})
    wait = {"Retry-After": str(RETRY_AFTER_SECONDS)} if error.status == 503 else {}
    return json_response(outcome(error), error.status, {**wait, **(headers or {})})
