"""What a clinician can accept with one click: whole, valid, about this order; else said in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from cds_service.cards import suggestions
from cds_service.cards.context import CardContext
from cds_service.cards.extension import NAME
from cds_service.cards.render import render
from cds_service.cards.sentences import proposal_label
from cds_service.cards.suggestions import Offer, Wanted, check_templates, offer
from cds_service.clinical.exposure import Dose
from cds_service.clinical.recommendation import (
    Action,
    AmendOrder,
    OrderTest,
    Proposal,
    ProposedAction,
    Recommendation,
    RemoveOrder,
    StopOrder,
    SuspendOrder,
    Urgency,
)
from cds_service.fhir.model import problems_of
from tests.support.decisions import DRAFT, TODAY, cbc_due, context, draft, hold, raw

CHANGE = AmendOrder(DRAFT, Dose(Decimal("5")))
CHART = {"MedicationRequest/chart-1": raw(draft(id="chart-1", status="active"))}
SUSPEND_AND_CBC = Proposal("suspend", (SuspendOrder("MedicationRequest/chart-1"), OrderTest("cbc", TODAY)), True)
# Critical decisions of the three kinds: none any more, none for now, look first.
PLATELETS = "Platelets 49.999 ×10⁹/L on 10 mg once daily: label advises holding lenalidomide"
GRAVE = (Action.DO_NOT_START, Action.HOLD, Action.REVIEW)
Amend = Callable[..., dict[str, Any] | None]


@pytest.fixture(autouse=True)
def amend(monkeypatch: pytest.MonkeyPatch) -> Callable[[Amend], None]:
    """How drafts are amended in these tests; by default only the text of the dosage changes."""

    def use(function: Amend) -> None:
        monkeypatch.setattr(suggestions, "amended_order", function)

    use(lambda order, dose, *_: {**order, "dosageInstruction": [{"text": dose.words}]})
    return use


def reduce(*actions: ProposedAction, **members: Any) -> Recommendation:
    """A reduction that proposes these actions."""
    given = {"action": Action.REDUCE, "urgency": Urgency.WARNING, "dose": Dose(Decimal("5")), **members}
    return hold(proposals=(Proposal("change", actions, True),), **given)


def offered(recommendation: Recommendation, call: CardContext | None = None, *causes: Recommendation) -> Offer:
    """What is offered in a call."""
    proposals = [Wanted(recommendation, each) for each in recommendation.proposals]
    return offer(proposals, causes, call or context())


@pytest.mark.row("ACT-4")
def test_an_update_carries_the_whole_draft_with_its_numbers_as_written() -> None:
    written = raw(draft()).replace(
        b'"status"', b'"extension": [{"url": "http://e.org/x", "valueDecimal": 1.50}], "status"'
    )
    made = offered(reduce(CHANGE), context(drafts={DRAFT: written})).choices[0].actions[0]
    expected = {**draft(), "dosageInstruction": [{"text": "5 mg once daily"}]}
    sent = dict(made.resource)
    extension: Any = sent.pop("extension")
    assert expected == sent
    assert str(extension[0]["valueDecimal"]) == "1.50"
    assert made.type == "update"
    assert "Lenalidomide 10 MG Oral Capsule" in made.description


def test_an_update_of_an_order_that_was_odd_before_is_offered() -> None:
    odd = draft(category={"text": "outpatient"}, note=[], _status={"extension": [{"url": "http://e.org/x"}]})
    made = offered(reduce(CHANGE), context(drafts={DRAFT: raw(odd)}))
    assert made.choices[0].actions[0].resource["category"] == {"text": "outpatient"}
    assert "note" not in made.choices[0].actions[0].resource


@pytest.mark.parametrize(
    "function",
    [
        lambda order, *_: None,
        lambda order, *_: {**order, "dosageInstruction": "5 mg"},
        lambda order, *_: {**order, "status": "zork"},
        lambda order, *_: {**order, "id": "another"},
        lambda order, *_: {**order, "subject": {"reference": "Patient/p2"}},
        lambda order, *_: {name: value for name, value in order.items() if name != "authoredOn"},
    ],
)
def test_an_amendment_that_cannot_stand_is_dropped_counted_and_said(
    amend: Callable[[Amend], None], function: Amend
) -> None:
    amend(function)
    call = context()
    made = offered(reduce(CHANGE), call)
    assert not made.choices
    assert len(made.by_hand) == 1
    assert call.counts["suggestions_dropped"] == 1


def test_amending_cannot_change_what_it_is_compared_with(amend: Callable[[Amend], None]) -> None:
    def careless(order: dict[str, Any], *_: object) -> dict[str, Any]:
        order["subject"]["reference"] = "Patient/p2"
        return order

    amend(careless)
    assert not offered(reduce(CHANGE)).choices


@pytest.mark.parametrize("action", [Action.HOLD, Action.REQUEST_DATA, Action.REVIEW, Action.DISCONTINUE])
def test_a_decision_without_a_dose_never_offers_one(action: Action) -> None:
    call = context()
    assert not offered(reduce(CHANGE, action=action), call).choices
    assert call.counts["doses_withheld"] == 1


@pytest.mark.row("ACT-5")
def test_a_removal_deletes_by_reference() -> None:
    made = offered(hold()).choices[0].actions[0]
    assert (made.type, made.resourceId, made.resource) == ("delete", DRAFT, {})


@pytest.mark.parametrize(
    "reference", ["MedicationRequest/a_b", "MedicationRequest/", "https://e.org/MedicationRequest/1", "urn:uuid:1", ""]
)
def test_a_removal_by_an_unsafe_id_is_dropped_and_said(reference: str) -> None:
    call = context(drafts={reference: raw(draft())})
    made = offered(hold(proposals=(Proposal("hold", (RemoveOrder(reference),), True),)), call)
    assert not made.choices
    assert "no valid FHIR id" in made.by_hand[0]


def test_a_removal_of_what_is_no_draft_of_the_call_is_dropped() -> None:
    made = offered(hold(), context(drafts={}))
    expected = ["Order a blood count"]
    assert expected == [each.label for each in made.choices]
    assert "not among the drafts" in made.by_hand[0]


def test_an_order_of_the_chart_is_put_on_hold_with_its_reason() -> None:
    chart = {"MedicationRequest/m1": raw(draft(id="m1", status="active"))}
    recommendation = hold(proposals=(Proposal("hold", (SuspendOrder("MedicationRequest/m1"),), True),))
    made = offered(recommendation, context(chart_orders=chart)).choices[0].actions[0]
    expected = {**draft(id="m1", status="on-hold"), "statusReason": {"text": f"{PLATELETS} (on-hold since {TODAY})"}}
    assert expected == made.resource


def test_an_order_that_is_put_on_hold_says_every_cause_of_the_answer() -> None:
    """Its own first, each once: whichever hold is taken in one click, no other cause is forgotten."""
    chart = {"MedicationRequest/m1": raw(draft(id="m1", status="active"))}
    own = hold(proposals=(Proposal("hold", (SuspendOrder("MedicationRequest/m1"),), True),))
    other = hold(message="free", words={"text": "Rash, CTCAE grade 3: hold lenalidomide"})
    made = offered(own, context(chart_orders=chart), other, own).choices[0].actions[0]
    assert made.resource is not None
    told = f"{PLATELETS}; Rash, CTCAE grade 3: hold lenalidomide (on-hold since {TODAY})"
    assert {"text": told} == made.resource["statusReason"]


def test_a_suggestion_that_would_change_more_orders_than_anyone_reads_is_said_instead() -> None:
    chart = {f"MedicationRequest/m{n}": raw(draft(id=f"m{n}", status="active")) for n in range(51)}
    many = tuple(SuspendOrder(reference) for reference in chart)
    made = offered(hold(proposals=(Proposal("hold", many, True),)), context(chart_orders=chart))
    assert () == made.choices
    assert "more orders than one suggestion may change" in made.by_hand[0]
    most = offered(hold(proposals=(Proposal("hold", many[:50], True),)), context(chart_orders=chart))
    assert 50 == len(most.choices[0].actions)


def test_a_test_order_is_valid_and_says_what_when_for_whom_by_whom() -> None:
    made = offered(hold(proposals=(Proposal("cbc", (OrderTest("cbc", date(2026, 2, 2)),)),))).choices[0].actions[0]
    expected = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "priority": "routine",
        "code": {
            "coding": [
                {"system": "http://loinc.org", "code": "57021-8", "display": "CBC W Auto Differential panel - Blood"}
            ],
            "text": "complete blood count with differential",
        },
        "subject": {"reference": "Patient/p1"},
        "occurrenceDateTime": "2026-02-02",
        "authoredOn": "2026-01-26",
        "requester": {"reference": "Practitioner/dr-1"},
    }
    assert expected == made.resource
    assert not problems_of(made.resource)


@pytest.mark.parametrize("user", ["", "dr-1", "Practitioner/a b", "Device/1", "https://e.org/Practitioner/1"])
def test_a_user_that_is_no_reference_requests_nothing(user: str) -> None:
    made = offered(hold(proposals=(Proposal("cbc", (OrderTest("cbc", TODAY),)),)), context(user_id=user))
    assert "requester" not in made.choices[0].actions[0].resource


def test_a_test_that_is_due_is_urgent() -> None:
    made = offered(hold(proposals=(Proposal("cbc", (OrderTest("cbc", TODAY),)),))).choices[0].actions[0]
    assert made.resource["priority"] == "urgent"


def test_a_test_of_an_unknown_name_is_ordered_by_hand() -> None:
    made = offered(hold(proposals=(Proposal("cbc", (OrderTest("no-such-test", TODAY),)),)))
    assert () == made.choices
    assert ("Order a blood count (no code is known for the test no-such-test)",) == made.by_hand


def test_one_impossible_action_drops_its_whole_suggestion() -> None:
    proposal = Proposal("hold", (RemoveOrder("MedicationRequest/other"), OrderTest("cbc", TODAY)), True)
    assert not offered(hold(proposals=(proposal,))).choices


def test_at_most_four_are_offered_and_one_recommended() -> None:
    proposals = tuple(Proposal("cbc", (OrderTest("cbc", TODAY),), True) for _ in range(6))
    made = offered(hold(proposals=proposals))
    expected = [True, False, False, False]
    assert expected == [each.is_recommended for each in made.choices]
    assert len(made.by_hand) == 2


def test_a_note_that_states_a_dose_stays_and_the_card_says_so() -> None:
    notes = [{"text": "10 mg daily"}, {"text": "Please call the patient."}]
    made = offered(reduce(CHANGE), context(drafts={DRAFT: raw(draft(note=notes))}))
    assert notes == made.choices[0].actions[0].resource["note"]
    assert ('Correct the note of the changed order, which still says "10 mg daily"',) == made.by_hand


@pytest.mark.parametrize("note", [[], [{"text": "Please call the patient on day 3."}], [{}], "10 mg", [{"text": 10}]])
def test_other_notes_are_not_spoken_of(note: Any) -> None:
    assert () == offered(reduce(CHANGE), context(drafts={DRAFT: raw(draft(note=note))})).by_hand


def test_the_library_reads_a_sample_and_what_it_refuses_is_counted_and_not_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(suggestions, "is_known_sound", lambda *_: True)
    monkeypatch.setattr(suggestions, "is_sound", lambda *_: False)
    monkeypatch.setattr(suggestions, "_emitted", count())
    proposal = Proposal("cbc", (OrderTest("cbc", TODAY),))
    calls = [context() for _ in range(2 * suggestions.CHECKED_EVERY)]
    refused = [number for number, call in enumerate(calls) if not offered(hold(proposals=(proposal,)), call).choices]
    assert [0, suggestions.CHECKED_EVERY] == refused
    assert refused == [number for number, call in enumerate(calls) if call.counts["unsound_resources"]]


def test_what_is_not_known_to_be_sound_is_always_read_by_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggestions, "is_known_sound", lambda *_: False)
    monkeypatch.setattr(suggestions, "is_sound", lambda *_: False)
    for call in (context(), context(), context()):
        made = offered(hold(proposals=(Proposal("cbc", (OrderTest("cbc", TODAY),)),)), call)
        assert () == made.choices
        assert not call.counts["unsound_resources"]


def test_an_absurd_number_in_the_clients_own_part_is_not_sent() -> None:
    odd = raw(draft()).replace(
        b'"status"', b'"extension": [{"url": "http://e.org/x", "valueDecimal": 1E+99}], "status"'
    )
    assert "would not be valid FHIR" in offered(reduce(CHANGE), context(drafts={DRAFT: odd})).by_hand[0]


def test_an_order_for_every_known_test_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    check_templates()
    test = suggestions.ORDERABLE["cbc"]
    nameless = replace(test, order=replace(test.order, display=""))
    monkeypatch.setattr(suggestions, "ORDERABLE", {"cbc": nameless})
    with pytest.raises(ValueError, match=r"would not be valid FHIR|test cbc .*display"):
        check_templates()


def labels(*decisions: Recommendation) -> list[list[str]]:
    """The buttons of each card."""
    return [[each.label for each in card.suggestions] for card in render(decisions, context(chart_orders=CHART))]


def test_one_test_is_ordered_once_in_an_answer_for_the_earliest_day_beside_the_change_of_an_order() -> None:
    fever = hold(
        action=Action.ESCALATE_URGENT, order="", proposals=(Proposal("cbc", (OrderTest("cbc", TODAY),), True),)
    )
    cards = render([hold(), fever], context())
    assert ["escalate-urgent", "hold"] == [card.extension[NAME]["action"] for card in cards]
    assert [] == cards[0].suggestions
    days = [a.resource["occurrenceDateTime"] for s in cards[1].suggestions for a in s.actions if a.type == "create"]
    assert [TODAY.isoformat()] * 2 == days


def test_a_button_says_the_test_only_where_it_orders_it() -> None:
    again = hold(rules=("US-MDS-ANC-W4-HI",), proposals=(SUSPEND_AND_CBC,))
    assert [
        ["Hold lenalidomide: remove this order, order a blood count", "Order a blood count"],
        ["Set it on hold"],
    ] == labels(hold(rules=("A",)), again)


def test_a_button_names_the_draft_that_it_removes_and_the_order_that_it_stops_besides() -> None:
    both = Proposal("both", (RemoveOrder(DRAFT), StopOrder("MedicationRequest/chart-1", "replaced")))
    call = context(chart_orders=CHART, messages={"proposal.both": "Stop{removed}{stopped}{tests}"})
    assert "Stop, remove this order, stop the held order" == proposal_label(both, hold(), call, str)
    assert "Stop, order a CBC" == proposal_label(
        SUSPEND_AND_CBC, hold(), context(messages={"proposal.suspend": "Stop{tests}"}), str
    )


def test_what_is_folded_keeps_its_choices_but_changes_no_order_that_another_choice_changes() -> None:
    grave = [hold(rules=(f"R{number}",), action=action) for number, action in enumerate(GRAVE)]
    tsh = cbc_due(3, urgency=Urgency.WARNING, proposals=(Proposal("change", (OrderTest("tsh", TODAY),), True),))
    reduced = reduce(CHANGE, rules=("Z",))
    *_, last = render([*grave, tsh, reduced], context())
    assert ["reduce", "order-cbc"] == [each["action"] for each in last.extension[NAME]["alsoFound"]]
    offered = [each for each in last.suggestions if "Change" in each.label]
    assert [["create"]] == [[action.type for action in each.actions] for each in offered]
    assert [False] == [each.isRecommended for each in offered]


def test_tests_of_several_decisions_may_be_chosen_together_alternatives_may_not() -> None:
    tsh = cbc_due(3, proposals=(Proposal("change", (OrderTest("tsh", TODAY),), True),))
    cbc = cbc_due(2, proposals=(Proposal("cbc", (OrderTest("cbc", TODAY),), True),))
    folds = [cbc, *(replace(tsh, folds=True),)]
    assert ["any"] == [card.selectionBehavior for card in render(folds, context())]
    assert ["at-most-one"] == [card.selectionBehavior for card in render([hold()], context())]
