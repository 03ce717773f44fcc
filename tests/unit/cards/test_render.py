"""Which choices the cards of one answer offer together."""

from __future__ import annotations

from datetime import date

from cds_service.cards.render import render
from cds_service.clinical.recommendation import OrderTest, Proposal, Recommendation
from tests.support.decisions import cbc_due, context, hold


def due(day: int, *rules: str) -> Recommendation:
    """A blood count that is due, with its order as the only choice."""
    proposal = Proposal("cbc", (OrderTest("58410-2", date(2026, 2, day)),), is_recommended=True)
    return cbc_due(day, rules=rules, proposals=(proposal,))


def labels(*recommendations: Recommendation) -> list[list[str]]:
    """The choices of each card."""
    return [[s.label for s in card.suggestions] for card in render(recommendations, context())]


def test_an_equal_order_for_a_test_is_offered_on_the_first_card_alone() -> None:
    assert [["Order a blood count"], []] == labels(due(2, "A"), due(2, "B"))


def test_an_order_of_another_day_is_offered_too() -> None:
    assert [["Order a blood count"], ["Order a blood count"]] == labels(due(2, "A"), due(3, "B"))


def test_what_takes_an_order_back_is_offered_on_every_card_that_calls_for_it() -> None:
    first, second = labels(hold(rules=("A",)), hold(rules=("B",)))
    assert (2, first[:1]) == (len(first), second)
