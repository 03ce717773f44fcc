"""Are keys fetched from the listed address only, seldom, and again when they change?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds_service.api.jwks import KeysUnavailable, fetch_jwks
from tests.unit.api.trust.case import ISSUER, SERVICE, Build, Ticks, bearer, refusal
from tests.unit.api.trust.tokens import EcKey, JwksServer


def test_keys_are_fetched_once_for_many_calls(build: Build, server: JwksServer, ticks: Ticks) -> None:
    authenticator = build()
    for _ in range(5):
        authenticator.authenticate(bearer(), SERVICE)
    ticks.now += 299
    authenticator.authenticate(bearer(), SERVICE)
    assert 1 == len(server.calls)
    ticks.now += 2
    authenticator.authenticate(bearer(), SERVICE)
    assert 2 == len(server.calls)


@pytest.mark.row("JWT-14")
def test_a_new_key_works_within_ten_seconds(build: Build, server: JwksServer, ticks: Ticks) -> None:
    authenticator, new = build(), EcKey("ec-2")
    authenticator.authenticate(bearer(), SERVICE)
    server.keys = [new.jwk()]
    ticks.now += 9
    assert ISSUER == authenticator.authenticate(bearer(new), SERVICE).issuer
    assert "kid-unknown" == refusal(authenticator, bearer())


@pytest.mark.row("JWT-14")
def test_unknown_keys_cause_few_fetches(build: Build, server: JwksServer, ticks: Ticks) -> None:
    authenticator = build()
    for number in range(60):
        assert "kid-unknown" == refusal(authenticator, bearer(head={"kid": f"made-up-{number}"}))
        ticks.now += 0.1
    assert 2 == len(server.calls)


FAULTS: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "a redirect": {"status": 302, "location": "http://127.0.0.1:9/jwks.json"},
    "not JSON": {"raw": b"<html>"},
    "no key set": {"raw": b'{"key": []}'},
    "too large": {"raw": b" " * 300_000},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_old_keys_serve_for_a_day_while_the_address_fails(
    build: Build, server: JwksServer, ticks: Ticks, fault: dict[str, Any]
) -> None:
    authenticator = build()
    authenticator.authenticate(bearer(), SERVICE)
    for name, value in fault.items():
        setattr(server, name, value)
    ticks.now += 3600
    assert ISSUER == authenticator.authenticate(bearer(), SERVICE).issuer
    assert 2 == len(server.calls)
    ticks.now += 24 * 3600
    assert "keys-unavailable" == refusal(authenticator, bearer())


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_without_any_keys_the_call_is_refused(build: Build, server: JwksServer, fault: dict[str, Any]) -> None:
    for name, value in fault.items():
        setattr(server, name, value)
    assert "keys-unavailable" == refusal(build(), bearer())
    assert 1 == len(server.calls)


def test_a_redirect_is_not_followed(server: JwksServer) -> None:
    server.status, server.location = 302, server.url.replace("jwks", "elsewhere")
    with pytest.raises(KeysUnavailable, match="status-302"):
        fetch_jwks(server.url)
    assert ["/jwks.json"] == server.calls


def test_a_proxy_in_the_environment_is_not_used(server: JwksServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    assert {"keys"} == set(json.loads(fetch_jwks(server.url)))


def test_an_address_that_answers_nobody_is_unavailable(server: JwksServer) -> None:
    with pytest.raises(KeysUnavailable):
        fetch_jwks("http://127.0.0.1:1/jwks.json")
