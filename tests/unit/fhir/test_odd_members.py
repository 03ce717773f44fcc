"""Members that are null or of another type: read where that is safe, else said; never as if nothing had been there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cds_service.fhir.decode import Resource, Unreadable, decode, number
from cds_service.fhir.observation_values import Observation
from tests.support.application import client
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.resources import Json

FIXTURES = Path(__file__).parents[3] / "fhir_fixtures"


def request_of(case: str) -> Json:
    read: Json = json.loads((FIXTURES / case / "request.json").read_text(encoding="utf-8"))
    return read


def cards(request: Json) -> list[Json]:
    """The cards of a request on 2026-01-26 in the US."""
    ehr = Ehr(FlaskTransport(client(jurisdiction="US", today="2026-01-26")), "2026-01-26")
    found: list[Json] = ehr.send(request, f"lenalidomide-{request['hook']}").json["cards"]
    return found


def current_order(request: Json) -> Json:
    entry: Json = request["prefetch"]["medicationRequests"]["entry"][0]["resource"]
    return entry


def with_condition(request: Json, **members: Any) -> Json:
    """The request with an active pregnancy on file, changed; a member that is `...` is taken out."""
    condition = {
        "resourceType": "Condition",
        "id": "pregnancy",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z33.1"}]},
        "subject": {"reference": f"Patient/{request['context']['patientId']}"},
    } | members
    kept = {name: value for name, value in condition.items() if value is not ...}
    request["prefetch"]["conditions"]["entry"].append({"resource": kept})
    return request


def test_null_is_a_member_that_is_not_there_and_numbers_keep_their_digits() -> None:
    text = b'{"resourceType":"Observation","id":null,"code":{"text":null},"valueQuantity":{"value":1.10,"unit":null}}'
    read = decode(text, Observation)
    assert ("", "", "1.10") == (read.id, read.code.text, str(number(read.valueQuantity.value)))  # type: ignore[union-attr]


def test_other_wrong_types_stay_unreadable() -> None:
    with pytest.raises(Unreadable):
        decode(b'{"resourceType":"Observation","id":5,"x":null}', Resource)


NULL_DISPLAY = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z33.1", "display": None}]}


@pytest.mark.parametrize(
    "members",
    [
        *(
            {},
            {"recordedDate": None},
            {"recordedDate": 5},
            {"code": NULL_DISPLAY},
            {"meta": "x"},
            {"id": {"$oid": "5"}},
        ),
        {"resourceType": "condition"},
    ],
)
def test_a_pregnancy_with_an_odd_member_forbids_a_start(members: Json) -> None:
    (card,) = cards(with_condition(request_of("start-as-ordered"), **members))
    assert "critical" == card["indicator"]


@pytest.mark.parametrize(
    "members",
    [{"onsetPeriod": [5, 6]}, {"subject": {"reference": "Patient/another"}}],
)
@pytest.mark.parametrize("case", ["start-as-ordered", "cbc-not-due-week-3"])
def test_a_condition_that_is_not_read_or_not_taken_is_said(members: Json, case: str) -> None:
    assert [] == cards(request_of(case))
    (card,) = cards(with_condition(request_of(case), **members))
    assert ("warning", True) == (card["indicator"], "conditions" in card["summary"])


@pytest.mark.parametrize(
    "members",
    [
        {"subject": ...},
        {"subject": {"identifier": {"value": "1"}}},
        {"subject": {"reference": "urn:uuid:7"}},
        {"subject": {"reference": "#p"}},
        {"modifierExtension": [{"url": "urn:x"}]},
    ],
)
@pytest.mark.parametrize("case", ["start-as-ordered", "cbc-not-due-week-3"])
def test_a_pregnancy_in_doubt_is_asked_about_as_gravely_as_one_that_is_certain(members: Json, case: str) -> None:
    (card, *_) = cards(with_condition(request_of(case), **members))
    doubt = "qualifier" if "modifierExtension" in members else "patient"
    assert ("critical", True) == (card["indicator"], doubt in card["summary"] + card["detail"])


@pytest.mark.parametrize(
    "members",
    [
        {"status": None},
        {"status": "Active"},
        {"status": ["active"]},
        {"intent": "Order"},
        {"authoredOn": None},
        {"id": 5},
        {"meta": {"lastUpdated": {"$date": "2026-01-05"}}},
        {"contained": {}},
    ],
)
def test_an_order_on_file_with_an_odd_status_or_a_null_is_still_taken(members: Json) -> None:
    request = request_of("renewal-to-be-held")
    current_order(request).update(members)
    assert "hold lenalidomide" in cards(request)[0]["summary"]


@pytest.mark.parametrize("members", [{"subject": None}, {"effectivePeriod": [5, 6]}, {"doNotPerform": 5}])
@pytest.mark.parametrize("case", ["renewal-to-be-held", "platelets-49999-week-3"])
def test_an_order_on_file_that_is_not_read_counts_as_a_dose_that_is_not_known(members: Json, case: str) -> None:
    request = request_of(case)
    current_order(request).update(members)
    shown = cards(request)
    said = " ".join(card["summary"] for card in shown)
    assert "current dose" in said.lower()
    assert "before start" not in said
    assert any("lenalidomide" in card["detail"].lower() and "order" in card["detail"] for card in shown)


def test_an_order_on_file_of_another_patient_is_said_when_the_chart_is_opened() -> None:
    request = request_of("platelets-49999-week-3")
    current_order(request)["subject"] = {"reference": "Patient/another"}
    (card,) = cards(request)
    assert "name another patient" in card["summary"]


def test_a_supply_whose_unit_is_a_list_fails_nothing() -> None:
    request = request_of("kidney-29-90")
    draft = request["context"]["draftOrders"]["entry"][0]["resource"]
    draft.setdefault("dispenseRequest", {})["expectedSupplyDuration"] = {"value": 28, "code": ["d"]}
    assert cards(request)


@pytest.mark.parametrize(
    ("baseline", "indicator"), [(180_000, "critical"), (100_000, "critical"), (99_999, "critical"), (90_000, "warning")]
)
def test_a_baseline_that_cannot_be_used_is_asked_about_as_gravely_as_if_it_were_believed(
    baseline: int, indicator: str
) -> None:
    request = request_of("platelets-49999-week-3")
    for answer in request["prefetch"].values():
        for entry in answer.get("entry", ()) if isinstance(answer, dict) else ():
            if entry["resource"].get("id") == "baseline-plt":
                entry["resource"] |= {"status": "in-review"}
                entry["resource"]["valueQuantity"]["value"] = baseline
    asked = [card for card in cards(request) if "baseline" in card["summary"]]
    assert [indicator] == [card["indicator"] for card in asked]
