"""Is bad input answered with a clear 4xx or a card that names the problem, never a 500, never silence about the drug?"""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.support.broken_calls import Change, entries, first_draft, is_clear_refusal, post, send, signing
from tests.support.card_checks import check_response
from tests.support.chart import Chart
from tests.support.judgement import recommendation
from tests.support.resources import Json
from tests.system.test_ehr_loop import hold, renal_start


# ------------------------------------------------------------------ bodies
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'"text"', b"1", b"{}", b"\xff\xfe", b'{"hook": NaN}', b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    ],
    ids=["empty", "open", "null", "array", "string", "number", "no members", "not utf-8", "NaN", "arrays", "objects"],
)  # fmt: skip
def test_a_body_that_is_no_request_is_a_clear_400(body: bytes) -> None:
    status, answer = post(body)
    assert (400, True) == (status, is_clear_refusal(status, answer))


def test_a_body_of_five_megabytes_is_a_clear_413_and_one_of_four_passes() -> None:
    _, _, request = signing()
    request["extension"] = {"org.example.padding": "x" * 5_000_000}
    status, answer = send(request)
    assert (413, True) == (status, is_clear_refusal(status, answer))
    request["extension"] = {"org.example.padding": "x" * 4_000_000}
    assert 200 == send(request)[0]


@pytest.mark.parametrize("member", ["hook", "hookInstance", "context", "prefetch", "fhirServer", "fhirAuthorization"])
@pytest.mark.parametrize("value", [None, 1, "", [], [1], {"a": 1}, True], ids=str)
def test_a_member_of_the_wrong_type_is_never_a_500_nor_silence(member: str, value: Any) -> None:
    _, _, request = signing()
    request[member] = value
    status, answer = send(request)
    assert is_clear_refusal(status, answer) or (status == 200 and answer["cards"])


@pytest.mark.parametrize("member", ["userId", "patientId", "draftOrders"])
@pytest.mark.parametrize("value", [None, 1, "", [], [1], {"a": 1}, True], ids=str)
def test_a_context_field_of_the_wrong_type_is_a_clear_refusal(member: str, value: Any) -> None:
    _, _, request = signing()
    request["context"][member] = value
    status, answer = send(request)
    assert is_clear_refusal(status, answer), answer


# ------------------------------------------------------------------ patients
def test_two_patients_in_one_prefetch_are_a_clear_400() -> None:
    _, _, request = signing()
    patient = request["prefetch"]["patient"]
    other = {**patient, "id": "somebody-else"}
    request["prefetch"]["patient"] = {"resourceType": "Bundle", "type": "collection",
                                      "entry": [{"resource": patient}, {"resource": other}]}  # fmt: skip
    status, answer = send(request)
    assert (400, True) == (status, is_clear_refusal(status, answer))


def test_another_patient_than_the_context_names_is_a_clear_400() -> None:
    _, _, request = signing()
    request["prefetch"]["patient"]["id"] = "somebody-else"
    status, answer = send(request)
    assert (400, True) == (status, is_clear_refusal(status, answer))


def test_a_result_of_another_patient_is_refused_and_said() -> None:
    _, _, request = signing()
    foreign = copy.deepcopy(entries(request, "platelets")[0])
    foreign["resource"]["id"] = "foreign"
    foreign["resource"]["subject"] = {"reference": "Patient/somebody-else"}
    foreign["resource"]["valueQuantity"]["value"] = 199_999
    entries(request, "platelets").append(foreign)
    status, answer = send(request)
    assert 200 == status
    assert "199,999" not in json.dumps(answer) and "199999" not in json.dumps(answer)
    assert "somebody-else" not in json.dumps(answer)
    assert any("patient" in card["detail"].lower() for card in answer["cards"])
    assert "hold" in {recommendation(c)["action"] for c in answer["cards"]}


def test_a_draft_for_another_patient_is_refused_and_said() -> None:
    _, _, request = signing()
    first_draft(request)["subject"] = {"reference": "Patient/somebody-else"}
    status, answer = send(request)
    assert is_clear_refusal(status, answer) or _says_so(answer)


def _says_so(answer: Json) -> bool:
    return bool(answer.get("cards")) and all(recommendation(c).get("dose") is None for c in answer["cards"])


# ------------------------------------------------------------------ resources
def _lab(request: Json, key: str) -> Json:
    """The newest result under a prefetch key."""
    found: Json = max((e["resource"] for e in entries(request, key)), key=lambda r: r["effectiveDateTime"])
    return found


def _unit(unit: str | None) -> Change:
    def change(request: Json, chart: Chart) -> None:
        quantity = _lab(request, "platelets")["valueQuantity"]
        for name in ("unit", "code", "system"):
            quantity.pop(name, None)
        if unit is not None:
            quantity["unit"] = unit

    return change


def _value(number: str) -> Change:
    def change(request: Json, chart: Chart) -> None:
        _lab(request, "platelets")["valueQuantity"]["value"] = f"#{number}#"

    return change


def _date(text: str | None) -> Change:
    def change(request: Json, chart: Chart) -> None:
        _lab(request, "platelets").pop("effectiveDateTime")
        if text is not None:
            _newest(request)["effectiveDateTime"] = text

    return change


def _newest(request: Json) -> Json:
    return next(e["resource"] for e in entries(request, "platelets") if "effectiveDateTime" not in e["resource"])


