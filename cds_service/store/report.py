"""What was shown, accepted and overridden, per rule and content revision, against the week before.

A rule counts as shown with each card that names it; feedback counts for the cards shown in the period, whenever it came.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from cds_service.store.chain import instant
from cds_service.store.engine import Database
from cds_service.store.tables import decision_record, feedback_entry

NO_REASON = "no reason given"


@dataclass(slots=True)
class RuleUse:
    """One rule in one content revision: numbers of calls in which it fired, and of cards that named it."""

    rule: str
    content_version: str
    fired: int = 0
    shadowed: int = 0
    shown: int = 0
    accepted: int = 0
    overridden: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Period:
    """One span of time, from `since` up to, not including, `until`."""

    since: datetime
    until: datetime
    calls: int = 0
    lost: int = 0
    rules: dict[tuple[str, str], RuleUse] = field(default_factory=dict)
    missing: Counter[str] = field(default_factory=Counter)
    unmapped_codes: Counter[str] = field(default_factory=Counter)
    unknown_units: Counter[str] = field(default_factory=Counter)
    feedback_on_unknown_cards: int = 0

    def rule(self, rule: str, content_version: str) -> RuleUse:
        """The use of a rule, from zero where it is new."""
        return self.rules.setdefault((rule, content_version), RuleUse(rule, content_version))


@dataclass(frozen=True, slots=True)
class Report:
    """A period and the one of the same length before it."""

    now: Period
    before: Period

    def to_plain(self) -> dict[str, Any]:
        """The report as plain data, in a fixed order; `change` is this period minus the one before."""
        rules = []
        for key in sorted(set(self.now.rules) | set(self.before.rules)):
            use, earlier = self.now.rules.get(key, RuleUse(*key)), self.before.rules.get(key, RuleUse(*key))
            names = ("fired", "shadowed", "shown", "accepted", "overridden")
            numbers = {name: getattr(use, name) for name in names}
            change = {name: numbers[name] - getattr(earlier, name) for name in names}
            reasons = dict(sorted(use.reasons.items()))
            rules.append({"rule": key[0], "contentVersion": key[1], **numbers, "reasons": reasons, "change": change})
        return {
            "since": instant(self.now.since),
            "until": instant(self.now.until),
            "calls": self.now.calls,
            "callsChange": self.now.calls - self.before.calls,
            "recordsLost": self.now.lost,
            "rules": rules,
            "missing": _counted(self.now.missing, self.before.missing),
            "unmappedCodes": _counted(self.now.unmapped_codes, self.before.unmapped_codes),
            "unknownUnits": _counted(self.now.unknown_units, self.before.unknown_units),
            "feedbackOnUnknownCards": self.now.feedback_on_unknown_cards,
        }


def report(database: Database, until: datetime, days: int = 7) -> Report:
    """Count a period and the one before it.

    Args:
        database: Where the records are.
        until: End of the period, not included.
        days: Its length.

    Raises:
        StoreDown: The records cannot be read.
    """
    before, now = _periods(database, until, timedelta(days=days), 2)
    return Report(now, before)


def weeks(database: Database, until: datetime, number: int) -> tuple[Period, ...]:
    """The weeks before an instant, the oldest first.

    Raises:
        StoreDown: The records cannot be read.
    """
    return _periods(database, until, timedelta(days=7), number)


def _periods(database: Database, until: datetime, length: timedelta, number: int) -> tuple[Period, ...]:
    ends = [until - back * length for back in reversed(range(number))]
    return database.read(lambda connection: tuple(_count(connection, Period(end - length, end)) for end in ends))


def _count(connection: Connection, period: Period) -> Period:
    since, until = instant(period.since), instant(period.until)
    column = decision_record.c.at
    bodies = select(decision_record.c.body).where(column >= since, column < until)
    rules_of: dict[str, tuple[tuple[str, ...], str]] = {}
    for body in connection.execution_options(yield_per=1000).execute(bodies).scalars():
        content = json.loads(body)
        if content["kind"] == "decision":
            _count_call(period, content, rules_of)
    _count_feedback(connection, period, rules_of)
    received = feedback_entry.c.received_at
    unknown = select(func.count()).where(received >= since, received < until, feedback_entry.c.is_card_known.is_(False))
    period.feedback_on_unknown_cards = connection.execute(unknown).scalar_one()
    return period


def _count_call(period: Period, content: dict[str, Any], rules_of: dict[str, tuple[tuple[str, ...], str]]) -> None:
    version = content["contentVersion"]
    period.calls += 1
    period.lost += content.get("lostBefore", 0)
    period.missing.update(set(content["missing"]))
    period.unmapped_codes.update(set(content["unmappedCodes"]))
    # Records from before 2026-12 have none.
    period.unknown_units.update(set(content.get("unknownUnits", ())))
    for rule in set(content["rulesFired"]):
        period.rule(rule, version).fired += 1
    for rule in set(content["rulesShadowed"]):
        period.rule(rule, version).shadowed += 1
    for card in content["cards"]:
        rules_of[card["uuid"]] = (tuple(card["rules"]), version)
        for rule in card["rules"]:
            period.rule(rule, version).shown += 1


def _count_feedback(connection: Connection, period: Period, rules_of: dict[str, tuple[tuple[str, ...], str]]) -> None:
    columns = (feedback_entry.c.card, feedback_entry.c.outcome, feedback_entry.c.reason_code)
    statement = (
        select(*columns).where(feedback_entry.c.received_at >= instant(period.since)).order_by(feedback_entry.c.id)
    )
    latest: dict[tuple[str, str], str] = {}
    for card, outcome, reason in connection.execute(statement):
        if card in rules_of:
            latest[(card, outcome)] = reason
    for (card, outcome), reason in latest.items():
        rules, version = rules_of[card]
        for rule in rules:
            use = period.rule(rule, version)
            if outcome == "accepted":
                use.accepted += 1
            else:
                use.overridden += 1
                use.reasons[reason or NO_REASON] += 1


def _counted(now: Counter[str], before: Counter[str]) -> list[dict[str, Any]]:
    names: Iterable[str] = sorted(set(now) | set(before), key=lambda name: (-now[name], name))
    return [{"name": name, "count": now[name], "change": now[name] - before[name]} for name in names]
