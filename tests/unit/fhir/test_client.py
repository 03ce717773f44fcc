"""Does the client fetch what it may, name what failed, and stop in time, whatever the server does?"""

import logging
import threading
import time

import pytest
import responses

from cds_service.fhir.client import FhirClient
from cds_service.fhir.fetch_result import (
    INCOMPLETE,
    NOT_FHIR,
    OUTCOME,
    REDIRECT,
    REFUSED,
    SERVER_ERROR,
    TIMEOUT,
    TOO_LARGE,
    UNAVAILABLE,
    UNREACHABLE,
)
from tests.support.fhir_server import fhir_server

BUNDLE = {"resourceType": "Bundle", "type": "searchset", "total": 0}
OO = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
SEARCH = {"k": "Observation?patient=p1&code=http://loinc.org|777-3"}
BASE = "https://ehr.example/fhir"


def client(origin, **settings):
    return FhirClient([origin], **{"deadline_seconds": 1, "per_query_seconds": 0.5, **settings})


def one(server, query=SEARCH["k"], **settings):
    return client(server.origin, **settings).fetch(server.origin + "/fhir", "secret", {"k": query})["k"]


def timed(action):
    begun = time.monotonic()
    return action(), time.monotonic() - begun


@pytest.mark.row("FA-2")
def test_a_search_is_one_get_with_the_token_and_asks_for_fhir_json():
    with fhir_server(lambda h: h.reply(200, BUNDLE)) as server:
        result = one(server)
    [(method, path, headers, _)] = server.seen
    assert (result.failure, len(result.pages)) == ("", 1)
    assert (method, path) == ("GET", "/fhir/Observation?patient=p1&code=http://loinc.org%7C777-3")
    assert headers["Accept"] == "application/fhir+json"
    assert headers["Authorization"] == "Bearer secret"


def test_without_a_token_none_is_sent():
    with fhir_server(lambda h: h.reply(200, BUNDLE)) as server:
        client(server.origin).fetch(server.origin, None, SEARCH)
    assert "Authorization" not in server.seen[0][2]


@pytest.mark.row("FA-4")
def test_a_token_and_a_cookie_of_one_call_are_not_kept_for_the_next():
    with fhir_server(lambda h: h.reply(200, BUNDLE, **{"Set-Cookie": "session=1"})) as server:
        fetcher = client(server.origin)
        fetcher.fetch(server.origin, "secret", SEARCH)
        fetcher.fetch(server.origin, None, SEARCH)
    assert not {"Authorization", "Cookie"} & set(server.seen[1][2])


@pytest.mark.row("FA-5")
@pytest.mark.parametrize(
    ("status", "body", "expected", "asked"),
    [
        (401, {}, "401", 1),
        (403, {}, "403", 1),
        (404, {}, "404", 1),
        (500, {}, SERVER_ERROR, 1),
        (503, {}, SERVER_ERROR, 2),
        (503, OO, SERVER_ERROR, 1),
        (200, OO, OUTCOME, 1),
        (200, b"<html>", NOT_FHIR, 1),
        (200, b"", NOT_FHIR, 1),
        (200, b"[" * 5000, NOT_FHIR, 1),
        (200, {"resourceType": "Patient"}, NOT_FHIR, 1),
    ],
)
def test_a_failure_has_a_name_and_only_a_gateway_fault_is_retried_once(status, body, expected, asked):
    with fhir_server(lambda h: h.reply(status, body)) as server:
        result = one(server)
    assert ((), expected) == (result.pages, result.failure)
    assert asked == len(server.seen)


def test_a_retry_that_works_is_an_answer():
    with fhir_server(lambda h: h.reply(502 if len(server.seen) == 1 else 200, BUNDLE)) as server:
        assert one(server).failure == ""


@pytest.mark.row("GEN-9")
def test_a_redirect_is_not_followed_and_its_body_not_awaited():
    with fhir_server(lambda h: h.reply(200, BUNDLE)) as other:
        location = other.origin + "/fhir/Patient/p1"
        with fhir_server(lambda h: h.reply(302, b"", Location=location)) as server:
            result = FhirClient([server.origin, other.origin]).fetch(server.origin, "secret", SEARCH)["k"]
    assert result.failure == REDIRECT
    assert other.seen == []


