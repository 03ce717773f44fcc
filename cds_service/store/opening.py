"""What can go wrong with a database, as codes; its URL; and how an SQLite file is opened."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from cds_service import errors

_CAUSES: Final = (
    ("locked", "locked"),
    ("readonly", "read-only"),
    ("read-only", "read-only"),
    ("unable to open", "unreachable"),
    ("connect", "unreachable"),
    ("terminat", "unreachable"),
    ("full", "full"),
    ("not a database", "damaged"),
    ("malformed", "damaged"),
    ("no such table", "tables-missing"),
    ("does not exist", "tables-missing"),
    ("timeout", "timeout"),
)


class StoreDown(errors.StoreDown):
    """The store cannot be used now. `cause` is a code such as `locked` or `unreachable`, without any stored value."""

    def __init__(self, cause: str) -> None:
        super().__init__()
        self.cause = cause


def checked_url(url: str) -> URL:
    """The URL, with our PostgreSQL driver where it names none.

    Raises:
        ValueError: It is none of SQLite (a file) or PostgreSQL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("CDS_DATABASE_URL is not a database URL") from None
    if parsed.get_backend_name() not in ("sqlite", "postgresql", "postgres"):
        raise ValueError("CDS_DATABASE_URL must be one of SQLite or PostgreSQL")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ValueError("CDS_DATABASE_URL must name a file: workers cannot share a database in memory")
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def on_sqlite_connect(driver: Any, _record: object) -> None:
    """Leave transactions to us, and sync the disk at checkpoints only."""
    driver.isolation_level = None
    driver.execute("PRAGMA synchronous=NORMAL")
    # Folding the log into the file flushes the disk; every 4,000 calls instead of every few hundred is often enough.
    driver.execute("PRAGMA wal_autocheckpoint=10000")
    driver.execute("PRAGMA busy_timeout=250")


def identity(path: Path) -> tuple[int, int] | None:
    """Which file stands at a path; None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def cause(error: BaseException) -> str:
    """The code for an error of the database; its words, which may hold values, stay here."""
    words = str(getattr(error, "orig", None) or error).lower()
    return next((cause for part, cause in _CAUSES if part in words), "error")
