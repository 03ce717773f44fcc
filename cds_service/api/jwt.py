"""Who calls: the client's signed token, checked as the standard asks (section 'Trusting CDS Clients').

Nothing is fetched before issuer and key address are found on the list. Every refusal is the same `Unauthorized`; its
`reason` is a code for our log. Nothing of a token is kept, but a digest of issuer and `jti` until it has expired.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

from cds_service.api.jwks import Key, KeyCache, KeysUnavailable, fetch_jwks
from cds_service.api.trusted_clients import TrustedClient, load_trusted_clients
from cds_service.cdshooks.client import Client
from cds_service.errors import SettingsError, Unauthorized

if TYPE_CHECKING:
    from cds_service.settings import Settings

ALGORITHMS: Final = ("ES384", "RS384")
LONGEST_LIFE: Final = 3600.0
_LATE: Final = 5.0
_EARLY: Final = 30.0
_MOST_CHARACTERS: Final = 8192
_FEEDBACK: Final = "/feedback"

_signatures = PyJWS(algorithms=list(ALGORITHMS))


class Replay(Protocol):
    """Remembers used tokens."""

    def remember(self, issuer: str, token_id: str, expires_at: float) -> bool:
        """True the first time a token is seen."""
        ...


class JwtAuthenticator:
    """Judges the Authorization header of a call."""

    def __init__(
        self,
        clients: Mapping[str, TrustedClient],
        public_base_url: str,
        replay_store: Replay,
        clock: Callable[[], float] = time.time,
        fetch_jwks: Callable[[str], bytes] = fetch_jwks,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the listed clients by `iss`, the base URL as clients see it, and where used tokens are remembered.

        Args:
            clients: From `load_trusted_clients`.
            public_base_url: `CDS_PUBLIC_BASE_URL`.
            replay_store: Shared by all workers.
            clock: Seconds since 1970.
            fetch_jwks: Gives the bytes at a listed address, or raises `KeysUnavailable`.
            ticks: Seconds that never run backwards, for the age of fetched keys.
        """
        self._clients = clients
        self._base = public_base_url.rstrip("/")
        self._replay = replay_store
        self._clock = clock
        self._caches = {one.jku: KeyCache(one.jku, fetch_jwks, ticks) for one in clients.values() if one.jku}

    def authenticate(self, header: str | None, url: str) -> Client:
        """The client that a header proves.

        Args:
            header: The Authorization header as received, None when there is none.
            url: The address that was called as clients see it, or its path below the base URL.

        Returns:
            The client, with the tenant of the token.

        Raises:
            Unauthorized: For every cause; `reason` is a code for the log.
        """
        token = _bearer(header)
        head, claims = _parts(token)
        algorithm, key_id = _checked_head(head)
        issuer = claims.get("iss")
        trusted = self._clients.get(issuer) if isinstance(issuer, str) else None
        if trusted is None:
            _refuse("issuer-unknown")
        self._verify(token, algorithm, self._keys(trusted, head, key_id))
        _check_audience(claims, url if "://" in url else self._base + url)
        expires_at = _check_times(claims, self._clock())
        tenant = _tenant(claims, trusted)
        token_id = claims.get("jti")
        if not isinstance(token_id, str) or not token_id.strip():
            _refuse("jti-missing")
        if not self._replay.remember(trusted.iss, token_id, expires_at):
            _refuse("replayed")
        return Client(
            issuer=trusted.iss,
            tenant=tenant,
            fhir_servers=trusted.fhir_servers,
            takes_system_actions=trusted.takes_system_actions,
            knows_action_selection=trusted.knows_action_selection,
            shadow=trusted.shadow,
        )

    def _keys(self, trusted: TrustedClient, head: Mapping[str, Any], key_id: str) -> Sequence[Key]:
        if trusted.keys:
            return [key for key in trusted.keys if key["kid"] == key_id]
        if "jku" in head and head["jku"] != trusted.jku:
            _refuse("jku-not-listed")
        try:
            return self._caches[trusted.jku].named(key_id)
        except KeysUnavailable:
            _refuse("keys-unavailable")

    def _verify(self, token: str, algorithm: str, keys: Sequence[Key]) -> None:
        if not keys:
            _refuse("kid-unknown")
        fitting = [key for key in keys if _fits(key, algorithm)]
        if not fitting:
            _refuse("key-does-not-fit")
        if not any(_is_signed_with(key, token, algorithm) for key in fitting):
            _refuse("signature")


