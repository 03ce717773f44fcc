"""Does `doctor` judge a token clause by clause, say what the service would answer, and repeat nothing of it?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cds_service.commands.token_checks import token_checks
from cds_service.settings import Settings
from tests.unit.api.trust.tokens import EcKey, HmacKey, encode, token

NOW = 1_800_000_000.0
BASE = "https://cds.example.org"
SERVICE = "lenalidomide-order-sign"
KEY = EcKey()
GOOD: dict[str, Any] = {
    "iss": "https://ehr.example.org",
    "aud": f"{BASE}/cds-services/{SERVICE}",
    "exp": NOW + 300,
    "iat": NOW - 1,
    "jti": "secret-nonce",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    listed = tmp_path / "clients.toml"
    keys = json.dumps({"keys": [KEY.jwk()]})
    listed.write_text(f"[[client]]\niss = \"{GOOD['iss']}\"\njwks = '''{keys}'''\n", encoding="utf-8")
    return Settings(trusted_clients=listed, public_base_url=BASE)


def judged(text: str, settings: Settings) -> set[tuple[str, str]]:
    return {(check.state, check.clause) for check in token_checks(text, SERVICE, settings, NOW)}


def test_a_good_token_passes_every_clause_more_than_once(settings: Settings) -> None:
    text = token(KEY, GOOD)
    for _ in range(2):
        found = judged(text, settings)
        assert {"pass"} == {state for state, _ in found}
        assert {"JWT-3", "JWT-5", "JWT-6", "JWT-7", "JWT-8", "JWT-12", "JWT-13"} == {clause for _, clause in found}


@pytest.mark.parametrize(
    ("head", "claims", "clause"),
    [
        ({"kid": None}, {}, "JWT-3"),
        ({"typ": None}, {}, "JWT-3"),
        ({"alg": "none"}, {}, "JWT-10"),
        ({"alg": "RS256"}, {}, "JWT-12"),
        ({}, {"jti": None}, "JWT-5"),
        ({}, {"aud": f"{BASE}/cds-services/other"}, "JWT-6"),
        ({}, {"exp": NOW - 60}, "JWT-7"),
        ({}, {"exp": NOW + 7200}, "JWT-8"),
        ({}, {"iss": "https://stranger.example.org"}, "JWT-16"),
    ],
)
def test_each_fault_fails_its_clause_and_the_verdict(
    settings: Settings, head: dict[str, Any], claims: dict[str, Any], clause: str
) -> None:
    found = judged(token(KEY, {**GOOD, **claims}, head), settings)
    assert ("FAIL", clause) in found
    assert ("FAIL", "JWT-16") in found


def test_the_confusion_attack_is_named(settings: Settings) -> None:
    found = judged(token(HmacKey("ec-1", b"x"), GOOD), settings)
    assert ("FAIL", "JWT-11") in found


def test_a_forged_signature_is_refused(settings: Settings) -> None:
    assert ("FAIL", "JWT-16") in judged(token(EcKey(), GOOD), settings)


@pytest.mark.parametrize("text", ["", "a.b.c", "a.b", f"{encode(b'[]')}.{encode(b'[]')}.x", "é.é.é"])
def test_what_is_no_token_is_said_so(settings: Settings, text: str) -> None:
    assert {("FAIL", "JWT-1")} == judged(text, settings)


def test_without_a_list_of_clients_the_signature_is_not_judged() -> None:
    found = judged(token(KEY, GOOD), Settings())
    assert ("note", "JWT-13") in found
    assert ("note", "JWT-6") in found


def test_nothing_of_the_token_is_repeated(settings: Settings) -> None:
    text = token(KEY, {**GOOD, "sub": "someone"}, {"jku": "https://ehr.example.org/keys"})
    words = " ".join(check.words for check in token_checks(text, SERVICE, settings, NOW))
    assert [] == [part for part in (*text.split("."), "secret-nonce", "someone", "ehr.example.org") if part in words]
