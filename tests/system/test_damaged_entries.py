"""One entry of a request arrives damaged: whatever the damage, no card vanishes without another one in its place.

Each entry of each fixture with a card is damaged in the ways of `tests/support/damage.py`, in the slow suite in every thirty-first,
so that all have their turn; a fixed sample is played in the fast one. The answer is the same, or something is asked, or the
call is refused; what is lost, fails. Every entry that was damaged still ends used, set aside or not relevant.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Any

import pytest

from cds_service.commands.fixtures import Fixture, fixtures
from cds_service.drugs.lenalidomide import DRUG
from cds_service.fhir.chart import read_chart
from cds_service.fhir.ledger import NOT_RELEVANT, SET_ASIDE, USED, Entry
from tests.cases.player import client
from tests.support.damage import DAMAGES, Damage, damaged, places, without

Json = dict[str, Any]
Card = tuple[str, str]
Attempt = tuple[Fixture, list[Json], tuple[str, int], Damage]
RANK = {"critical": 0, "warning": 1, "info": 2}
NAME = "org.cds-service.recommendation"
# Information that rests on a day: on there being no transfusion for weeks, on how old the last TSH is, or on when a cancer of
# the skin was found. Without the day there is nothing to say, and nothing to do.
RESTS_ON_A_DAY = frozenset({"GL-HARMONY", "IWG-2006", "US-MON-TSH", "EU-MON-TSH", "SECOND-CANCER"})
SAME, ASKED, SOFTER, LOST = "same answer", "asked", "asked, less urgently", "lost"
# Every so many of all: a prime, so that all damages and fixtures have their turn.
STRIDE = 31


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


def one_fixture() -> Fixture:
    """The fixture of the sample: a count that holds, on an order on file."""
    return next(each for each in fixtures() if each.name == "platelets-49999-week-3")


def _keys(cards: list[Json]) -> Counter[Card]:
    found = ((card["extension"][NAME], card["indicator"]) for card in cards)
    return Counter((one["action"], urgency) for one, urgency in found if not _rests_on_a_day(one, urgency))


def _rests_on_a_day(one: Json, urgency: str) -> bool:
    return urgency == "info" and not RESTS_ON_A_DAY.isdisjoint(one["rules"])


def judged(before: list[Json], after: list[Json] | None) -> str:
    """What became of the cards: a card is in the place of one that vanished when it was not there before."""
    if after is None:
        return ASKED
    gone = _keys(before) - _keys(after)
    if not gone:
        return SAME
    told = {(card["summary"], card["indicator"]) for card in before}
    new = [card for card in after if (card["summary"], card["indicator"]) not in told]
    if not new:
        return LOST
    most = min(RANK[urgency] for _, urgency in gone)
    return ASKED if min(RANK[card["indicator"]] for card in new) <= most else SOFTER


@cache
def with_cards() -> tuple[tuple[Fixture, list[Json]], ...]:
    """The fixtures that are answered with a card, and the cards."""
    found = ((each, answered(each, each.request)) for each in fixtures())
    return tuple((each, cards) for each, cards in found if cards)


def decisive(fixture: Fixture, cards: list[Json]) -> list[tuple[str, int]]:
    """The entries without which the answer would be another one."""
    return [
        place
        for place in places(fixture.request)
        if judged(cards, answered(fixture, without(fixture.request, place))) != SAME
    ]


def attempts(fixed: Iterable[tuple[Fixture, list[Json]]]) -> Iterator[Attempt]:
    """Every entry and damage of fixtures."""
    for fixture, cards in fixed:
        for place in places(fixture.request):
            for damage in DAMAGES:
                yield fixture, cards, place, damage


def sample() -> Iterator[Attempt]:
    """Of one fixture the result that decides in every damage, and the order on file in each third."""
    fixture = one_fixture()
    for attempt in attempts([(fixture, answered(fixture, fixture.request) or [])]):
        _, _, place, damage = attempt
        if place == ("platelets", 0) or (place == ("medicationRequests", 0) and DAMAGES.index(damage) % 3 == 0):
            yield attempt


def play(tried: Iterable[Attempt]) -> tuple[Counter[str], list[str]]:
    """How many answers are of which kind, and where something was lost."""
    counted: Counter[str] = Counter()
    lost: list[str] = []
    for fixture, cards, place, damage in tried:
        request = damaged(fixture.request, place, damage)
        if request is None:
            continue
        kind = judged(cards, answered(fixture, request))
        counted[kind] += 1
        if kind == LOST:
            lost.append(f"{fixture.name} {place[0]}[{place[1]}]: {damage.name}")
    return counted, lost


def entry_of(fixture: Fixture, request: Json, place: tuple[str, int]) -> Entry:
    """What became of one entry of a request."""
    held = request["prefetch"].get(place[0]) or request["context"][place[0]]
    resource = held["entry"][place[1]]["resource"]
    raw = {resource["resourceType"]: (json.dumps(resource).encode(),)}
    patient = request["context"]["patientId"]
    chart = read_chart(
        raw, {}, (), patient, fixture.today, DRUG.codes, DRUG.names, DRUG.name, indications=DRUG.indications
    )
    (entry,) = chart.entries
    return entry


def _report(counted: Counter[str]) -> str:
    every = sum(counted.values())
    return ", ".join(
        f"{kind} {counted[kind]} ({100 * counted[kind] / every:.1f} %)" for kind in (SAME, ASKED, SOFTER, LOST)
    )


def test_the_damages_are_many_and_each_does_something() -> None:
    assert len(DAMAGES) >= 40
    assert len({damage.name for damage in DAMAGES}) == len(DAMAGES)
    fixture = one_fixture()
    done = {
        d.name for place in places(fixture.request) for d in DAMAGES if damaged(fixture.request, place, d) is not None
    }
    assert {d.name for d in DAMAGES} == done


def test_a_card_in_place_of_one_that_vanished_is_told_from_a_loss() -> None:
    def card(summary: str, indicator: str, action: str) -> Json:
        return {"summary": summary, "indicator": indicator, "extension": {NAME: {"action": action, "rules": ["R"]}}}

    hold, ask, other = (
        card("hold", "critical", "hold"),
        card("ask", "critical", "request-data"),
        card("other", "info", "inform"),
    )
    assert SAME == judged([hold], [{**hold, "summary": "hold, otherwise"}])
    assert ASKED == judged([hold], [ask]) == judged([hold], None)
    assert SOFTER == judged([hold], [{**ask, "indicator": "warning"}])
    assert LOST == judged([hold], []) == judged([hold, other], [other])


def test_no_card_vanishes_when_an_entry_is_damaged(capsys: pytest.CaptureFixture[str]) -> None:
    counted, lost = play(sample())
    with capsys.disabled():
        print(f"\ndamaged entries, a sample: {_report(counted)}")
    assert counted[SAME] > 20
    assert counted[ASKED] > 20
    assert ([], 0) == (lost, counted[LOST])


@pytest.mark.slow
def test_no_card_vanishes_whatever_entry_is_damaged_however(capsys: pytest.CaptureFixture[str]) -> None:
    counted, lost = play(islice(attempts(with_cards()), 0, None, STRIDE))
    with capsys.disabled():
        print(f"\ndamaged entries: {_report(counted)}")
    assert [] == lost


def test_a_damaged_entry_ends_used_set_aside_or_not_relevant() -> None:
    for fixture, _, place, damage in islice(attempts([(one_fixture(), [])]), 0, None, STRIDE):
        request = damaged(fixture.request, place, damage)
        if request is not None:
            entry = entry_of(fixture, request, place)
            assert entry.outcome in (USED, SET_ASIDE, NOT_RELEVANT)
            assert bool(entry.reason) == (entry.outcome != USED), (fixture.name, place, damage.name)
