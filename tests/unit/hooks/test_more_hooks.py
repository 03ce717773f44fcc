"""Do a refill, the start of an encounter and a new problem get the answers of an order at signing or an opened chart?"""

from __future__ import annotations

from typing import Any

import pytest

from cds_service.cdshooks.contexts import REQUIRED, Kind
from cds_service.clinical.facts import Diagnosis, PatientFacts
from cds_service.clinical.recommendation import Assessment
from cds_service.errors import SettingsError
from cds_service.hooks.hook import HOOKS, Hook
from cds_service.hooks.new_problems import NewProblems, told_by
from tests.support.application import EVERY_HOOK, application, client
from tests.support.calls import TODAY
from tests.support.chart import Chart, build_chart
from tests.support.ehr import BUNDLES, Answer, Ehr, FlaskTransport
from tests.support.facts import TEN, assess, facts, mds, order
from tests.support.resources import ICD10CM, RXNORM, SNOMED, Json, concept, condition
from tests.support.vignettes import counts, vignette, weekly_counts

NAME = "org.cds-service.recommendation"
DAY = str(TODAY)
REFILL, START, PROBLEM = "medication-refill", "encounter-start", "problem-list-item-create"
PREGNANT = concept(SNOMED, "77386006", "Pregnancy")
FRACTURE = concept(SNOMED, "16114001", "Fracture of ankle")
CLOT = concept(SNOMED, "128053003", "Deep venous thrombosis")


def ehr() -> Ehr:
    return Ehr(FlaskTransport(client(jurisdiction="US", today=DAY)), DAY)


def chart_of(platelets: int = 150000, last: str = DAY, **changes: Any) -> Chart:
    """A patient in week 3 of treatment, with a last count on a day."""
    return build_chart(vignette(DAY, counts("2026-01-12", 150000, 2000) + counts(last, platelets, 2000), **changes))


def decisions(answer: Answer) -> list[Json]:
    return [card["extension"][NAME] for card in answer.cards]


def actions(answer: Answer) -> list[str]:
    return [one["action"] for one in decisions(answer)]


def refill(chart: Chart, **more: Any) -> Json:
    return {**ehr().draft(chart, 10, "once daily"), **more}


def on_list(chart: Chart, code: Json, **more: Any) -> Json:
    """A problem that was just added."""
    return condition(chart.patient_id, "new-problem", code, DAY, **more)


@pytest.mark.parametrize("hook", HOOKS.values(), ids=lambda hook: hook.name)
def test_whatever_resources_a_hook_brings_in_its_context_are_read(hook: Hook) -> None:
    brought = {name for name, kind in REQUIRED[hook.name].items() if kind in (Kind.BUNDLE, Kind.RESOURCE)}
    assert brought <= {hook.orders_in, hook.problems_in}


@pytest.mark.parametrize("platelets", [42000, 150000])
def test_a_refill_is_judged_as_the_same_order_at_signing(platelets: int) -> None:
    chart = chart_of(platelets)
    assert decisions(ehr().call("order-sign", chart, [refill(chart)])) == decisions(
        ehr().call(REFILL, chart, [refill(chart)])
    )


def test_a_refill_for_too_long_and_with_repeats_is_reviewed() -> None:
    chart = chart_of()
    supply = {"numberOfRepeatsAllowed": 1, "expectedSupplyDuration": {"value": 56, "unit": "d"}}
    (found,) = decisions(ehr().call(REFILL, chart, [refill(chart, dispenseRequest=supply)]))
    assert ("review", ["US-REMS-RX"]) == (found["action"], found["rules"])


def test_a_refill_on_overdue_counts_asks_for_new_ones() -> None:
    chart = chart_of(last="2026-01-18")
    (found,) = decisions(ehr().call(REFILL, chart, [refill(chart)]))
    assert ("request-data", ["order-cbc"]) == (found["action"], [also["action"] for also in found["alsoFound"]])


@pytest.mark.row("HOOK-2")
def test_a_refill_needs_no_user_and_no_encounter() -> None:
    chart = chart_of(42000)
    request = ehr().request(REFILL, chart, [refill(chart)])
    del request["context"]["userId"]
    assert ["hold"] == actions(ehr().send(request, f"lenalidomide-{REFILL}"))


@pytest.mark.row("HOOK-2")
def test_a_draft_refill_is_removed_and_amended_as_a_draft() -> None:
    chart = chart_of(42000)
    (card,) = ehr().call(REFILL, chart, [refill(chart)]).cards
    assert ["delete", "update", "create"] == [action["type"] for action in card["suggestions"][0]["actions"]]


