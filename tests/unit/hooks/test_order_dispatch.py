"""Are the orders that a call only names found, judged before they are given, and never passed over unseen?"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest

from cds_service.cdshooks.card import encode
from cds_service.cdshooks.request import parse_request
from cds_service.errors import DataUnobtainable
from cds_service.fhir.client import FhirClient
from cds_service.fhir.fetch_result import NOT_FOUND, FetchResult
from cds_service.hooks.obtain import Fetcher
from cds_service.hooks.pipeline import Pipeline
from cds_service.settings import Settings
from tests.support.application import client
from tests.support.calls import TODAY
from tests.support.chart import Chart, build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.fhir_server import fhir_server
from tests.support.resources import Json, comedication, lenalidomide_order
from tests.support.vignettes import counts, vignette, weekly_counts

NAME = "org.cds-service.recommendation"
HOOK = "order-dispatch"
SERVICE = f"lenalidomide-{HOOK}"
DAY = str(TODAY)


def ehr() -> Ehr:
    return Ehr(FlaskTransport(client(jurisdiction="US", today=DAY)), DAY)


def chart_of(platelets: int = 150000, **changes: Any) -> Chart:
    """A patient in week 3 whose chart holds the next order too: written today, signed, not dispensed yet."""
    labs = weekly_counts("2026-01-12", 2) + counts(DAY, platelets, 2000)
    chart = build_chart(vignette(DAY, labs, **changes))
    chart.add(order(chart))
    return chart


def start_chart(creatinine: float = 0.8, platelets: int = 150000) -> Chart:
    """A patient whose first order was signed three days ago."""
    made = vignette(DAY, counts(DAY, platelets, 2000), therapy=None)
    made["patient"]["creatinine"] = {"value": creatinine, "unit": "mg/dL", "date": "2026-01-20"}
    chart = build_chart(made)
    chart.add(order(chart, authored="2026-01-23"))
    return chart


def order(chart: Chart, identifier: str = "signed-1", **more: Any) -> Json:
    supply = {"numberOfRepeatsAllowed": 0, "expectedSupplyDuration": {"value": 28, "unit": "d"}}
    members = {"status": "active", "authored": DAY, "dispenseRequest": supply, **more}
    return lenalidomide_order(chart.patient_id, identifier, 10, "once daily", start=None, **members)


def request_of(chart: Chart, *references: str) -> Json:
    """The call that sends these orders out; the chart's own next order when none is named."""
    made = ehr().request(HOOK, chart)
    made["context"]["dispatchedOrders"] = list(references or ["MedicationRequest/signed-1"])
    return made


def cards(request: Json) -> list[Json]:
    return ehr().send(request, SERVICE).cards


def decisions(found: list[Json]) -> list[Json]:
    return [card["extension"][NAME] for card in found]


def actions(request: Json) -> list[str]:
    return [one["action"] for one in decisions(cards(request))]


class Server:
    """A FHIR server that holds these resources alone, and remembers what it was asked for."""

    def __init__(self, *resources: Json) -> None:
        self.held = {f"{one['resourceType']}/{one['id']}": one for one in resources}
        self.asked: list[str] = []

    def fetch(self, server: str, token: str | None, queries: Mapping[str, str]) -> Mapping[str, FetchResult]:
        self.asked += queries.values()
        return {key: self._answer(query) for key, query in queries.items()}

    def _answer(self, query: str) -> FetchResult:
        found = self.held.get(query)
        return FetchResult((json.dumps(found).encode(),)) if found else FetchResult(failure=NOT_FOUND)


def answered(request: Json, fetcher: Fetcher, address: str = "https://ehr.example.org") -> list[Json]:
    """The decisions where the caller gave access to a server."""
    engine = Pipeline(Settings(mode="demo", auth="none", jurisdiction="US", today=TODAY), fetcher=fetcher)
    service = next(one for one in engine.services() if one.id == SERVICE)
    whole = {**request, "fhirServer": f"{address}/fhir"}
    result = engine.answer(service, parse_request(json.dumps(whole).encode(), service), None)
    return decisions(json.loads(encode(result.cards))["cards"])


