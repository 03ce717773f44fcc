"""Orders as they are written in the field, in whole requests: quantities, cycles, plans for later."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.application import client
from tests.support.chart import Chart, build_chart
from tests.support.ehr import Ehr, FlaskTransport, apply
from tests.support.resources import Json, lenalidomide_order
from tests.support.vignettes import counts, vignette

TODAY = "2026-01-26"
NAME = "org.cds-service.recommendation"


def _ehr(jurisdiction: str = "US") -> Ehr:
    return Ehr(FlaskTransport(client(jurisdiction=jurisdiction, today=TODAY)), TODAY)


def _chart(platelets: int = 180000, **changes: Any) -> Chart:
    return build_chart(vignette(TODAY, counts(TODAY, platelets, 2400), **changes))


def _rules(cards: list[Json]) -> list[str]:
    return [rule for card in cards for rule in card["extension"][NAME]["rules"]]


@pytest.mark.parametrize(("capsules", "reviewed"), [(28, False), (56, True)])
@pytest.mark.parametrize("days", [{}, {"expectedSupplyDuration": {"value": 28, "unit": "d"}}])
def test_a_quantity_that_lasts_longer_than_28_days_is_reviewed(capsules: int, reviewed: bool, days: Json) -> None:
    ehr, chart = _ehr(), _chart(therapy=None, baseline=None)
    request = {"quantity": {"value": capsules, "unit": "capsule"}, **days}
    cards = ehr.call("order-sign", chart, [{**ehr.draft(chart, 10, "once daily"), "dispenseRequest": request}]).cards
    assert reviewed is ("US-REMS-RX" in _rules(cards))


def test_the_order_suggested_for_a_cycle_is_bounded_supplied_for_it_and_accepted_by_the_service_itself() -> None:
    ehr, chart = _ehr("EU"), _chart(therapy=None, baseline=None)
    draft = ehr.draft(chart, 10, "once daily")
    draft["dispenseRequest"]["quantity"] = {"value": 28, "unit": "capsule"}
    card = next(c for c in ehr.call("order-sign", chart, [draft]).cards if c.get("suggestions"))
    (after,) = apply(card["suggestions"][0], [draft], chart)
    instruction, supply = after["dosageInstruction"][0], after["dispenseRequest"]
    assert (21, 21, 28) == (
        instruction["timing"]["repeat"]["boundsDuration"]["value"],
        supply["quantity"]["value"],
        supply["expectedSupplyDuration"]["value"],
    )
    assert "days 1-21 of 28" in instruction["text"]
    assert [] == [c for c in ehr.call("order-sign", chart, [after]).cards if c["indicator"] != "info"]


@pytest.mark.parametrize(("start", "said"), [("2026-01-05", "hold or continue?"), ("2026-02-02", "before start")])
def test_an_order_that_begins_later_is_no_treatment_yet(start: str, said: str) -> None:
    chart = _chart(20000, therapy=None)
    chart.add(
        lenalidomide_order(
            chart.patient_id, "planned", 10, "once daily", status="active", start=start, authored="2026-01-05"
        )
    )
    assert any(said in card["summary"] for card in _ehr().call("patient-view", chart).cards)
