"""Decision records: one per call, without patient data, chained by hash.

What a record holds: who called which service and hook, which rules fired and which did not, what was missing, the
revision of the content, how long each step took, which cards were shown, and a keyed hash of the patient's id.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql

from cds_service.store import chain
from cds_service.store.engine import HOOK_WAIT, Database, StoreDown
from cds_service.store.tables import card_shown, identifier, storable

_CARD = postgresql.insert(card_shown).on_conflict_do_nothing()
_CARD_SQL = (
    "INSERT INTO card_shown (card, service, rules, content_version, shown_at) "
    "VALUES (:card, :service, :rules, :content_version, :shown_at) ON CONFLICT DO NOTHING"
)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False).encode


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card as it left: its uuid, its rules, what it recommended, how urgent, the ids of its suggestions."""

    uuid: str
    rules: tuple[str, ...]
    action: str = ""
    indicator: str = ""
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What is kept of one call. `timings` are microseconds by step; `missing` are names of facts, never values.

    `documents` are the editions in force by which the rules were asked; empty where they were not asked.
    """

    at: datetime
    service: str
    hook: str
    hook_instance: str
    content_version: str
    client: str = ""
    tenant: str = ""
    service_version: str = ""
    status: int = 200
    rules_fired: tuple[str, ...] = ()
    rules_not_fired: tuple[str, ...] = ()
    rules_shadowed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unmapped_codes: tuple[str, ...] = ()
    unknown_units: tuple[str, ...] = ()
    cards: tuple[ShownCard, ...] = ()
    timings: Mapping[str, int] = field(default_factory=dict)
    documents: tuple[str, ...] = ()
    patient_hash: str | None = None


class RecordStore:
    """Appends decision records; safe with several threads and workers."""

    def __init__(self, database: Database, hash_key: str | None = None) -> None:
        """Take the database and `CDS_HASH_KEY`."""
        self._database = database
        self._key = chain.derived_key(hash_key, "cds-service decision chain")
        self._lost = 0
        self._lost_lock = threading.Lock()

    @property
    def lost(self) -> int:
        """Records that could not be stored since the last one that could; the next record says so."""
        return self._lost

    def append(self, decision: Decision, wait: float = HOOK_WAIT) -> int:
        """Store one record with the cards it showed, so that feedback can be linked to them.

        Args:
            decision: What to keep.
            wait: Longest wait in seconds; a hook never waits longer for its record.

        Returns:
            The record's number.

        Raises:
            StoreDown: Not stored. The hook answers all the same; the next stored record counts the loss.
        """
        with self._lost_lock:
            lost = self._lost
        at = chain.instant(decision.at)
        body = _encode(_body(decision, lost))
        cards = _card_rows(decision, at)

        def work(connection: Connection) -> int:
            sequence = chain.append(connection, self._key, at, body)
            if cards:
                connection.execute(_CARD, cards)
            return sequence

        def straight(driver: sqlite3.Connection) -> int:
            sequence = chain.append_straight(driver, self._key, at, body)
            if cards:
                driver.executemany(_CARD_SQL, cards)
            return sequence

        try:
            if self._database.is_sqlite:
                sequence = self._database.write_straight(straight, wait=wait)
            else:
                sequence = self._database.write(work, wait=wait)
        except StoreDown:
            with self._lost_lock:
                self._lost += 1
            raise
        if lost:
            with self._lost_lock:
                self._lost = max(0, self._lost - lost)
        return sequence


def _card_rows(decision: Decision, at: str) -> list[dict[str, str]]:
    return [
        {
            "card": identifier(card.uuid),
            "service": decision.service,
            "rules": json.dumps(card.rules),
            "content_version": decision.content_version,
            "shown_at": at,
        }
        for card in decision.cards
    ]


def _body(decision: Decision, lost: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "kind": "decision",
        "service": decision.service,
        "hook": decision.hook,
        "hookInstance": identifier(decision.hook_instance),
        "client": storable(decision.client),
        "tenant": storable(decision.tenant),
        "serviceVersion": decision.service_version,
        "contentVersion": decision.content_version,
        "documents": decision.documents,
        "status": decision.status,
        "rulesFired": decision.rules_fired,
        "rulesNotFired": decision.rules_not_fired,
        "rulesShadowed": decision.rules_shadowed,
        "missing": decision.missing,
        "unmappedCodes": [storable(code, 200) for code in decision.unmapped_codes[:50]],
        "unknownUnits": [storable(unit, 64) for unit in decision.unknown_units[:50]],
        "cards": [
            {
                "uuid": identifier(card.uuid),
                "rules": card.rules,
                "action": card.action,
                "indicator": card.indicator,
                "suggestions": [identifier(one) for one in card.suggestions],
            }
            for card in decision.cards
        ],
        "timings": dict(decision.timings),
    }
    if decision.patient_hash is not None:
        body["patientHash"] = decision.patient_hash
    if lost:
        body["lostBefore"] = lost
    return body
