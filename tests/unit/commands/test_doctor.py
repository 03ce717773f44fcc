"""Does `doctor` judge each clause, name the state of each key, and repeat nothing that it must not?"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cds_service import cli
from cds_service.commands import doctor
from tests.unit.commands.conftest import Request

Saved = Callable[[Request], str]
DAY = "2026-01-26"
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


def call(*words: str, now: float | None = None, **environ: str) -> int:
    parser = argparse.ArgumentParser()
    doctor.add_arguments(parser)
    return doctor.run(parser.parse_args(["--today", DAY, *words]), environ, now)


def judged(name: str, capsys: pytest.CaptureFixture[str], *words: str, **environ: str) -> list[tuple[str, str, str]]:
    """The clauses with their state and words."""
    call(name, "--json", *words, **environ)
    return [(c["state"], c["clause"], c["words"]) for c in json.loads(capsys.readouterr().out)["checks"]]


def test_a_sound_request_passes(hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == call(saved(hold))
    told = capsys.readouterr().out
    assert "  no jurisdiction set: taken as US" in told.splitlines()
    assert "FAIL" not in told
    assert "  pass  CALL-2  hook is patient-view" in told.splitlines()
    assert re.search(r"\n  platelets +2 Observation/baseline-plt, Observation/plt-2026-01-26-0\n", told)
    assert [] == [line for line in told.splitlines() if len(line) > 100]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"hook": "order-sign"}, ("FAIL", "CALL-2", "hook is not patient-view, the hook of this service")),
        ({"hookInstance": 5}, ("FAIL", "CALL-3", "hookInstance is missing, blank or no string")),
        ({"hookInstance": "1"}, ("note", "CALL-3", "hookInstance is no UUID (it reads like 9); answered all the same")),
        ({"fhirAuthorization": {}}, ("FAIL", "CALL-4", "fhirAuthorization without fhirServer")),
        ({"fhirServer": "ftp://a"}, ("FAIL", "CALL-4", "fhirServer is no http or https URL")),
        ({"context": []}, ("FAIL", "CALL-6", "context is missing or no object")),
        ({"context": {"userId": "P/1"}}, ("FAIL", "CALL-6", "context.patientId is missing; it must be a string that is not blank")),
        ({"prefetch": []}, ("FAIL", "CALL-7", "prefetch is no object")),
        ({"zzz": 1}, ("note", "CALL-8", "1 member(s) that the standard does not know are ignored")),
        ({"fhir_server": "x"}, ("note", "CALL-8", "fhir_server is ignored: did you mean fhirServer?")),
        ({"context": {"patientID": "4711"}}, ("note", "CALL-8", "context.patientID is ignored: did you mean context.patientId?")),
        ({"fhirAuthorization": {"Scope": 1}, "fhirServer": "https://a.org"},
         ("note", "CALL-8", "fhirAuthorization.Scope is ignored: did you mean fhirAuthorization.scope?")),
        ({"extension": {"a": 1}}, ("pass", "CALL-9", "extension is accepted and ignored")),
        ({"hookInstance": 5}, ("FAIL", "CALL-11", "answered 400 CDS-400-MEMBER: Expected a string, found a number. ($.hookInstance)")),
    ],
)  # fmt: skip
def test_each_clause_about_the_shape_is_judged(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str], change: Request, expected: tuple[str, str, str]
) -> None:
    assert expected in judged(saved({**hold, **change}), capsys, "--service", "lenalidomide-patient-view")


def test_a_resource_under_two_keys_that_is_not_the_same_is_named_without_its_values(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = hold["prefetch"]["platelets"]["entry"][0]["resource"]
    copy = json.loads(json.dumps({**mine, "meta": {"versionId": "7"}}))
    hold["prefetch"]["latestLaboratory"] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": copy}],
    }

    def unlike() -> list[str]:
        return [words for _, _, words in judged(saved(hold), capsys) if "differs in" in words]

    assert [] == unlike()
    copy["valueQuantity"]["value"] = 31_415
    words = f"Observation/{mine['id']} came 2 times (platelets and latestLaboratory) and differs in valueQuantity.value"
    assert [f"{words}: send it alike everywhere"] == unlike()


def test_a_key_and_a_day_that_are_slips_are_said_without_the_day(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = hold["prefetch"].pop("platelets")
    entry["entry"][0]["resource"]["effectiveDateTime"] = "26.01.2026"
    entry["entry"][1]["resource"]["effectiveDateTime"] = "2026-02-30"
    hold["prefetch"]["platelet"] = entry
    name = saved(hold)
    found = judged(name, capsys)
    assert ("note", "PD-1", "platelet: not a key of this service, ignored: did you mean platelets?") in found
    odd = [words for _, clause, words in found if clause == "PD-7" and "no date" in words]
    where = "Observation.effectiveDateTime reads like {}, which is no date of FHIR (1x)"
    assert [where.format("99.99.9999"), where.format("9999-99-99")] == odd
    assert "26.01.2026" not in str(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            b'{"hook":\n "x",}',
            "The body is not JSON at line 2, column 6. A trailing comma? Take out the one before it.",
        ),
        (b"\xff", "The body is not UTF-8 at line 1, column 1. Save and send it as UTF-8."),
        (
            b"[" * 200 + b"]" * 200,
            "The body is nested too deeply. No CDS Hooks request or FHIR resource needs more than 100 levels.",
        ),
    ],
)
def test_a_body_that_cannot_be_read_fails_the_first_clause(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes, words: str
) -> None:
    path = tmp_path / "request.json"
    path.write_bytes(text)
    found = judged(str(path), capsys, "--service", "lenalidomide-patient-view")
    assert [("FAIL", "CALL-1", words)] == found


def test_access_to_the_fhir_server_is_judged(hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]) -> None:
    hold["fhirServer"] = "https://fhir.example.org/r4"
    hold["fhirAuthorization"] = {"access_token": "hush-hush", "token_type": "Basic", "scope": "patient/*.rs"}
    name = saved(hold)
    found = judged(name, capsys)
    assert ("FAIL", "FA-1", "fhirAuthorization lacks expires_in, subject") in found
    assert ("FAIL", "FA-1", "token_type is not Bearer") in found
    assert ("note", "FA-1", "patient scopes without the member patient") in found
    assert "FA-7" in {clause for state, clause, _ in found if state == "note"}
    listed = judged(name, capsys, CDS_FHIR_SERVERS="https://fhir.example.org")
    assert "FA-7" in {clause for state, clause, _ in listed if state == "pass"}
    call(name)
    assert "hush-hush" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "value", "state", "check"),
    [
        ("marrow", None, "null", ("pass", "PD-4")),
        ("marrow", {"resourceType": "Bundle", "total": 0}, "empty Bundle", ("pass", "PD-4")),
        ("marrow", OUTCOME, "OperationOutcome", ("note", "PD-5")),
        ("patient", OUTCOME, "OperationOutcome", ("FAIL", "PD-5")),
        ("marrow", 5, "unusable: not a FHIR resource", ("note", "PD-5")),
        ("foreign", {}, "not ours, ignored", ("note", "PD-1")),
    ],
)
def test_the_state_of_each_key_is_named(
    hold: Request,
    saved: Saved,
    capsys: pytest.CaptureFixture[str],
    key: str,
    value: Any,
    state: str,
    check: tuple[str, str],
) -> None:
    hold["prefetch"][key] = value
    call(saved(hold), "--json")
    told = json.loads(capsys.readouterr().out)
    assert state == next(k["state"] for k in told["keys"] if k["key"] == key)
    assert check in {(c["state"], c["clause"]) for c in told["checks"] if c["words"].startswith(f"{key}: ")}


def test_a_missing_key_shows_the_query_without_the_patient(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    del hold["prefetch"]["platelets"], hold["prefetch"]["patient"]
    name = saved(hold)
    assert 1 == call(name, "--json")
    told = json.loads(capsys.readouterr().out)
    platelets = next(k for k in told["keys"] if k["key"] == "platelets")
    assert "missing" == platelets["state"]
    assert re.match(r"Observation\?patient=\{\{context.patientId\}\}&code=\(\d+ codes\)&", platelets["would_fetch"])
    assert {"PD-8", "PD-3"} == {c["clause"] for c in told["checks"] if "missing" in c["words"]}
    hold["fhirServer"] = "https://fhir.example.org/r4"
    refused = judged(saved(hold), capsys)
    listed = judged(saved(hold), capsys, CDS_FHIR_SERVERS="https://fhir.example.org")
    assert ("note", "PD-2", "platelets: missing, would be fetched") in listed
    # An origin that is not listed counts as absent.
    assert {"PD-8"} == {clause for state, clause, words in refused if words.startswith("patient: missing")}


def test_pages_and_cut_searches_are_named(hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]) -> None:
    hold["prefetch"]["platelets"]["link"] = [{"relation": "next", "url": "https://fhir.example.org/r4?page=2"}]
    hold["prefetch"]["neutrophils"]["total"] = 9
    found = judged(saved(hold), capsys)
    assert ("note", "PD-6", "platelets: paged") in found
    assert ("note", "PD-6", "neutrophils: 2 came of 9") in found


def test_another_patient_is_a_failure(hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]) -> None:
    hold["prefetch"]["patient"]["id"] = "someone-else"
    assert ("FAIL", "CALL-6", "the Patient resource is not the patient in context: answered 400") in judged(
        saved(hold), capsys
    )


def test_results_that_cannot_be_used_are_named_without_their_values(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    for entry in hold["prefetch"]["platelets"]["entry"]:
        entry["resource"]["valueQuantity"] = {"value": 424242, "unit": "furlong"}
    name = saved(hold)
    assert 0 == call(name)
    told = capsys.readouterr().out
    call(name, "--json")
    assert "unit not on the list of accepted units [GEN-UNIT]" in " ".join(told.split())
    assert "424242" not in told + capsys.readouterr().out


def test_drafts_are_read(start: Request, saved: Saved, capsys: pytest.CaptureFixture[str]) -> None:
    assert ("pass", "CALL-12", "1 lenalidomide draft(s) could be read") in judged(saved(start), capsys)
    start["context"]["draftOrders"]["entry"] = []
    words = "no lenalidomide among the drafts: answered without cards, nothing is fetched"
    assert ("note", "CALL-12", words) in judged(saved(start), capsys)


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ({"patientId": " Patient/77"}, "context.patientId: a bare id is wanted: send 77"),
        ({"patientId": "Patient/77"}, "context.patientId: a bare id is wanted: send 77"),
        ({"patientId": "https://ehr.example.org/fhir/Patient/77"}, "context.patientId: a bare id is wanted: send 77"),
        ({"encounterId": "Encounter/8"}, "context.encounterId: a bare id is wanted: send 8"),
        ({"patientId": "7 7"}, "context.patientId: a bare id is wanted: letters, digits, - and ., at most 64"),
        ({"userId": "dr-no"}, "context.userId: a reference is wanted, such as Practitioner/123"),
        ({"selections": ["77"]}, "context.selections: a reference is wanted, such as MedicationRequest/123"),
        ({"userId": "PractitionerRole/5", "selections": ["urn:uuid:x"], "patientId": "a.b-1"}, None),
        ({"userId": 5, "selections": None, "patientId": ["Patient/77"]}, None),
    ],
)
def test_an_id_and_a_reference_in_each_other_s_place_are_noted(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str], context: Request, words: str | None
) -> None:
    hold["context"] = {**hold["context"], **context}
    found = judged(saved(hold), capsys)
    # An id that cannot be the Patient's is answered 400: one line says what is wrong and what to send.
    other = "the Patient resource is not the patient in context: answered 400; "
    state, before = ("FAIL", other) if words and "patientId" in words else ("note", "")
    expected = [] if words is None else [(state, "CALL-6", before + words)]
    assert expected == [each for each in found if "wanted" in each[2]]


def test_a_wrong_patient_is_said_beside_the_id_and_not_after_the_prefetch(
    start: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    start["context"]["patientId"] = "someone-else"
    states = [state for state, _, _ in judged(saved(start), capsys)]
    clauses = [clause for _, clause, _ in judged(saved(start), capsys)]
    assert states.index("FAIL") < clauses.index("CALL-7")


def test_an_order_of_another_patient_is_counted_and_named(
    hold: Request, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    order = hold["prefetch"]["medicationRequests"]["entry"][0]["resource"]
    order["subject"] = {"reference": "Patient/other"}
    name = saved(hold)
    assert ("note", "CALL-6", "1 resource(s) of the prefetch do not name the patient: not used") in judged(name, capsys)
    call(name)
    told = capsys.readouterr().out.partition("\nWhat cannot be used (1)\n")[2]
    assert f"MedicationRequest it does not name this patient <MedicationRequest/{order['id']}>" in " ".join(
        told.split()
    )


def test_a_draft_of_another_patient_is_named(start: Request, saved: Saved, capsys: pytest.CaptureFixture[str]) -> None:
    draft = start["context"]["draftOrders"]["entry"][0]["resource"]
    draft["subject"] = {"reference": "Patient/other"}
    words = f"a medication resource was refused: it does not name this patient (MedicationRequest/{draft['id']})"
    found = judged(saved(start), capsys)
    assert ("note", "CALL-12", words) in found
    assert ("note", "CALL-12", "0 lenalidomide draft(s) could be read") in found


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            "active",
            "status active, where a draft is wanted: taken for a signed order, which is set on hold, not removed",
        ),
        ("on-hold", "status on-hold, where a draft is wanted"),
        (None, "no status, where draft is wanted"),
        ("draft", ""),
    ],
)
def test_a_draft_that_is_none_by_its_status_is_noted(
    start: Request, saved: Saved, capsys: pytest.CaptureFixture[str], given: str | None, words: str
) -> None:
    draft = start["context"]["draftOrders"]["entry"][0]["resource"]
    draft["status"] = given
    found = [each for _, _, each in judged(saved(start), capsys) if "wanted" in each]
    assert ([f"MedicationRequest/{draft['id']}: {words}"] if words else []) == found


@pytest.mark.parametrize("case", ["hold", "start"])
def test_the_keys_that_fail_are_those_that_the_412_names(
    hold: Request, start: Request, saved: Saved, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    name = saved({**(hold if case == "hold" else start), "prefetch": {}})
    mend = "missing; required: the call is answered 412; send it, or an empty Bundle where nothing is on file"
    found = judged(name, capsys)
    failed = {words.partition(":")[0] for state, _, words in found if state == "FAIL" and words.endswith(mend)}
    assert 1 == cli.main(["explain", name, "--today", DAY])
    told = capsys.readouterr().err
    assert failed == set(re.findall(r"'(\w+)'", told.partition(" could not be obtained")[0]))
    assert {"medicationRequests"} < failed and "empty Bundle where nothing is on file" in told