@pytest.mark.parametrize("sent", [{"status": "active"}, {"id": "order-current"}])
def test_a_prescription_sent_instead_of_a_draft_is_set_on_hold_and_never_removed(sent: Json) -> None:
    chart = chart_of(42000)
    (card,) = ehr().call(REFILL, chart, [refill(chart, **sent)]).cards
    changed = card["suggestions"][0]["actions"][0]
    assert ("update", "on-hold") == (changed["type"], changed["resource"]["status"])


def test_a_refill_of_another_drug_needs_no_card() -> None:
    chart = chart_of(42000)
    other = {"medicationCodeableConcept": {"text": "Oxybutynin XL"}, "dosageInstruction": []}
    assert [] == ehr().call(REFILL, chart, [refill(chart, **other)]).cards


@pytest.mark.parametrize(
    "spoiled", [{"dosageInstruction": 17}, {"subject": {"reference": "Patient/somebody-else"}}, {"doNotPerform": 4}]
)
def test_a_refill_that_cannot_be_used_is_said(spoiled: Json) -> None:
    chart = chart_of()
    assert "request-data" in actions(ehr().call(REFILL, chart, [refill(chart, **spoiled)]))


def by_reference(chart: Chart) -> Json:
    """A refill whose drug is known by a Medication alone."""
    made = refill(chart)
    del made["medicationCodeableConcept"]
    return {**made, "medicationReference": {"reference": "Medication/capsule"}}


def test_a_refill_whose_medication_came_is_judged() -> None:
    chart = chart_of(42000)
    request = ehr().request(REFILL, chart, [by_reference(chart)])
    code = concept(RXNORM, "602910", "lenalidomide 10 MG Oral Capsule")
    entry = {"resource": {"resourceType": "Medication", "id": "capsule", "code": code}}
    request["prefetch"]["medicationRequests"]["entry"].append(entry)
    assert ["hold"] == actions(ehr().send(request, f"lenalidomide-{REFILL}"))


def test_a_refill_of_which_nobody_knows_the_drug_is_said_to_a_patient_on_lenalidomide_alone() -> None:
    chart = chart_of()
    found = decisions(ehr().call(REFILL, chart, [by_reference(chart)]))
    assert [("request-data", ["GEN-UNSEEN"])] == [(one["action"], one["rules"]) for one in found]
    chart.resources = [r for r in chart.resources if not r["resourceType"].startswith("Medication")]
    assert [] == ehr().call(REFILL, chart, [by_reference(chart)]).cards


@pytest.mark.parametrize(("platelets", "last"), [(42000, DAY), (150000, "2026-01-18"), (150000, DAY)])
def test_the_start_of_an_encounter_is_answered_as_an_opened_chart(platelets: int, last: str) -> None:
    chart = chart_of(platelets, last)
    assert decisions(ehr().call("patient-view", chart)) == decisions(ehr().call(START, chart))


@pytest.mark.row("HOOK-3")
def test_what_only_an_opened_chart_tells_is_told_at_the_start_of_an_encounter() -> None:
    therapy = {"status": "active", "dose_mg": 10, "schedule": "once daily", "start_date": "2025-11-03"}
    chart = build_chart(vignette(DAY, weekly_counts("2025-11-03", 13), therapy=therapy))
    assert ["assess-response"] == actions(ehr().call(START, chart))


def test_an_encounter_without_lenalidomide_needs_no_card() -> None:
    chart = chart_of(42000)
    chart.resources = [r for r in chart.resources if not r["resourceType"].startswith("Medication")]
    assert [] == ehr().call(START, chart).cards


@pytest.mark.parametrize("hook", [START, PROBLEM])
def test_medication_searches_that_were_not_obtained_are_412_where_none_shows_the_drug(hook: str) -> None:
    chart = chart_of()
    request = ehr().request(hook, chart, [on_list(chart, CLOT)])
    request["prefetch"] = {"patient": request["prefetch"]["patient"]}
    answer = ehr().send(request, f"lenalidomide-{hook}")
    assert (412, True) == (answer.status, "medicationRequests" in answer.body.decode())


@pytest.mark.parametrize(
    ("code", "action", "rule"),
    [
        (CLOT, "review", "US-WP-VTE"),
        ({"text": "tiefe Beinvenenthrombose"}, "review", "US-WP-VTE"),
        (concept(ICD10CM, "Z99.2", "Dependence on renal dialysis"), "review", "US-REN-MDS-DIAL"),
        ({"text": "Stevens-Johnson syndrome"}, "permanently-discontinue", "US-NONHEM-PERM"),
    ],
)
def test_a_new_problem_that_concerns_treatment_has_its_card(code: Json, action: str, rule: str) -> None:
    chart = chart_of()
    found = decisions(ehr().call(PROBLEM, chart, [on_list(chart, code)]))
    assert (action, True) in [(one["action"], rule in one["rules"]) for one in found]


