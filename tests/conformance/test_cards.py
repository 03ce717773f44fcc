"""Every answer that rendering makes keeps the rows of the standard on cards, whatever the decision and whatever the text."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cds_service.cards.render import render
from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import (
    Action,
    AmendOrder,
    Basis,
    Input,
    OrderTest,
    Proposal,
    Recommendation,
    RemoveOrder,
    Resume,
    SuspendOrder,
    Urgency,
)
from cds_service.clinical.recommendation import (
    Test as LabTest,
)
from cds_service.clinical.review import Review
from cds_service.fhir.model import problems_of
from tests.support.card_checks import RECOMMENDATION, check_response
from tests.support.decisions import DRAFT, RXNORM, cbc_due, context, draft, hold, raw, response

text = st.text(max_size=60) | st.sampled_from(
    ["", " ", "<b>x</b>", "[x](http://evil.example)", "10*9/L", "x" * 400, "a\nb", "www.evil.example", "{value}"]
)
# Shrinking a whole answer takes a minute; the failing decisions are printed either way.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)

days = st.dates(date(2025, 1, 1), date(2027, 1, 1))
doses = st.builds(
    Dose,
    mg=st.sampled_from([Decimal(mg) for mg in ("2.5", "5", "10", "12", "25")]),
    every_days=st.integers(1, 3),
    per_week=st.none() | st.integers(1, 3),
    on_days=st.none() | st.just(21),
    cycle_days=st.none() | st.just(28),
    times_per_day=st.integers(1, 2),
    note=text,
)
references = st.sampled_from([DRAFT, "MedicationRequest/chart-1", "MedicationRequest/a_b", "nonsense", ""])
proposed = (
    st.builds(AmendOrder, references, doses)
    | st.builds(RemoveOrder, references)
    | st.builds(SuspendOrder, references)
    | st.builds(OrderTest, st.sampled_from(["cbc", "pregnancy-test", "no-such-test"]), days)
)
proposals = st.builds(
    Proposal, st.sampled_from(["hold", "cbc", "change"]), st.lists(proposed, max_size=3).map(tuple), st.booleans()
)
bases = st.builds(
    Basis,
    st.sampled_from(["us-label-2023-03", ""]),
    text,
    text,
    st.sampled_from(["https://example.org/label", "", "nonsense", "javascript:alert(1)"]),
    st.sampled_from(Review),
)


@st.composite
def decisions(draw: st.DrawFn) -> Recommendation:
    """Any decision, also one that no rule would make."""
    action = draw(st.sampled_from(Action))
    due = draw(days)
    is_test = action.value.startswith("order-")
    return Recommendation(
        action=action,
        urgency=draw(st.sampled_from(Urgency)),
        rules=(draw(st.sampled_from(["US-A", "US-B", "EU-C"])),),
        message="free",
        basis=draw(bases),
        jurisdiction=draw(st.sampled_from(["US", "EU", ""])),
        drug=draw(st.sampled_from(["lenalidomide", ""])),
        words={"text": draw(text.filter(bool))},
        dose=draw(st.none() | doses),
        resume=draw(st.none() | st.builds(Resume, text, st.none() | doses)),
        next_cbc_due=due if is_test else draw(st.none() | days),
        test=LabTest("cbc", due, draw(st.booleans())) if is_test else None,
        inputs=tuple(draw(st.lists(st.builds(Input, text, text, text, text, st.none() | days, text), max_size=3))),
        missing=tuple(draw(st.lists(st.builds(Missing, text, text), max_size=3))),
        remarks=tuple(draw(st.lists(text, max_size=2))),
        assumptions=tuple(draw(st.lists(text, max_size=2))),
        note=draw(text),
        order=draw(references),
        proposals=tuple(draw(st.lists(proposals, max_size=4))),
    )


def call(**members: Any) -> Any:
    """An order-sign call that has one draft and one order of the chart; words that are blank are named, not raised."""
    chart = {"MedicationRequest/chart-1": raw(draft(id="chart-1", status="active"))}
    return context(chart_orders=chart, strict=False, **members)


@pytest.mark.row(
    "GEN-2 GEN-4 GEN-5 GEN-6 RES-1 CARD-1 CARD-2 CARD-3 CARD-4 CARD-5 CARD-6 CARD-7 CARD-8 CARD-9 SRC-1",
    "SRC-2 SRC-4 SUG-1 SUG-2 SUG-3 SUG-4 SUG-5 ACT-1 ACT-2 ACT-3 ACT-5 LINK-1 LINK-2 LINK-3 COD-1 FB-10",
)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
@given(st.lists(decisions(), max_size=6), st.randoms(use_true_random=False))
def test_any_decisions_give_a_conformant_answer_whatever_their_order(
    given_decisions: list[Recommendation], shuffler: random.Random
) -> None:
    answer = response(render(given_decisions, call()))
    faults = [fault for fault in check_response(answer) if "unfilled" not in fault]
    assert not faults
    shuffled = list(given_decisions)
    shuffler.shuffle(shuffled)
    assert answer == response(render(shuffled, call()))
    for card in answer["cards"]:
        for suggestion in card.get("suggestions", []):
            for action in suggestion["actions"]:
                assert not problems_of(action.get("resource", draft()))


@given(st.lists(decisions(), max_size=6))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
def test_nothing_urgent_is_ever_lost(given_decisions: list[Recommendation]) -> None:
    answer = response(render(given_decisions, call()))
    told = [(card["indicator"], card["extension"][RECOMMENDATION]) for card in answer["cards"]]
    said = {(indicator, card["action"]) for indicator, card in told}
    said |= {(also["urgency"], also["action"]) for _, card in told for also in card.get("alsoFound", [])}
    assert said == {(each.urgency.value, each.action.value) for each in given_decisions}
    on_cards = {rule for indicator, card in told if indicator == "critical" for rule in card["rules"]}
    assert {rule for each in given_decisions if each.urgency is Urgency.CRITICAL for rule in each.rules} <= on_cards


@pytest.mark.row("CARD-1")
def test_the_same_call_gives_the_same_ids_and_another_call_others() -> None:
    one = response(render([hold(), cbc_due()], context()))
    again = response(render([cbc_due(), hold()], context()))
    other = response(render([hold(), cbc_due()], context(hook_instance="4e6f8a4e-0000-4000-8000-000000000002")))
    service = response(render([hold(), cbc_due()], context(service_id="lenalidomide-order-select")))
    assert one == again
    ids = [{card["uuid"] for card in answer["cards"]} for answer in (one, other, service)]
    assert len(set.union(*ids)) == 6


@pytest.mark.row("ACT-4")
def test_an_order_in_mg_is_changed_to_the_dose_of_the_label() -> None:
    order = draft(
        medicationCodeableConcept={"coding": [{"system": RXNORM, "code": "602910"}], "text": "Lenalidomide 10 MG"},
        dosageInstruction=[
            {
                "text": "10 mg once daily",
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 10, "unit": "mg"}}],
            }
        ],
    )
    dose = Dose(Decimal("5"))
    reduce = hold(
        action=Action.REDUCE,
        urgency=Urgency.WARNING,
        dose=dose,
        proposals=(Proposal("change", (AmendOrder(DRAFT, dose),), True),),
    )
    answer = response(render([reduce], context(drafts={DRAFT: raw(order)})))
    assert not check_response(answer)
    sent = answer["cards"][0]["suggestions"][0]["actions"][0]["resource"]
    kept = ("resourceType", "id", "status", "intent", "subject", "authoredOn")
    assert {name: order[name] for name in kept} == {name: sent[name] for name in kept}
    assert sent["dosageInstruction"] != order["dosageInstruction"]


@pytest.mark.row("RES-2")
def test_no_guidance_is_an_empty_list_of_cards() -> None:
    answer = response(render([], context()))
    assert not check_response(answer)
    expected: dict[str, Any] = {"cards": []}
    assert expected == answer


def test_numbers_of_a_dose_are_numbers_in_the_answer() -> None:
    reduce = hold(action=Action.REDUCE, dose=Dose(Decimal("2.5"), every_days=2), proposals=())
    dose = response(render([reduce], context()))["cards"][0]["extension"][RECOMMENDATION]["dose"]
    expected = {"mg": 2.5, "everyDays": 2, "mgPerDay": 1.25}
    assert expected == dose


def test_a_card_stays_when_its_suggestion_is_dropped_and_says_what_to_do_by_hand() -> None:
    recommendation = hold(proposals=(Proposal("hold", (RemoveOrder("MedicationRequest/a_b"),), True),))
    answer = response(render([recommendation], context()))
    card = answer["cards"][0]
    assert "suggestions" not in card
    assert "selectionBehavior" not in card
    assert "By hand: Hold lenalidomide" in card["detail"]


@pytest.mark.row("SEC-1", "LINK-1")
def test_the_address_of_the_patient_stands_nowhere_but_in_resources() -> None:
    answer = response(render([hold(), cbc_due()], context(patient_id="patient-zero")))
    for card in answer["cards"]:
        card.pop("suggestions", None)
    assert "patient-zero" not in json.dumps(answer)


def spoil(change: Callable[[dict[str, Any]], Any]) -> list[str]:
    """What the reading finds in a good answer that was spoilt."""
    answer = copy.deepcopy(response(render([hold(), cbc_due()], context())))
    change(answer)
    return check_response(answer)


@pytest.mark.row(
    "RES-1 GEN-4 GEN-6 CARD-1 CARD-2 CARD-3 CARD-4 CARD-5 CARD-7 CARD-8 SRC-2 SRC-4 SUG-1 SUG-2 SUG-3",
    "SUG-4 SUG-5 ACT-1 ACT-2 ACT-3 ACT-5 LINK-2 LINK-3",
)
@pytest.mark.parametrize(
    ("row", "change"),
    [
        ("RES-1", lambda answer: answer.pop("cards")),
        ("RES-1", lambda answer: answer.update(systemActions=[{"type": "delete"}])),
        ("GEN-4", lambda answer: answer["cards"][0].update(links=[])),
        ("GEN-4", lambda answer: answer["cards"][0].update(detail=None)),
        ("GEN-6", lambda answer: answer["cards"][0]["source"].update(label=" ")),
        ("CARD-1", lambda answer: answer["cards"][0].update(uuid="1")),
        ("CARD-1", lambda answer: answer["cards"][0].update(uuid=answer["cards"][1]["uuid"])),
        ("CARD-2", lambda answer: answer["cards"][0].update(summary="x" * 140)),
        ("CARD-2", lambda answer: answer["cards"][0].update(summary="{drug} due")),
        ("CARD-3", lambda answer: answer["cards"][0].update(detail="**Why now:** <b>x</b>")),
        ("CARD-3", lambda answer: answer["cards"][0].update(detail="\n\n".join("abcdef"))),
        ("CARD-4", lambda answer: answer["cards"][0].update(indicator="hard-stop")),
        ("CARD-5", lambda answer: answer["cards"][0].pop("source")),
        ("CARD-7", lambda answer: answer["cards"][0].pop("selectionBehavior")),
        ("CARD-7", lambda answer: answer["cards"][0].update(selectionBehavior="all")),
        ("CARD-8", lambda answer: answer["cards"][0]["overrideReasons"][0].pop("display")),
        ("CARD-8", lambda answer: answer["cards"][0].update(overrideReasons=answer["cards"][0]["overrideReasons"][:3])),
        ("SRC-2", lambda answer: answer["cards"][0]["source"].update(url="label.html")),
        ("SRC-4", lambda answer: answer["cards"][0]["source"]["topic"].pop("system")),
        ("SUG-1", lambda answer: answer["cards"][0]["suggestions"][0].pop("label")),
        ("SUG-2", lambda answer: answer["cards"][0]["suggestions"][0].pop("uuid")),
        ("SUG-3", lambda answer: answer["cards"][0]["suggestions"][1].update(isRecommended=True)),
        ("SUG-4", lambda answer: answer["cards"][0]["suggestions"][0].pop("actions")),
        ("SUG", lambda answer: answer["cards"][0]["suggestions"][0].update(actionSelectionBehavior="all")),
        ("ACT-1", lambda answer: answer["cards"][0]["suggestions"][0]["actions"][0].update(type="DELETE")),
        ("ACT-2", lambda answer: answer["cards"][0]["suggestions"][0]["actions"][0].pop("description")),
        ("ACT-3", lambda answer: answer["cards"][0]["suggestions"][0]["actions"][1].pop("resource")),
        ("ACT-4", lambda answer: answer["cards"][0]["suggestions"][0]["actions"][1].update(type="update")),
        ("ACT-5", lambda answer: answer["cards"][0]["suggestions"][0]["actions"][0].update(resourceId="draft-1")),
        ("LINK-2", lambda answer: answer["cards"][0]["links"][0].update(url="/label")),
        ("LINK-3", lambda answer: answer["cards"][0]["links"][0].update(appContext="x")),
        ("EXT", lambda answer: answer["cards"][0].pop("extension")),
        ("EXT", lambda answer: answer["cards"][0]["extension"][RECOMMENDATION].update(dose={"mg": 5})),
        ("CARD: not in order", lambda answer: answer["cards"].reverse()),
    ],
)
def test_the_reading_finds_each_fault(row: str, change: Callable[[dict[str, Any]], Any]) -> None:
    assert any(fault.startswith(row) for fault in spoil(change))


def test_the_reading_finds_nothing_in_a_good_answer() -> None:
    assert not spoil(lambda answer: None)
