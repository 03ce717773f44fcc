"""What belongs to one browser and to nobody else: a launch under way, then the session of one patient.

The address of a page holds the handle of a session, its cookie the secret; only both together find it. The database knows a
digest of both and a text that is sealed by the secret, so that neither the address, nor the database, nor another browser is
enough. Two launches in one browser are two sessions: no page can show the patient of another one.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken

_BYTES: Final = 32

Content = TypeVar("Content", bound=msgspec.Struct)


class Store(Protocol):
    """Where sealed texts are kept."""

    def put(self, digest: str, sealed: str, seconds: float) -> None: ...
    def read(self, digest: str) -> str: ...
    def take(self, digest: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Pass:
    """What finds a session: the handle stands in an address, the secret in a cookie. The repr shows neither."""

    handle: str
    secret: str

    def __repr__(self) -> str:
        return "Pass(...)"


class Sessions(Generic[Content]):
    """Sessions of one kind, for as long as they last."""

    def __init__(self, store: Store, kind: type[Content]) -> None:
        """Take where they are kept and what they hold."""
        self._store = store
        self._kind = kind

    def open(self, content: Content, seconds: float) -> Pass:
        """A new session. Raises: StoreDown."""
        made = Pass(secrets.token_urlsafe(_BYTES), secrets.token_urlsafe(_BYTES))
        self._store.put(_digest(made), _seal(made).encrypt(msgspec.json.encode(content)).decode(), seconds)
        return made

    def read(self, shown: Pass) -> Content | None:
        """The session, None where there is none or it is over. Raises: StoreDown."""
        return self._opened(shown, self._store.read(_digest(shown)))

    def take(self, shown: Pass) -> Content | None:
        """The session, which is over by that. Raises: StoreDown."""
        return self._opened(shown, self._store.take(_digest(shown)))

    def _opened(self, shown: Pass, sealed: str) -> Content | None:
        try:
            return msgspec.json.decode(_seal(shown).decrypt(sealed.encode()), type=self._kind) if sealed else None
        except (InvalidToken, msgspec.DecodeError):
            # A session of an earlier version of this service, or of another kind.
            return None


def _digest(shown: Pass) -> str:
    return hashlib.sha256(f"{shown.handle}:{shown.secret}".encode("utf-8", "backslashreplace")).hexdigest()


def _seal(shown: Pass) -> Fernet:
    key = hashlib.sha256(b"sealed:" + shown.secret.encode("utf-8", "backslashreplace")).digest()
    return Fernet(base64.urlsafe_b64encode(key))
