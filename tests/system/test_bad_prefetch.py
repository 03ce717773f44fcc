"""Prefetch that is swapped, empty, wrong or not there: a clear 412 or a card that says so, never silence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.broken_calls import is_clear_refusal, send, signing
from tests.support.card_checks import check_response
from tests.support.chart import Chart
from tests.support.judgement import recommendation
from tests.system.test_ehr_loop import STYLES, in_mg, renal_start


# ------------------------------------------------------------------ bodies
@pytest.mark.parametrize("key", ["platelets", "neutrophils", "medicationRequests"])
def test_a_bundle_in_a_bundle_of_results_is_not_silence(key: str) -> None:
    _, _, request = signing(renal_start())
    bundle = request["prefetch"][key]
    request["prefetch"][key] = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": bundle}]}
    status, answer = send(request)
    assert is_clear_refusal(status, answer) or (200 == status and answer["cards"]), answer


# ------------------------------------------------------------------ prefetch
def test_swapped_prefetch_keys_are_no_silence() -> None:
    _, _, request = signing()
    swapped = request["prefetch"]
    swapped["platelets"], swapped["patient"] = swapped["patient"], swapped["platelets"]
    status, answer = send(request)
    assert is_clear_refusal(status, answer) or (200 == status and answer["cards"]), answer


@pytest.mark.parametrize("key", ["platelets", "neutrophils"])
@pytest.mark.parametrize("value", [None, {"resourceType": "Bundle", "type": "searchset"}], ids=["null", "empty"])
def test_counts_that_are_not_on_record_are_asked_for(key: str, value: Any) -> None:
    _, _, request = signing(renal_start())
    request["prefetch"][key] = value
    request["prefetch"]["latestLaboratory"] = None  # which would hold the counts too
    status, answer = send(request)
    assert 200 == status
    assert "request-data" in {recommendation(c)["action"] for c in answer["cards"]}
    assert [] == [c for c in answer["cards"] if "dose" in recommendation(c)]


@pytest.mark.parametrize("key", ["patient", "platelets", "neutrophils", "medicationRequests", "medicationStatements"])
@pytest.mark.parametrize("value", ["text", 1, [], True, {"resourceType": "OperationOutcome", "issue": []}], ids=str)
def test_required_data_that_did_not_come_are_a_clear_412(key: str, value: Any) -> None:
    _, _, request = signing()
    request["prefetch"][key] = value
    status, answer = send(request)
    assert is_clear_refusal(status, answer)
    assert status in (400, 412)


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("key", ["conditions", "procedures", "laboratory", "vitals", "marrow"])
@pytest.mark.parametrize("value", [None, "text", {"resourceType": "Bundle", "entry": "x"}, "absent"], ids=str)
def test_a_start_without_helpful_data_is_never_silent(key: str, value: Any, style: str) -> None:
    _, _, request = signing(renal_start(), style)
    if value == "absent":
        del request["prefetch"][key]
    else:
        request["prefetch"][key] = value
    status, answer = send(request)
    assert status < 500
    if status == 200:
        assert answer["cards"]
        assert [] == check_response(answer)


def test_a_chart_of_nothing_but_the_patient_is_asked_about() -> None:
    ehr, chart, _ = signing()
    patient = Chart(chart.patient_id, [r for r in chart.resources if r["resourceType"] == "Patient"])
    cards = ehr.call("order-sign", patient, [in_mg(patient)]).cards
    assert "request-data" in {recommendation(c)["action"] for c in cards}
    assert [] == [c for c in cards if "dose" in recommendation(c)]
