"""One entry of a request arrives damaged: whatever the damage, no card vanishes without another one in its place.

Each fixture with a card is played with each of its entries damaged in each way of `tests/support/damage.py`. The answer is the
same, or something is asked, or the call is refused; what is lost, fails. A sample is played in the fast suite.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from cds_service.commands.fixtures import Fixture, fixtures
from tests.cases.player import client
from tests.support.damage import DAMAGES, Damage, damaged, places

Json = dict[str, Any]
Card = tuple[str, str]
RANK = {"critical": 0, "warning": 1, "info": 2}
NAME = "org.cds-service.recommendation"
SAME, ASKED, SOFTER, LOST = "same answer", "asked", "asked, less urgently", "lost"
# Every so many of all in the fast suite; a prime, so that all damages and fixtures have their turn.
STRIDE = 997


def answered(fixture: Fixture, request: Json) -> list[Json] | None:
    """The cards; None where the call is refused clearly. A failure of ours raises."""
    posted = client(fixture.jurisdiction, fixture.today.isoformat()).post(
        f"/cds-services/{fixture.service}", json=request
    )
    assert posted.status_code in (200, 400, 412), (
        fixture.name,
        posted.status_code,
        posted.get_data(as_text=True)[:300],
    )
    return list(posted.get_json()["cards"]) if posted.status_code == 200 else None


def _keys(cards: list[Json]) -> Counter[Card]:
    return Counter((card["extension"][NAME]["action"], card["indicator"]) for card in cards)


def judged(before: list[Json], after: list[Json] | None) -> str:
    """What became of the cards: a card is in the place of one that vanished when it was not there before."""
    if after is None:
        return ASKED
    gone = _keys(before) - _keys(after)
    if not gone:
        return SAME
    told = {card["summary"] for card in before}
    new = [card for card in after if card["summary"] not in told]
    if not new:
        return LOST
    most = min(RANK[urgency] for _, urgency in gone)
    return ASKED if min(RANK[card["indicator"]] for card in new) <= most else SOFTER


@cache
def with_cards() -> tuple[tuple[Fixture, list[Json]], ...]:
    """The fixtures that are answered with a card, and the cards."""
    found = ((each, answered(each, each.request)) for each in fixtures())
    return tuple((each, cards) for each, cards in found if cards)


def attempts() -> Iterator[tuple[Fixture, list[Json], tuple[str, int], Damage]]:
    """Every fixture, entry and damage."""
    for fixture, cards in with_cards():
        for place in places(fixture.request):
            for damage in DAMAGES:
                yield fixture, cards, place, damage


def play(stride: int) -> tuple[Counter[str], list[str]]:
    """How many answers are of which kind, and where something was lost."""
    counted: Counter[str] = Counter()
    lost: list[str] = []
    for number, (fixture, cards, place, damage) in enumerate(attempts()):
        if number % stride:
            continue
        request = damaged(fixture.request, place, damage)
        if request is None:
            continue
        kind = judged(cards, answered(fixture, request))
        counted[kind] += 1
        if kind == LOST:
            lost.append(f"{fixture.name} {place[0]}[{place[1]}]: {damage.name}")
    return counted, lost


def _report(counted: Counter[str]) -> str:
    every = sum(counted.values())
    return ", ".join(
        f"{kind} {counted[kind]} ({100 * counted[kind] / every:.1f} %)" for kind in (SAME, ASKED, SOFTER, LOST)
    )


def test_the_damages_are_many_and_each_does_something() -> None:
    assert len(DAMAGES) >= 40
    assert len({damage.name for damage in DAMAGES}) == len(DAMAGES)
    fixture, _ = next(pair for pair in with_cards() if pair[0].name == "renewal-to-be-held")
    done = {
        d.name for place in places(fixture.request) for d in DAMAGES if damaged(fixture.request, place, d) is not None
    }
    assert {d.name for d in DAMAGES} == done


def test_a_card_in_place_of_one_that_vanished_is_told_from_a_loss() -> None:
    hold = {"summary": "hold", "indicator": "critical", "extension": {NAME: {"action": "hold"}}}
    ask = {"summary": "ask", "indicator": "critical", "extension": {NAME: {"action": "request-data"}}}
    other = {"summary": "other", "indicator": "info", "extension": {NAME: {"action": "inform"}}}
    assert SAME == judged([hold], [{**hold, "summary": "hold, otherwise"}])
    assert ASKED == judged([hold], [ask]) == judged([hold], None)
    assert SOFTER == judged([hold], [{**ask, "indicator": "warning"}])
    assert LOST == judged([hold], []) == judged([hold, other], [other])


def test_no_card_vanishes_when_an_entry_is_damaged(capsys: pytest.CaptureFixture[str]) -> None:
    counted, lost = play(STRIDE)
    with capsys.disabled():
        print(f"\ndamaged entries, a sample: {_report(counted)}")
    assert sum(counted.values()) > 50
    assert [] == lost


@pytest.mark.slow
def test_no_card_vanishes_whatever_entry_is_damaged_however(capsys: pytest.CaptureFixture[str]) -> None:
    counted, lost = play(1)
    with capsys.disabled():
        print(f"\ndamaged entries: {_report(counted)}")
    assert [] == lost, json.dumps(lost, indent=1)
