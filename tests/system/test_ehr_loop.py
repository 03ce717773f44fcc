"""An EHR that takes the advice: is the next call content with what the suggestion made of the drafts?

After a dose-change suggestion the order is accepted without a dosing card; after a hold no lenalidomide draft is left
and the CBC order stands; after a CBC order the reminder is silent. All else of a draft survives as it was written.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.application import client
from tests.support.card_checks import check_response
from tests.support.chart import Chart, build_chart
from tests.support.ehr import Answer, Ehr, FlaskTransport, apply
from tests.support.judgement import ABOUT_THE_DOSE, recommendation
from tests.support.resources import RXNORM, Json, comedication, lenalidomide, subject

TODAY = "2026-01-26"
CBC = "57021-8"
DAILY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
BASE: Json = {
    "id": "ehr-loop", "jurisdiction": "US", "as_of": TODAY,
    "patient": {"age": 72, "sex": "male", "weight_kg": 72,
                "creatinine": {"value": 0.8, "unit": "mg/dL", "date": "2026-01-20"}},
    "indication": {"disease": "MDS", "cytogenetics": "del(5q) isolated", "ipss": "Low", "transfusion_dependent": True},
    "baseline": {"plt": 180000, "anc": 2400, "unit": "/uL", "date": "2026-01-05"},
}  # fmt: skip


def _labs(platelets: int, anc: int, on: str = TODAY) -> list[Json]:
    return [
        {"date": on, "analyte": "PLT", "value": platelets, "unit": "/uL"},
        {"date": on, "analyte": "ANC", "value": anc, "unit": "/uL"},
    ]


def _vignette(**more: Any) -> Json:
    return {**copy.deepcopy(BASE), **more}


def renal_start() -> Json:
    """Clearance 42.5 mL/min: the label starts at 5 mg."""
    creatinine = {"value": 1.6, "unit": "mg/dL", "date": "2026-01-20"}
    return _vignette(patient={**BASE["patient"], "creatinine": creatinine}, labs=_labs(150_000, 2_000))


def re_escalation() -> Json:
    """On 5 mg since a reduction; the draft asks for 10 mg."""
    therapy = {"status": "active", "dose_mg": 5, "schedule": "once daily", "start_date": "2025-10-01",
               "current_dose_since": "2025-12-01", "previous_dose_mg": 10}  # fmt: skip
    return _vignette(therapy=therapy, labs=_labs(150_000, 2_000))


def resumption() -> Json:
    """On hold since day 14 at platelets 45,000; recovered today: the label resumes at 5 mg."""
    therapy = {"status": "on-hold", "dose_mg_before_hold": 10, "schedule_before_hold": "once daily",
               "start_date": "2026-01-05", "hold_since": "2026-01-19"}  # fmt: skip
    return _vignette(therapy=therapy, labs=_labs(45_000, 2_000, "2026-01-19") + _labs(90_000, 2_000))


def hold() -> Json:
    """Day 21 of 10 mg, platelets 45,000."""
    therapy = {"status": "active", "dose_mg": 10, "schedule": "once daily", "start_date": "2026-01-05"}
    return _vignette(therapy=therapy, labs=_labs(45_000, 2_000))


def cbc_overdue() -> Json:
    """Month 5, the last count 40 days ago."""
    therapy = {"status": "active", "dose_mg": 10, "schedule": "once daily", "start_date": "2025-09-01"}
    return _vignette(therapy=therapy, baseline={**BASE["baseline"], "date": "2025-09-01"},
                     labs=_labs(150_000, 2_000, "2025-12-17"))  # fmt: skip


CHANGES: dict[str, tuple[Callable[[], Json], str]] = {
    "start at the renal dose": (renal_start, "start"),
    "reduce after a re-escalation": (re_escalation, "reduce"),
    "resume reduced": (resumption, "resume-reduced"),
}


def in_mg(chart: Chart) -> Json:
    """As the sample prescriber of the examples writes it."""
    order = _order(chart)
    order["dosageInstruction"] = [{
        "text": "10 mg by mouth once daily", "timing": DAILY,
        "doseAndRate": [{"doseQuantity": {"value": 10, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}}],
    }]  # fmt: skip
    return order


def in_pills(chart: Chart) -> Json:
    """As the CDS Hooks Sandbox writes it: a coded capsule, counted in {pill}."""
    order = _order(chart)
    order["dosageInstruction"] = [{
        "timing": DAILY,
        "doseAndRate": [{"doseQuantity": {"value": 1, "system": "http://unitsofmeasure.org", "code": "{pill}"}}],
    }]  # fmt: skip
    return order


def in_words(chart: Chart) -> Json:
    """Words alone."""
    order = _order(chart)
    order["dosageInstruction"] = [{"text": "Take 10 mg by mouth once daily"}]
    return order


STYLES = {"mg": in_mg, "pills": in_pills, "words": in_words}


def _order(chart: Chart) -> Json:
    return {
        "resourceType": "MedicationRequest", "id": "draft-1", "status": "draft", "intent": "order",
        "subject": subject(chart.patient_id), "authoredOn": TODAY, "medicationCodeableConcept": lenalidomide("10"),
    }  # fmt: skip


def _played(vignette: Json) -> tuple[Ehr, Chart]:
    return Ehr(FlaskTransport(client(jurisdiction="US", today=TODAY)), TODAY), build_chart(vignette)


def _cards(answer: Answer) -> list[Json]:
    assert 200 == answer.status
    assert [] == check_response(answer.json)
    return answer.cards


def _dosing(cards: list[Json]) -> list[Json]:
    return [c for c in cards if recommendation(c).get("action") in ABOUT_THE_DOSE]


def _of(cards: list[Json], action: str) -> Json:
    found = [c for c in cards if recommendation(c).get("action") == action]
    assert 1 == len(found), [recommendation(c).get("action") for c in cards]
    return found[0]


def _recommended(card: Json) -> Json:
    found = [s for s in card.get("suggestions", ()) if s.get("isRecommended")]
    assert 1 == len(found), card.get("detail")
    return found[0]


def _kinds(drafts: list[Json]) -> list[str]:
    return sorted(draft["resourceType"] for draft in drafts)


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("case", sorted(CHANGES))
def test_an_accepted_dose_change_leaves_no_dosing_card(case: str, style: str, hook: str) -> None:
    vignette, action = CHANGES[case]
    ehr, chart = _played(vignette())
    drafts = [STYLES[style](chart)]
    card = _of(_cards(ehr.call(hook, chart, drafts)), action)
    after = apply(_recommended(card), drafts, chart)
    assert (["MedicationRequest"] if case != "resume reduced" else ["MedicationRequest", "ServiceRequest"]) == _kinds(
        after
    )
    assert "draft-1" == after[0]["id"]
    assert drafts != after
    assert [] == _dosing(_cards(ehr.call(hook, chart, after)))


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("number", [1, 2])
def test_an_accepted_hold_leaves_no_lenalidomide_and_a_cbc_order(number: int, style: str) -> None:
    ehr, chart = _played(hold())
    others = [
        {**comedication(chart.patient_id, "draft-other", "allopurinol", "519", TODAY), "status": "draft"},
        {"resourceType": "ServiceRequest", "id": "draft-xray", "status": "draft", "intent": "order",
         "code": {"text": "Chest X-ray"}, "subject": subject(chart.patient_id)},
    ]  # fmt: skip
    ours = [{**STYLES[style](chart), "id": f"draft-{n}"} for n in range(1, number + 1)]
    drafts = [others[0], *ours, others[1]]
    card = _of(_cards(ehr.call("order-sign", chart, drafts)), "hold")
    after = apply(_recommended(card), drafts, chart)
    assert [d for d in after if d["id"] in {"draft-other", "draft-xray"}] == others
    assert ["MedicationRequest", "ServiceRequest", "ServiceRequest"] == _kinds(after)
    cbc = next(d for d in after if d["resourceType"] == "ServiceRequest" and d["id"] != "draft-xray")
    assert CBC == cbc["code"]["coding"][0]["code"]
    assert "2026-02-02" == cbc["occurrenceDateTime"]
    assert [] == _cards(ehr.call("order-sign", chart, after))


def test_an_accepted_hold_on_the_open_chart_puts_the_order_on_hold() -> None:
    ehr, chart = _played(hold())
    card = _of(_cards(ehr.call("patient-view", chart)), "hold")
    created = apply(_recommended(card), [], chart)
    assert ["ServiceRequest"] == _kinds(created)
    assert ["on-hold"] == [r["status"] for r in chart.of("MedicationRequest")]
    actions = {recommendation(c)["action"] for c in _cards(ehr.call("patient-view", chart))}
    assert "remain-on-hold" in actions
    assert "hold" not in actions


def test_an_accepted_blood_count_silences_the_reminder() -> None:
    ehr, chart = _played(cbc_overdue())
    drafts = [in_mg(chart)]
    # The old count and the one that is due are one card.
    card = _of(_cards(ehr.call("order-sign", chart, drafts)), "request-data")
    assert "warning" == card["indicator"]
    after = apply(_recommended(card), drafts, chart)
    assert ["MedicationRequest", "ServiceRequest"] == _kinds(after)
    again = _cards(ehr.call("order-sign", chart, after))
    assert [] == [a for c in again for s in c.get("suggestions", ()) for a in s["actions"] if a["type"] == "create"]


@pytest.mark.parametrize("case", sorted(CHANGES))
def test_the_rest_of_the_order_survives_untouched(case: str) -> None:
    vignette, action = CHANGES[case]
    ehr, chart = _played(vignette())
    draft = in_mg(chart)
    draft["extension"] = [
        {"url": "http://ehr.example.org/price", "valueDecimal": "1.50 as number"},
        {"url": "http://ehr.example.org/empty-looking", "valueString": "0"},
    ]
    draft["_authoredOn"] = {"extension": [{"url": "http://ehr.example.org/how", "valueCode": "typed"}]}
    draft["identifier"] = [{"system": "urn:ehr", "value": "0042"}]
    draft["reasonCode"] = [{"text": "MDS del(5q)"}]
    draft["note"] = [{"text": "patient prefers evenings <b>"}]
    draft["substitution"] = {"allowedBoolean": False}
    request = json.dumps(ehr.request("order-sign", chart, [draft])).replace('"1.50 as number"', "1.50")
    answer = ehr.send(request.encode(), ehr.service("order-sign")["id"])
    suggestion = _recommended(_of(_cards(answer), action))
    uuid = suggestion["uuid"]
    exact = json.loads(answer.body, parse_float=lambda text: {"number": text})
    (resource,) = [
        a["resource"]
        for c in exact["cards"] for s in c.get("suggestions", ()) if s["uuid"] == uuid
        for a in s["actions"] if a["resource"].get("id") == "draft-1"
    ]  # fmt: skip
    sent = json.loads(request, parse_float=lambda text: {"number": text})["context"]["draftOrders"]["entry"][0][
        "resource"
    ]
    changeable = {"medicationCodeableConcept", "dosageInstruction", "dispenseRequest", "status", "statusReason"}
    assert {"number": "1.50"} == resource["extension"][0]["valueDecimal"]
    assert {k: v for k, v in sent.items() if k not in changeable} == {
        k: v for k, v in resource.items() if k not in changeable
    }


def test_a_dose_no_capsule_can_give_is_not_amended_but_said() -> None:
    """A draft for a capsule that only the words name keeps the advice in words where it cannot be rewritten."""
    ehr, chart = _played(renal_start())
    draft = _order(chart)
    draft["medicationCodeableConcept"] = {"coding": [{"system": RXNORM, "code": "602910"}], "text": "house name 7"}
    draft["dosageInstruction"] = [{"text": "one capsule daily, see plan"}, {"text": "two capsules daily on Sundays"}]
    cards = _cards(ehr.call("order-sign", chart, [draft]))
    assert {"request-data"} <= {recommendation(c)["action"] for c in cards}
    assert [] == [s for c in cards for s in c.get("suggestions", ()) for a in s["actions"] if a["type"] == "update"]
