"""The SMART app in the whole service, with an authorization server and a FHIR server whose answers a test can change."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import responses
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.app import create_app
from cds_service.fhir.fetch_result import FetchResult
from cds_service.hooks.course import Courses
from cds_service.settings import Settings
from cds_service.smart.routes import Setup, blueprint
from cds_service.store.sink import open_sessions
from tests.support.chart import build_chart
from tests.support.search import search
from tests.support.vignettes import vignette, weekly_counts

BASE = "https://cds.example.org"
ISS = "https://ehr.example.org/fhir"
AUTH = "https://login.example.org"
TOKEN = "a-token-that-nobody-may-see"
CLIENT = "the-app"
TODAY = date(2026, 1, 26)
CHART = build_chart(vignette(str(TODAY), weekly_counts("2026-01-12", 3)))


@dataclass
class World:
    """What the servers answer: members to be put over the configuration, the token and the claims of the identity token.

    `failure` is why the FHIR server answers nothing. `asked` are the bodies of token requests, `queries` the FHIR servers that
    were asked with the token. `published` is the key that the server shows, where it is not the one that signs.
    """

    configuration: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    nonce: str = ""
    failure: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    queries: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    published: ec.EllipticCurvePrivateKey | None = None

    def fetch(self, url: str, accept: str) -> bytes:
        """The documents of the authorization server, as `outbound.fetch_document` gives them."""
        if url == f"{ISS}/.well-known/smart-configuration":
            return json.dumps(
                {
                    "issuer": AUTH,
                    "jwks_uri": f"{AUTH}/jwks",
                    "authorization_endpoint": f"{AUTH}/authorize",
                    "token_endpoint": f"{AUTH}/token",
                    "code_challenge_methods_supported": ["S256"],
                    "capabilities": ["launch-ehr", "permission-v2", "sso-openid-connect"],
                    **self.configuration,
                }
            ).encode()
        assert f"{AUTH}/jwks" == url
        public = jwt.algorithms.ECAlgorithm.to_jwk((self.published or self.key).public_key(), as_dict=True)
        return json.dumps({"keys": [{**public, "kid": "k1", "alg": "ES256"}]}).encode()

    def token(self, request: Any) -> tuple[int, dict[str, str], str]:
        """The token endpoint."""
        self.headers.append(dict(request.headers))
        self.asked.append({name: values[0] for name, values in parse_qs(request.body).items()})
        now = int(time.time())
        claims = {
            "iss": AUTH,
            "sub": "u",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            **self.claims,
        }
        identity = jwt.encode({k: v for k, v in claims.items() if v is not None}, self.key, "ES256", {"kid": "k1"})
        answer = {
            "access_token": TOKEN,
            "token_type": "Bearer",
            "expires_in": 3600,
            "patient": CHART.patient_id,
            "id_token": identity,
            **self.tokens,
        }
        status = int(answer.pop("status", 200))
        return (
            status,
            {"Content-Type": "application/json"},
            json.dumps({k: v for k, v in answer.items() if v is not None}),
        )

    def read(self, server: str, token: str | None, queries: Mapping[str, str]) -> Mapping[str, FetchResult]:
        """The FHIR server."""
        self.queries.append((server, token or ""))
        if self.failure:
            return {key: FetchResult(failure=self.failure) for key in queries}
        return {key: FetchResult((json.dumps(self._found(query)).encode(),)) for key, query in queries.items()}

    def _found(self, query: str) -> dict[str, Any]:
        if query == f"Patient/{CHART.patient_id}":
            return CHART.of("Patient")[0]
        return search(query, CHART)


class Reads:
    """A fetcher that reads the chart of the world."""

    def __init__(self, world: World) -> None:
        self.fetch = world.read


WORLD = World()


def service(folder: Path, secret: str = "") -> Flask:
    """The whole service with the app, over the one world; its data in a folder. Args: the app's own secret."""
    settings = Settings.from_environment({"CDS_MODE": "demo", "CDS_TODAY": str(TODAY), "CDS_DATA_DIR": str(folder)})
    made = create_app(settings)
    setup = Setup(BASE, (ISS, "https://other.example.org/r4"), CLIENT, secret)
    courses = Courses(settings, Reads(WORLD))
    made.register_blueprint(
        blueprint(setup, courses, open_sessions(settings), lambda url, accept: WORLD.fetch(url, accept))
    )
    return made


@pytest.fixture
def world() -> Iterator[World]:
    """The world as it is when nothing was changed."""
    WORLD.__dict__.clear()
    WORLD.__dict__.update(vars(World()))
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback(responses.POST, f"{AUTH}/token", WORLD.token)
        yield WORLD


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service keeps its data."""
    return tmp_path_factory.mktemp("smart")


@pytest.fixture(scope="session")
def app(folder: Path) -> Flask:
    """The service as most tests need it: the app is a public client."""
    return service(folder)


@pytest.fixture
def browser(app: Flask, world: World) -> FlaskClient:
    """A browser without anybody's cookies."""
    return app.test_client()


def query(answer: TestResponse) -> dict[str, str]:
    """The parameters of the address that an answer leads to."""
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
