"""Does a launch lead to the patient that was authorized, and every other way back to nothing?"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.smart import routes
from tests.unit.smart.conftest import AUTH, BASE, CHART, CLIENT, ISS, TODAY, TOKEN, World, query, service

SECURE = {"base_url": BASE}


def launch(browser: FlaskClient, iss: str = ISS, launch: str = "l-1") -> TestResponse:
    return browser.get("/smart/launch", query_string={"iss": iss, "launch": launch}, **SECURE)


def back(browser: FlaskClient, state: str, **more: str) -> TestResponse:
    return browser.get("/smart/callback", query_string={"state": state, "code": "c-1", **more}, **SECURE)


def completed(browser: FlaskClient, world: World, **more: str) -> TestResponse:
    """A launch all the way back."""
    sent = query(launch(browser))
    world.nonce = world.nonce or sent["nonce"]
    return back(browser, sent["state"], **more)


def refused(answer: TestResponse, words: str) -> None:
    """A page that says why, shows nothing of the way, and that no browser keeps."""
    assert 400 == answer.status_code, answer.get_data(as_text=True)[:500]
    assert words in answer.get_data(as_text=True)
    assert TOKEN not in answer.get_data(as_text=True)


def test_a_launch_goes_to_the_authorization_server_with_all_that_the_standard_asks(browser: FlaskClient) -> None:
    answer = launch(browser)
    assert 302 == answer.status_code
    assert answer.location.startswith(f"{AUTH}/authorize?")
    sent = query(answer)
    told = {
        name: sent[name]
        for name in ("response_type", "client_id", "redirect_uri", "aud", "launch", "code_challenge_method")
    }
    assert {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": f"{BASE}/smart/callback",
        "aud": ISS,
        "launch": "l-1",
        "code_challenge_method": "S256",
    } == told
    assert {"launch", "openid", "fhirUser", "patient/Observation.rs"} <= {*sent["scope"].split()}
    assert len(sent["state"]) > 40


def test_the_verifier_of_the_token_request_belongs_to_the_challenge(browser: FlaskClient, world: World) -> None:
    sent = query(launch(browser))
    world.nonce = sent["nonce"]
    assert 303 == back(browser, sent["state"]).status_code
    digest = hashlib.sha256(world.asked[0]["code_verifier"].encode()).digest()
    assert sent["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert CLIENT == world.asked[0]["client_id"]


def test_a_confidential_client_proves_itself_in_the_header(world: World, tmp_path: Path) -> None:
    completed(service(tmp_path, "its-secret").test_client(), world)
    assert f"Basic {base64.b64encode(f'{CLIENT}:its-secret'.encode()).decode()}" == world.headers[0]["Authorization"]
    assert "client_secret" not in world.asked[0]


def test_the_timeline_is_that_of_the_patient_who_was_authorized(browser: FlaskClient, world: World) -> None:
    answer = completed(browser, world)
    assert re.fullmatch(r"/smart/timeline/[\w-]{40,}", answer.location)
    page = browser.get(answer.location, **SECURE)
    assert 200 == page.status_code
    assert "therapy timeline" in page.get_data(as_text=True)
    born = CHART.of("Patient")[0]["birthDate"]
    assert f"Patient {CHART.patient_id}, born {born}, female" in page.get_data(as_text=True)
    assert {(ISS, TOKEN)} == {*world.queries}
    assert "no-store" == page.headers["Cache-Control"]


def test_a_server_that_knows_the_first_scopes_alone_is_asked_for_them(browser: FlaskClient, world: World) -> None:
    world.configuration = {"capabilities": ["launch-ehr", "permission-v1"]}
    scope = query(launch(browser))["scope"].split()
    assert "patient/Observation.read" in scope
    assert "openid" not in scope


def test_alone_the_app_asks_the_server_for_a_patient(browser: FlaskClient) -> None:
    chosen = browser.get("/smart/launch", **SECURE).get_data(as_text=True)
    assert ISS in chosen
    sent = query(browser.get("/smart/launch", query_string={"iss": ISS}, **SECURE))
    assert "launch/patient" in sent["scope"].split()
    assert "launch" not in sent


# The list of issuers


@pytest.mark.parametrize(
    "iss",
    [
        "https://evil.example.org/fhir",
        f"{ISS}/../r4",
        f"{ISS}/other",
        "https://ehr.example.org",
        "http://ehr.example.org/fhir",
        "https://ehr.example.org.evil.example.org/fhir",
        f"{ISS}?x=1",
        "",
    ],
)
def test_an_issuer_that_is_not_on_the_list_is_refused_before_anything_is_asked(
    browser: FlaskClient, world: World, iss: str
) -> None:
    asked: list[str] = []
    world.fetch = lambda url, accept: asked.append(url) or b""  # type: ignore[func-returns-value,method-assign]
    refused(launch(browser, iss), "not on the list")
    assert [] == asked


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"authorization_endpoint": "http://login.example.org/authorize"}, "not https"),
        ({"token_endpoint": "http://ehr.example.org/token"}, "not https"),
        ({"jwks_uri": "ftp://login.example.org/jwks"}, "not https"),
        ({"authorization_endpoint": "https://user@login.example.org/authorize"}, "not https"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
        ({"token_endpoint": 5}, "not what the standard says"),
    ],
)
def test_a_configuration_that_is_unsafe_or_none_is_refused(
    browser: FlaskClient, world: World, configuration: dict[str, Any], words: str
) -> None:
    world.configuration = configuration
    refused(launch(browser), words)


# The way back


def test_a_way_back_without_a_launch_of_this_browser_is_refused(browser: FlaskClient, app: Flask, world: World) -> None:
    """Cross-site request forgery: the state of the attacker's own launch, brought to somebody else's browser."""
    sent = query(launch(app.test_client()))
    refused(back(browser, sent["state"]), "not under way in this browser")
    assert [] == world.asked


@pytest.mark.parametrize("state", ["", "made-up", "a" * 400, "ä\x00"])
def test_a_state_that_nobody_gave_is_refused(browser: FlaskClient, world: World, state: str) -> None:
    launch(browser)
    refused(back(browser, state), "not under way in this browser")
    assert [] == world.asked


def test_a_way_back_is_gone_once(browser: FlaskClient, world: World) -> None:
    sent = query(launch(browser))
    world.nonce = sent["nonce"]
    assert 303 == back(browser, sent["state"]).status_code
    refused(back(browser, sent["state"]), "completed before")
    assert 1 == len(world.asked)


def test_a_refused_way_back_cannot_be_tried_again(browser: FlaskClient) -> None:
    sent = query(launch(browser))
    refused(back(browser, sent["state"], error="access_denied"), "did not authorize")
    refused(back(browser, sent["state"]), "completed before")


def test_an_answer_of_another_authorization_server_is_refused(browser: FlaskClient, world: World) -> None:
    refused(completed(browser, world, iss="https://evil.example.org"), "another authorization server")
    assert [] == world.asked


@pytest.mark.parametrize("iss", [AUTH, ISS])
def test_an_answer_may_name_the_server_that_was_asked(browser: FlaskClient, world: World, iss: str) -> None:
    assert 303 == completed(browser, world, iss=iss).status_code


@pytest.mark.parametrize("more", [{}, {"iss": ""}])
def test_an_answer_of_a_server_that_always_names_itself_must_name_it(
    browser: FlaskClient, world: World, more: dict[str, str]
) -> None:
    world.configuration = {"authorization_response_iss_parameter_supported": True}
    refused(completed(browser, world, **more), "another authorization server")
    assert [] == world.asked
    world.nonce = ""
    assert 303 == completed(browser, world, iss=AUTH).status_code


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ({"patient": None}, "named no patient"),
        ({"token_type": "mac"}, "unknown type"),
        ({"access_token": None}, "gave no token"),
        ({"status": 400, "error": "invalid_grant"}, "gave no token"),
        ({"status": 500}, "gave no token"),
        ({"expires_in": "soon"}, "gave no token"),
        ({"expires_in": float("nan")}, "gave no token"),
        ({"expires_in": float("inf")}, "gave no token"),
    ],
)
def test_a_token_answer_that_lacks_something_is_refused(
    browser: FlaskClient, world: World, tokens: dict[str, Any], words: str
) -> None:
    world.tokens = tokens
    refused(completed(browser, world), words)


# The identity token


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"nonce": "another"}, "another launch"),
        ({"nonce": None}, "cannot be believed"),
        ({"iss": "https://evil.example.org"}, "cannot be believed"),
        ({"aud": "another-app"}, "cannot be believed"),
        ({"exp": 1}, "cannot be believed"),
        ({"exp": None}, "cannot be believed"),
    ],
)
def test_an_identity_of_another_launch_app_or_server_is_refused(
    browser: FlaskClient, world: World, claims: dict[str, Any], words: str
) -> None:
    world.claims = claims
    refused(completed(browser, world), words)


def test_an_identity_that_the_server_did_not_sign_is_refused(browser: FlaskClient, world: World) -> None:
    world.published = ec.generate_private_key(ec.SECP256R1())
    refused(completed(browser, world), "cannot be believed")


@pytest.mark.parametrize("token", [None, "", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_an_identity_that_is_none_is_refused(browser: FlaskClient, world: World, token: str | None) -> None:
    world.tokens = {"id_token": token}
    refused(completed(browser, world), "cannot be believed")


# The session


def test_another_browser_with_the_address_sees_nothing(browser: FlaskClient, app: Flask, world: World) -> None:
    address = completed(browser, world).location
    for method in ("get", "post"):
        path = address if method == "get" else f"{address}/what-if"
        stranger = getattr(app.test_client(), method)(path, **SECURE)
        assert 403 == stranger.status_code
        assert CHART.patient_id not in stranger.get_data(as_text=True)
    assert [] == world.queries


def test_two_launches_in_one_browser_are_two_sessions(browser: FlaskClient, world: World) -> None:
    """The tab of the first patient never shows the second one, and asks with its own token."""
    first = completed(browser, world).location
    world.nonce, world.tokens = "", {"access_token": "second", "patient": "another-patient"}
    second = completed(browser, world).location
    assert first != second
    browser.get(first, **SECURE)
    assert {TOKEN} == {token for _, token in world.queries}
    world.queries.clear()
    browser.get(second, **SECURE)
    assert {"second"} == {token for _, token in world.queries}


def test_a_cookie_of_one_session_does_not_open_another(browser: FlaskClient, app: Flask, world: World) -> None:
    mine = completed(browser, world).location
    other = app.test_client()
    world.nonce = ""
    theirs = completed(other, world).location
    secret = next(c for c in browser._cookies.values() if c.path == mine)
    name = f"cds-service-smart-{theirs.rpartition('/')[2][:12]}"
    other.delete_cookie(name, path=theirs, domain="cds.example.org")
    other.set_cookie(name, secret.value, path=theirs, domain="cds.example.org")
    assert 403 == other.get(theirs, **SECURE).status_code


def test_cookies_are_out_of_reach_of_scripts_and_go_back_to_one_page_over_https(
    browser: FlaskClient, world: World
) -> None:
    answer = completed(browser, world)
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "Secure", "SameSite=None", "Partitioned", f"Path={answer.location}"} <= {*cookie.split("; ")}


@pytest.mark.parametrize("path", ["/smart/launch", "/smart/launch?iss=https://evil.example.org", "/smart/timeline/x"])
def test_only_the_listed_ehrs_may_frame_the_app_and_its_errors(browser: FlaskClient, path: str) -> None:
    policy = browser.get(path, **SECURE).headers["Content-Security-Policy"].split("; ")
    assert "frame-ancestors 'self' https://ehr.example.org https://other.example.org" in policy
    assert "frame-ancestors 'none'" in browser.get("/", **SECURE).headers["Content-Security-Policy"].split("; ")


def test_the_end_of_a_session_is_its_end(browser: FlaskClient, world: World) -> None:
    address = completed(browser, world).location
    assert 200 == browser.post(f"{address}/close", **SECURE).status_code
    assert 403 == browser.get(address, **SECURE).status_code


def test_a_session_lasts_as_long_as_its_token(browser: FlaskClient, world: World) -> None:
    world.tokens = {"expires_in": 0}
    assert 403 == browser.get(completed(browser, world).location, **SECURE).status_code


def test_no_address_log_line_or_stored_row_holds_a_token_or_a_patient(
    browser: FlaskClient, world: World, capfd: pytest.CaptureFixture[str], folder: Path
) -> None:
    answer = completed(browser, world)
    browser.get(answer.location, **SECURE)
    stored = b"".join(path.read_bytes() for path in folder.glob("*.sqlite3*"))
    logged = "".join(capfd.readouterr())
    assert '"event"' in logged
    for secret in (TOKEN, CHART.patient_id, world.asked[0]["code_verifier"]):
        assert secret not in logged
        assert secret.encode() not in stored
        assert secret not in answer.location
    assert b"browser_session" in stored


def test_a_chart_that_cannot_be_had_is_said_and_is_no_empty_timeline(browser: FlaskClient, world: World) -> None:
    world.failure = "server error"
    page = browser.get(completed(browser, world).location, **SECURE)
    assert 412 == page.status_code
    assert "could not be obtained" in page.get_data(as_text=True)
    assert "<svg" not in page.get_data(as_text=True)


# What if


def asked(browser: FlaskClient, address: str, **given: str) -> TestResponse:
    return browser.post(f"{address}/what-if", data=given, **SECURE)


def test_what_if_answers_with_the_cards_of_that_day(browser: FlaskClient, world: World) -> None:
    address = completed(browser, world).location
    for value in ("28000", "28,000", "28.000"):
        page = asked(browser, address, fact="platelets", value=value, on="2026-02-02")
        assert 200 == page.status_code
        text = page.get_data(as_text=True)
        assert "Platelets 28,000 /µL on 10 mg once daily: hold lenalidomide" in text
        assert "What if: platelets 28,000 /µL on 2026-02-02" in text
        assert 1 == text.count('id="answer"') and '#answer">' in text
    text = asked(browser, address, fact="anc 10*3/uL", value="0,45", on="2026-02-02").get_data(as_text=True)
    assert "ANC 0.45 ×10³/µL on 10 mg once daily: hold lenalidomide" in text
    assert "What if: ANC 0.45 ×10³/µL on 2026-02-02" in text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"fact": "creatinine"}, "Choose which result"),
        ({"value": "28"}, "28 /µL is hardly meant: write it in /µL, or choose platelets (×10³/µL)"),
        ({"fact": "anc", "value": "450.5"}, "or choose ANC (×10³/µL)"),
        ({"fact": "platelets 10*3/uL", "value": "30000"}, "or choose platelets (/µL)"),
        ({"value": ""}, "no number"),
        ({"value": "-1"}, "no number"),
        ({"value": "NaN"}, "no number"),
        ({"value": "1e9"}, "no number"),
        ({"value": "\u0663"}, "no number"),
        ({"value": "<script>"}, "&lt;script&gt;"),
        ({"on": str(TODAY)}, "must lie after today and within a year, from 2026-01-27 to 2027-01-26: 2026-01-26."),
        ({"on": "2031-01-01"}, "within a year"),
        ({"on": "tomorrow"}, "written like"),
    ],
)
def test_a_supposition_that_cannot_be_is_shown_with_what_is_wrong(
    browser: FlaskClient, world: World, given: dict[str, str], words: str
) -> None:
    address = completed(browser, world).location
    page = asked(browser, address, **{"fact": "platelets", "value": "28000", "on": "2026-02-02", **given})
    assert 400 == page.status_code
    text = page.get_data(as_text=True)
    assert words in text
    # The form leads to what is wrong, which stands far below the top of the page.
    assert 1 == text.count('id="answer"') and re.search(r'<p [^>]*id="answer"[^>]*role="alert"', text)
    assert re.search(r'action="[^"]+/what-if[^"]*#answer"', text)


def test_a_launch_that_finds_no_turn_asks_nobody(
    browser: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = completed(browser, world).location
    monkeypatch.setattr(routes.turns, "_free", BoundedSemaphore(1))
    monkeypatch.setattr(routes.turns, "_patience", 0.01)
    asked = len(world.queries)
    with routes.turns.one():
        assert [503, 503] == [launch(browser).status_code, browser.get(address, **SECURE).status_code]
    assert asked == len(world.queries)
    assert 200 == browser.get(address, **SECURE).status_code


def test_json_is_never_what_a_page_needs(browser: FlaskClient) -> None:
    """An error below /smart is a page for people."""
    page = browser.get("/smart/timeline/nobody", **SECURE)
    assert page.content_type.startswith("text/html")
    with pytest.raises(ValueError):
        json.loads(page.get_data())