@pytest.mark.row("FA-7")
@pytest.mark.parametrize(
    "server_address",
    [
        "http://ehr.example/fhir",
        "https://ehr.example:8443/fhir",
        "https://ehr.example.evil.example/fhir",
        "https://ehr.example@evil.example/fhir",
        "https://evil.example\\@ehr.example/fhir",
        "https://ehr.example/fhir?x=",
        "https://ehr.example/other/../fhir",
        "https://ehr.example/fhir/..",
        "https://ehr.example/fhir/%2e%2E/other",
        "https://ehr.example/fhir/.%2e",
        "https://ehr.example/./fhir",
        "https://ehr.example/fhir/..%2fother",
        "https://ehr.example/fhir/..;x/other",
        "file:///etc/passwd",
        "//ehr.example/fhir",
        "",
    ],
)
@responses.activate
def test_a_server_that_is_not_listed_exactly_is_never_contacted(server_address):
    result = FhirClient(["https://ehr.example"]).fetch(server_address, "secret", SEARCH)
    assert result["k"].failure == REFUSED
    assert len(responses.calls) == 0


@responses.activate
def test_the_default_port_and_upper_case_name_the_same_origin():
    responses.get(f"{BASE}/Patient/p1", json={"resourceType": "Patient"})
    result = FhirClient(["https://EHR.example:443/"]).fetch(BASE, None, {"k": "Patient/p1"})
    assert result["k"].failure == ""


@responses.activate
def test_the_origins_of_one_caller_replace_those_of_the_client():
    result = FhirClient(["https://ehr.example"]).call([]).fetch(BASE, None, SEARCH)
    assert result["k"].failure == REFUSED


def paging(pages, other=""):
    def behaviour(handler):
        number = int(handler.path.rpartition("page=")[2]) if "page=" in handler.path else 1
        link = [{"relation": "next", "url": f"{other}/fhir?page={number + 1}"}] if number < pages else []
        handler.reply(200, {**BUNDLE, "link": link})

    return behaviour


@pytest.mark.parametrize(("pages", "got", "failure"), [(3, 3, ""), (4, 3, INCOMPLETE)])
def test_pages_are_followed_up_to_the_cap(pages, got, failure):
    with fhir_server(paging(pages)) as server:
        result = one(server, max_pages=3)
    assert (got, failure) == (len(result.pages), result.failure)


def test_a_page_elsewhere_is_not_fetched_even_where_that_origin_is_listed():
    with fhir_server(paging(9)) as other, fhir_server(paging(2, other.origin)) as server:
        result = FhirClient([server.origin, other.origin]).fetch(server.origin, "secret", SEARCH)["k"]
    assert (len(result.pages), result.failure) == (1, INCOMPLETE)
    assert other.seen == []


@pytest.mark.parametrize("link", ["http://[20]/", "//[", "http://a\u2100b/"])
def test_a_next_link_that_is_no_url_leaves_the_answer_incomplete(link):
    with fhir_server(paging(2, link)) as server:
        result = one(server)
    assert (1, INCOMPLETE, 1) == (len(result.pages), result.failure, len(server.seen))


def test_a_next_link_to_itself_ends():
    with fhir_server(lambda h: h.reply(200, {**BUNDLE, "link": [{"relation": "next", "url": h.path}]})) as server:
        result = one(server)
    assert result.failure == INCOMPLETE
    assert len(server.seen) <= 2


def test_a_huge_body_is_cut_off_and_is_no_answer():
    with fhir_server(lambda h: h.reply(200, b'{"resourceType":"Bundle"}' + b" " * 300_000)) as server:
        assert one(server, max_bytes=100_000).failure == TOO_LARGE


def test_a_compressed_body_is_refused_since_its_size_is_not_its_length():
    with fhir_server(lambda h: h.reply(200, b"x", **{"Content-Encoding": "gzip"})) as server:
        assert one(server).failure == NOT_FHIR


def test_a_body_cut_before_its_length_is_no_answer():
    def behaviour(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "500")
        handler.end_headers()
        handler.wfile.write(b'{"resourceType":"Bundle"}')
        handler.close_connection = True

    with fhir_server(behaviour) as server:
        assert one(server).failure == UNREACHABLE


DRIPS = {
    "silent": lambda h: time.sleep(1.5),
    "headers": lambda h: h.drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", 1.5),
    "body without a length": lambda h: h.drip(b'HTTP/1.1 200 OK\r\n\r\n{"resourceType":"Bundle"}', 1.5),
    "chunk size": lambda h: h.drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 1.5),
}


