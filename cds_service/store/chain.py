"""The hash chain over decision records: each record's hash covers its number, its time, its text and the hash before it.

With a key the hashes are HMACs: whoever can write to the database, but does not hold the key, cannot make a matching
one. Without a key they are plain SHA-256 and show damage and careless edits only.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from cds_service.store.tables import decision_chain, decision_record

GENESIS: Final = "0" * 64
_SEPARATOR: Final = "\x1f"

_LOCKED_HEAD = (
    select(decision_chain.c.sequence, decision_chain.c.hash).where(decision_chain.c.id == 1).with_for_update()
)
_INSERT_RECORD = insert(decision_record)
_MOVE_HEAD = update(decision_chain).where(decision_chain.c.id == 1)
_INSERT_SQL: Final = (
    "INSERT INTO decision_record (sequence, at, body, previous_hash, hash, is_keyed) VALUES (?, ?, ?, ?, ?, ?)"
)
_MOVE_SQL: Final = "UPDATE decision_chain SET sequence = ?, hash = ?, seal = ? WHERE id = 1"


@cache
def derived_key(hash_key: str | None, purpose: str) -> bytes | None:
    """A key of its own for each purpose, so that no hash of one can be passed off as a hash of the other."""
    if not hash_key:
        return None
    return hmac.new(hash_key.encode(), purpose.encode(), hashlib.sha256).digest()


def hash_patient(hash_key: str | None, issuer: str, patient_id: str) -> str | None:
    """The keyed hash by which a patient's records can be found again by whoever holds the key.

    Args:
        hash_key: `CDS_HASH_KEY`.
        issuer: Whose patient ids these are (the client's `iss`, or its FHIR origin).
        patient_id: The id within that issuer.

    Returns:
        64 hexadecimal digits, or None without a key: an unkeyed hash of an id can be guessed.
    """
    key = derived_key(hash_key, "cds-service patient")
    if key is None:
        return None
    return hmac.new(key, f"{issuer}{_SEPARATOR}{patient_id}".encode("utf-8", "backslashreplace"), "sha256").hexdigest()


def instant(at: datetime) -> str:
    """UTC with microseconds, always the same width, so that texts sort as times do. A time without zone is taken as UTC."""
    moment = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def link(key: bytes | None, sequence: int, previous_hash: str, at: str, body: str) -> str:
    """The hash of a record."""
    return _digest(key, ("record", str(sequence), previous_hash, at, body))


def seal(key: bytes | None, sequence: int, record_hash: str) -> str:
    """The hash that marks a record as the last one."""
    return _digest(key, ("head", str(sequence), record_hash))


def append(connection: Connection, key: bytes | None, at: str, body: str) -> int:
    """Add one record to the chain, within the caller's write transaction.

    The head is locked first (by SQLite's write lock, or as a row), so that workers and threads queue up.

    Returns:
        The record's number.
    """
    if connection.dialect.name == "sqlite":
        return append_straight(connection.connection.driver_connection, key, at, body)
    head = connection.execute(_LOCKED_HEAD).one()
    sequence = int(head.sequence) + 1
    record_hash = link(key, sequence, head.hash, at, body)
    row = {"sequence": sequence, "at": at, "body": body, "previous_hash": head.hash, "hash": record_hash}
    connection.execute(_INSERT_RECORD, {**row, "is_keyed": key is not None})
    connection.execute(
        _MOVE_HEAD, {"sequence": sequence, "hash": record_hash, "seal": seal(key, sequence, record_hash)}
    )
    return sequence


def append_straight(driver: Any, key: bytes | None, at: str, body: str) -> int:
    """As `append`, straight to the SQLite driver: a third of the time, and every hook pays it."""
    number, previous_hash = driver.execute("SELECT sequence, hash FROM decision_chain WHERE id = 1").fetchone()
    sequence = int(number) + 1
    record_hash = link(key, sequence, previous_hash, at, body)
    driver.execute(_INSERT_SQL, (sequence, at, body, previous_hash, record_hash, key is not None))
    driver.execute(_MOVE_SQL, (sequence, record_hash, seal(key, sequence, record_hash)))
    return sequence


def _digest(key: bytes | None, parts: tuple[str, ...]) -> str:
    message = _SEPARATOR.join(parts).encode()
    return hashlib.sha256(message).hexdigest() if key is None else hmac.digest(key, message, "sha256").hex()
