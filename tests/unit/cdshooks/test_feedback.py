"""Is feedback taken or refused as a whole?"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cds_service.cdshooks.feedback import FeedbackEntry, parse_feedback
from cds_service.errors import NotReadable, WrongFeedback

CARD = "4e0a3a1e-3283-4575-ab82-028d55fe2719"
AT = "2026-01-02T03:04:05Z"
NOW = datetime(2026, 1, 3, tzinfo=UTC)
ACCEPTED = {
    "card": CARD,
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "s1"}, {"id": "s2"}],
    "outcomeTimestamp": AT,
}
OVERRIDDEN = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": AT}


def parse(*entries: object) -> tuple[FeedbackEntry, ...]:
    return parse_feedback(json.dumps({"feedback": list(entries)}).encode(), NOW)


def test_several_entries_with_different_outcomes_are_read() -> None:
    accepted, overridden = parse(ACCEPTED, OVERRIDDEN)
    assert ("accepted", ("s1", "s2")) == (accepted.outcome, accepted.accepted_suggestions)
    assert ("overridden", (), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == (
        overridden.outcome,
        overridden.accepted_suggestions,
        overridden.outcome_at,
    )


@pytest.mark.row("FB-6")
@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (None, ("", "", "", "")),
        ({}, ("", "", "", "")),
        ({"userComment": "seen"}, ("", "", "", "seen")),
        ({"reason": {"code": "c"}}, ("c", "", "", "")),
        ({"reason": {"code": "c", "system": None}}, ("c", "", "", "")),
        ({"reason": {"code": "c", "system": "s", "display": "d"}, "userComment": "u"}, ("c", "s", "d", "u")),
    ],
)
def test_the_override_reason_is_read_leniently(reason: Any, expected: tuple[str, ...]) -> None:
    (entry,) = parse({**OVERRIDDEN, "overrideReason": reason})
    assert expected == (entry.reason_code, entry.reason_system, entry.reason_display, entry.comment)


@pytest.mark.row("FB-3", "FB-4", "FB-5", "FB-7")
@pytest.mark.parametrize(
    "changes",
    [
        {"card": None},
        {"card": ""},
        {"card": 1},
        {"card": "x" * 256},
        {"outcome": "ignored"},
        {"outcome": None},
        {"outcome": "accepted"},
        {"outcome": "accepted", "acceptedSuggestions": []},
        {"outcome": "accepted", "acceptedSuggestions": [{"id": ""}]},
        {"outcome": "accepted", "acceptedSuggestions": [{}]},
        {"outcome": "accepted", "acceptedSuggestions": "s1"},
        {"outcomeTimestamp": "yesterday"},
        {"outcomeTimestamp": "2026-01-02"},
        {"outcomeTimestamp": "2026-01-02T03:04:05"},
        {"outcomeTimestamp": None},
        {"outcomeTimestamp": "0001-01-01T00:00:00+14:00"},
        {"outcomeTimestamp": "9999-01-01T00:00:00Z"},
        {"outcomeTimestamp": "2026-01-04T00:00:01Z"},
        {"outcomeTimestamp": "1970-01-01T00:00:00Z"},
        {"overrideReason": "text"},
        {"overrideReason": {"reason": "text"}},
        {"overrideReason": {"reason": {}}},
        {"overrideReason": {"userComment": 1}},
    ],
)
def test_one_bad_entry_refuses_the_whole_call_and_is_named(changes: dict[str, Any]) -> None:
    with pytest.raises(WrongFeedback) as caught:
        parse(ACCEPTED, {**OVERRIDDEN, **changes})
    assert caught.value.where.startswith("$.feedback[1].")


@pytest.mark.parametrize("name", ["card", "outcome", "outcomeTimestamp"])
def test_a_missing_member_is_named(name: str) -> None:
    with pytest.raises(WrongFeedback) as caught:
        parse({key: value for key, value in OVERRIDDEN.items() if key != name})
    assert f"$.feedback[0].{name}" == caught.value.where


@pytest.mark.row("FB-2")
@pytest.mark.parametrize(
    "body", [b"{}", b'{"feedback":[]}', b'{"feedback":{}}', b'{"feedback":null}', b'{"feedback":[1]}']
)
def test_a_body_without_entries_is_refused(body: bytes) -> None:
    with pytest.raises(WrongFeedback):
        parse_feedback(body, NOW)


def test_a_hundred_entries_are_read_and_more_are_refused() -> None:
    assert 100 == len(parse(*[OVERRIDDEN] * 100))
    with pytest.raises(WrongFeedback) as caught:
        parse(*[OVERRIDDEN] * 101)
    assert "$.feedback" == caught.value.where


def test_an_entry_that_names_more_than_a_hundred_suggestions_is_refused() -> None:
    with pytest.raises(WrongFeedback) as caught:
        parse({**ACCEPTED, "acceptedSuggestions": [{"id": "s"}] * 101})
    assert "$.feedback[0].acceptedSuggestions" == caught.value.where


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"feedback":[NaN]}'])
def test_a_body_that_is_no_object_is_not_readable(body: bytes) -> None:
    with pytest.raises(NotReadable):
        parse_feedback(body, NOW)


def test_a_clock_that_is_some_hours_ahead_is_believed() -> None:
    (entry,) = parse({**OVERRIDDEN, "outcomeTimestamp": "2026-01-04T00:00:00Z"})
    assert datetime(2026, 1, 4, tzinfo=UTC) == entry.outcome_at


@pytest.mark.row("FB-7")
@pytest.mark.parametrize(
    "at", ["2026-01-02T03:04:05.1Z", "2026-01-02T03:04:05.123456789Z", "2026-01-02T05:04:05+02:00"]
)
def test_every_rfc_3339_instant_is_taken(at: str) -> None:
    (entry,) = parse({**OVERRIDDEN, "outcomeTimestamp": at})
    assert datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC) == entry.outcome_at.replace(microsecond=0)
