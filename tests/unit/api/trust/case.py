"""One client, its keys and its tokens, for the tests of client authentication."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cds_service.api.jwt import JwtAuthenticator
from cds_service.errors import Unauthorized
from tests.unit.api.trust.tokens import EcKey, RsaKey, token

BASE = "https://cds.example.org"
SERVICE = "/cds-services/lenalidomide-order-sign"
ISSUER = "https://ehr.example.org"
NOW = 1_790_000_000.0
EC = EcKey()
RSA = RsaKey()
_numbers = iter(range(10**9))


class Ticks:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


Build = Callable[..., JwtAuthenticator]


def claims(**changes: Any) -> dict[str, Any]:
    usual = {"iss": ISSUER, "aud": BASE + SERVICE, "exp": NOW + 300, "iat": NOW, "jti": f"jti-{next(_numbers)}"}
    return {**usual, **changes}


def bearer(key: Any = EC, head: dict[str, Any] | None = None, **changes: Any) -> str:
    return "Bearer " + token(key, claims(**changes), head)


def refusal(authenticator: JwtAuthenticator, header: str | None, path: str = SERVICE) -> str:
    with pytest.raises(Unauthorized) as caught:
        authenticator.authenticate(header, path)
    assert "CDS-401: Unauthorized." == str(caught.value)
    return caught.value.reason
