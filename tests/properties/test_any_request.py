"""Do order, repetition, unit and withdrawn results leave a whole call as they should?"""

from __future__ import annotations

import copy
import random

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.patients import Patient, patients, vignette
from tests.support.application import client
from tests.support.card_checks import check_response
from tests.support.chart import Chart, build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.judgement import recommendation
from tests.support.resources import Json, quantity

TODAY = "2026-11-20"


def _call(chart: Chart, request: Json | None = None) -> tuple[Json, Json]:
    ehr = Ehr(FlaskTransport(client(jurisdiction="US", today=TODAY)), TODAY)
    request = request or ehr.request("order-sign", chart, [ehr.draft(chart, 10, "once daily")])
    answer = ehr.send(request, "lenalidomide-order-sign").json
    assert [] == check_response(answer)
    return request, answer


def _decided(answer: Json) -> list[str]:
    said = [recommendation(card) for card in answer["cards"]]
    return sorted(f"{s['action']} {s['rules']} {s.get('dose')} {s.get('nextCbcDue')}" for s in said)


@given(patients, st.integers(0, 2**32))
def test_the_order_and_repetition_of_resources_do_not_matter(one: Patient, seed: int) -> None:
    request, answer = _call(build_chart(vignette(one, TODAY)))
    other = copy.deepcopy(request)
    for bundle in other["prefetch"].values():
        if isinstance(bundle, dict) and bundle.get("entry"):
            bundle["entry"] += copy.deepcopy(bundle["entry"][:2])
            bundle.pop("total", None)
            random.Random(seed).shuffle(bundle["entry"])
    assert answer["cards"] == _call(Chart("any"), other)[1]["cards"]


@given(patients)
def test_the_unit_of_a_count_does_not_matter(one: Patient) -> None:
    chart = build_chart(vignette(one, TODAY))
    other = copy.deepcopy(chart)
    for resource in other.of("Observation"):
        value = resource.get("valueQuantity", {})
        if value.get("unit") == "/uL":
            resource["valueQuantity"] = quantity(value["value"] / 1000, "10*9/L")
    assert _decided(_call(chart)[1]) == _decided(_call(other)[1])


@given(patients)
def test_a_result_entered_in_error_is_as_if_it_were_not_there(one: Patient) -> None:
    chart = build_chart(vignette(one, TODAY))
    newest = [
        r["id"] for r in chart.of("Observation") if r["id"].startswith("plt-") and r["effectiveDateTime"] == TODAY
    ]
    withdrawn = copy.deepcopy(chart)
    for resource in withdrawn.of("Observation"):
        if resource["id"] in newest:
            resource["status"] = "entered-in-error"
    assert _decided(_call(chart.without(*newest))[1]) == _decided(_call(withdrawn)[1])
