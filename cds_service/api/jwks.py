"""Public keys of clients: fetched from listed addresses only, kept for a while, fetched again when a new one appears."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from cds_service.api.trusted_clients import public_keys
from cds_service.outbound import DocumentUnavailable, fetch_document

TTL: Final = 300.0
PAUSE: Final = 5.0
STALE: Final = 24 * 3600.0
_MOST_SECONDS: Final = 4.0
_PER_READ: Final = 2.0

Key = Mapping[str, Any]


class KeysUnavailable(Exception):
    """The address did not give a key set; `cause` is a code."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def fetch_jwks(url: str) -> bytes:
    """The bytes at a listed address.

    Raises:
        KeysUnavailable: They cannot be had within the limits of `fetch_document`.
    """
    try:
        return fetch_document(url, "application/jwk-set+json, application/json")
    except DocumentUnavailable as error:
        raise KeysUnavailable(error.cause) from None


class KeyCache:
    """The keys at one address.

    They are fetched again after `TTL`, and at once when a token names a key that is not among them, but never twice
    within `PAUSE`: so a new key works within seconds, and unknown ones cause few fetches. While the address gives
    nothing, keys up to a day old stay in use.
    """

    def __init__(self, url: str, fetch: Callable[[str], bytes], clock: Callable[[], float] = time.monotonic) -> None:
        """Take the address, how to fetch it, and a clock in seconds."""
        self._url = url
        self._fetch = fetch
        self._clock = clock
        self._keys: tuple[Key, ...] = ()
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = threading.Lock()

    def named(self, kid: str) -> Sequence[Key]:
        """The keys with an id; empty where there is none.

        Raises:
            KeysUnavailable: There is no usable key set at all.
        """
        found = self._pick(kid)
        if found and self._clock() - self._fetched_at < TTL:
            return found
        # One caller fetches. Others go on with a key that verifies; without one they wait, but a slow address must not
        # tie up all threads.
        wait = 0.0 if found else _PER_READ / 2 if self._keys else _MOST_SECONDS
        if self._lock.acquire(timeout=wait):
            try:
                if self._clock() - self._tried_at >= PAUSE and not self._is_answered(kid):
                    self._refresh()
            finally:
                self._lock.release()
        if self._clock() - self._fetched_at > STALE:
            raise KeysUnavailable("no-keys")
        return self._pick(kid)

    def _pick(self, kid: str) -> tuple[Key, ...]:
        return tuple(key for key in self._keys if key["kid"] == kid)

    def _is_answered(self, kid: str) -> bool:
        return bool(self._pick(kid)) and self._clock() - self._fetched_at < TTL

    def _refresh(self) -> None:
        try:
            keys = public_keys(self._fetch(self._url))
        except (KeysUnavailable, ValueError):
            self._tried_at = self._clock()
            return
        self._keys = keys
        self._fetched_at = self._tried_at = self._clock()