def test_an_order_that_is_to_be_held_is_set_on_hold_and_never_removed() -> None:
    (card,) = cards(request_of(chart_of(42000)))
    (suggestion,) = card["suggestions"]
    changed, on_file, ordered = suggestion["actions"]
    assert ("update", "order-current") == (on_file["type"], on_file["resource"]["id"])
    assert "hold" == card["extension"][NAME]["action"]
    assert "Hold lenalidomide: put this order and the active one on hold, order a CBC" == suggestion["label"]
    assert ("update", "signed-1", "on-hold") == (
        changed["type"],
        changed["resource"]["id"],
        changed["resource"]["status"],
    )
    assert ("create", "ServiceRequest") == (ordered["type"], ordered["resource"]["resourceType"])


def test_the_next_order_of_a_patient_whose_counts_are_well_needs_no_card() -> None:
    assert [] == cards(request_of(chart_of()))


def test_the_first_order_is_judged_as_a_start_and_its_dose_is_left_to_a_new_order() -> None:
    (card,) = cards(request_of(start_chart(creatinine=1.3)))
    assert ("start", 5) == (card["extension"][NAME]["action"], card["extension"][NAME]["dose"]["mg"])
    assert "suggestions" not in card
    assert "it is signed already: stop it and write a new order" in card["detail"]


@pytest.mark.parametrize(("written", "action"), [("2025-12-28", "hold"), ("2025-12-29", "review")])
def test_an_order_written_more_than_four_weeks_ago_is_a_sign_of_treatment(written: str, action: str) -> None:
    chart = start_chart(platelets=20000)
    chart.resources[-1] = order(chart, authored=written)
    assert [action] == actions(request_of(chart))


@pytest.mark.parametrize(
    "reference",
    [
        "MedicationRequest/signed-1/_history/2",
        "https://ehr.example.org/fhir/MedicationRequest/signed-1",
        "signed-1",
        "urn:uuid:signed-1",
    ],
)
def test_an_order_is_found_however_it_is_named(reference: str) -> None:
    assert ["hold"] == actions(request_of(chart_of(42000), reference))


@pytest.mark.row("HOOK-5")
@pytest.mark.parametrize("name", ["order", "dispatched-orders"])
def test_older_names_of_the_field_are_understood(name: str) -> None:
    request = request_of(chart_of(42000))
    references = request["context"].pop("dispatchedOrders")
    request["context"][name] = references[0] if name == "order" else references
    assert ["hold"] == actions(request)


@pytest.mark.row("HOOK-1")
def test_orders_of_other_kinds_and_tasks_are_of_no_concern_and_nothing_is_fetched() -> None:
    request = request_of(chart_of(42000), "ServiceRequest/mri", "NutritionOrder/2")
    task = {"resourceType": "Task", "focus": {"reference": "ServiceRequest/mri"}, "description": "lenalidomide"}
    request["context"]["fulfillmentTasks"] = [task, "no task at all"]
    request["prefetch"] = {}
    server = Server()
    assert [] == answered(request, server)
    assert [] == server.asked


def test_an_order_of_another_drug_needs_no_card() -> None:
    chart = chart_of(42000)
    chart.add(comedication(chart.patient_id, "aspirin", "aspirin", "1191", DAY))
    assert [] == cards(request_of(chart, "MedicationRequest/aspirin"))


@pytest.mark.row("HOOK-1 PD-2")
def test_an_order_that_is_not_in_the_prefetch_is_read_from_the_server() -> None:
    chart = chart_of(42000)
    request = request_of(chart.without("signed-1"))
    server = Server(order(chart))
    assert ["hold"] == [one["action"] for one in answered(request, server)]
    assert ["MedicationRequest/signed-1"] == server.asked


@pytest.mark.parametrize(("status", "action"), [(200, "hold"), (403, "request-data"), (404, "request-data")])
def test_an_order_is_read_over_http_and_where_that_fails_it_is_said(status: int, action: str) -> None:
    chart = chart_of(42000)
    request = request_of(chart.without("signed-1"))
    with fhir_server(lambda handler: handler.reply(status, order(chart))) as server:
        found = answered(request, FhirClient([server.origin]), server.origin)
        assert ["/fhir/MedicationRequest/signed-1"] == [path for _, path, _, _ in server.seen]
    assert action in [one["action"] for one in found]


