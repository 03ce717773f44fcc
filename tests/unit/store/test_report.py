"""Does the report count what was shown and what became of it?"""

from __future__ import annotations

from datetime import timedelta

from cds_service.cdshooks.client import Client
from cds_service.store.engine import Database
from cds_service.store.feedback import FeedbackStore
from cds_service.store.records import RecordStore
from cds_service.store.report import report
from tests.unit.store.samples import NOON, SERVICE, decision, entry

UNTIL = NOON + timedelta(days=1)
RULE = "US-MDS-PLT-W4-HI"


def fill(database: Database) -> None:
    records = RecordStore(database)
    records.append(decision("old", at=NOON - timedelta(days=8), missing=("weight",)))
    for card in ("a", "b", "c"):
        records.append(decision(card, unmapped_codes=("urn:lab|X1",)))
    records.append(decision(rules_fired=(RULE,), rules_shadowed=(RULE,)))
    records.append(decision("new", content_version="2026.2"))
    records.append(decision("later", at=UNTIL))
    given = [
        entry("a"),
        entry("a", accepted_suggestions=("s-2",)),
        entry("b", "overridden", reason_code="known"),
        entry("c", "overridden"),
        entry("unknown", "overridden"),
    ]
    FeedbackStore(database, reasons=frozenset({("urn:ours", "known")})).store(SERVICE, given, Client(), NOON)


def test_the_report_counts_per_rule_and_revision_against_the_week_before(database: Database) -> None:
    fill(database)
    plain = report(database, UNTIL).to_plain()
    assert ("2026-03-04T12:00:00.000000Z", "2026-03-11T12:00:00.000000Z") == (plain["since"], plain["until"])
    assert (5, 4, 0, 1) == (
        plain["calls"],
        plain["callsChange"],
        plain["recordsLost"],
        plain["feedbackOnUnknownCards"],
    )
    first, second = plain["rules"]
    assert (RULE, "2026.1", 4, 1, 3, 1, 2) == tuple(
        first[name] for name in ("rule", "contentVersion", "fired", "shadowed", "shown", "accepted", "overridden")
    )
    assert {"known": 1, "no reason given": 1} == first["reasons"]
    assert {"fired": 3, "shadowed": 1, "shown": 2, "accepted": 1, "overridden": 2} == first["change"]
    assert (RULE, "2026.2", 1) == (second["rule"], second["contentVersion"], second["shown"])
    assert [("temperature", 5, 5), ("weight", 0, -1)] == [
        (one["name"], one["count"], one["change"]) for one in plain["missing"]
    ]
    assert [{"name": "urn:lab|X1", "count": 3, "change": 3}] == plain["unmappedCodes"]


def test_a_report_of_nothing_is_empty(database: Database) -> None:
    plain = report(database, UNTIL).to_plain()
    assert (0, []) == (plain["calls"], plain["rules"])
