"""Are the cards of all fixtures, worked examples, reported situations and piled charts as short and plain as they have to be?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cds_service.cards.context import CardContext
from cds_service.cards.render import render
from cds_service.clinical.recommendation import (
    AmendOrder,
    Assessment,
    Recommendation,
    RemoveOrder,
    SuspendOrder,
)
from cds_service.commands.fixtures import fixtures
from cds_service.drugs.lenalidomide import DRUG
from tests.cases.player import client, golden
from tests.spec.much_at_once import assessments
from tests.support.card_words import answer_faults, word_faults
from tests.support.decisions import TODAY, context, draft, raw, response
from tests.support.examples import every_example, played
from tests.support.public_data import BESIDE
from tests.support.yaml_files import read_yaml

DOCUMENTS = DRUG.rulebook.on(TODAY).documents


def faults(cards: list[Any]) -> list[str]:
    """Every fault of some cards, with the summary of the card."""
    return [f"{fault} | {card['summary']}" for card in cards for fault in word_faults(card)]


def answer_of(cards: list[Any]) -> list[str]:
    """Every fault of the cards of one answer, each by itself and beside the others."""
    return [*faults(cards), *answer_faults(cards)]


def test_the_cards_of_every_fixture() -> None:
    assert [] == [f"{case.name}: {fault}" for case in fixtures() for fault in answer_of(golden(case)["cards"])]


@pytest.mark.sampled(every=4)
@pytest.mark.parametrize("identifier", every_example())
def test_the_cards_of_a_worked_example(identifier: str) -> None:
    assert [] == answer_of(list(played(identifier).cards))


def reported() -> list[dict[str, Any]]:
    """The reported situations that lie beside the project; none where they do not."""
    listed = BESIDE / "reported" / "cases.yaml"
    found: list[dict[str, Any]] = read_yaml(listed)["cases"] if listed.is_file() else []
    return found


@pytest.mark.parametrize("case", reported(), ids=lambda case: str(case["file"]).removesuffix(".json"))
def test_the_cards_of_a_reported_situation(case: dict[str, Any]) -> None:
    body = (BESIDE / "reported" / case["file"]).read_bytes()
    ehr = client(case.get("jurisdiction", "US"), str(case["today"]))
    answer = ehr.post(f"/cds-services/{case['service']}", data=body, content_type="application/json")
    allowed = {200, case["expect"].get("status"), *case["expect"].get("or_status", ())}
    assert answer.status_code in allowed
    assert [] == answer_of(answer.get_json().get("cards", []))


def call(decided: tuple[Recommendation, ...]) -> CardContext:
    """A call that brings every order that some decisions change: drafts those that are removed or amended."""
    changes = [action for one in decided for proposal in one.proposals for action in proposal.actions]
    named = {a.reference for a in changes if isinstance(a, AmendOrder | RemoveOrder)}
    signed = {a.reference for a in changes if isinstance(a, SuspendOrder)}
    orders = {reference: raw(draft(id=reference.partition("/")[2])) for reference in named | signed}
    drafts = {reference: order for reference, order in orders.items() if reference in named}
    return context(messages=DRUG.messages, documents=DOCUMENTS, drafts=drafts, chart_orders=orders)


def answers(assessment: Assessment) -> Iterator[tuple[Recommendation, ...]]:
    """All decisions together, and each on a card of its own."""
    yield assessment.recommendations
    yield from ((each,) for each in assessment.recommendations)


@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.slow)])
def test_every_message_on_charts_on_which_much_stands(step: int) -> None:
    found = [
        fault
        for assessment in assessments()[::step]
        for decided in answers(assessment)
        for fault in faults(response(render(decided, call(decided)))["cards"])
    ]
    assert [] == found


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("summary of 101", lambda card: {**card, "summary": "x" * 101}),
        ("detail of 701", lambda card: {**card, "detail": "x" * 701}),
        ("6 lines", lambda card: {**card, "detail": "\n\n".join("abcdef")}),
        ("also of 93", lambda card: {**card, "detail": "a\n\n**Also**\n\n- info: " + "x" * 85}),
        ("also without", lambda card: {**card, "detail": "a\n\n**Also**\n\n- CBC"}),
        ("resource", lambda card: {**card, "detail": "Observation/a"}),
        ("ISO date", lambda card: {**card, "suggestions": [{"label": "for 2026-01-26"}]}),
        ("rule id", lambda card: {**card, "detail": "by US-MDS-PLT-W4-HI"}),
        ("hash", lambda card: {**card, "detail": "0123abcd"}),
        ("name of the inside", lambda card: {**card, "detail": "riskGroup"}),
        ("name of the inside", lambda card: {**card, "detail": "Expected `str`"}),
        ("words found wrong", lambda card: {**card, "summary": "Cannot check dose"}),
        ("something is cut", lambda card: {**card, "summary": "Platelets…"}),
        ("26 Jan stands 3 times", lambda card: {**card, "detail": "26 Jan, 26 Jan, 26 Jan"}),
        ("two blanks", lambda card: {**card, "detail": "Held  for a rash."}),
        ("punctuation", lambda card: {**card, "detail": "Held for a rash ; not below that."}),
        ("punctuation", lambda card: {**card, "detail": "PML (provisional) (26 Jan)."}),
        ("no word", lambda card: {**card, "summary": "Platelets None"}),
        ("one of many", lambda card: {**card, "detail": "Last CBC 1 days ago."}),
        ("many of one", lambda card: {**card, "detail": "Last CBC 2 day ago."}),
        ("no capital", lambda card: {**card, "detail": "Held. not resumed."}),
        ("no unit", lambda card: {**card, "detail": "Platelets 42 (26 Jan)."}),
        ("no schedule", lambda card: {**card, "suggestions": [{"label": "Change this order to 10 mg"}]}),
        ("button", lambda card: {**card, "suggestions": [{"label": "Hold: remove this order", "actions": []}]}),
        ("button", lambda card: {**card, "suggestions": [{"label": "Order a CBC", "actions": [{"type": "delete"}]}]}),
        ("said twice", lambda card: {**card, "detail": "At 5 mg daily resume at 5 mg. At 5 mg daily resume at 5 mg."}),
    ],
)
def test_the_reading_of_words_finds_each_fault(fault: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    good = {
        "summary": "Platelets 42 /µL: hold",
        "detail": "Platelets 42 /µL on 26 Jan.\n\n**Also**\n\n- info: CBC due",
    }
    assert [] == faults([good])
    assert any(each.startswith(fault) for each in faults([change(good)]))


def test_what_two_cards_of_an_answer_say_is_found() -> None:
    one = {
        "summary": "Platelets 42 /µL: hold",
        "detail": "Platelets 42 /µL on 26 Jan, day 21.\n\nHold now; CBC by 2 Feb.",
    }
    assert [] == list(answer_faults([one]))
    assert 1 == len(list(answer_faults([one, {**one, "detail": "Hold now; CBC by 2 Feb."}])))
    assert 1 == len(list(answer_faults([one, {**one, "summary": "Platelets: hold"}])))
