"""Are the calls of a history those that an EHR would have made, and is what cannot be decided said?"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from cds_service.population.replayer import NO_PATIENT, TWO_PATIENTS, Plan, Replayer
from cds_service.population.results import PatientResult
from cds_service.settings import Settings
from tests.support import resources as make
from tests.support.resources import ICD10CM, Json, concept

SETTINGS = Settings(jurisdiction="US", auth="none", allow_anonymous=True, allow_unreviewed=True)
WHO = "p"


@pytest.fixture(scope="module")
def replayer() -> Replayer:
    return Replayer(Plan(SETTINGS))


def chart() -> list[Json]:
    """A woman of 75 with MDS del(5q): begun on 10 mg on 5 January, platelets of 40,000 on 19 January, goes on on 2 February."""
    disease = concept(ICD10CM, "D46.C", "Myelodysplastic syndrome with isolated del(5q)")
    return [
        {"resourceType": "Patient", "id": WHO, "gender": "female", "birthDate": "1950-03-01"},
        make.condition(WHO, "mds", disease, "2025-12-01", recordedDate="2025-12-01"),
        *counts("2025-12-30", 210_000, 2_400),
        make.observation(WHO, "crea", "2160-0", "Creatinine", "2025-12-30", valueQuantity=make.quantity(0.8, "mg/dL")),
        make.observation(WHO, "weight", "29463-7", "Body weight", "2025-12-30", valueQuantity=make.quantity(62, "kg")),
        order("first", "2026-01-05"),
        *counts("2026-01-12", 150_000, 2_100),
        *counts("2026-01-19", 40_000, 1_900),
        order("second", "2026-02-02"),
    ]


def counts(on: str, platelets: int, neutrophils: int) -> list[Json]:
    return [
        make.observation(WHO, f"{name}-{on}", code, name, on, valueQuantity=make.quantity(value, "/uL"))
        for name, code, value in (("plt", "777-3", platelets), ("anc", "751-8", neutrophils))
    ]


def order(identifier: str, on: str, **more: Any) -> Json:
    return {
        **make.lenalidomide_order(WHO, identifier, 10, "once daily", authored=on, start=on, status="active"),
        **more,
    }


def lines(resources: Iterable[Json]) -> list[bytes]:
    return [json.dumps(each).encode() for each in resources]


def replay(replayer: Replayer, resources: Iterable[Json]) -> PatientResult:
    result = replayer.replay(f"/{WHO}", lines(resources))
    assert result is not None
    return result


def calls(result: PatientResult) -> list[tuple[str, str]]:
    return [(decision.day, decision.hook) for decision in result.decisions]


def said(result: PatientResult, day: str, hook: str) -> list[str]:
    (decision,) = (d for d in result.decisions if (d.day, d.hook) == (day, hook))
    assert "" == decision.failure
    return [advice.action for advice in decision.advice]


def test_each_order_is_signed_on_its_day_and_the_chart_is_opened_on_each_news(replayer: Replayer) -> None:
    result = replay(replayer, chart())
    assert [
        ("2026-01-05", "order-sign"),
        ("2026-01-12", "patient-view"),
        ("2026-01-19", "patient-view"),
        ("2026-02-02", "order-sign"),
    ] == calls(result)
    assert "hold" in said(result, "2026-01-19", "patient-view")
    assert "hold" not in said(result, "2026-01-12", "patient-view"), (
        "what is known on the 19th was not known on the 12th"
    )
    assert ["10", "10"] == [d.ordered for d in result.decisions if d.hook == "order-sign"]


def test_what_no_rule_looks_at_is_no_news(replayer: Replayer) -> None:
    pulse = make.observation(
        WHO, "pulse", "8867-4", "Heart rate", "2026-01-14", valueQuantity=make.quantity(70, "/min")
    )
    visit = {"resourceType": "Encounter", "id": "visit", "subject": {"reference": f"Patient/{WHO}"}}
    assert calls(replay(replayer, chart())) == calls(replay(replayer, [*chart(), pulse, visit]))


def test_the_order_of_the_lines_means_nothing(replayer: Replayer) -> None:
    assert replay(replayer, chart()) == replay(replayer, list(reversed(chart())))


def test_two_strengths_of_one_day_are_one_call(replayer: Replayer) -> None:
    resources = [r for r in chart() if r["id"] != "second"]
    result = replay(replayer, [*resources, order("a", "2026-02-02"), order("b", "2026-02-02")])
    assert 1 == calls(result).count(("2026-02-02", "order-sign"))
    assert "20" == result.decisions[-1].ordered


@pytest.mark.parametrize("intent", ["plan", "proposal"])
def test_a_plan_is_not_signed(replayer: Replayer, intent: str) -> None:
    resources = [{**r, "intent": intent} if r["id"] == "second" else r for r in chart()]
    assert ("2026-02-02", "order-sign") not in calls(replay(replayer, resources))


def test_as_of_a_day_there_is_one_decision_on_what_was_known_then(replayer: Replayer) -> None:
    for day, expected in (("2026-01-20", True), ("2026-01-18", False)):
        result = replay(Replayer(Plan(SETTINGS, date.fromisoformat(day))), chart())
        assert [(day, "patient-view")] == calls(result)
        assert expected is ("hold" in said(result, day, "patient-view"))


def test_before_the_first_order_nothing_is_decided(replayer: Replayer) -> None:
    assert [] == replay(Replayer(Plan(SETTINGS, date(2026, 1, 1))), chart()).decisions


def test_somebody_without_the_drug_is_nobody_here(replayer: Replayer) -> None:
    assert replayer.replay(f"/{WHO}", lines(r for r in chart() if r["resourceType"] != "MedicationRequest")) is None


def test_the_drug_may_stand_in_a_medication_alone(replayer: Replayer) -> None:
    named = {"resourceType": "Medication", "id": "m1", "code": {"text": "Revlimid 10 mg capsules"}}

    def by_reference(resource: Json) -> Json:
        if resource["resourceType"] != "MedicationRequest":
            return resource
        rest = {k: v for k, v in resource.items() if not k.startswith("medication")}
        return {**rest, "medicationReference": {"reference": "Medication/m1"}}

    result = replay(replayer, [named, *map(by_reference, chart())])
    assert calls(replay(replayer, chart())) == calls(result)
    assert "hold" in said(result, "2026-01-19", "patient-view")


def test_whole_addresses_of_one_server_are_understood(replayer: Replayer) -> None:
    assert (
        replay(replayer, chart()).decisions == replay(replayer, addressed("https://north.example.org/fhir")).decisions
    )


def addressed(*servers: str) -> list[Json]:
    found = []
    for number, resource in enumerate(chart()):
        server = servers[number % len(servers)]
        member = {"subject": {"reference": f"{server}/Patient/{WHO}"}} if "subject" in resource else {}
        found.append({**resource, **member})
    return found


@pytest.mark.parametrize(
    ("resources", "why"),
    [
        (chart()[1:], NO_PATIENT),
        ([*chart(), {"resourceType": "Patient", "id": WHO, "gender": "male", "birthDate": "1961-01-01"}], TWO_PATIENTS),
        (addressed("https://north.example.org/fhir", "https://south.example.org/fhir"), TWO_PATIENTS),
    ],
)
def test_whoever_cannot_be_decided_is_set_aside_with_the_reason(
    replayer: Replayer, resources: list[Json], why: str
) -> None:
    result = replay(replayer, resources)
    assert (why, []) == (result.set_aside, result.decisions)


def test_a_birth_date_that_was_corrected_is_one_patient(replayer: Replayer) -> None:
    corrected = {
        **chart()[0],
        "birthDate": "1950-03-02",
        "meta": {"lastUpdated": "2026-01-02T00:00:00Z", "versionId": "2"},
    }
    assert "" == replay(replayer, [*chart(), corrected]).set_aside


def test_an_error_is_counted_and_never_silence(replayer: Replayer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds_service.hooks.pipeline.render", lambda *_: {}["no"])
    result = replay(replayer, chart())
    assert {"CDS-500 KeyError"} == {decision.failure for decision in result.decisions}


def test_codes_without_a_meaning_and_units_that_are_none_are_told(replayer: Replayer) -> None:
    local = make.observation(WHO, "local", "", "Thrombozyten", "2026-01-13", valueQuantity=make.quantity(44, "Gpt/l"))
    local["code"] = {"coding": [{"system": "urn:lab", "code": "X9"}], "text": "Platelets, local"}
    furlongs = make.observation(
        WHO, "furlong", "777-3", "Platelets", "2026-01-14", valueQuantity={"value": 44, "unit": "furlong"}
    )
    result = replay(replayer, [*chart(), local, furlongs])
    assert [("urn:lab", "X9", 1)] == [(u.system, u.code, n) for u, n in result.unmapped]
    assert [("platelets", "furlong", 1)] == [(u.fact, u.unit, n) for u, n in result.units]


def test_two_editions_and_two_jurisdictions_are_compared() -> None:
    by_law = replay(Replayer(Plan(SETTINGS, compare=("US", "EU"))), chart())
    assert replay(Replayer(Plan(SETTINGS)), chart()).decisions == by_law.decisions
    days = {changed.day for changed in by_law.changes}
    assert "2026-01-19" in days, "at 40,000 only the US label holds on 10 mg"
    before = [a.action for c in by_law.changes if c.day == "2026-01-19" for a in c.before]
    assert "hold" in before
    same = replay(Replayer(Plan(SETTINGS, compare=("us-label/2023-03", "us-label/2023-03"))), chart())
    assert [] == same.changes
