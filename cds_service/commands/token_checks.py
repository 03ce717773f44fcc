"""What is right and wrong with a client's token, clause by clause; nothing of the token itself is repeated."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any

from cds_service.api.jwt import ALGORITHMS, LONGEST_LIFE, JwtAuthenticator, seconds_of
from cds_service.api.trusted_clients import load_trusted_clients
from cds_service.errors import Unauthorized
from cds_service.hooks.protocol import FAIL, NOTE, PASS, ProtocolCheck, judged
from cds_service.settings import Settings


class _FirstTime:
    """Remembers no token: a diagnosis must not use up the token's one call."""

    def remember(self, issuer: str, token_id: str, expires_at: float) -> bool:
        """Always as if seen for the first time."""
        return True


def token_checks(token: str, service_id: str, settings: Settings, now: float) -> tuple[ProtocolCheck, ...]:
    """The clauses about the token, then the verdict of the very code that judges calls.

    Args: the token without "Bearer "; the service called; the settings; now in seconds since 1970.

    Raises: SettingsError when CDS_TRUSTED_CLIENTS is wrong.
    """
    parts = token.strip().removeprefix("Bearer ").strip().split(".")
    try:
        head, claims = (json.loads(_decoded(part)) for part in parts[:2])
    except (ValueError, binascii.Error, RecursionError):
        head = claims = None
    if len(parts) != 3 or not isinstance(head, dict) or not isinstance(claims, dict):
        return (ProtocolCheck("JWT-1", FAIL, "not a signed token of three parts"),)
    path = f"/cds-services/{service_id}"
    found = [*_head(head), *_claims(claims, now), *_audience(claims, settings.public_base_url, path)]
    return (*found, _verdict(".".join(parts), path, settings, now))


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _head(head: Mapping[str, Any]) -> Iterator[ProtocolCheck]:
    lacking = [name for name in ("alg", "kid", "typ") if not head.get(name)]
    yield judged("JWT-3", not lacking, "alg, kid and typ are there", "the header lacks " + ", ".join(lacking))
    algorithm = str(head.get("alg", ""))
    if algorithm.lower() == "none":
        yield ProtocolCheck("JWT-10", FAIL, "alg is none: unsigned tokens are refused")
    elif algorithm.startswith("HS"):
        yield ProtocolCheck("JWT-11", FAIL, "a symmetric algorithm: refused")
    else:
        names = " or ".join(ALGORITHMS)
        yield judged("JWT-12", algorithm in ALGORITHMS, f"alg is {names}", f"alg is not {names}")
    if "jku" in head:
        yield ProtocolCheck(
            "JWT-4", NOTE, "jku is used only where it equals the listed one, and ignored beside inline keys"
        )


def _claims(claims: Mapping[str, Any], now: float) -> Iterator[ProtocolCheck]:
    lacking = [name for name in ("iss", "aud", "exp", "iat", "jti") if claims.get(name) in (None, "")]
    yield judged(
        "JWT-5", not lacking, "iss, aud, exp, iat and jti are there", "the payload lacks " + ", ".join(lacking)
    )
    ends, begins = seconds_of(claims, "exp"), seconds_of(claims, "iat")
    if ends is not None:
        yield judged("JWT-7", ends > now, "not expired", "expired")
    if ends is not None and begins is not None:
        is_short = 0 < ends - begins <= LONGEST_LIFE
        yield judged("JWT-8", is_short, "lives at most an hour", "lives longer than an hour, or ends before it begins")


def _audience(claims: Mapping[str, Any], base: str, path: str) -> Iterator[ProtocolCheck]:
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    if not base:
        is_path = any(isinstance(one, str) and one.endswith(path) for one in named)
        state = NOTE if is_path else FAIL
        yield ProtocolCheck("JWT-6", state, "CDS_PUBLIC_BASE_URL is not set; only the end of aud could be compared")
    else:
        yield judged(
            "JWT-6", base.rstrip("/") + path in named, "aud is the address called", "aud is not the address called"
        )


def _verdict(token: str, path: str, settings: Settings, now: float) -> ProtocolCheck:
    """What the service itself would say; a listed key address is fetched, no other."""
    if settings.trusted_clients is None:
        return ProtocolCheck(
            "JWT-13", NOTE, "CDS_TRUSTED_CLIENTS is not set: issuer, key and signature were not judged"
        )
    clients = load_trusted_clients(settings.trusted_clients)
    judge = JwtAuthenticator(clients, settings.public_base_url, _FirstTime(), clock=lambda: now)
    try:
        judge.authenticate(f"Bearer {token}", path)
    except Unauthorized as refused:
        return ProtocolCheck("JWT-16", FAIL, f"the service answers 401; for your eyes only: {refused.reason}")
    return ProtocolCheck("JWT-13", PASS, "issuer, key and signature are good")