def _member(name: str, value: Any) -> Change:
    def change(request: Json, chart: Chart) -> None:
        _lab(request, "platelets")[name] = value

    return change


DECISIVE: dict[str, Change] = {
    "unknown unit": _unit("thousands"),
    "no unit": _unit(None),
    "per litre": _unit("/L"),
    "1E+300000": _value("1E+300000"),
    "1E-300000": _value("1E-300000"),
    "negative": _value("-5"),
    "implausible": _value("99999999"),
    "future date": _date("2031-01-01"),
    "impossible date": _date("2026-13-45"),
    "no date": _date(None),
    "value is a string": _member("valueQuantity", "45000"),
    "value is an array": _member("valueQuantity", [{"value": 45000, "unit": "/uL"}, {"value": 370000, "unit": "/uL"}]),
    "value is null": _member("valueQuantity", None),
    "status preliminary": _member("status", "preliminary"),
    "status unknown": _member("status", "unheard-of"),
    "code is a string": _member("code", "777-3"),
    "subject is a string": _member("subject", "Patient/ehr-loop"),
}


@pytest.mark.parametrize("name", sorted(DECISIVE))
@pytest.mark.parametrize("vignette", [hold, renal_start], ids=["on treatment", "at the start"])
def test_a_decisive_result_that_cannot_be_used_is_asked_for_without_a_dose(name: str, vignette: Any) -> None:
    _, chart, request = signing(vignette())
    DECISIVE[name](request, chart)
    status, answer = post(json.dumps(request).replace('"#', "").replace('#"', "").encode())
    if 400 <= status < 500:
        assert is_clear_refusal(status, answer)
        return
    assert 200 == status
    assert [] == check_response(answer)
    said = [recommendation(c) for c in answer["cards"]]
    asking = {"request-data", "repeat-and-reassess", "review"} & {s["action"] for s in said}
    assert asking, answer["cards"]
    assert [] == [s["dose"] for s in said if "dose" in s]


def test_a_date_without_zone_is_read_as_its_day() -> None:
    _, _, request = signing()
    _lab(request, "platelets")["effectiveDateTime"] = "2026-01-26T07:30:00"
    status, answer = send(request)
    assert (200, True) == (status, "hold" in {recommendation(c)["action"] for c in answer["cards"]})


@pytest.mark.parametrize("text", ["0001-01-01", "0001-02-10", "1900-01-01", "9999-12-31", "9999-12-31T23:59:59-12:00"])
@pytest.mark.parametrize("status", ["active", "on-hold", "completed"])
def test_no_date_on_file_at_an_edge_of_the_calendar_is_a_500(status: str, text: str) -> None:
    _, _, request = signing()
    for key, bundle in request["prefetch"].items():
        if key not in ("platelets", "neutrophils"):
            request["prefetch"][key] = _dated(bundle, text)
    for entry in entries(request, "medicationRequests"):
        entry["resource"]["status"] = status
    assert 200 == send(request)[0]


def _dated(part: Any, text: str) -> Any:
    """The same JSON with every date in it replaced."""
    if isinstance(part, dict):
        return {name: _dated(each, text) for name, each in part.items()}
    if isinstance(part, list):
        return [_dated(each, text) for each in part]
    return text if isinstance(part, str) and part[:2] in ("19", "20") and part[4:5] == "-" else part


# ------------------------------------------------------------------ drafts
BAD_DRAFTS: dict[str, Any] = {
    "a string": "lenalidomide 10 mg",
    "null resource": None,
    "an array": ["lenalidomide"],
    "a number": 10,
    "no type": {"id": "draft-1", "medicationCodeableConcept": {"text": "lenalidomide 10 mg"}},
    "dosage is a string": "dosage",
}


@pytest.mark.parametrize("name", sorted(BAD_DRAFTS))
def test_a_draft_that_cannot_be_read_is_refused_or_said(name: str) -> None:
    _, _, request = signing()
    entry = request["context"]["draftOrders"]["entry"][0]
    if name == "dosage is a string":
        entry["resource"]["dosageInstruction"] = "lenalidomide 10 mg daily"
    else:
        entry["resource"] = BAD_DRAFTS[name]
    status, answer = send(request)
    mentions = "lenalidomide" in json.dumps(request["context"])
    assert is_clear_refusal(status, answer) or (status == 200 and (answer["cards"] or not mentions)), answer
    assert status < 500


@pytest.mark.parametrize("value", ["1E+300000", "1e-400", "-10", "0", "0.0001", "100000"])
def test_a_draft_of_an_impossible_dose_is_asked_about(value: str) -> None:
    _, _, request = signing(renal_start())
    first_draft(request)["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] = "#n#"
    first_draft(request)["dosageInstruction"][0].pop("text")
    status, answer = post(json.dumps(request).replace('"#n#"', value).encode())
    assert is_clear_refusal(status, answer) or (200 == status and answer["cards"]), answer


def test_a_bundle_in_a_bundle_is_not_silence() -> None:
    _, _, request = signing()
    bundle = request["context"]["draftOrders"]
    request["context"]["draftOrders"] = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": bundle}],
    }
    status, answer = send(request)
    assert is_clear_refusal(status, answer) or (200 == status and answer["cards"]), answer
