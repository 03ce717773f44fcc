"""Do order, repetition, unit and withdrawn results leave a whole call as they should?"""

from __future__ import annotations

import copy
import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.patients import LAWS, Patient, patients, vignette
from tests.support.application import client
from tests.support.card_checks import check_response
from tests.support.chart import Chart, build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.judgement import recommendation
from tests.support.resources import Json, quantity

TODAY = "2026-11-20"
OTHER_UNITS = {"/uL": ("10*9/L", "0.001", 0), "mg/dL": ("umol/L", "88.4", 0), "kg": ("g", "1000", 0),
               "Cel": ("[degF]", "1.8", 32)}  # fmt: skip
"""Another unit for each, what one of the old is in it, and where its zero lies."""
each_law = pytest.mark.parametrize("law", LAWS)


def _call(chart: Chart, law: str, request: Json | None = None) -> tuple[Json, Json]:
    ehr = Ehr(FlaskTransport(client(jurisdiction=law, today=TODAY)), TODAY)
    schedule = "once daily" if law == "US" else "days 1-21 of 28"
    request = request or ehr.request("order-sign", chart, [ehr.draft(chart, 10, schedule)])
    answer = ehr.send(request, "lenalidomide-order-sign").json
    assert [] == check_response(answer)
    return request, answer


def _decided(answer: Json) -> list[str]:
    said = [recommendation(card) for card in answer["cards"]]
    return sorted(f"{s['action']} {s['rules']} {s.get('dose')} {s.get('nextCbcDue')}" for s in said)


@each_law
@given(patients, st.integers(0, 2**32))
def test_the_order_and_repetition_of_resources_do_not_matter(law: str, one: Patient, seed: int) -> None:
    one = replace(one, law=law)
    request, answer = _call(build_chart(vignette(one, TODAY)), law)
    other = copy.deepcopy(request)
    for bundle in other["prefetch"].values():
        if isinstance(bundle, dict) and bundle.get("entry"):
            bundle["entry"] += copy.deepcopy(bundle["entry"][:2])
            bundle.pop("total", None)
            random.Random(seed).shuffle(bundle["entry"])
    assert answer["cards"] == _call(Chart("any"), law, other)[1]["cards"]


@each_law
@given(patients)
def test_the_unit_of_a_result_does_not_matter(law: str, one: Patient) -> None:
    one = replace(one, law=law)
    chart = build_chart(vignette(one, TODAY))
    other = copy.deepcopy(chart)
    for resource in other.of("Observation"):
        value = resource.get("valueQuantity", {})
        # Under a unit of single cells so few may be thousands, and are asked about; under one of thousands they are what they say.
        is_small = value.get("unit") == "/uL" and value["value"] < (2000 if "plt" in resource["id"] else 100)
        if value.get("unit") in OTHER_UNITS and not is_small:
            unit, factor, zero = OTHER_UNITS[value["unit"]]
            number = Decimal(str(value["value"])) * Decimal(factor) + zero
            resource["valueQuantity"] = quantity(float(number), unit)
    assert _decided(_call(chart, law)[1]) == _decided(_call(other, law)[1])


@each_law
@given(patients, st.sampled_from(("plt-", "anc-", "temp-", "weight", "creatinine")))
def test_a_result_entered_in_error_is_as_if_it_were_not_there(law: str, one: Patient, kind: str) -> None:
    one = replace(one, law=law)
    chart = build_chart(vignette(one, TODAY))
    found = [r for r in chart.of("Observation") if r["id"].startswith(kind)]
    newest = [r["id"] for r in found if r["effectiveDateTime"] == max(r["effectiveDateTime"] for r in found)]
    withdrawn = copy.deepcopy(chart)
    for resource in withdrawn.of("Observation"):
        if resource["id"] in newest:
            resource["status"] = "entered-in-error"
    assert _decided(_call(chart.without(*newest), law)[1]) == _decided(_call(withdrawn, law)[1])
