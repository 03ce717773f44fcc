"""JWT-19: does the example that the standard gives verify?"""

from __future__ import annotations

import pytest

from cds_service.api.jwt import JwtAuthenticator
from cds_service.api.trusted_clients import TrustedClient
from cds_service.store.replay import ReplayStore
from tests.unit.api.trust.case import BASE, NOW, refusal

# JWT-19: header, payload, key and token as the standard's own example gives them (CDS Hooks 2.0, "Example").
_EXAMPLE_KEY = {
    "kty": "EC",
    "use": "sig",
    "crv": "P-384",
    "kid": "example-kid",
    "x": "46SDH7Znh821wblCBglA61sNE9ZrHYKKt3qRtRTmSXyOI_FIGBLWrWa0GPUkDCEk",
    "y": "XMcRuuoGW7CXjQdy-F5i3FeBE0x9hPLdeFdSoDd3ELmx404tLX0VRRcqzAsPhXcI",
    "alg": "ES384",
}
_EXAMPLE_TOKEN = (
    "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCIsImtpZCI6ImV4YW1wbGUta2lkIiwiamt1IjoiaHR0cHM6Ly9maGlyLWVoci5leGFtcGxlLmNvbS9q"
    "d2tfdXJpIn0.eyJpc3MiOiJodHRwczovL2ZoaXItZWhyLmV4YW1wbGUuY29tLyIsImF1ZCI6Imh0dHBzOi8vY2RzLmV4YW1wbGUub3JnL2Nkcy1z"
    "ZXJ2aWNlcy9zb21lLXNlcnZpY2UiLCJleHAiOjE0MjI1Njg4NjAsImlhdCI6MTMxMTI4MDk3MCwianRpIjoiZWUyMmIwMjEtZTFiNy00NjExLWJh"
    "NWItOGVlYzZhMzNhYzFlIiwidGVuYW50IjoiMmRkZDZjM2EtOGU5YS00NGM2LWEzMDUtNTIxMTFhZDMwMmEyIn0.d1WfLjGRKlcWB94l9do4cM8R"
    "EXeYJLL6SGUBO8VHZhfM8mwKYP70EMxJ67War4TQblEpaQrp11wx5p7oPFm2ETYgCicS84vXWEIYTdjooZdooCSDf2L8-i4awdoUwiEb"
)


@pytest.mark.row("JWT-19")
@pytest.mark.parametrize(
    ("now", "kid", "reason"),
    [
        (NOW, "example-kid", "expired"),
        (1_422_568_000.0, "example-kid", "lifetime"),
        (1_422_568_000.0, "other", "kid-unknown"),
    ],
)
def test_the_example_of_the_standard_verifies_and_has_expired(
    replay: ReplayStore, now: float, kid: str, reason: str
) -> None:
    client = TrustedClient(iss="https://fhir-ehr.example.com/", keys=({**_EXAMPLE_KEY, "kid": kid},))
    authenticator = JwtAuthenticator({client.iss: client}, BASE, replay, clock=lambda: now)
    assert reason == refusal(authenticator, "Bearer " + _EXAMPLE_TOKEN, "/cds-services/some-service")
    tampered = _EXAMPLE_TOKEN[:-3] + "AAA"
    assert ("signature" if kid == "example-kid" else reason) == refusal(
        authenticator, "Bearer " + tampered, "/cds-services/some-service"
    )
