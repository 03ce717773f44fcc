"""Is the list of trusted clients read as written, and refused with words that help?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cds_service.api.trusted_clients import load_trusted_clients
from cds_service.errors import SettingsError
from tests.unit.api.trust.tokens import EcKey

KEY = EcKey()
JWKS = json.dumps({"keys": [{**KEY.jwk(), "d": "private"}]})


def write(folder: Path, content: str) -> Path:
    path = folder / "clients.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_full_list_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        f"""
        [[client]]
        iss = "https://ehr.example.org"
        jku = "https://ehr.example.org/jwks.json"
        tenants = ["t1"]
        fhir_servers = ["https://EHR.example.org:443", "http://10.0.0.1:8080"]
        shadow = ["US-MDS-PLT-W4-HI", "lenalidomide-patient-view"]
        takes_system_actions = true
        [[client]]
        iss = "https://other.example.org"
        jwks = '''{JWKS}'''
        """,
    )
    first, second = load_trusted_clients(path).values()
    assert ("https://ehr.example.org/jwks.json", frozenset({"t1"})) == (first.jku, first.tenants)
    assert frozenset({"https://ehr.example.org", "http://10.0.0.1:8080"}) == first.fhir_servers
    assert frozenset({"US-MDS-PLT-W4-HI", "lenalidomide-patient-view"}) == first.shadow
    assert (True, False, frozenset()) == (first.takes_system_actions, second.takes_system_actions, second.shadow)
    assert ("", None, frozenset()) == (second.jku, second.tenants, second.fhir_servers)
    assert "ec-1" == second.keys[0]["kid"]
    assert "d" not in second.keys[0]


JKU = 'iss = "a"\njku = "https://a/jwks"\n'
WRONG = {
    "no client": ("", "must hold one [[client]] table or more"),
    "another table": ("[[clients]]\niss = 'a'", "it has no place for clients"),
    "not TOML": ("[[client", "is not TOML"),
    "no iss": ('[[client]]\njku = "https://a/jwks"', "client 1: iss must be"),
    "blank iss": ('[[client]]\niss = " "\njku = "https://a/jwks"', "client 1: iss must be"),
    "no keys": ('[[client]]\niss = "a"', "client 1: jku or jwks must be given"),
    "both": (f"[[client]]\n{JKU}jwks = '{JWKS}'", "client 1: jku or jwks must be given, and not both"),
    "relative jku": ('[[client]]\niss = "a"\njku = "/jwks"', "client 1: jku must be an absolute"),
    "file jku": ('[[client]]\niss = "a"\njku = "file:///etc/passwd"', "client 1: jku must be an absolute"),
    "jku with a user": ('[[client]]\niss = "a"\njku = "https://u:p@a/jwks"', "client 1: jku must not hold a user"),
    "jku with an odd port": ('[[client]]\niss = "a"\njku = "https://a:x/"', "client 1: jku is not a URL"),
    "jwks not JSON": ("[[client]]\niss = 'a'\njwks = 'x'", "client 1: jwks is not JSON"),
    "jwks without keys": ("[[client]]\niss = 'a'\njwks = '{}'", "client 1: jwks is not a JWK Set"),
    "jwks without kid": ('[[client]]\niss = "a"\njwks = \'{"keys": [{}]}\'', "client 1: jwks holds no key with a kid"),
    "tenants as text": (f'[[client]]\n{JKU}tenants = "t"', "client 1: tenants must be an array"),
    "a path in an origin": (f'[[client]]\n{JKU}fhir_servers = ["https://a/fhir"]', "client 1: fhir_servers must be"),
    "a wildcard": (f'[[client]]\n{JKU}fhir_servers = ["https://*.a"]', "client 1: fhir_servers must be"),
    "unknown member": (f"[[client]]\n{JKU}[[client]]\niss = 'b'\njkU = 'x'", "client 2: jkU is not a member"),
    "twice": (f"[[client]]\n{JKU}[[client]]\n{JKU}", "client 2: iss is listed twice"),
    "a switch as text": (f'[[client]]\n{JKU}takes_system_actions = "1"', "client 1: takes_system_actions must be"),
}


@pytest.mark.parametrize(("content", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_list_is_refused_naming_file_client_and_member(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_trusted_clients(write(tmp_path, content))
    assert words in caught.value.sentence
    assert "clients.toml" in caught.value.sentence
    assert "CDS_TRUSTED_CLIENTS" == caught.value.where


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_trusted_clients(tmp_path / "none.toml")
