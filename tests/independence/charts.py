"""Charts for the question: a course of treatment with several random parts on it, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.case import Case
from cds_service.dosing.check import Check, decisions
from cds_service.dosing.trace import Trace
from cds_service.drugs.lenalidomide import DRUG
from cds_service.drugs.lenalidomide.patient import view_of
from cds_service.drugs.lenalidomide.safety.view import View
from tests.support.facts import TEN, day, facts, order, reading
from tests.unit.drugs.chart_courses import COURSES, chart
from tests.unit.drugs.chart_findings import FINDINGS
from tests.unit.drugs.chart_parts import TREATMENT

PARTS = {**TREATMENT, **FINDINGS}
MOST_PARTS = 7
EVERY_ENDED = 40


def charts(number: int, seed: int = 11) -> Iterator[Case]:
    """So many calls, the same for the same seed."""
    chance = random.Random(seed)
    for position in range(number):
        if position % EVERY_ENDED == 0:
            yield DRUG.with_rules(after_the_end(chance.randint(100, 900)))
            continue
        names = chance.sample(sorted(PARTS), chance.randint(0, MOST_PARTS))
        piled = [PARTS[name] for name in names]
        yield DRUG.with_rules(chart(chance.choice(sorted(COURSES)), piled, chance.choice(("US", "EU", "US", "EU", ""))))


def after_the_end(days: int) -> Case:
    """A chart opened some days after treatment was ended in response."""
    ended = order(TEN, "completed", until=day(300), status_reason="completed therapy")
    of = facts(reading("platelets", 150_000, day(290)), orders=(ended,), events=())
    on = day(300 + days)
    return Case(of, (), "patient-view", on, datetime(on.year, on.month, on.day, 12, tzinfo=UTC), "US")


def decided(checks: Sequence[Check[View]], case: Case) -> dict[str, list[str]]:
    """What some checks decide about a chart before any precedence, by check; the patient is built anew from the chart."""
    view = view_of(replace(case, facts=replace(case.facts)), Trace(case.rules))
    found: dict[str, list[str]] = {check.name: [] for check in checks}
    for each in decisions(checks, view, fails):
        found[each.check].append(repr(each))
    return found


def fails(check: Check[View], _view: View, error: Exception) -> Recommendation:
    raise AssertionError(f"{check.name} failed") from error
