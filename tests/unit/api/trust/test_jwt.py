"""Does client authentication accept what the standard describes, and nothing else?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.unit.api.trust.case import BASE, EC, ISSUER, NOW, RSA, SERVICE, Build, bearer, claims, refusal
from tests.unit.api.trust.tokens import EcKey, HmacKey, JwksServer, RsaKey, encode, token


@pytest.mark.row("JWT-12")
@pytest.mark.parametrize("key", [EC, RSA], ids=["ES384", "RS384"])
def test_both_recommended_algorithms_are_accepted(build: Build, server: JwksServer, key: Any) -> None:
    client = build(fhir_servers=frozenset({"https://fhir.example.org"})).authenticate(bearer(key), SERVICE)
    assert (ISSUER, "", frozenset({"https://fhir.example.org"})) == (client.issuer, client.tenant, client.fhir_servers)
    assert ["/jwks.json"] == server.calls


ACCEPTED: dict[str, dict[str, Any]] = {
    "audience in an array": {"aud": ["https://other.example.org", BASE + SERVICE]},
    "not before now": {"nbf": NOW},
    "issued a little ahead of our clock": {"iat": NOW + 20},
    "expired within the skew": {"exp": NOW - 2, "iat": NOW - 200},
    "a lifetime of exactly one hour": {"exp": NOW + 3600},
    "fractions of a second": {"exp": NOW + 300.5, "iat": NOW - 0.25},
    "members that the standard does not know": {"sub": "x", "extra": {"a": 1}},
}


@pytest.mark.parametrize("changes", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_claims_that_are_accepted(build: Build, changes: dict[str, Any]) -> None:
    assert ISSUER == build().authenticate(bearer(**changes), SERVICE).issuer


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no issuer": ({"iss": None}, "issuer-unknown"),
    "unknown issuer": ({"iss": "https://evil.example.org"}, "issuer-unknown"),
    "issuer with a trailing slash": ({"iss": ISSUER + "/"}, "issuer-unknown"),
    "issuer as an array": ({"iss": [ISSUER]}, "issuer-unknown"),
    "no audience": ({"aud": None}, "audience-missing"),
    "audience is a number": ({"aud": 5}, "audience-missing"),
    "audience of the base": ({"aud": BASE}, "audience"),
    "audience of discovery": ({"aud": BASE + "/cds-services"}, "audience"),
    "audience of another service": ({"aud": BASE + "/cds-services/other"}, "audience"),
    "audience with a trailing slash": ({"aud": BASE + SERVICE + "/"}, "audience"),
    "audience with http": ({"aud": "http://cds.example.org" + SERVICE}, "audience"),
    "audience of another host": ({"aud": "https://cds.example.com" + SERVICE}, "audience"),
    "audience of the feedback": ({"aud": BASE + SERVICE + "/feedback"}, "audience"),
    "empty audience array": ({"aud": []}, "audience"),
    "audience array with a number": ({"aud": [BASE + SERVICE, 1]}, "audience-missing"),
    "no expiry": ({"exp": None}, "times-missing"),
    "expiry as text": ({"exp": str(NOW + 300)}, "times-missing"),
    "expiry true": ({"exp": True}, "times-missing"),
    "expiry without end": ({"exp": 10**400}, "times-missing"),
    "expired": ({"exp": NOW - 6, "iat": NOW - 300}, "expired"),
    "no time of issue": ({"iat": None}, "times-missing"),
    "issued in the future": ({"iat": NOW + 120}, "issued-in-the-future"),
    "a lifetime above one hour": ({"exp": NOW + 3601}, "lifetime"),
    "expires before it was issued": ({"exp": NOW + 1, "iat": NOW + 10}, "lifetime"),
    "not yet valid": ({"nbf": NOW + 120}, "not-yet-valid"),
    "not before as text": ({"nbf": "now"}, "not-yet-valid"),
    "no jti": ({"jti": None}, "jti-missing"),
    "blank jti": ({"jti": " "}, "jti-missing"),
    "jti as a number": ({"jti": 7}, "jti-missing"),
    "tenant as a number": ({"tenant": 7}, "tenant"),
}


@pytest.mark.row("JWT-5", "JWT-6", "JWT-7", "JWT-8")
@pytest.mark.parametrize(("changes", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_claims_that_are_refused(build: Build, changes: dict[str, Any], reason: str) -> None:
    assert reason == refusal(build(), bearer(**changes))


HEADS: dict[str, tuple[dict[str, Any], str]] = {
    "no algorithm": ({"alg": None}, "algorithm"),
    "RS256": ({"alg": "RS256"}, "algorithm"),
    "ES256": ({"alg": "ES256"}, "algorithm"),
    "none": ({"alg": "none"}, "algorithm"),
    "algorithm as an array": ({"alg": ["ES384"]}, "algorithm"),
    "another algorithm than the key's": ({"alg": "RS384"}, "key-does-not-fit"),
    "no kid": ({"kid": None}, "kid-missing"),
    "empty kid": ({"kid": ""}, "kid-missing"),
    "kid as a number": ({"kid": 1}, "kid-missing"),
    "no typ": ({"typ": None}, "typ"),
    "another typ": ({"typ": "at+jwt"}, "typ"),
    "crit": ({"crit": ["exp"]}, "crit"),
    "unencoded payload": ({"b64": False}, "crit"),
    "a jku that is not listed": ({"jku": "https://evil.example.org/jwks"}, "jku-not-listed"),
    "jku as an array": ({"jku": []}, "jku-not-listed"),
}


@pytest.mark.row("JWT-3", "JWT-10", "JWT-11")
@pytest.mark.parametrize(("head", "reason"), HEADS.values(), ids=HEADS.keys())
def test_heads_that_are_refused(build: Build, head: dict[str, Any], reason: str) -> None:
    assert reason == refusal(build(), bearer(head=head))


HEADERS = {
    "none": (None, "header-missing"),
    "blank": (" ", "header-missing"),
    "basic": ("Basic abc", "scheme"),
    "no token": ("Bearer ", "scheme"),
    "two parts": ("Bearer a.b", "not-a-token"),
    "not base64": ("Bearer !.!.!", "not-a-token"),
    "not JSON": (f"Bearer {encode(b'x')}.{encode(b'{}')}.a", "not-a-token"),
    "an array": (f"Bearer {encode(b'[]')}.{encode(b'{}')}.a", "not-a-token"),
    "NaN": (f"Bearer {encode(b'{}')}.{encode(b'[NaN]')}.a", "not-a-token"),
    "deep nesting": (f"Bearer {encode(b'[' * 5000)}.{encode(b'{}')}.a", "not-a-token"),
    "very long": ("Bearer " + "a" * 9000 + ".b.c", "not-a-token"),
    "not ASCII": ("Bearer é.b.c", "not-a-token"),
}


@pytest.mark.row("JWT-1")
@pytest.mark.parametrize(("header", "reason"), HEADERS.values(), ids=HEADERS.keys())
def test_headers_that_are_refused(build: Build, header: str | None, reason: str) -> None:
    assert reason == refusal(build(), header)


def test_the_scheme_is_read_in_any_case(build: Build) -> None:
    assert ISSUER == build().authenticate(bearer().replace("Bearer", "bearer"), SERVICE).issuer


@pytest.mark.row("JWT-10")
def test_an_unsigned_token_is_refused(build: Build, server: JwksServer) -> None:
    bare = token(EC, claims(), {"alg": "none"}, signed=False)
    assert "algorithm" == refusal(build(), "Bearer " + bare)
    assert "signature" == refusal(build(), "Bearer " + token(EC, claims(), signed=False))


@pytest.mark.row("JWT-11")
@pytest.mark.parametrize("form", [Encoding.PEM, Encoding.DER])
def test_a_public_key_used_as_shared_secret_is_refused(build: Build, form: Encoding) -> None:
    secret = RSA.private.public_key().public_bytes(form, PublicFormat.SubjectPublicKeyInfo)
    for algorithm in ("HS256", "HS384", "RS384"):
        forged = "Bearer " + token(HmacKey("rsa-1", secret), claims(), {"alg": algorithm})
        assert ("signature" if algorithm == "RS384" else "algorithm") == refusal(build(), forged)


def test_a_token_whose_claims_were_changed_is_refused(build: Build) -> None:
    head, _, signature = token(EC, claims()).split(".")
    changed = encode(json.dumps(claims(tenant="other")).encode())
    assert "signature" == refusal(build(), f"Bearer {head}.{changed}.{signature}")


def test_another_private_key_under_a_known_kid_is_refused(build: Build) -> None:
    assert "signature" == refusal(build(), bearer(EcKey("ec-1")))


@pytest.mark.row("JWT-12")
@pytest.mark.parametrize(
    "members",
    [{"alg": "ES256"}, {"use": "enc"}, {"key_ops": ["sign"]}, {"key_ops": "verify"}, {"kty": "RSA"}, {"crv": "P-256"}],
)
def test_a_key_that_is_not_for_this_use_is_refused(build: Build, server: JwksServer, members: dict[str, Any]) -> None:
    server.keys = [EC.jwk(**members)]
    assert "key-does-not-fit" == refusal(build(), bearer())


def test_a_key_on_another_curve_is_refused(build: Build, server: JwksServer) -> None:
    small = EcKey("small", ec.SECP256R1())
    server.keys = [small.jwk()]
    assert "key-does-not-fit" == refusal(build(), bearer(small))


@pytest.mark.row("JWT-11")
def test_a_shared_secret_in_the_key_set_is_refused(build: Build, server: JwksServer) -> None:
    server.keys = [{"kty": "oct", "kid": "ec-1", "k": "c2VjcmV0"}]
    assert "key-does-not-fit" == refusal(build(), bearer())


def test_a_short_rsa_key_is_refused(build: Build, server: JwksServer) -> None:
    weak = RsaKey("weak", 1024)
    server.keys = [weak.jwk()]
    assert "signature" == refusal(build(), bearer(weak))


def test_a_damaged_key_is_refused(build: Build, server: JwksServer) -> None:
    server.keys = [EC.jwk(x="AAAA")]
    assert "signature" == refusal(build(), bearer())


@pytest.mark.row("JWT-13")
def test_nothing_is_fetched_for_an_unknown_issuer_or_key_address(build: Build, server: JwksServer) -> None:
    other = server.url.replace("jwks", "other")
    assert "issuer-unknown" == refusal(build(), bearer(head={"jku": server.url}, iss="https://evil.example.org"))
    assert "jku-not-listed" == refusal(build(), bearer(head={"jku": other}))
    assert [] == server.calls


@pytest.mark.row("JWT-4")
def test_the_listed_key_address_may_stand_in_the_token(build: Build, server: JwksServer) -> None:
    assert ISSUER == build().authenticate(bearer(head={"jku": server.url}), SERVICE).issuer


@pytest.mark.row("JWT-4")
def test_with_inline_keys_the_address_in_the_token_is_ignored(build: Build, server: JwksServer) -> None:
    authenticator = build(jku="", keys=(EC.jwk(),))
    assert ISSUER == authenticator.authenticate(bearer(head={"jku": server.url}), SERVICE).issuer
    assert "kid-unknown" == refusal(authenticator, bearer(RSA, head={"jku": server.url}))
    assert [] == server.calls


@pytest.mark.row("FB-11")
def test_feedback_accepts_its_own_address_or_the_service(build: Build) -> None:
    feedback = SERVICE + "/feedback"
    for audience in (BASE + feedback, BASE + SERVICE):
        assert ISSUER == build().authenticate(bearer(aud=audience), feedback).issuer
    assert "audience" == refusal(build(), bearer(aud=BASE + "/cds-services/other"), feedback)


@pytest.mark.row("JWT-6")
def test_the_called_address_may_be_given_whole(build: Build) -> None:
    assert ISSUER == build().authenticate(bearer(), BASE + SERVICE).issuer


@pytest.mark.row("JWT-15")
def test_only_listed_tenants_are_accepted(build: Build) -> None:
    authenticator = build(tenants=frozenset({"t1"}))
    assert "t1" == authenticator.authenticate(bearer(tenant="t1"), SERVICE).tenant
    assert "tenant" == refusal(authenticator, bearer(tenant="t2"))
    assert "tenant" == refusal(authenticator, bearer())


def test_without_a_list_any_tenant_is_accepted(build: Build) -> None:
    assert "any" == build().authenticate(bearer(tenant="any"), SERVICE).tenant
