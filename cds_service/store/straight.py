"""One SQLite connection for the one write that every hook pays: straight to the driver, a third of the usual time.

Used by one thread at a time (the database's turn) and never across a fork.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from cds_service.store.opening import on_sqlite_connect

T = TypeVar("T")

# Closing a parent's connection in a child would drop the parent's locks on the file, so it is kept and never used.
_inherited: Final[list[sqlite3.Connection]] = []


class StraightWriter:
    """Runs one write transaction at a time on a connection of its own."""

    def __init__(self, file: Path) -> None:
        """Take the file; nothing is opened yet."""
        self._file = file
        self._connection: sqlite3.Connection | None = None
        self._patience = 0

    def run(self, work: Callable[[sqlite3.Connection], T], seconds: float) -> T:
        """Run `work` between BEGIN IMMEDIATE and COMMIT; any fault undoes it and closes the connection.

        Args:
            work: Gets the connection.
            seconds: Longest wait for another writer.

        Raises:
            sqlite3.Error: Nothing was stored.
        """
        if self._connection is None:
            self._connection = sqlite3.connect(self._file, check_same_thread=False)
            on_sqlite_connect(self._connection, None)
            self._patience = 0
        connection = self._connection
        # In steps, so that it seldom changes.
        patience = max(1, round(seconds * 40) * 25)
        if patience != self._patience:
            connection.execute(f"PRAGMA busy_timeout={patience}")
            self._patience = patience
        try:
            connection.execute("BEGIN IMMEDIATE")
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            self.close()
            raise
        return result

    def close(self) -> None:
        """Close the connection; what was not committed is undone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def leave(self) -> None:
        """Forget the connection after a fork, in the child."""
        if self._connection is not None:
            _inherited.append(self._connection)
            self._connection = None
