"""Which hook says what: only what another served hook says is left to it, by the call alone, and nothing critical ever is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.case import CHART_HOOKS, Case
from cds_service.dosing.moments import TABLE, left_by
from cds_service.drugs.lenalidomide import DRUG
from cds_service.drugs.lenalidomide.moments import MOMENTS
from cds_service.hooks.hook import HOOKS
from tests.support.decisions import hold
from tests.support.facts import draft, facts

TODAY = date(2026, 1, 26)
SERVED = frozenset(DRUG.hooks)
EARLIER = (Input("platelets", "60", on=date(2026, 1, 25)),)
NOON = "2026-01-26T12:00:00+00:00"


def said(action: Action = Action.REVIEW, urgency: Urgency = Urgency.WARNING, **more: Any) -> Recommendation:
    return replace(hold(), action=action, urgency=urgency, **{"order": "", "missing": (), "inputs": EARLIER, **more})


def call(hook: str, served: frozenset[str] = SERVED, **signature: Any) -> Case:
    own = replace(draft(reference="MedicationRequest/own"), status="active", **{"authored_on": TODAY, **signature})
    now = datetime.fromisoformat(NOON)
    return Case(facts(), (own,), hook, TODAY, now, "US", served=served, signed=frozenset({own.reference}))


def hook_of(case: Case, decision: Recommendation, renews: bool = True) -> str:
    found = left_by(MOMENTS, case, renews, decision)
    return found.hook if found else ""


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("action", Action)
def test_what_is_critical_is_said_on_every_hook(hook: str, action: Action) -> None:
    assert "" == hook_of(call(hook), said(action, Urgency.CRITICAL))


@pytest.mark.parametrize(
    "hook", ["order-sign", "patient-view", "encounter-start", "medication-refill", "problem-list-item-create"]
)
@pytest.mark.parametrize("urgency", Urgency)
def test_nothing_is_left_where_an_order_is_signed_or_a_chart_opened(hook: str, urgency: Urgency) -> None:
    case = replace(call(hook), orders=()) if hook in CHART_HOOKS else call(hook)
    assert [""] * len(Action) == [hook_of(case, said(action, urgency)) for action in Action]


@pytest.mark.parametrize("hook", sorted(CHART_HOOKS))
def test_an_information_on_an_order_that_begins_later_was_told_as_it_was_signed(hook: str) -> None:
    assert "order-sign" == hook_of(call(hook), said(Action.INFORM, Urgency.INFO))
    assert "" == hook_of(call(hook), said(Action.REVIEW, Urgency.WARNING))


@pytest.mark.parametrize("hook", HOOKS)
def test_a_site_that_is_served_on_one_hook_hears_everything_on_it(hook: str) -> None:
    alone = call(hook, frozenset({hook}))
    every = [said(action, urgency) for action in Action for urgency in Urgency]
    assert [""] * len(every) == [hook_of(alone, each) for each in every]


def test_a_renewal_that_is_chosen_leaves_what_is_not_about_its_dose_to_the_signature() -> None:
    chosen = call("order-select")
    assert "order-sign" == hook_of(chosen, said())
    assert "order-sign" == hook_of(chosen, said(Action.ORDER_LAB, Urgency.INFO))
    assert "" == hook_of(chosen, said(order="MedicationRequest/own")) == hook_of(chosen, said(), renews=False)
    assert "" == hook_of(chosen, said(Action.RESUME_SAME, Urgency.INFO, order="MedicationRequest/own"))
    assert "" == hook_of(chosen, said(Action.REDUCE)) == hook_of(chosen, said(Action.REQUEST_DATA))
    assert "order-sign" == hook_of(chosen, said(Action.REQUEST_DATA, check="pregnancy-prevention"))


@pytest.mark.parametrize(
    ("inputs", "authored_at", "expected"),
    [
        (EARLIER, None, "order-sign"),
        ((), None, "order-sign"),
        ((Input("platelets", "60", on=TODAY),), None, ""),
        ((Input("platelets", "60", on=TODAY, at=datetime.fromisoformat(NOON)),), None, ""),
        ((Input("platelets", "60", on=TODAY, at=datetime.fromisoformat(NOON)),), "2026-01-26T11:59:59+00:00", ""),
        ((Input("platelets", "60", on=TODAY, at=datetime.fromisoformat(NOON)),), NOON, "order-sign"),
        ((*EARLIER, Input("platelets", "60", on=TODAY)), NOON, ""),
    ],
)
def test_an_order_sent_out_is_not_asked_again_about_what_its_signer_could_read(
    inputs: Sequence[Input], authored_at: str | None, expected: str
) -> None:
    at = datetime.fromisoformat(authored_at) if authored_at else None
    assert expected == hook_of(call("order-dispatch", authored_at=at), said(inputs=tuple(inputs)))


def test_an_order_signed_on_another_day_is_asked_about_again_and_so_is_what_is_missing() -> None:
    earlier = call("order-dispatch")
    older: MedicationRecord = replace(earlier.orders[0], authored_on=date(2026, 1, 25))
    assert "" == hook_of(replace(earlier, orders=(older,)), said())
    assert "" == hook_of(replace(earlier, orders=(older, *earlier.orders)), said())
    assert "" == hook_of(replace(earlier, signed=frozenset()), said()) == hook_of(replace(earlier, orders=()), said())
    for fact, expected in (("creatinine", "order-sign"), ("platelets", "")):
        asked = said(Action.REQUEST_DATA, missing=(Missing(fact, "no result was sent"),))
        assert expected == hook_of(earlier, asked)
    assert "" == hook_of(earlier, said(Action.REQUEST_DATA))


def test_each_row_leaves_to_a_hook_that_is_not_its_own_and_says_why() -> None:
    assert [] == [row.why for row in MOMENTS if row.left_to in row.hooks or not row.hooks <= SERVED or not row.which]
    assert len(MOMENTS) == len({row.why for row in MOMENTS}) > len(TABLE)
