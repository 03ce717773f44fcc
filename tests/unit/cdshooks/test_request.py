"""Does a request become a HookRequest, or an error that names the place?"""

from __future__ import annotations

import json
import time
from typing import Any

import msgspec
import pytest

from cds_service.cdshooks.json_text import MAX_NESTING, is_nested_beyond, without_object
from cds_service.cdshooks.request import HookRequest, parse_request
from cds_service.cdshooks.service import Service
from cds_service.errors import NestedTooDeep, NotReadable, RequestError, WrongContext, WrongHook, WrongMember
from tests.support.fake_service import a_request

HOOKS = (
    "patient-view",
    "order-select",
    "order-sign",
    "order-dispatch",
    "medication-refill",
    "medication-prescribe",
    "encounter-start",
    "encounter-discharge",
    "appointment-book",
    "allergyintolerance-create",
    "problem-list-item-create",
)


def parse(document: object, hook: str = "patient-view") -> HookRequest:
    return parse_request(json.dumps(document).encode(), Service(hook, "d", "x"))


@pytest.mark.parametrize("hook", HOOKS)
def test_the_least_request_of_each_hook_is_read(hook: str) -> None:
    assert hook == parse(a_request(hook), hook).hook


@pytest.mark.row("CALL-6")
@pytest.mark.parametrize(("hook", "field"), [(hook, field) for hook in HOOKS for field in a_request(hook)["context"]])
def test_each_required_context_field_is_named_when_it_is_missing(hook: str, field: str) -> None:
    document = a_request(hook)
    del document["context"][field]
    with pytest.raises(WrongContext) as caught:
        parse(document, hook)
    assert f"$.context.{field}" == caught.value.where


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "", " ", [1], {"a": 1}, {"resourceType": "Patient"}])
@pytest.mark.parametrize(("hook", "field"), [(hook, field) for hook in HOOKS for field in a_request(hook)["context"]])
def test_a_required_context_field_of_the_wrong_type_is_refused(hook: str, field: str, value: object) -> None:
    if field == "allergyIntolerance" and value == {"resourceType": "Patient"}:
        pytest.skip("a resource is a resource; which one is for the reader")
    document = a_request(hook)
    document["context"][field] = value
    with pytest.raises(WrongContext):
        parse(document, hook)


@pytest.mark.parametrize("name", ["hook", "hookInstance", "context"])
def test_a_required_member_that_is_missing_is_named(name: str) -> None:
    document = a_request()
    del document[name]
    with pytest.raises(WrongMember) as caught:
        parse(document)
    assert f"$.{name}" == caught.value.where


def test_a_resource_in_the_place_of_a_request_is_told_where_it_belongs() -> None:
    with pytest.raises(WrongMember) as caught:
        parse({"resourceType": "Bundle", "type": "collection", "entry": []})
    assert ("$.hook", "This is a FHIR resource, no request of a hook.") == (caught.value.where, caught.value.sentence)
    assert "$evaluate" in caught.value.hint


@pytest.mark.row("FA-1", "CALL-2", "CALL-3")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("hook", value) for value in (None, 1, "", [], {})),
        *(("hookInstance", value) for value in (None, 1, "", " ", [], {})),
        *(("context", value) for value in (None, 1, "x", [], True)),
        *(("prefetch", value) for value in (1, "x", [], True)),
        *(("fhirServer", value) for value in (1, [], {})),
        *(("fhirAuthorization", value) for value in (1, "x", [], {}, {"access_token": 1})),
        ("fhirAuthorization", {"access_token": "t", "expires_in": "300"}),
        ("fhirAuthorization", {"access_token": "t", "scope": []}),
    ],
)
def test_a_member_of_the_wrong_type_is_refused_at_its_place(name: str, value: object) -> None:
    with pytest.raises(WrongMember) as caught:
        parse({**a_request(fhirServer="https://ehr.example.org/fhir"), name: value})
    assert caught.value.where.startswith(f"$.{name}")