@pytest.mark.parametrize(
    "code", [CLOT, concept(ICD10CM, "K92.2", "Gastrointestinal hemorrhage"), {"text": "Subdural hematoma"}]
)
@pytest.mark.parametrize("dates", [{}, {"recordedDate": DAY}, {"onsetDateTime": DAY}])
def test_a_clot_or_a_bleed_that_is_added_holds_also_without_a_date(code: Json, dates: Json) -> None:
    chart = chart_of()
    problem = {k: v for k, v in on_list(chart, code).items() if not k.startswith("onset") and k != "recordedDate"}
    eu = Ehr(FlaskTransport(client(jurisdiction="EU", today=DAY)), DAY)
    assert "hold" in actions(eu.call(PROBLEM, chart, [{**problem, **dates}]))


def test_a_leukaemia_that_lenalidomide_is_not_for_is_reviewed() -> None:
    chart = chart_of().without("diagnosis")
    leukaemia = concept(ICD10CM, "C91.10", "Chronic lymphocytic leukemia")
    assert ["review"] == actions(ehr().call(PROBLEM, chart, [on_list(chart, leukaemia)]))


def young() -> Json:
    patient: Json = vignette(DAY, [])["patient"]
    return {**patient, "age": 32, "childbearing": ""}


@pytest.mark.row("HOOK-4")
def test_a_pregnancy_that_was_just_added_stops_treatment() -> None:
    chart = chart_of(patient=young())
    (card,) = ehr().call(PROBLEM, chart, [on_list(chart, PREGNANT)]).cards
    assert "discontinue" == card["extension"][NAME]["action"]
    touched = {a["resource"]["resourceType"] for s in card["suggestions"] for a in s["actions"]}
    assert {"MedicationRequest", "ServiceRequest"} >= touched


@pytest.mark.parametrize("identifier", ["new-problem", "under-another-id"])
def test_a_problem_that_the_chart_holds_already_has_its_card_all_the_same(identifier: str) -> None:
    chart = chart_of(patient=young())
    problem = on_list(chart, PREGNANT)
    chart.add({**problem, "id": identifier})
    assert "discontinue" in actions(ehr().call(PROBLEM, chart, [problem]))


@pytest.mark.parametrize("last", [DAY, "2026-01-18"])
def test_a_problem_of_no_concern_says_nothing_and_fetches_nothing(last: str) -> None:
    chart = chart_of(last=last)
    request = ehr().request(PROBLEM, chart, [on_list(chart, FRACTURE)])
    service = f"lenalidomide-{PROBLEM}"
    assert [] == ehr().send(request, service).cards
    assert [] == ehr().send({**request, "prefetch": {}}, service).cards


def test_a_new_problem_says_what_it_changes_and_nothing_else() -> None:
    chart = chart_of(last="2026-01-18")
    assert "order-cbc" in actions(ehr().call("patient-view", chart))
    assert ["review"] == actions(ehr().call(PROBLEM, chart, [on_list(chart, CLOT)]))


def test_without_an_indication_a_new_problem_asks_for_it_and_is_named() -> None:
    chart = chart_of().without("diagnosis")
    dialysis = concept(ICD10CM, "Z99.2", "Dependence on renal dialysis")
    answer = ehr().call(PROBLEM, chart, [on_list(chart, dialysis)])
    (one,) = decisions(answer)
    named = [i["value"] for i in one["inputs"] if i["fact"] == "newProblem"]
    assert ("request-data", ["indication"], ["Dependence on renal dialysis"]) == (
        one["action"],
        [m["fact"] for m in one["missing"]],
        named,
    )
    assert "New problem: Dependence on renal dialysis" in answer.cards[0]["detail"]


@pytest.mark.parametrize(("jurisdiction", "lacking"), [("", "jurisdiction"), ("US", "indication")])
def test_the_question_that_decides_everything_is_never_taken_for_unchanged(jurisdiction: str, lacking: str) -> None:
    dialysis = Diagnosis(frozenset({"dialysis-dependence"}), "Dialysis", True, "Condition/new")
    known = () if lacking == "indication" else (mds(),)
    of = facts(orders=(order(TEN),), diagnoses=(*known, dialysis))

    def judged(chart: PatientFacts) -> Assessment:
        return assess(chart, TODAY, jurisdiction=jurisdiction)

    told = told_by(NewProblems(concepts=dialysis.concepts), of, judged(of), judged).recommendations
    assert [[lacking]] == [[m.fact for m in r.missing] for r in told if r.missing]


