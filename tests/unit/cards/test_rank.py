"""Which decisions get a card, in which order."""

from __future__ import annotations

from itertools import permutations

from cds_service.cards.rank import shown
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from tests.support.decisions import cbc_due, hold


def warning(rule: str) -> Recommendation:
    """A decision that changes the plan."""
    return hold(action=Action.REVIEW, urgency=Urgency.WARNING, rules=(rule,))


def test_the_order_of_the_input_does_not_matter() -> None:
    given = [hold(), warning("B"), warning("A"), cbc_due(2), cbc_due(3)]
    expected = shown(given)
    for order in permutations(given):
        assert expected == shown(order)


def test_a_hold_stands_before_a_warning_before_an_info() -> None:
    expected = ["hold", "review", "order-cbc"]
    assert expected == [each.recommendation.action.value for each in shown([cbc_due(), warning("A"), hold()])]


def test_three_info_cards_are_all_shown() -> None:
    made = shown([cbc_due(2), cbc_due(3), cbc_due(4)])
    assert len(made) == 3
    assert not any(each.folded for each in made)


def test_the_fourth_info_card_folds_into_the_last() -> None:
    made = shown([cbc_due(day) for day in (2, 3, 4, 5, 6)])
    expected = [(), (), (cbc_due(5), cbc_due(6))]
    assert expected == [each.folded for each in made]


def test_critical_and_warning_cards_are_never_folded() -> None:
    urgent = [hold(rules=(f"R{number}",)) for number in range(3)] + [warning(f"W{number}") for number in range(3)]
    made = shown([*urgent, cbc_due(2)])
    assert len(made) == 6
    expected = (cbc_due(2),)
    assert expected == made[-1].folded


def test_a_request_for_data_is_never_folded() -> None:
    questions = [
        hold(action=Action.REQUEST_DATA, urgency=Urgency.INFO, rules=(f"Q{number}",), order="") for number in range(4)
    ]
    assert len(shown(questions)) == 4


def test_what_is_said_twice_is_shown_once() -> None:
    assert len(shown([hold(), hold()])) == 1


def test_nothing_gives_nothing() -> None:
    assert not shown([])
