"""One entry of a request arrives damaged: whatever the damage, no card vanishes without another one in its place.

Each entry of each fixture with a card is damaged in the ways of `tests/support/damage.py`: one cell in so many here, all of them
by `python bench/damage.py`. What is lost fails, and so does a hold or a stop that is asked about less urgently, and a question that
does not name the value of the damaged entry, its day and what to do. Every entry that was damaged still ends used, set aside or
not relevant.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice

import pytest

from cds_service.commands.fixtures import Fixture, fixtures
from cds_service.drugs.lenalidomide import DRUG
from cds_service.fhir.chart import read_chart
from cds_service.fhir.ledger import NOT_RELEVANT, SET_ASIDE, USED, Entry
from tests.support.damage import CONTEXT, DAMAGES, Place, damaged, damaged_entry, entry_at, places
from tests.support.damage_matrix import (
    ASKED,
    FAILED,
    KINDS,
    LOST,
    MILDER,
    SAME,
    SOFTER,
    WORDLESS,
    Cell,
    Shown,
    Tally,
    answered,
    cells,
    judged,
    tally,
    untold,
    with_cards,
)
from tests.support.resources import Json

# Of all cells one in so many in the slow suite.
PART = 97
# Entries of which some damages were once lost or asked about less urgently, each of its own kind.
ONCE_WORSE = (
    ("start-of-a-man", "patient", 0, ("gender null",)),
    ("eu-mds-kidneys-fell-on-treatment", "patient", 0, ("no gender",)),
    ("childbearing-second-test-25-hours", "patient", 0, ("gender other", "birth date of 1900", "birth date ahead")),
    ("missed-period-on-treatment", "patient", 0, ("id an object", "no id")),
    ("childbearing-second-test-25-hours", "pregnancyTests", 0, ("date of 1970", "no date")),
    ("hcg-15-on-treatment", "pregnancyTests", 0, ("value a range", "value as a text with its unit")),
    ("eu-mds-no-response-4-months", "procedures", 1, ("no date",)),
    ("us-mcl-neutrophils-7-days", "neutrophils", 1, ("no date",)),
    ("neutrophils-below-500-for-7-days", "neutrophils", 1, ("value in words",)),
    ("fever-without-neutrophils", "vitals", 0, ("value empty",)),
    ("platelets-49999-week-3", "platelets", 0, ("type in lower case", "type with blanks", "type with a prefix")),
    ("eu-mds-start-platelets-24-9", "draftOrders", 0, ("type in lower case", "type with a prefix")),
    ("fever-38-4", "vitals", 0, ("comparator unknown", "date a month", "value of samples")),
    ("eu-liver-alt-81-bilirubin", "laboratory", 1, ("value absent",)),
    ("platelets-low-baseline-half", "platelets", 1, ("value empty",)),
    ("eu-mds-start-neutrophils-0-499", "neutrophils", 0, ("no value",)),
    ("differential-of-another-specimen", "neutrophils", 1, ("no value", "unit a number")),
    ("draft-10-after-reduction-remembered", "medicationRequests", 0, ("dosage a text", "status unknown")),
    ("problem-dialysis", "medicationRequests", 0, ("dosage a text",)),
    ("dispense-of-25-mg", "medicationDispenses", 0, ("no date",)),
    ("eu-mds-start-platelets-24-9", "draftOrders", 0, ("patient on another server", "patient by an unknown uuid")),
    ("eu-mpr-start-neutrophils-1-49", "context", 0, ("entries in text", "entries without a member resource")),
)


def one_fixture(name: str = "platelets-49999-week-3") -> Fixture:
    """A fixture by its name: that of the sample is a count that holds, on an order on file."""
    return next(each for each in fixtures() if each.name == name)


def sample() -> Tally:
    """Of one fixture the result that decides, the Patient and the context in every damage, and the order on file in each third."""
    fixture, counted = one_fixture(), Tally()
    before = answered(fixture, fixture.request) or []
    for place in (("platelets", 0), ("patient", 0), (CONTEXT, 0), ("medicationRequests", 0)):
        for damage in DAMAGES[:: 3 if place[0] == "medicationRequests" else 1]:
            request = damaged(fixture.request, place, damage)
            if request is not None:
                after, entry = answered(fixture, request), damaged_entry(fixture.request, place, damage) or {}
                kind = judged(before, after)
                lacking = untold(entry, before, after, fixture.today) if kind == ASKED else frozenset()
                kind = WORDLESS if lacking else kind
                counted.add(Cell(fixture.name, place, place[0], damage.name, kind, True, lacking))
    return counted


def entry_of(fixture: Fixture, request: Json, place: Place) -> Entry:
    """What became of one entry of a request."""
    resource = entry_at(request, place)
    raw = {resource["resourceType"]: (json.dumps(resource).encode(),)}
    patient = request["context"]["patientId"]
    chart = read_chart(
        raw, {}, (), patient, fixture.today, DRUG.codes, DRUG.names, DRUG.name, indications=DRUG.indications
    )
    (entry,) = chart.entries
    return entry


def _report(counted: Tally) -> str:
    found: Counter[str] = Counter()
    for (_, _, kind), number in counted.counted.items():
        found[kind] += number
    return ", ".join(f"{kind} {found[kind]}" for kind in KINDS)


def _failed(counted: Tally) -> list[str]:
    return [str(cell) for cell in counted.worse if cell.kind in FAILED]


def test_the_damages_are_many_and_each_does_something() -> None:
    assert len(DAMAGES) >= 40
    assert len({damage.name for damage in DAMAGES}) == len(DAMAGES)
    named = map(one_fixture, ("platelets-49999-week-3", "sandbox-drug-chosen", "dispatch-to-be-held"))
    done = {
        d.name
        for request in (each.request for each in named)
        for place in places(request)
        for d in DAMAGES
        if damaged(request, place, d) is not None
    }
    assert {d.name for d in DAMAGES} == done


def test_a_card_in_place_of_one_that_vanished_is_told_from_a_loss() -> None:
    hold = Shown("hold", "critical", "hold", frozenset("R"))
    ask, other = (
        Shown("request-data", "critical", "ask", frozenset("R")),
        Shown("inform", "info", "other", frozenset("R")),
    )
    late = Shown("order-cbc", "warning", "late", frozenset("R"))
    assert SAME == judged([hold], [hold._replace(summary="hold, otherwise")])
    assert ASKED == judged([hold], [ask]) == judged([hold], None)
    assert SOFTER == judged([hold], [ask._replace(urgency="warning")])
    assert MILDER == judged([late], [other])
    assert LOST == judged([hold], []) == judged([hold, other], [other])


def test_a_result_without_an_amount_is_not_asked_for_where_another_one_of_its_time_decides() -> None:
    words = {"value in words"}
    (beside,) = (
        c for c in cells(one_fixture("results-in-conflict")) if c.place == ("platelets", 1) and c.damage in words
    )
    assert ASKED == beside.kind


def test_no_card_vanishes_when_an_entry_is_damaged(capsys: pytest.CaptureFixture[str]) -> None:
    counted = sample()
    with capsys.disabled():
        print(f"\ndamaged entries, a sample: {_report(counted)}")
    assert {SAME, ASKED} <= {kind for _, _, kind in counted.counted}
    assert [] == _failed(counted)


@pytest.mark.parametrize(("name", "key", "number", "damages"), ONCE_WORSE)
def test_what_was_once_worse_is_asked_about(name: str, key: str, number: int, damages: tuple[str, ...]) -> None:
    request = one_fixture(name).request
    before = answered(one_fixture(name), request) or []
    for each in (damage for damage in DAMAGES if damage.name in damages):
        made = damaged(request, (key, number), each)
        assert made is not None
        assert judged(before, answered(one_fixture(name), made)) in (SAME, ASKED), each.name


@pytest.mark.slow
def test_no_card_vanishes_whatever_entry_is_damaged_however(capsys: pytest.CaptureFixture[str]) -> None:
    counted = Tally()
    for fixture in with_cards():
        counted.add_all(tally(fixture, PART, every=True))
    with capsys.disabled():
        print(f"\ndamaged entries: {_report(counted)}")
    assert [] == _failed(counted)


def test_a_damaged_entry_ends_used_set_aside_or_not_relevant() -> None:
    fixture = one_fixture()
    cells = ((place, damage) for place in places(fixture.request) for damage in DAMAGES if place[0] != CONTEXT)
    for place, damage in islice(cells, 0, None, PART):
        request = damaged(fixture.request, place, damage)
        if request is not None:
            entry = entry_of(fixture, request, place)
            assert entry.outcome in (USED, SET_ASIDE, NOT_RELEVANT)
            assert bool(entry.reason) == (entry.outcome != USED), (fixture.name, place, damage.name)
