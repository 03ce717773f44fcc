"""Which decisions get a card, in which order."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

from cds_service.cards.rank import shown
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from tests.support.decisions import cbc_due, hold

TEMPERATURE = Input("temperature", "38.4", "Cel", "", date(2026, 1, 26), "Observation/t")


def warning(rule: str, **members: Any) -> Recommendation:
    """A decision to look first, without a choice."""
    given = {"action": Action.REVIEW, "missing": (), "proposals": (), **members}
    return hold(urgency=Urgency.WARNING, rules=(rule,), **given)


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


def test_three_critical_cards_stand_and_the_rest_is_folded_into_the_last() -> None:
    grave = [hold(rules=(f"R{number}",)) for number in range(3)]
    rest = [*(warning(f"W{number}") for number in range(3)), cbc_due(2)]
    made = shown([*rest, *grave])
    assert grave == [each.recommendation for each in made]
    assert [(), (), tuple(rest)] == [each.folded for each in made]


def test_more_than_three_critical_decisions_share_cards_by_what_they_ask_for() -> None:
    first, second = hold(rules=("A",)), hold(rules=("B",), next_cbc_due=date(2026, 1, 27), inputs=(TEMPERATURE,))
    fever = hold(action=Action.ESCALATE_URGENT, rules=("F",))
    never = hold(action=Action.PERMANENTLY_DISCONTINUE, rules=("N",))
    ask = hold(action=Action.REQUEST_DATA, rules=("Q",))
    made = shown([warning("W"), ask, second, never, first, fever])
    assert ["permanently-discontinue", "escalate-urgent", "request-data"] == [m.recommendation.action for m in made]
    assert [(), (first, second), ()] == [each.reasons for each in made]
    assert ("F", "A", "B") == made[1].recommendation.rules
    assert date(2026, 1, 27) == made[1].recommendation.next_cbc_due
    assert TEMPERATURE in made[1].recommendation.inputs
    assert [warning("W")] == list(made[-1].folded)


def test_no_critical_decision_is_ever_folded() -> None:
    for number in range(1, 12):
        actions = [list(Action)[at % len(Action)] for at in range(0, 3 * number, 3)]
        made = shown([hold(action=action, rules=(f"R{at}",)) for at, action in enumerate(actions)])
        assert len(made) <= 3
        assert not any(each.folded for each in made)
        assert number == sum(1 + len(each.reasons) for each in made)


def test_among_warnings_what_changes_the_dose_or_blocks_comes_first() -> None:
    removes = hold(action=Action.REVIEW, urgency=Urgency.WARNING, rules=("Z",))
    asks = warning("A", action=Action.REQUEST_DATA)
    made = shown([asks, warning("B"), warning("C"), removes])
    assert [removes, asks, warning("B")] == [each.recommendation for each in made]
    assert (warning("C"),) == made[-1].folded


def test_a_request_for_the_counts_has_a_card_of_its_own_unless_treatment_stops() -> None:
    asks = warning("Z", action=Action.REQUEST_DATA, missing=(Missing("anc", "no result on file"),))
    looks = [hold(action=Action.REVIEW, rules=(f"R{number}",)) for number in range(4)]
    made = shown([*looks, asks])
    assert [looks[0].action, Action.REQUEST_DATA] == [each.recommendation.action for each in made]
    assert asks == made[-1].recommendation
    stops = [hold(rules=(f"R{number}",)) for number in range(3)]
    assert (asks,) == shown([*stops, asks])[-1].folded


def test_an_overdue_count_that_is_asked_for_is_not_said_twice() -> None:
    asks = warning("Z", action=Action.REQUEST_DATA, missing=(Missing("platelets", "older than 7 days"),))
    overdue = cbc_due(2, urgency=Urgency.WARNING)
    made = shown([overdue, asks])
    assert [asks] == [each.recommendation for each in made]
    assert [((overdue,), ())] == [(each.same, each.folded) for each in made]
    other = warning("Z", action=Action.REQUEST_DATA, missing=(Missing("firstDose", "not known"),))
    assert 2 == len(shown([overdue, other]))


def test_what_is_said_twice_is_shown_once() -> None:
    assert len(shown([hold(), hold()])) == 1


def test_nothing_gives_nothing() -> None:
    assert not shown([])
