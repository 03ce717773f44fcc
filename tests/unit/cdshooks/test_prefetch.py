"""Are the four states of prefetched data kept apart?"""

from __future__ import annotations

import json
from decimal import Decimal

import msgspec
import pytest

from cds_service.cdshooks.prefetch import Answered, Failed, asked_for, decode_resource, read_answer

PATIENT = {"resourceType": "Patient", "id": "1"}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


def read(document: object) -> Answered | Failed:
    return read_answer(json.dumps(document).encode())


def bundle(*resources: object, **members: object) -> dict[str, object]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources], **members}


@pytest.mark.row("PD-4")
@pytest.mark.parametrize(
    "nothing", [None, {"resourceType": "Bundle", "total": 0}, {"resourceType": "Bundle", "entry": None}]
)
def test_null_and_empty_bundles_are_answers_without_resources(nothing: object) -> None:
    answer = read(nothing)
    assert isinstance(answer, Answered)
    assert ((), "", "") == (answer.resources, answer.next_link, answer.incomplete)


@pytest.mark.row("PD-5")
@pytest.mark.parametrize(
    "document",
    [
        "text",
        1,
        True,
        [],
        [PATIENT],
        {},
        {"resourceType": 1},
        {"resourceType": ""},
        OUTCOME,
        {"resourceType": "OperationOutcome"},
        bundle(OUTCOME),
        bundle(OUTCOME | {"issue": "x"}),
        bundle({"no": "type"}),
        bundle("text", 1, None),
        {"resourceType": "Bundle", "entry": {}},
        {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:x"}]},
        bundle(bundle(OUTCOME)),
    ],
)
def test_what_is_no_fhir_or_a_fault_is_never_none_on_record(document: object) -> None:
    assert isinstance(read(document), Failed)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"resourceType":"Bundle","entry":[{"resource"', b"\xff", b"[" * 9000]
)
def test_a_fetched_body_that_is_cut_off_or_no_json_failed(body: bytes) -> None:
    assert isinstance(read_answer(body), Failed)


@pytest.mark.row("PD-7")
def test_a_bare_resource_and_a_bundle_of_it_say_the_same() -> None:
    single, wrapped = read(PATIENT), read(bundle(PATIENT))
    assert isinstance(single, Answered)
    assert isinstance(wrapped, Answered)
    assert [bytes(one) for one in single.resources] == [bytes(one) for one in wrapped.resources]


def test_resources_stay_raw_and_keep_their_order() -> None:
    answer = read_answer(
        b'{"entry":[{"resource":{"resourceType":"A","v":1.50}},{"resource":{"resourceType":"B"}}],"resourceType":"Bundle"}'
    )
    assert isinstance(answer, Answered)
    assert [b'{"resourceType":"A","v":1.50}', b'{"resourceType":"B"}'] == [bytes(one) for one in answer.resources]


_LACKING = [
    "incomplete",
    "suppressed",
    "timeout",
    "transient",
    "throttled",
    "too-costly",
    "security",
    "login",
    "forbidden",
]


@pytest.mark.parametrize("resources", [(), (PATIENT,)])
@pytest.mark.parametrize(
    ("issues", "is_whole"),
    [
        ([{"severity": "information"}], True),
        ([{"severity": "warning", "code": "processing"}], True),
        ([{"severity": "Warning", "code": "not-found"}], True),
        ([{"severity": "success"}, {"severity": "warning", "code": "informational"}], True),
        ([{"severity": "error", "code": "processing"}], False),
        ([{"severity": "fatal"}], False),
        ([{"severity": "warning"}, {"severity": "error"}], False),
        ([{"code": "processing"}], False),
        ([{"severity": "odd"}], False),
        ([{"severity": 1}], False),
        ([], False),
        *(
            ([{"severity": severity, "code": code}], False)
            for severity in ("information", "warning")
            for code in _LACKING
        ),
    ],
)
def test_what_a_server_says_beside_the_results_takes_something_away_by_its_severity_or_code(
    resources: tuple[object, ...], issues: list[object], is_whole: bool
) -> None:
    found = read(bundle(*resources, {"resourceType": "OperationOutcome", "issue": issues}))
    if not resources and not is_whole:
        assert isinstance(found, Failed)
    else:
        assert isinstance(found, Answered)
        assert (is_whole, len(resources)) == (not found.incomplete, len(found.resources))


def test_the_next_page_is_found_and_links_that_cannot_be_read_are_said() -> None:
    links = [{"relation": "self", "url": "https://e.org/1"}, {"relation": "next", "url": "https://e.org/2"}]
    paged, broken = read(bundle(PATIENT, link=links)), read(bundle(PATIENT, link="x"))
    assert isinstance(paged, Answered)
    assert isinstance(broken, Answered)
    assert ("https://e.org/2", "") == (paged.next_link, paged.incomplete)
    assert broken.incomplete


def test_entries_without_a_resource_beside_others_are_counted() -> None:
    answer = read(bundle(PATIENT, None, total=3))
    assert isinstance(answer, Answered)
    assert (1, 1, 3) == (len(answer.resources), answer.skipped, answer.total)


def test_a_decoded_resource_keeps_the_digits_of_its_decimals() -> None:
    decoded = decode_resource(b'{"value":1.50}')
    assert Decimal("1.50") == decoded["value"]
    assert b'{"value":1.50}' == msgspec.json.Encoder(decimal_format="number").encode(decoded)


def incomplete(document: object) -> str:
    answer = read(document)
    assert isinstance(answer, Answered)
    return answer.incomplete


@pytest.mark.parametrize(
    "entry",
    [
        None,
        {"resource": None},
        {"resource": {"id": "no-type"}},
        *(
            {"resource": {"resourceType": kind}}
            for kind in ("Conditions", "Obs", "Observation/_history", "Beobachtung", "x" * 200)
        ),
        {"response": {"status": "403 Forbidden"}},
        {"resource": PATIENT, "response": {"status": "404"}},
        {"resource": PATIENT, "response": {"status": 500}},
    ],
)
def test_an_entry_without_its_resource_makes_the_answer_incomplete(entry: object) -> None:
    document = {"resourceType": "Bundle", "entry": [{"resource": PATIENT}, entry]}
    assert incomplete(document) == "an entry of the Bundle holds no resource"


def test_an_entry_that_was_answered_well_leaves_the_answer_whole() -> None:
    entry = {"resource": PATIENT, "response": {"status": "200 OK"}, "search": {"mode": "match"}}
    assert incomplete({"resourceType": "Bundle", "entry": [entry]}) == ""


@pytest.mark.parametrize("kind", ["Provenance", "ProcedureRequest", "SubscriptionStatus", "Basic", "Organization"])
def test_a_type_of_any_version_of_fhir_that_nobody_reads_leaves_the_answer_whole(kind: str) -> None:
    assert (
        incomplete({"resourceType": "Bundle", "entry": [{"resource": PATIENT}, {"resource": {"resourceType": kind}}]})
        == ""
    )


@pytest.mark.parametrize("total", [2, "2", 2.0, " 2 ", "2.0"])
def test_a_total_is_read_however_it_is_written(total: object) -> None:
    answer = read(bundle(PATIENT, total=total))
    assert isinstance(answer, Answered)
    assert answer.total == 2


@pytest.mark.parametrize("total", ["many", True, None, -1, 2.5, {}])
def test_what_is_no_number_of_matches_is_no_total(total: object) -> None:
    answer = read(bundle(PATIENT, total=total))
    assert isinstance(answer, Answered)
    assert answer.total is None


def test_a_next_link_is_known_in_any_case_and_without_an_address_the_answer_is_incomplete() -> None:
    answer = read(bundle(PATIENT, link=[{"relation": "Next", "url": "https://e.org/2"}]))
    assert isinstance(answer, Answered)
    assert answer.next_link == "https://e.org/2"
    assert incomplete(bundle(PATIENT, link=[{"relation": "next"}])) == "a further page without an address"


def test_a_single_resource_is_an_answer_only_where_its_type_was_asked_for() -> None:
    single, wrapped = read(PATIENT), read(bundle(PATIENT))
    assert asked_for(single, {"Patient"}) == single
    assert asked_for(wrapped, {"Observation"}) == wrapped
    other = asked_for(single, {"Observation"})
    assert isinstance(other, Answered)
    assert other.incomplete == "not what was asked for"


@pytest.mark.parametrize("kind", ["observation", " Observation ", "fhir:Observation", "OBSERVATION", "Observation\n"])
def test_a_type_in_another_spelling_is_the_type_that_is_meant(kind: str) -> None:
    number = b'{"contained": [], "resourceType": %b, "valueQuantity": {"value": 21.0}}' % json.dumps(kind).encode()
    for text in (number, b'{"resourceType": "Bundle", "entry": [{"resource": %b}]}' % number):
        answer = read_answer(text)
        assert isinstance(answer, Answered)
        assert ("Observation",) == answer.kinds
        (raw,) = answer.resources
        assert {"contained": [], "resourceType": "Observation", "valueQuantity": {"value": Decimal("21.0")}} == (
            decode_resource(raw)
        )


@pytest.mark.parametrize("kind", ["Observations", "Observation2x", "MedicationKnowledge", "x" * 500])
def test_a_type_that_is_none_that_is_read_stays_as_it_is(kind: str) -> None:
    answer = read(bundle({"resourceType": kind, "id": "1"}))
    assert isinstance(answer, Answered)
    assert (kind,) == answer.kinds
