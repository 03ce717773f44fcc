"""Decisions and feedback entries for the tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cds_service.cdshooks.feedback import FeedbackEntry
from cds_service.store.records import Decision, ShownCard

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
SERVICE = "lenalidomide-order-sign"


def decision(card: str = "", **changes: Any) -> Decision:
    """One call that held the drug for low platelets."""
    cards = (ShownCard(card, ("US-MDS-PLT-W4-HI",), "hold", "critical", ("s-1",)),) if card else ()
    usual: dict[str, Any] = {
        "at": NOON,
        "service": SERVICE,
        "hook": "order-sign",
        "hook_instance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "content_version": "2026.1",
        "client": "https://ehr.example.org",
        "rules_fired": ("US-MDS-PLT-W4-HI",),
        "rules_not_fired": ("US-MDS-ANC-HOLD",),
        "missing": ("temperature",),
        "cards": cards,
        "timings": {"read": 310, "decide": 120},
    }
    return Decision(**{**usual, **changes})


def entry(card: str = "c-1", outcome: str = "accepted", **changes: Any) -> FeedbackEntry:
    """What became of a card."""
    suggestions = ("s-1",) if outcome == "accepted" else ()
    usual: dict[str, Any] = {"card": card, "outcome": outcome, "outcome_at": NOON, "accepted_suggestions": suggestions}
    return FeedbackEntry(**{**usual, **changes})
