"""A year of calls on four charts: does every event get its card, and does anything beside that stay within the ceilings?"""

from __future__ import annotations

import pytest

from bench.alert_burden import NAMES, ORDERED, VIEWED, Event, Tally, tallies, written, year

CALLS = {"patient-view": 32, "order-select": 14, "order-sign": 14, "order-dispatch": 14}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_year_stays_within_its_ceilings(name: str) -> None:
    both = list(tallies([name]))
    assert [CALLS, CALLS] == [hooks_of(tally) for tally in both]
    assert [] == [passed for tally in both for passed in tally.over()]


def hooks_of(tally: Tally) -> dict[str, int]:
    """The number of calls of each hook."""
    hooks = [call.hook for call in tally.run.calls]
    return {hook: hooks.count(hook) for hook in dict.fromkeys(hooks)}


@pytest.mark.parametrize("name", NAMES)
def test_what_happens_is_in_the_chart_before_the_first_call_that_may_know_of_it(name: str) -> None:
    of = year(name)
    assert len(of.events) >= 10
    assert [day for day, *_ in of.data["orders"]] == list(ORDERED)
    assert [] == [e.happened for e in of.events if e.day not in {*VIEWED, *ORDERED} or e.day >= e.until]
    days = [day for day, _ in written(of)]
    assert days == sorted(days)
    assert any(e.critical for e in of.events)


def card(urgency: str, action: str, *rules: str) -> dict[str, object]:
    """A card whose own decision is another one, with this one under "Also"."""
    line = {"action": action, "urgency": urgency, "rules": list(rules)}
    return {"extension": {"org.cds-service.recommendation": {"action": "inform", "rules": ["X"], "alsoFound": [line]}}}


def test_an_event_is_answered_by_action_and_rule_also_in_a_line_under_another_card() -> None:
    event = Event(3, "thrombosis", "weighs it", ("review",), 7, rules=("US-WP-VTE", "CLOT"))
    assert event.is_answered_by(card("warning", "review", "GEN-X", "CLOT-AGE"))
    assert not event.is_answered_by(card("warning", "review", "US-SKIN"))
    assert not event.is_answered_by(card("warning", "hold", "CLOT-AGE"))
    assert [False, True, True, False] == [event.is_open(day) for day in (2, 3, 6, 7)]