def test_whatever_is_critical_stands_beside_a_new_problem() -> None:
    chart = chart_of(42000)
    assert "hold" in actions(ehr().call(PROBLEM, chart, [on_list(chart, CLOT)]))


@pytest.mark.parametrize("problem", [PREGNANT, CLOT])
def test_a_new_problem_of_a_patient_without_lenalidomide_needs_no_card(problem: Json) -> None:
    chart = chart_of()
    chart.resources = [r for r in chart.resources if not r["resourceType"].startswith("Medication")]
    assert [] == ehr().call(PROBLEM, chart, [on_list(chart, problem)]).cards


def test_a_new_problem_as_older_versions_of_fhir_write_it_is_read() -> None:
    chart = chart_of()
    problem = on_list(
        chart, CLOT, category="problem-list-item", clinicalStatus="active", verificationStatus="confirmed"
    )
    problem["patient"] = problem.pop("subject")
    assert ["review"] == actions(ehr().call(PROBLEM, chart, [problem]))


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_a_problem_that_is_none_says_nothing(status: str) -> None:
    chart = chart_of()
    problem = on_list(chart, CLOT, verificationStatus={"coding": [{"code": status}]})
    assert [] == ehr().call(PROBLEM, chart, [problem]).cards


@pytest.mark.parametrize(
    "spoiled",
    [
        {"onsetPeriod": [1, 2]},
        {"code": 4},
        {"code": None},
        {"subject": {"reference": "Patient/somebody-else"}},
        {"resourceType": 4},
        {"resourceType": ""},
    ],
)
def test_a_new_problem_that_cannot_be_read_is_said(spoiled: Json) -> None:
    chart = chart_of()
    found = decisions(ehr().call(PROBLEM, chart, [{**on_list(chart, CLOT), **spoiled}]))
    assert ["request-data"] == [one["action"] for one in found]
    assert [True] == ["a new problem could not be read" in m["reason"] for m in found[0]["missing"]]


def test_beside_another_warning_a_new_problem_that_cannot_be_read_is_said_on_it() -> None:
    chart = chart_of(last="2026-01-18")
    (card,) = ehr().call(PROBLEM, chart, [{**on_list(chart, CLOT), "code": 4}]).cards
    assert "order-cbc" == card["extension"][NAME]["action"]
    assert "conditions could not be obtained: a new problem could not be read" in card["detail"]


@pytest.mark.parametrize("resource", [{"resourceType": "Patient", "id": "somebody-else"}])
def test_a_second_patient_among_the_new_problems_is_refused(resource: Json) -> None:
    chart = chart_of()
    answer = ehr().call(PROBLEM, chart, [on_list(chart, CLOT), resource])
    assert 400 == answer.status


@pytest.mark.row("CALL-6 HOOK-1 HOOK-2 HOOK-3 HOOK-4")
@pytest.mark.parametrize("hook", [REFILL, START, PROBLEM, "order-dispatch"])
def test_a_context_that_is_not_as_the_standard_has_it_is_400_with_an_outcome(hook: str) -> None:
    good = ehr().request(hook, chart_of())
    field = {**BUNDLES, START: "encounterId", "order-dispatch": "performer"}[hook]
    for wrong in (None, 7, "", [], {"resourceType": "Patient"}):
        request = {**good, "context": {**good["context"], field: wrong}}
        answer = ehr().send(request, f"lenalidomide-{hook}")
        assert (400, "OperationOutcome") == (answer.status, answer.json["resourceType"])
        assert field in answer.body.decode()


@pytest.mark.parametrize(
    ("named", "left"),
    [("", len(HOOKS) - 1), (EVERY_HOOK, len(HOOKS)), ("order-sign", 1), (" patient-view , encounter-start", 2)],
)
def test_a_site_is_served_on_the_hooks_that_it_names_and_a_service_of_no_other_exists(named: str, left: int) -> None:
    site = application(CDS_MODE="demo", CDS_SERVICES=named).test_client()
    listed = {service["hook"] for service in site.get("/cds-services").get_json()["services"]}
    assert len(listed) == left
    assert not named or listed == {name.strip() for name in named.split(",")}
    answers = {hook: site.post(f"/cds-services/lenalidomide-{hook}", json={}).status_code for hook in HOOKS}
    assert {hook for hook, status in answers.items() if status == 404} == HOOKS.keys() - listed


def test_a_site_that_names_a_hook_which_nobody_serves_does_not_start() -> None:
    with pytest.raises(SettingsError, match="order-sgin"):
        application(CDS_MODE="demo", CDS_SERVICES="patient-view,order-sgin")
