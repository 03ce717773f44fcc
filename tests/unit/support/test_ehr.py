"""Does the simulated EHR answer searches and take advice as the standards say?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.chart import Chart, build_chart
from tests.support.ehr import Ehr, apply, resolve
from tests.support.examples import examples
from tests.support.resources import LOINC, concept, lenalidomide_order, observation, quantity

CONTEXT = {"patientId": "p"}


def _count(identifier: str, on: str, code: str = "777-3", who: str = "p") -> dict[str, Any]:
    return observation(who, identifier, code, "count", on, valueQuantity=quantity(150, "10*9/L"))


def _ids(bundle: Any) -> list[str]:
    return [entry["resource"]["id"] for entry in bundle.get("entry", ())]


@pytest.fixture
def chart() -> Chart:
    panel = {**_count("panel", "2026-01-03", "58410-2"), "component": [{"code": concept(LOINC, "777-3", "Platelets")}]}
    chart = Chart("p", [{"resourceType": "Patient", "id": "p"}])
    chart.add(_count("old", "2025-12-01"), _count("new", "2026-01-02"), _count("anc", "2026-01-02", "751-8"))
    chart.add(_count("other", "2026-01-04", who="q"), panel)
    return chart


def test_a_read_gives_the_resource_and_null_where_there_is_none(chart: Chart) -> None:
    assert {"resourceType": "Patient", "id": "p"} == resolve("Patient/{{context.patientId}}", CONTEXT, chart)
    assert None is resolve("Patient/{{context.patientId}}", {"patientId": "z"}, chart)


def test_a_search_finds_the_patients_resources_by_token_list_newest_first(chart: Chart) -> None:
    query = "Observation?patient={{context.patientId}}&code=http://loinc.org|777-3,http://loinc.org|751-8&_sort=-date"
    assert ["new", "anc", "old"] == _ids(resolve(query, CONTEXT, chart))


def test_a_combo_code_finds_a_component(chart: Chart) -> None:
    query = "Observation?subject=Patient/{{context.patientId}}&combo-code=http://loinc.org|777-3"
    assert ["old", "new", "panel"] == _ids(resolve(query, CONTEXT, chart))


def test_a_search_by_date_status_and_unknown_parameters(chart: Chart) -> None:
    query = "Observation?patient={{context.patientId}}&date=ge2026-01-01&status=final&code=777-3&odd=1"
    assert ["new"] == _ids(resolve(query, CONTEXT, chart))
    assert [] == _ids(resolve("Observation?patient={{context.patientId}}&category=vital-signs", CONTEXT, chart))


def test_a_search_without_result_is_an_empty_searchset(chart: Chart) -> None:
    empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    assert empty == resolve("Procedure?patient={{context.patientId}}", CONTEXT, chart)


def test_a_count_cuts_the_page_and_says_so(chart: Chart) -> None:
    bundle: Any = resolve("Observation?patient={{context.patientId}}&code=777-3&_count=1&_sort=-date", CONTEXT, chart)
    assert ["new"] == _ids(bundle)
    assert "next" == bundle["link"][0]["relation"]


def test_a_medication_reference_is_searched_by_the_code_it_names_and_included(chart: Chart) -> None:
    order = lenalidomide_order("p", "order", 10, "once daily", status="active", start="2026-01-05")
    product = order.pop("medicationCodeableConcept")
    order["medicationReference"] = {"reference": "Medication/m"}
    chart.add(order, {"resourceType": "Medication", "id": "m", "code": product})
    code = "http://www.nlm.nih.gov/research/umls/rxnorm|602910"
    query = f"MedicationRequest?patient={{{{context.patientId}}}}&code={code}&_include=MedicationRequest:medication"
    assert ["order", "m"] == _ids(resolve(query, CONTEXT, chart))


class _Discovery:
    """A service that only lists itself."""

    def get(self, path: str) -> tuple[int, bytes]:
        return 200, (
            b'{"services": [{"hook": "order-select", "id": "s", "prefetch": '
            b'{"patient": "Patient/{{context.patientId}}"}}]}'
        )

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        return 200, b'{"cards": []}'


def test_a_request_of_order_select_holds_the_draft_its_selection_and_the_prefetch(chart: Chart) -> None:
    ehr = Ehr(_Discovery(), "2026-01-05")
    draft = ehr.draft(chart, 10, "days 1-21 of 28")
    request = ehr.request("order-select", chart, [draft])
    assert ["MedicationRequest/draft-1"] == request["context"]["selections"]
    assert [draft] == [entry["resource"] for entry in request["context"]["draftOrders"]["entry"]]
    assert request["prefetch"] == {"patient": {"resourceType": "Patient", "id": "p"}}
    assert "draft" == draft["status"]
    assert "21 of 28" in draft["dosageInstruction"][0]["text"]
    assert [] == ehr.call("order-select", chart, [draft]).cards


def test_a_suggestion_deletes_creates_and_updates_as_a_transaction(chart: Chart) -> None:
    drafts = [{"resourceType": "MedicationRequest", "id": "a"}, {"resourceType": "MedicationRequest", "id": "b"}]
    suggestion = {
        "actions": [
            {"type": "update", "resource": {"resourceType": "MedicationRequest", "id": "b", "status": "draft"}},
            {"type": "create", "resource": {"resourceType": "ServiceRequest"}},
            {"type": "delete", "resourceId": "MedicationRequest/a"},
        ]
    }
    after = apply(suggestion, drafts, chart)
    assert ["b", "created-2"] == [draft["id"] for draft in after]
    assert "draft" == after[0]["status"]
    assert ["a", "b"] == [draft["id"] for draft in drafts]


def test_a_suggestion_about_a_resource_nobody_has_fails(chart: Chart) -> None:
    with pytest.raises(AssertionError):
        apply({"actions": [{"type": "delete", "resourceId": "MedicationRequest/none"}]}, [], chart)


def test_the_chart_of_a_lowered_dose_holds_both_orders() -> None:
    orders = build_chart(examples("examples.yaml")["US-P29"]).of("MedicationRequest")
    assert [
        (order["status"], order["dosageInstruction"][0]["timing"]["repeat"]["boundsPeriod"].get("end"))
        for order in orders
    ] == [("stopped", "2026-02-21"), ("active", None)]


def test_the_chart_of_an_unknown_start_has_no_date_on_the_order() -> None:
    (order,) = build_chart(examples("examples.yaml")["IN-05"]).of("MedicationRequest")
    assert "authoredOn" not in order
    assert "boundsPeriod" not in order["dosageInstruction"][0]["timing"]["repeat"]


def test_a_transfusion_dependent_patient_had_four_units_in_the_eight_weeks_before() -> None:
    procedures = build_chart(examples("examples.yaml")["US-P01"]).of("Procedure")
    dates = [p["performedDateTime"] for p in procedures if p["code"]["coding"][0]["code"] == "116863004"]
    assert 4 == len([on for on in dates if "2025-11-10" <= on < "2026-01-05"])
