"""Removes what is older than the site keeps, and leaves a chain that can still be verified.

A purge first adds a record that says up to which number records go, then removes them from the oldest on, in small
transactions so that hooks are not held up. Cut off half-way, it leaves a chain that is still sound, and can be repeated.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, delete, func, select

from cds_service.store import chain
from cds_service.store.engine import PATIENT_WAIT, Database
from cds_service.store.tables import browser_session, card_shown, decision_record, feedback_entry, used_token

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows went."""

    records: int
    cards: int
    feedback: int
    tokens: int
    sessions: int


def purge(database: Database, days: int, now: datetime, hash_key: str | None = None) -> Purged:
    """Remove records, cards and feedback older than `days`, and tokens and sessions that have expired.

    Args:
        database: Where they are.
        days: Age in days; 1 or more.
        now: The present instant.
        hash_key: `CDS_HASH_KEY`; the purge's own record is chained with it.

    Raises:
        ValueError: `days` is below 1.
        StoreDown: Not possible now; what was removed so far stays removed and the chain is sound.
    """
    if days < 1:
        raise ValueError("the retention must be at least one day")
    cutoff = chain.instant(now - timedelta(days=days))
    key = chain.derived_key(hash_key, "cds-service decision chain")
    at = chain.instant(now)
    through = database.write(lambda connection: _announce(connection, key, at, cutoff), wait=PATIENT_WAIT)
    records = 0
    while through:
        removed = database.write(lambda connection: _remove_oldest(connection, through), wait=PATIENT_WAIT)
        records += removed
        if removed == 0:
            break
    return Purged(
        records=records,
        cards=_remove(database, card_shown, "card", "shown_at", cutoff),
        feedback=_remove(database, feedback_entry, "id", "received_at", cutoff),
        tokens=_remove(database, used_token, "digest", "expires_at", now.timestamp() - 60),
        sessions=_remove(database, browser_session, "digest", "expires_at", now.timestamp()),
    )


def _announce(connection: Connection, key: bytes | None, at: str, cutoff: str) -> int:
    column = decision_record.c.sequence
    first, last = connection.execute(select(func.min(column), func.max(column))).one()
    if first is None:
        return 0
    kept = connection.execute(select(func.min(column)).where(decision_record.c.at >= cutoff)).scalar()
    through = int(last if kept is None else kept - 1)
    if through < first:
        return 0
    at_end = select(decision_record.c.hash).where(column == through)
    body = {"kind": "purge", "through": through, "hash": connection.execute(at_end).scalar(), "cutoff": cutoff}
    chain.append(connection, key, at, json.dumps(body, sort_keys=True))
    return through


def _remove_oldest(connection: Connection, through: int) -> int:
    column = decision_record.c.sequence
    first = connection.execute(select(func.min(column))).scalar()
    if first is None or first > through:
        return 0
    removed = connection.execute(delete(decision_record).where(column <= min(through, first + _CHUNK - 1)))
    return int(removed.rowcount)


def _remove(database: Database, table: Table, identity: str, column: str, limit: str | float) -> int:
    old = select(table.c[identity]).where(table.c[column] < limit).limit(_CHUNK)
    statement = delete(table).where(table.c[identity].in_(old))
    total = 0
    while True:
        removed = database.write(lambda connection: int(connection.execute(statement).rowcount), wait=PATIENT_WAIT)
        total += removed
        if removed < _CHUNK:
            return total