@pytest.mark.parametrize("kind", DRIPS)
def test_a_server_that_drips_is_left_at_the_limit_of_the_query(kind):
    with fhir_server(DRIPS[kind]) as server:
        result, seconds = timed(lambda: one(server, per_query_seconds=0.3))
    assert (result.pages, result.failure) == ((), TIMEOUT)
    assert 0.25 < seconds < 0.8
    until = time.monotonic() + 1
    while (left := [t.name for t in threading.enumerate() if t.name.startswith("fhir")]) and time.monotonic() < until:
        time.sleep(0.02)
    assert left == [], "the thread ends with its query, at the latest when the machine has a moment for it"


@pytest.mark.row("CALL-10")
def test_the_deadline_of_a_call_holds_over_its_stages_and_nothing_is_asked_afterwards():
    with fhir_server(lambda h: time.sleep(0.4) or h.reply(200, BUNDLE)) as server:
        call = client(server.origin, deadline_seconds=0.6, threads=2).call()
        first, _ = timed(lambda: call.fetch(server.origin, None, SEARCH))
        second, seconds = timed(lambda: call.fetch(server.origin, None, {str(n): f"Condition?x={n}" for n in range(6)}))
        asked = len(server.seen)
        time.sleep(0.3)
    assert first["k"].failure == ""
    assert {TIMEOUT} == {result.failure for result in second.values()}
    assert seconds < 0.5
    assert asked == len(server.seen) == 3


def test_queries_run_in_parallel():
    with fhir_server(lambda h: time.sleep(0.3) or h.reply(200, BUNDLE)) as server:
        results, seconds = timed(
            lambda: client(server.origin).fetch(server.origin, None, {str(n): f"Condition?x={n}" for n in range(8)})
        )
    assert {""} == {result.failure for result in results.values()}
    assert seconds < 0.8


LONG = "Observation?patient=p1&code=" + ",".join(f"http://loinc.org|{n}-1" for n in range(100))


def test_a_long_search_is_posted():
    with fhir_server(lambda h: h.reply(200, BUNDLE)) as server:
        assert one(server, LONG).failure == ""
    [(method, path, headers, body)] = server.seen
    assert (method, path) == ("POST", "/fhir/Observation/_search")
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert body.startswith("patient=p1&code=http://loinc.org%7C0-1,")


@pytest.mark.parametrize("status", [404, 405])
def test_a_server_without_post_search_is_asked_by_get(status):
    with fhir_server(lambda h: h.reply(status if h.command == "POST" else 200, BUNDLE)) as server:
        assert one(server, LONG).failure == ""
    assert [seen[0] for seen in server.seen] == ["POST", "GET"]


def test_no_server_there_is_named_after_one_retry():
    with fhir_server(lambda h: h.reply(200, BUNDLE)) as server:
        pass
    assert one(server).failure == UNREACHABLE


def test_a_host_that_keeps_failing_is_left_alone_and_tried_again_later():
    with fhir_server(lambda h: h.reply(503 if len(server.seen) <= 2 else 200, BUNDLE)) as server:
        fetcher = client(server.origin, breaker_failures=2, breaker_seconds=0.3)
        failures = [fetcher.fetch(server.origin, None, SEARCH)["k"].failure for _ in range(2)]
        asked = len(server.seen)
        time.sleep(0.35)
        failures.append(fetcher.fetch(server.origin, None, SEARCH)["k"].failure)
    assert failures == [SERVER_ERROR, UNAVAILABLE, ""]
    assert asked == 2


@pytest.mark.row("JWT-17", "GEN-9")
def test_neither_log_nor_reason_holds_an_address_or_a_token(caplog):
    caplog.set_level(logging.DEBUG)
    with fhir_server(lambda h: h.reply(500, OO)) as server:
        fetcher = client(server.origin)
        caplog.set_level(logging.DEBUG)
        result = fetcher.fetch(server.origin, "secret", SEARCH)["k"]
    text = caplog.text + result.failure + repr(fetcher)
    assert not [word for word in ("patient=", "secret", "p1", "Bearer") if word in text]


def test_an_allowed_origin_that_is_none_is_refused_at_the_start():
    with pytest.raises(ValueError, match="origin"):
        FhirClient(["ehr.example"])
