"""Keeps what clinicians did with cards: stored before the answer, once, however often it is sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from cds_service.cdshooks.client import Client
from cds_service.cdshooks.feedback import FeedbackEntry
from cds_service.store.chain import instant
from cds_service.store.engine import Database
from cds_service.store.tables import card_shown, feedback_entry, identifier, storable

FEEDBACK_WAIT: Final = 1.0
_DISPLAY_LIMIT: Final = 200
_COMMENT_LIMIT: Final = 10_000
# Stands for a reason that no card of this service offers; its words may hold anything.
OTHER: Final = "other"

_INSERT = {
    "sqlite": sqlite.insert(feedback_entry).on_conflict_do_nothing().returning(feedback_entry.c.id),
    "postgresql": postgresql.insert(feedback_entry).on_conflict_do_nothing().returning(feedback_entry.c.id),
}


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a call: entries now stored, entries that were there already, entries about cards not on file."""

    stored: int
    repeated: int
    unknown_cards: int


class FeedbackStore:
    """Stores feedback in one transaction per call."""

    def __init__(
        self, database: Database, keeps_comments: bool = False, reasons: frozenset[tuple[str, str]] = frozenset()
    ) -> None:
        """Take the database, whether free words are kept (`CDS_STORE_COMMENTS`), and the reasons that cards offer."""
        self._database = database
        self._keeps_comments = keeps_comments
        self._reasons = reasons

    def store(
        self,
        service_id: str,
        entries: Sequence[FeedbackEntry],
        client: Client,
        now: datetime,
        wait: float = FEEDBACK_WAIT,
    ) -> Stored:
        """Store the entries of one call, all or none, and commit before returning.

        An entry repeats another when client, service, card, outcome, suggestions, reason and timestamp are the same;
        a repeat changes nothing. An unknown card is kept: the service may have lost its memory of it.

        Args:
            service_id: The service that the feedback is about.
            entries: Checked entries.
            client: Who sent them.
            now: The instant of receipt.
            wait: Longest wait in seconds.

        Raises:
            StoreDown: Nothing is known to be stored; the client may send the same again.
        """
        if not entries:
            return Stored(0, 0, 0)
        rows = [self._row(service_id, entry, client, now) for entry in entries]
        return self._database.write(lambda connection: _insert(connection, rows), wait=wait, durable=True)

    def is_up(self) -> bool:
        """Whether something can be stored now."""
        return self._database.state() == "up"

    def _row(self, service_id: str, entry: FeedbackEntry, client: Client, now: datetime) -> dict[str, Any]:
        system, code = self._reason(entry)
        row: dict[str, Any] = {
            "client": storable(client.issuer),
            "tenant": storable(client.tenant),
            "service": storable(service_id),
            "card": identifier(entry.card),
            "outcome": entry.outcome,
            "accepted_suggestions": json.dumps(sorted({identifier(one) for one in entry.accepted_suggestions})),
            "reason_system": storable(system),
            "reason_code": storable(code),
            "outcome_at": instant(entry.outcome_at),
        }
        row["repeat_key"] = _repeat_key(row)
        row["reason_display"] = storable(entry.reason_display, _DISPLAY_LIMIT) if self._keeps_comments else ""
        row["received_at"] = instant(now)
        row["has_comment"] = bool(entry.comment)
        kept = entry.comment if self._keeps_comments else None
        row["comment"] = storable(kept, _COMMENT_LIMIT) if kept else None
        return row

    def _reason(self, entry: FeedbackEntry) -> tuple[str, str]:
        """The reason's system and code; one that no card offers is only "other" where free words are not kept.

        A client may leave out the system of a reason that it was offered.
        """
        given = (entry.reason_system, entry.reason_code)
        if self._keeps_comments or not entry.reason_code:
            return given if entry.reason_code else ("", "")
        offered = [each for each in self._reasons if each[1] == entry.reason_code and given[0] in ("", each[0])]
        return offered[0] if offered else ("", OTHER)


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> Stored:
    known = _known_cards(connection, sorted({row["card"] for row in rows}))
    stored = 0
    # One order for all workers, so that two calls with the same entries cannot wait for each other.
    for row in sorted(rows, key=lambda one: str(one["repeat_key"])):
        shown = known.get(row["card"])
        link = {
            "is_card_known": shown is not None,
            "rules": shown["rules"] if shown else "[]",
            "content_version": shown["content_version"] if shown else "",
            "shown_at": shown["shown_at"] if shown else "",
        }
        # What came back, not the row count: that is unknown (-1) on PostgreSQL.
        stored += connection.execute(_INSERT[connection.dialect.name], {**row, **link}).first() is not None
    return Stored(stored, len(rows) - stored, sum(row["card"] not in known for row in rows))


def _known_cards(connection: Connection, cards: list[str]) -> dict[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {}
    for start in range(0, len(cards), 500):
        statement = select(card_shown).where(card_shown.c.card.in_(cards[start : start + 500]))
        for row in connection.execute(statement).mappings():
            found[row["card"]] = {name: row[name] for name in ("rules", "content_version", "shown_at")}
    return found


def _repeat_key(row: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(list(row.items())).encode()).hexdigest()