@pytest.mark.parametrize(
    "nulls",
    [
        {"fhirServer": None},
        {"fhirAuthorization": None},
        {"prefetch": None},
        {"extension": None},
        {"fhirServer": None, "fhirAuthorization": None, "prefetch": None},
        {"fhirServer": "https://ehr.example.org/fhir", "fhirAuthorization": {"access_token": "t", "scope": None}},
    ],
)
def test_a_member_that_is_null_is_absent(nulls: dict[str, Any]) -> None:
    absent = {
        name: {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value
        for name, value in nulls.items()
        if value is not None
    }
    read, other = parse({**a_request(), **nulls}), parse({**a_request(), **absent})
    assert (other.fhirServer, other.authorization, other.prefetch) == (
        read.fhirServer,
        read.authorization,
        read.prefetch,
    )


def test_a_context_field_that_is_null_is_absent_and_a_prefetch_key_that_is_null_is_an_answer() -> None:
    document = a_request()
    document["context"]["encounterId"] = None
    document["prefetch"] = {"conditions": None}
    read = parse(document)
    assert "encounterId" not in read.context
    assert {"conditions": msgspec.Raw(b"null")} == read.prefetch


@pytest.mark.row("CALL-4")
def test_an_authorization_without_a_server_is_refused() -> None:
    with pytest.raises(WrongMember) as caught:
        parse(a_request(fhirAuthorization={"access_token": "t"}))
    assert "$.fhirServer" == caught.value.where


def test_the_hook_must_be_the_one_of_the_service() -> None:
    with pytest.raises(WrongHook) as caught:
        parse(a_request("order-select"), "order-sign")
    assert "x answers order-sign. GET /cds-services lists the others." == caught.value.hint


def test_a_request_of_another_service_is_told_where_it_belongs() -> None:
    every = [
        Service("order-sign", "d", "sign"),
        Service("order-select", "d", "select"),
        Service("order-select", "d", "a"),
    ]
    with pytest.raises(WrongHook) as caught:
        parse_request(json.dumps(a_request("order-select")).encode(), every[0], every)
    assert "sign answers order-sign. A request of order-select goes to a or select." == caught.value.hint


def test_a_hook_that_nobody_answers_is_not_repeated() -> None:
    with pytest.raises(WrongHook) as caught:
        parse_request(json.dumps(a_request("order-select") | {"hook": "4711-Miller"}).encode(), Service("a", "d", "x"))
    assert "4711" not in str(caught.value) + caught.value.hint


@pytest.mark.row("FA-1")
@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_a_blank_token_is_none_with_a_server_and_without(blank: str) -> None:
    for server in ({}, {"fhirServer": "https://ehr.example.org/fhir"}):
        assert parse(a_request(**server, fhirAuthorization={"access_token": blank})).authorization is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"3",
        b'"text"',
        b"{",
        b'{"hook":"patient-view",}',
        b'{"a":NaN}',
        b'{"prefetch":{"a":{"value":Infinity}}}',
        b'{"a":-Infinity}',
        b'{"a":"\xff"}',
        b'{"prefetch":{"a":"\xff"}}',
        b'{"a":"\\ud800"}',
        b'{"prefetch":{"a":"\\udc00"}}',
        json.dumps(a_request()).encode() + b" x",
        b"\xff\xfe{\x00}\x00",
        b"// c\n{}",
    ],
)
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(NotReadable):
        parse_request(body, Service("patient-view", "d", "x"))


def test_a_byte_order_mark_is_passed_over() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(a_request()).encode()
    assert "1" == parse_request(body, Service("patient-view", "d", "x")).patient_id


