"""Charts and answers in which a warning once went missing: each stays said."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.support import resources as make
from tests.support.application import client
from tests.support.chart import Chart, build_chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.resources import Json
from tests.support.vignettes import counts, vignette

TODAY = "2026-01-26"


def _ehr(today: str = TODAY) -> Ehr:
    return Ehr(FlaskTransport(client(jurisdiction="US", today=today)), today)


def _said(ehr: Ehr, chart: Chart, dose: int = 10, drop: str = "", **draft: Any) -> list[Json]:
    request = ehr.request("order-sign", chart, [{**ehr.draft(chart, dose, "once daily"), **draft}])
    if drop:
        del request["prefetch"][drop]
    cards = ehr.send(request, "lenalidomide-order-sign").cards
    return [{**c["extension"]["org.cds-service.recommendation"], "indicator": c["indicator"]} for c in cards]


def _chart(platelets: int, **changes: Any) -> Chart:
    return build_chart(vignette(TODAY, counts(TODAY, platelets, 2000), **changes))


def _order(chart: Chart) -> Json:
    return next(r for r in chart.of("MedicationRequest") if r["id"] == "order-current")


def test_a_refill_completed_without_an_end_is_still_the_course() -> None:
    chart = _chart(42000)
    _order(chart)["status"] = "completed"
    assert ("hold", "critical") in [(s["action"], s["indicator"]) for s in _said(_ehr(), chart)]


@pytest.mark.parametrize("key", ["allergies", "adverseEvents"])
def test_reactions_that_could_not_be_looked_up_are_said(key: str) -> None:
    said = _said(_ehr(), _chart(180000), drop=key)
    assert [("request-data", "warning")] == [(s["action"], s["indicator"]) for s in said]


def test_a_count_that_every_table_holds_at_is_critical_without_an_indication() -> None:
    chart = _chart(5000)
    chart.resources = [r for r in chart.resources if r["resourceType"] != "Condition" or "D46" not in str(r)]
    said = _said(_ehr(), chart)
    assert "hold" in [s["action"] for s in said]
    assert [] == [s for s in said if "dose" in s]


@pytest.mark.parametrize("current", [15, 20, 25])
def test_a_lower_draft_is_never_nudged_towards_a_dose_above_the_table(current: int) -> None:
    therapy = {"status": "active", "dose_mg": current, "schedule": "once daily", "start_date": "2026-01-05"}
    said = _said(_ehr(), _chart(150000, therapy=therapy))
    assert [] == [s for s in said if s["action"] == "inform" and "US-MDS-REESC" in s["rules"]]
    assert "review" in [s["action"] for s in said]


def test_a_raised_dose_without_a_known_reduction_is_asked_about() -> None:
    therapy = {"status": "active", "dose_mg": 5, "schedule": "once daily", "start_date": "2026-01-05"}
    said = _said(_ehr(), _chart(150000, therapy=therapy))
    assert [("review", ["US-MDS-REESC"])] == [(s["action"], s["rules"]) for s in said if s["indicator"] == "warning"]


@pytest.mark.parametrize("status", ["on-hold", "stopped", "cancelled", "completed"])
def test_an_order_that_stops_the_drug_is_not_taken_away(status: str) -> None:
    ehr, chart = _ehr(), _chart(42000)
    request = ehr.request("order-sign", chart, [{**ehr.draft(chart, 10, "once daily"), "status": status}])
    cards = ehr.send(request, "lenalidomide-order-sign").cards
    actions = [a for c in cards for s in c.get("suggestions", []) for a in s["actions"]]
    assert [] == [a for a in actions if a["type"] == "delete"]


def test_two_orders_are_never_amended_into_a_double_dose() -> None:
    ehr, chart = _ehr(), _chart(180000, therapy=None, baseline=None)
    drafts = [
        ehr.draft(chart, 25, "once daily"),
        {**copy.deepcopy(ehr.draft(chart, 10, "once daily")), "id": "draft-2"},
    ]
    cards = ehr.call("order-sign", chart, drafts).cards
    actions = [a for c in cards for s in c.get("suggestions", []) for a in s["actions"]]
    assert [] == [a for a in actions if a["type"] == "update"]


def test_a_birth_date_of_1900_gives_no_dose() -> None:
    chart = _chart(180000, therapy=None, baseline=None)
    chart.of("Patient")[0]["birthDate"] = "1900-01-01"
    said = _said(_ehr(), chart)
    assert "request-data" in [s["action"] for s in said]
    assert [] == [s for s in said if "dose" in s]


def test_a_pregnancy_written_in_words_alone_stops_the_drug() -> None:
    chart = _chart(150000)
    subject = {"reference": f"Patient/{chart.patient_id}"}
    chart.add({"resourceType": "Condition", "id": "worded", "subject": subject, "code": {"text": "Pregnancy"}})
    chart.of("Patient")[0]["birthDate"] = "1992-01-01"
    chart.resources = [r for r in chart.resources if "Z78.0" not in str(r)]
    assert ("discontinue", "critical") in [(s["action"], s["indicator"]) for s in _said(_ehr(), chart)]


def _unknown(ehr: Ehr, chart: Chart) -> Json:
    draft = ehr.draft(chart, 10, "once daily")
    del draft["medicationCodeableConcept"]
    return {**draft, "medicationReference": {"reference": "Medication/elsewhere"}}


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_a_draft_whose_medicine_cannot_be_recognised_is_said(hook: str) -> None:
    ehr, chart = _ehr(), _chart(180000, therapy=None, baseline=None)
    cards = ehr.call(hook, chart, [_unknown(ehr, chart)]).cards
    assert ["Which medicine is this order? It cannot be recognised, so it was not checked"] == [
        c["summary"] for c in cards
    ]


def test_a_draft_whose_medicine_cannot_be_recognised_needs_no_data_to_be_said() -> None:
    ehr, chart = _ehr(), _chart(180000, therapy=None, baseline=None)
    request = {**ehr.request("order-sign", chart, [_unknown(ehr, chart)]), "prefetch": {}}
    (card,) = ehr.send(request, "lenalidomide-order-sign").cards
    assert ("warning", "request-data") == (
        card["indicator"],
        card["extension"]["org.cds-service.recommendation"]["action"],
    )


@pytest.mark.parametrize(
    "medicine", [{}, {"medication": {"reference": "Medication/elsewhere"}}], ids=["none", "R5, flat"]
)
def test_an_order_to_sign_that_names_no_medicine_is_said(medicine: Json) -> None:
    ehr, chart = _ehr(), _chart(42000)
    draft = ehr.draft(chart, 10, "once daily")
    del draft["medicationCodeableConcept"]
    assert ["hold", "request-data"] == [
        c["extension"]["org.cds-service.recommendation"]["action"]
        for c in ehr.call("order-sign", chart, [{**draft, **medicine}]).cards
    ]


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
def test_an_order_that_was_taken_back_is_not_asked_for_its_medicine(status: str) -> None:
    ehr, chart = _ehr(), _chart(180000)
    draft = {**ehr.draft(chart, 10, "once daily"), "status": status}
    del draft["medicationCodeableConcept"]
    assert [] == ehr.call("order-sign", chart, [draft]).cards


def test_an_order_whose_medicine_is_not_chosen_yet_is_not_asked_about() -> None:
    ehr, chart = _ehr(), _chart(180000)
    draft = ehr.draft(chart, 10, "once daily")
    del draft["medicationCodeableConcept"]
    assert [] == ehr.call("order-select", chart, [draft]).cards


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("platelets", "platelets"),
        ("neutrophils", "ANC"),
        ("laboratory", "creatinine, ALT, AST"),
        ("medicationRequests", "medication orders"),
        ("medicationAdministrations", "administrations"),
    ],
)
def test_a_page_that_is_not_the_last_is_said_though_all_is_well(key: str, what: str) -> None:
    ehr, chart = _ehr(), _chart(180000)
    request = ehr.request("patient-view", chart, [])
    request["prefetch"][key]["link"] = [{"relation": "next", "url": "https://elsewhere.example.org/?page=2"}]
    cards = ehr.send(request, "lenalidomide-patient-view").cards
    assert f"Not obtained, so not checked: {what}" in [c["summary"] for c in cards]


def test_beside_a_draft_that_cannot_be_recognised_the_course_is_still_judged() -> None:
    ehr, chart = _ehr(), _chart(42000)
    said = [
        c["extension"]["org.cds-service.recommendation"]["action"]
        for c in ehr.call("order-sign", chart, [_unknown(ehr, chart)]).cards
    ]
    assert ["hold", "request-data"] == said


def test_a_draft_of_another_drug_by_reference_stays_silent() -> None:
    ehr, chart = _ehr(), _chart(180000, therapy=None, baseline=None)
    draft = _unknown(ehr, chart)
    draft["medicationReference"]["display"] = "Amoxicillin 500 mg capsule"
    assert [] == ehr.call("order-sign", chart, [draft]).cards


def test_a_chart_order_of_an_unknown_medicine_is_a_named_gap() -> None:
    ehr, chart = _ehr(), _chart(180000, therapy=None, baseline=None)
    other = {**_unknown(ehr, chart), "id": "lost", "status": "active"}
    chart.add(other)
    said = _said(ehr, chart)
    assert [("request-data", ["unknownMedicines"])] == [(s["action"], [m["fact"] for m in s["missing"]]) for s in said]
    assert [] == ehr.call("patient-view", chart).cards


@pytest.mark.parametrize(
    "code", [{"text": "Thalidomide"}, {"coding": [{"system": make.RXNORM, "code": "10432"}]}, {"text": "Imnovid"}]
)
def test_an_allergy_to_a_drug_of_the_class_is_said(code: Json) -> None:
    chart = _chart(180000, therapy=None, baseline=None)
    chart.add(make.allergy(chart.patient_id, "class", code, "Urticaria"))
    assert [("review", ["CLASS-ALLERGY"])] == [(s["action"], s["rules"]) for s in _said(_ehr(), chart)]


def test_a_neutrophil_count_that_its_parts_contradict_is_clarified() -> None:
    chart = _chart(180000)
    at = next(o["effectiveDateTime"] for o in chart.of("Observation") if "751-8" in str(o) and TODAY in str(o))
    for name, loinc, value in (
        ("wbc", "6690-2", make.quantity(2.0, "10*3/uL")),
        ("share", "770-8", make.quantity(20, "%")),
    ):
        chart.add(make.observation(chart.patient_id, name, loinc, name, at, valueQuantity=value))
    assert ("request-data", "critical") in [(s["action"], s["indicator"]) for s in _said(_ehr(), chart)]


@pytest.mark.parametrize("code", [make.concept(make.ICD10CM, "C92.00", "AML"), {"text": "Akute myeloische Leukämie"}])
@pytest.mark.parametrize("changes", [{}, {"therapy": None, "baseline": None}])
def test_acute_leukemia_beside_mds_holds_and_does_not_let_start(code: Json, changes: dict[str, Any]) -> None:
    chart = _chart(180000, **changes)
    chart.add(make.condition(chart.patient_id, "acute", code, "2026-01-02"))
    said = _said(_ehr(), chart, dose=25)
    action = "do-not-start" if changes else "hold"
    assert (action, ["ACUTE-LEUKEMIA"]) in [(s["action"], s["rules"]) for s in said]
    assert [] == [s for s in said if "dose" in s]


def _held(chart: Chart, status: str, reason: Json) -> None:
    _order(chart).update({"status": status, "statusReason": reason})
    _order(chart)["dosageInstruction"][0]["timing"]["repeat"]["boundsPeriod"]["end"] = "2026-01-20"


@pytest.mark.parametrize(
    "reason",
    [
        {"text": "Angioedema after 3 days"},
        {"text": "anaphylaxis after the second dose"},
        {"text": "SJS"},
        {"text": "Lyell-Syndrom"},
        {"text": "DRESS"},
        {"text": "rash grade 4"},
        {"text": "exfoliative dermatitis"},
        {"coding": [{"system": make.SNOMED, "code": "41291007"}]},
    ],
)
@pytest.mark.parametrize(
    ("status", "action"),
    [("on-hold", "permanently-discontinue"), ("stopped", "permanently-discontinue"), ("completed", "do-not-start")],
)
def test_a_hold_for_a_severe_reaction_is_never_resumed(reason: Json, status: str, action: str) -> None:
    chart = _chart(180000)
    _held(chart, status, reason)
    # A course that ended is followed by a new start more than 4 weeks later.
    said = _said(_ehr("2026-03-26" if status == "completed" else TODAY), chart)
    assert (action, "critical") in [(s["action"], s["indicator"]) for s in said]
    assert [] == [s for s in said if "dose" in s or s["action"].startswith("resume")]


@pytest.mark.parametrize("reason", ["no angioedema", "low platelets", "anaphylaxis, not related to lenalidomide"])
def test_a_hold_for_another_reason_may_be_resumed(reason: str) -> None:
    chart = _chart(180000)
    _held(chart, "on-hold", {"text": reason})
    assert "permanently-discontinue" not in [s["action"] for s in _said(_ehr(), chart)]


@pytest.mark.parametrize("neutrophils", [2000, 450])
def test_a_missing_dose_is_asked_for_on_one_card(neutrophils: int) -> None:
    chart = build_chart(vignette(TODAY, counts(TODAY, 42000, neutrophils)))
    _order(chart).update(
        medicationCodeableConcept={"text": "lenalidomide"}, dosageInstruction=[{"text": "as directed"}]
    )
    said = [{m["fact"] for m in s.get("missing", ())} for s in _said(_ehr(), chart)]
    assert 1 == said.count({"currentDose"})
