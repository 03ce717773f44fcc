"""Public keys of clients: fetched from listed addresses only, kept for a while, fetched again when a new one appears."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import requests

from cds_service.api.trusted_clients import public_keys

TTL: Final = 300.0
PAUSE: Final = 5.0
STALE: Final = 24 * 3600.0
_MOST_BYTES: Final = 256 * 1024
_MOST_SECONDS: Final = 4.0
_PER_READ: Final = 2.0

Key = Mapping[str, Any]


class KeysUnavailable(Exception):
    """The address did not give a key set; `cause` is a code."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def fetch_jwks(url: str) -> bytes:
    """The bytes at a listed address, within 4 seconds and 256 KB; no redirect is followed, no proxy setting is read.

    Raises:
        KeysUnavailable: Anything but a 200 within the limits.
    """
    deadline = time.monotonic() + _MOST_SECONDS
    headers = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}
    content = bytearray()
    try:
        with requests.Session() as session:
            session.trust_env = False
            limits = {"timeout": (_PER_READ, _PER_READ), "allow_redirects": False, "stream": True}
            with session.get(url, headers=headers, **limits) as response:  # type: ignore[arg-type]
                if response.status_code != 200:
                    raise KeysUnavailable(f"status-{response.status_code}")
                while chunk := response.raw.read1(16_384, decode_content=False):
                    content += chunk
                    if len(content) > _MOST_BYTES:
                        raise KeysUnavailable("too-large")
                    if time.monotonic() > deadline:
                        raise KeysUnavailable("too-slow")
    except (requests.RequestException, OSError, ValueError) as error:
        raise KeysUnavailable(type(error).__name__) from None
    except Exception as error:
        # urllib3's own errors pass through the raw stream unwrapped; requests gives them no common name.
        if type(error).__module__.startswith("urllib3."):
            raise KeysUnavailable(type(error).__name__) from None
        raise
    return bytes(content)


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