@pytest.mark.parametrize("depth", [MAX_NESTING, 5_000, 100_000, 2_000_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_excessive_nesting_is_refused_wherever_it_stands(depth: int, opening: str, closing: str) -> None:
    nest = opening * depth + "1" + closing * depth
    body = json.dumps(a_request())[:-1] + f',"extension":{nest}}}'
    with pytest.raises(NestedTooDeep):
        parse_request(body.encode(), Service("patient-view", "d", "x"))


@pytest.mark.parametrize(
    ("body", "is_beyond"),
    [
        (b"[" * 100 + b"]" * 100, False),
        (b"[" * 101 + b"]" * 101, True),
        (b'{"a":[' * 50 + b"]}" * 50, False),
        (b'{"a":[' * 51 + b"]}" * 51, True),
        (b'["' + b"[" * 500 + b'"]', False),
        (b'["\\"' + b"[" * 500 + b'\\\\"]', False),
        (b'["a\\\\",' + b"[" * 101 + b"]" * 101 + b"]", True),
        (b"[" + b"[{}]," * 5_000 + b"[]]", False),
        (b"[{}" * 100_000 + b"]" * 100_000, True),
        (b'["[","]",{"[":"]"}]' + b" " * 10 + b"[]" * 100, False),
    ],
)
def test_nesting_is_counted_outside_of_strings_only(body: bytes, is_beyond: bool) -> None:
    assert is_beyond == is_nested_beyond(body, 100)


def test_unknown_members_and_extensions_are_passed_over_and_prefetch_stays_raw() -> None:
    document = a_request(
        extension={"a": [{"b": None}]}, unknown=[[]], prefetch={"patient": None, "other": {"value": 1.50}}
    )
    document["context"]["encounterId"] = None
    request = parse(document)
    assert {"patient": b"null", "other": b'{"value": 1.5}'} == {
        key: bytes(raw) for key, raw in request.prefetch.items()
    }
    assert ("", (), "Practitioner/1") == (request.text("encounterId"), request.texts("none"), request.text("userId"))


def test_no_error_repeats_a_value_and_no_repr_a_token() -> None:
    secret = "MRN-4711"
    for name in ("hook", "context", "prefetch", "fhirAuthorization"):
        with pytest.raises(RequestError) as caught:
            parse({**a_request(), name: secret})
        assert secret not in str(caught.value)
    authorized: dict[str, Any] = a_request(fhirServer="https://e.org", fhirAuthorization={"access_token": secret})
    assert secret not in repr(parse(authorized))


SIGN = a_request("order-sign")


def twice(name: str, document: dict[str, Any], first: object = None) -> bytes:
    """The document with a member of the same name before its own."""
    return b"{" + json.dumps({name: first}).encode()[1:-1] + b", " + json.dumps(document).encode()[1:]


@pytest.mark.parametrize("name", ["context", "prefetch", "fhirServer", "hook"])
def test_a_member_that_stands_twice_is_refused_because_one_would_be_lost(name: str) -> None:
    document = {"prefetch": {}, "fhirServer": "https://e.org", **SIGN}
    with pytest.raises(WrongMember) as error:
        parse_request(twice(name, document, document[name]), Service("order-sign", "d", "x"))
    assert error.value.where == "$"


@pytest.mark.parametrize("name", ["draftOrders", "patientId", "\\u0064raftOrders"])
def test_a_context_field_that_stands_twice_is_refused(name: str) -> None:
    context = b'{"%b": 1, ' % name.encode() + json.dumps(SIGN["context"]).encode()[1:]
    body = json.dumps({**SIGN, "context": "HERE"}).encode().replace(b'"HERE"', context)
    with pytest.raises(WrongMember) as error:
        parse_request(body, Service("order-sign", "d", "x"))
    assert error.value.where == "$.context"


def test_names_written_with_escapes_and_blanks_and_resources_with_a_context_are_no_repeats() -> None:
    body = json.dumps({**SIGN, "prefetch": {"x": {"context": {"context": 1}}}, "größe": 1}, indent=3)
    body = body.replace('"context": {', '"cont\\u0065xt" :\t{', 1)
    assert "order-sign" == parse_request(body.encode(), Service("order-sign", "d", "x")).hook


# ------------------------------------------------------------------ members of the prefetch
BUNDLE = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation", "id": 'o, " : 1'}}]}
WRITTEN: dict[str, dict[str, Any]] = {
    "compact": {"separators": (",", ":")},
    "as Python writes it": {},
    "indented": {"indent": 2},
    "blanks around all": {"separators": (" ,\n", "\t: ")},
}


def prefetch_text(how: str, members: list[tuple[str, Any]]) -> str:
    """A JSON object whose names may stand there more than once."""
    numbered = {f"{n}|{name}": value for n, (name, value) in enumerate(members)}
    text = json.dumps(numbered, ensure_ascii=False, **WRITTEN[how])
    for n in range(len(members)):
        text = text.replace(f'"{n}|', '"', 1)
    return text


def sent(prefetch: str) -> bytes:
    return json.dumps({**SIGN, "prefetch": "HERE"}).replace('"HERE"', prefetch).encode()


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("value", [BUNDLE, {}, None], ids=["Bundle", "empty", "null"])
def test_a_prefetch_key_that_stands_twice_is_refused_because_one_would_be_lost(
    how: str, place: int, value: object
) -> None:
    members = [("platelets", BUNDLE), ("patient", {"a": [1, 2]})]
    members.insert(place, ("platelets", value))
    with pytest.raises(WrongMember) as error:
        parse_request(sent(prefetch_text(how, members)), Service("order-sign", "d", "x"))
    assert "$.prefetch" == error.value.where


def test_a_prefetch_key_that_stands_twice_with_escapes_is_refused() -> None:
    with pytest.raises(WrongMember):
        parse_request(sent('{"patient":null,"p\\u0061tient":{}}'), Service("order-sign", "d", "x"))


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize("count", [0, 1, 2, 18])
def test_a_prefetch_whose_keys_stand_once_is_cut_out(how: str, count: int) -> None:
    text = prefetch_text(how, [(f"größe{n}", BUNDLE) for n in range(count)])
    body = sent(text)
    kept = parse_request(body, Service("order-sign", "d", "x")).prefetch
    assert (sent("{}"), count) == (without_object(body, "prefetch", kept), len(kept))


@pytest.mark.parametrize("text", ['{"a":1, "b" :2,"c": 3 }', "{ }", ' {"a":1}', '{"a":{}\t,\n"b":"}"\n}'])
def test_a_prefetch_written_in_mixed_ways_is_cut_out_too(text: str) -> None:
    assert b'{"prefetch":{}}' == without_object(
        b'{"prefetch":%b}' % text.strip().encode(), "prefetch", msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    )


@pytest.mark.parametrize(
    "text", ['{"\\u0061":1,"b":2}', '{"a":1,"a":2}', '{"a":1,"b":2,"a":1}', '{"a":1,"b":2,"a":3}', '{"b":0,"a":1}']
)
def test_a_prefetch_that_is_not_as_it_was_kept_is_not_cut_out(text: str) -> None:
    kept = msgspec.json.decode('{"a":1,"b":2}', type=dict[str, msgspec.Raw])
    assert without_object(b'{"prefetch":%b}' % text.encode(), "prefetch", kept) is None
    assert without_object(b'{"prefetch":null}', "prefetch", kept) is None


def test_a_prefetch_beside_one_of_the_same_name_further_in_hides_no_repeat() -> None:
    inner = {"prefetch": {"patient": None}}
    body = json.dumps({"extension": inner, **SIGN}).encode()[:-1] + b', "prefetch": {"patient": 1, "patient": null}}'
    with pytest.raises(WrongMember):
        parse_request(body, Service("order-sign", "d", "x"))


# ------------------------------------------------------------------ many members
@pytest.mark.parametrize("member", ["context", "prefetch"])
def test_a_hundred_thousand_members_that_nobody_reads_cost_no_more_each(member: str) -> None:
    request = {**SIGN, "prefetch": {}}
    request[member] = {**request[member], **{f"k{n}": 0 for n in range(100_000)}}
    body = json.dumps(request).encode()
    begin = time.process_time()
    parse_request(body, Service("order-sign", "d", "x"))
    assert time.process_time() - begin < 2
