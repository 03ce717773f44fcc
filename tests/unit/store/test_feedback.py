"""Is feedback stored once, whole, and linked to its card?"""

from __future__ import annotations

import json
import re
from datetime import timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select

from cds_service.cdshooks.client import Client
from cds_service.cdshooks.feedback import FeedbackEntry
from cds_service.store.engine import Database
from cds_service.store.feedback import FeedbackStore, Stored
from cds_service.store.records import RecordStore
from cds_service.store.tables import feedback_entry, identifier
from tests.unit.store.samples import NOON, SERVICE, decision, entry

SENDER = Client("https://ehr.example.org", "t1")


def rows(database: Database) -> list[dict[str, Any]]:
    statement = select(feedback_entry).order_by(feedback_entry.c.id)
    return database.read(lambda connection: [dict(row) for row in connection.execute(statement).mappings()])


def test_feedback_is_linked_to_the_card_it_is_about(database: Database) -> None:
    RecordStore(database).append(decision("c-1"))
    assert Stored(1, 0, 0) == FeedbackStore(database).store(SERVICE, [entry()], SENDER, NOON)
    (row,) = rows(database)
    assert (identifier("c-1"), "accepted", SERVICE, True) == (
        row["card"],
        row["outcome"],
        row["service"],
        row["is_card_known"],
    )
    assert ["US-MDS-PLT-W4-HI"] == json.loads(row["rules"])
    assert ("2026.1", "2026-03-10T12:00:00.000000Z") == (row["content_version"], row["shown_at"])
    assert [identifier("s-1")] == json.loads(row["accepted_suggestions"])
    assert ("https://ehr.example.org", "t1") == (row["client"], row["tenant"])


@pytest.mark.row("FB-3")
def test_feedback_on_an_unknown_card_is_kept(database: Database) -> None:
    assert Stored(1, 0, 1) == FeedbackStore(database).store(SERVICE, [entry("never shown")], SENDER, NOON)
    assert [(identifier("never shown"), False)] == [(row["card"], row["is_card_known"]) for row in rows(database)]


@pytest.mark.row("FB-8")
def test_a_repeat_changes_nothing(database: Database) -> None:
    store = FeedbackStore(database)
    store.store(SERVICE, [entry()], SENDER, NOON)
    before = rows(database)
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))
    assert Stored(0, 1, 1) == store.store(SERVICE, [entry(outcome_at=elsewhere)], SENDER, NOON + timedelta(1))
    assert Stored(0, 2, 2) == store.store(SERVICE, [entry(), entry()], SENDER, NOON)
    assert before == rows(database)


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "overridden", "accepted_suggestions": ()},
        {"outcome_at": NOON + timedelta(seconds=1)},
        {"accepted_suggestions": ("s-2",)},
        {"card": "c-2"},
        {"reason_code": "other"},
    ],
)
def test_an_entry_that_differs_is_stored_beside_the_first(database: Database, changes: dict[str, Any]) -> None:
    store = FeedbackStore(database)
    store.store(SERVICE, [entry(), entry(**changes)], SENDER, NOON)
    assert 2 == len(rows(database))


def test_the_same_entry_of_another_client_is_stored_too(database: Database) -> None:
    store = FeedbackStore(database)
    store.store(SERVICE, [entry()], SENDER, NOON)
    assert Stored(1, 0, 1) == store.store(SERVICE, [entry()], Client("https://other.example.org"), NOON)


REASONS = frozenset({("urn:ours", "risk-benefit-ratio")})


def overridden(system: str, code: str) -> FeedbackEntry:
    given = {"reason_system": system, "reason_code": code, "reason_display": "Ms canary declines"}
    return entry("c-9", "overridden", comment="canary", **given)


@pytest.mark.parametrize(
    ("system", "code", "kept"),
    [
        ("urn:ours", "risk-benefit-ratio", ("urn:ours", "risk-benefit-ratio")),
        ("", "risk-benefit-ratio", ("urn:ours", "risk-benefit-ratio")),
        ("urn:theirs", "risk-benefit-ratio", ("", "other")),
        ("urn:ours", "Ms canary declines", ("", "other")),
        ("", "", ("", "")),
    ],
)
def test_a_reason_is_kept_as_far_as_a_card_offered_it(
    database: Database, system: str, code: str, kept: tuple[str, str]
) -> None:
    FeedbackStore(database, reasons=REASONS).store(SERVICE, [overridden(system, code)], SENDER, NOON)
    (row,) = rows(database)
    assert (*kept, "", True, None) == tuple(
        row[name] for name in ("reason_system", "reason_code", "reason_display", "has_comment", "comment")
    )


def test_words_are_kept_only_where_they_are_wanted(database: Database) -> None:
    store = FeedbackStore(database, keeps_comments=True, reasons=REASONS)
    store.store(SERVICE, [overridden("urn:theirs", "x")], SENDER, NOON)
    (row,) = rows(database)
    assert ("urn:theirs", "x", "Ms canary declines", "canary") == tuple(
        row[name] for name in ("reason_system", "reason_code", "reason_display", "comment")
    )


UUID = "4e0a3a1e-3283-4575-ab82-028d55fe2719"


def test_the_uuids_of_a_card_and_its_suggestions_are_kept_as_they_are(database: Database) -> None:
    FeedbackStore(database).store(SERVICE, [entry(UUID, accepted_suggestions=(UUID.upper(),))], SENDER, NOON)
    assert [(UUID, [UUID.upper()])] == [(r["card"], json.loads(r["accepted_suggestions"])) for r in rows(database)]


@pytest.mark.parametrize(
    "text", ["Ms Canary, born 1950", "a\x00b", "c\ud800d", f"{UUID} Canary", f"{UUID}\n", "x" * 255]
)
def test_of_a_card_or_suggestion_that_is_no_uuid_a_digest_is_kept(database: Database, text: str) -> None:
    FeedbackStore(database).store(SERVICE, [entry(text, accepted_suggestions=(text,))], SENDER, NOON)
    (row,) = rows(database)
    assert re.fullmatch("sha256:[0-9a-f]{64}", row["card"])
    assert [row["card"]] == json.loads(row["accepted_suggestions"])


def test_no_entry_needs_no_store(database: Database) -> None:
    assert Stored(0, 0, 0) == FeedbackStore(database).store(SERVICE, [], SENDER, NOON)