def build_authenticator(settings: Settings) -> JwtAuthenticator:
    """The authenticator that the settings describe, on the configured store.

    Raises:
        SettingsError: The list of clients is missing or wrong.
    """
    from cds_service.store.sink import open_replay

    if settings.trusted_clients is None:
        raise SettingsError("CDS_TRUSTED_CLIENTS", "CDS_AUTH=jwt needs CDS_TRUSTED_CLIENTS.")
    clients = load_trusted_clients(settings.trusted_clients)
    return JwtAuthenticator(clients, settings.public_base_url, open_replay(settings))


def _refuse(reason: str) -> NoReturn:
    # Nothing of what was read may travel with the refusal.
    raise Unauthorized(reason) from None


def _bearer(header: str | None) -> str:
    if header is None or not header.strip():
        _refuse("header-missing")
    scheme, _, token = header.strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        _refuse("scheme")
    if len(token) > _MOST_CHARACTERS or not token.isascii() or token.count(".") != 2:
        _refuse("not-a-token")
    return token


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    head, claims, _ = token.split(".")
    try:
        read = [json.loads(_decoded(part), parse_constant=_no_constant) for part in (head, claims)]
    except (ValueError, binascii.Error, RecursionError):
        _refuse("not-a-token")
    if not all(isinstance(one, dict) for one in read):
        _refuse("not-a-token")
    return read[0], read[1]


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _checked_head(head: Mapping[str, Any]) -> tuple[str, str]:
    algorithm, key_id, kind = head.get("alg"), head.get("kid"), head.get("typ")
    if algorithm not in ALGORITHMS:
        _refuse("algorithm")
    if not isinstance(kind, str) or kind.upper() != "JWT":
        _refuse("typ")
    if "crit" in head or "b64" in head:
        _refuse("crit")
    if not isinstance(key_id, str) or not key_id:
        _refuse("kid-missing")
    return str(algorithm), key_id


def _fits(key: Key, algorithm: str) -> bool:
    if key.get("alg", algorithm) != algorithm or key.get("use", "sig") != "sig":
        return False
    uses = key.get("key_ops", ["verify"])
    if not isinstance(uses, list) or "verify" not in uses:
        return False
    if algorithm == "ES384":
        return key.get("kty") == "EC" and key.get("crv") == "P-384"
    return key.get("kty") == "RSA"


def _is_signed_with(key: Key, token: str, algorithm: str) -> bool:
    try:
        _signatures.decode_complete(token, _public_key(key, algorithm), algorithms=[algorithm])
    except (PyJWTError, ValueError, TypeError, KeyError):
        return False
    return True


def _public_key(key: Key, algorithm: str) -> Any:
    if algorithm == "ES384":
        return ECAlgorithm.from_jwk(dict(key))
    public = RSAAlgorithm.from_jwk(dict(key))
    if public.key_size < 2048:
        raise ValueError("weak key")
    return public


def _check_audience(claims: Mapping[str, Any], called: str) -> None:
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        _refuse("audience-missing")
    accepted = {called}
    if called.endswith(_FEEDBACK):
        accepted.add(called.removesuffix(_FEEDBACK))
    if accepted.isdisjoint(named):
        _refuse("audience")


def _check_times(claims: Mapping[str, Any], now: float) -> float:
    expires_at, issued_at = seconds_of(claims, "exp"), seconds_of(claims, "iat")
    if expires_at is None or issued_at is None:
        _refuse("times-missing")
    if expires_at <= now - _LATE:
        _refuse("expired")
    if issued_at > now + _EARLY:
        _refuse("issued-in-the-future")
    if not 0 < expires_at - issued_at <= LONGEST_LIFE:
        _refuse("lifetime")
    not_before = seconds_of(claims, "nbf")
    if "nbf" in claims and (not_before is None or not_before > now + _EARLY):
        _refuse("not-yet-valid")
    return expires_at


def seconds_of(claims: Mapping[str, Any], name: str) -> float | None:
    """A claim that is a time, in seconds since 1970; None where it is none."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _tenant(claims: Mapping[str, Any], trusted: TrustedClient) -> str:
    tenant = claims.get("tenant", "")
    if not isinstance(tenant, str) or (trusted.tenants is not None and tenant not in trusted.tenants):
        _refuse("tenant")
    return tenant