def test_the_medication_behind_an_order_is_read_too() -> None:
    chart = chart_of(42000)
    signed = order(chart)
    code = signed.pop("medicationCodeableConcept")
    signed["medicationReference"] = {"reference": "Medication/capsule"}
    server = Server({"resourceType": "Medication", "id": "capsule", "code": code})
    changed = chart.without("signed-1")
    changed.add(signed)
    assert ["hold"] == [one["action"] for one in answered(request_of(changed), server)]
    assert ["Medication/capsule"] == server.asked


def test_an_order_that_nobody_can_see_is_said_on_the_card_of_a_patient_on_the_drug() -> None:
    request = request_of(chart_of().without("signed-1"))
    (found,) = decisions(cards(request))
    assert "request-data" == found["action"]
    assert ["an order of this call, or its drug, could not be seen"] == [m["reason"] for m in found["missing"]]
    assert "request-data" in [one["action"] for one in answered(request, Server())]


@pytest.mark.row("HOOK-1 PD-8")
def test_an_order_that_nobody_can_see_is_412_where_nothing_shows_the_drug() -> None:
    request = request_of(start_chart().without("signed-1"))
    answer = ehr().send(request, SERVICE)
    assert 412 == answer.status
    assert "medicationRequests" in answer.body.decode()
    assert "signed-1" not in answer.body.decode()
    with pytest.raises(DataUnobtainable):
        answered(request, Server())


@pytest.mark.parametrize("medication", [{"reference": "Medication/unknown"}, {}, 7, None])
def test_an_order_whose_medication_nobody_can_see_is_412_where_nothing_shows_the_drug(medication: object) -> None:
    chart = start_chart()
    chart.resources[-1].pop("medicationCodeableConcept")
    chart.resources[-1]["medicationReference"] = medication
    assert 412 == ehr().send(request_of(chart), SERVICE).status


@pytest.mark.parametrize("status", ["on-hold", "stopped", "completed", "cancelled", "entered-in-error"])
def test_an_order_that_is_not_to_be_given_is_said(status: str) -> None:
    chart = chart_of()
    chart.resources[-1]["status"] = status
    said = [m["reason"] for one in decisions(cards(request_of(chart))) for m in one.get("missing", ())]
    assert [True] == [status in reason for reason in said if "sent out" in reason]


def test_an_order_of_another_patient_is_refused_and_said() -> None:
    chart = chart_of()
    request = request_of(chart)
    for entry in request["prefetch"]["medicationRequests"]["entry"]:
        if entry["resource"]["id"] == "signed-1":
            entry["resource"]["subject"] = {"reference": "Patient/somebody-else"}
    assert "request-data" in actions(request)


def test_an_order_whose_dose_cannot_be_read_is_asked_about() -> None:
    chart = chart_of()
    chart.resources[-1]["dosageInstruction"] = "ten milligrams"
    assert "request-data" in actions(request_of(chart))


@pytest.mark.parametrize(
    "reference", ["Medication/capsule", "urn:uuid:capsule", "https://ehr.example.org/Medication/capsule"]
)
def test_an_order_that_cannot_be_read_is_said_also_where_a_medication_alone_names_its_drug(reference: str) -> None:
    chart = start_chart()
    signed = chart.resources[-1]
    code = signed.pop("medicationCodeableConcept")
    signed |= {"medicationReference": {"reference": reference}, "doNotPerform": 1}
    request = request_of(chart)
    medication = {"resourceType": "Medication", "id": "capsule", "code": code}
    request["prefetch"]["medicationRequests"]["entry"].append({"resource": medication})
    (found,) = decisions(cards(request))
    assert ["a medication resource could not be read"] == [m["reason"] for m in found["missing"]]
    request["prefetch"]["medicationRequests"]["entry"].pop()
    assert 412 == ehr().send(request, SERVICE).status


@pytest.mark.parametrize("key", ["medicationRequests", "medicationStatements", "platelets", "neutrophils", "patient"])
def test_what_is_required_and_cannot_be_obtained_is_412(key: str) -> None:
    request = request_of(chart_of())
    del request["prefetch"][key]
    answer = ehr().send(request, SERVICE)
    assert (412, True) == (answer.status, key in answer.body.decode())


def test_no_dotted_reference_is_read() -> None:
    server = Server()
    request = copy.deepcopy(
        request_of(chart_of(), "MedicationRequest/..", "https://elsewhere.example.org/MedicationRequest/1")
    )
    answered(request, server)
    assert [] == server.asked
