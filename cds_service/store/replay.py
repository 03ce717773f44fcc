"""Remembers used tokens until they expire, so that none is accepted twice by any worker.

Only a digest of issuer and `jti` is kept, nothing of the token. While the store is down each process remembers for
itself; what it saw then, it still knows after the store is back.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, delete
from sqlalchemy.dialects import postgresql, sqlite

from cds_service.store.engine import HOOK_WAIT, Database, StoreDown
from cds_service.store.tables import used_token

_GRACE: Final = 60.0
_SWEEP_EVERY: Final = 300.0
_MOST_IN_MEMORY: Final = 200_000

_INSERT = {
    "sqlite": sqlite.insert(used_token).on_conflict_do_nothing().returning(used_token.c.digest),
    "postgresql": postgresql.insert(used_token).on_conflict_do_nothing().returning(used_token.c.digest),
}


class ReplayStore:
    """Used token identifiers, in the shared store and in this process."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """Take the database and a clock of seconds since 1970."""
        self._database = database
        self._clock = clock
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()
        self._next_sweep = 0.0
        self.is_shared = True

    def remember(self, issuer: str, token_id: str, expires_at: float) -> bool:
        """Note a token as used.

        Args:
            issuer: The token's `iss`.
            token_id: The token's `jti`.
            expires_at: The token's `exp`, in seconds since 1970.

        Returns:
            True the first time, False when it was used before.
        """
        digest = hashlib.sha256(f"{len(issuer)}:{issuer}{token_id}".encode("utf-8", "backslashreplace")).hexdigest()
        now = self._clock()
        with self._lock:
            if self._seen.get(digest, now) > now:
                return False
            is_sweep_due = now >= self._next_sweep
            if is_sweep_due:
                self._next_sweep = now + _SWEEP_EVERY
            if is_sweep_due or len(self._seen) >= _MOST_IN_MEMORY:
                self._seen = {one: until for one, until in self._seen.items() if until > now}
            self._seen[digest] = expires_at + _GRACE
        sweep_at = now if is_sweep_due else None
        try:
            is_new = self._database.write(lambda one: _insert(one, digest, expires_at, sweep_at), HOOK_WAIT)
        except StoreDown:
            self.is_shared = False
            return True
        self.is_shared = True
        return is_new


def _insert(connection: Connection, digest: str, expires_at: float, sweep_at: float | None) -> bool:
    if sweep_at is not None:
        connection.execute(delete(used_token).where(used_token.c.expires_at < sweep_at - _GRACE))
    row = {"digest": digest, "expires_at": expires_at}
    # What came back, not the row count: that is unknown (-1) on PostgreSQL.
    return connection.execute(_INSERT[connection.dialect.name], row).first() is not None
