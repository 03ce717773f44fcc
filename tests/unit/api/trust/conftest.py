"""The authenticator with its key server and its store, for the tests of client authentication."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cds_service.api.jwt import JwtAuthenticator
from cds_service.api.trusted_clients import TrustedClient
from cds_service.store.engine import Database
from cds_service.store.replay import ReplayStore
from tests.unit.api.trust.case import BASE, EC, ISSUER, NOW, RSA, Build, Ticks
from tests.unit.api.trust.tokens import JwksServer


@pytest.fixture(scope="module")
def shared_server() -> Iterator[JwksServer]:
    with JwksServer().running() as server:
        yield server


@pytest.fixture
def server(shared_server: JwksServer) -> JwksServer:
    fresh = {"keys": [EC.jwk(), RSA.jwk()], "status": 200, "raw": None, "location": "", "delay": 0.0, "calls": []}
    for name, value in fresh.items():
        setattr(shared_server, name, value)
    return shared_server


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "store.sqlite3"
    database = Database(f"sqlite:///{path}")
    database.prepare()
    database.close()
    return path


@pytest.fixture
def replay(empty: Path, tmp_path: Path) -> Iterator[ReplayStore]:
    shutil.copy(empty, tmp_path)
    database = Database(f"sqlite:///{tmp_path}/store.sqlite3")
    database.prepare()
    yield ReplayStore(database, lambda: NOW)
    database.close()


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def build(server: JwksServer, replay: ReplayStore, ticks: Ticks) -> Build:
    def make(**members: Any) -> JwtAuthenticator:
        client = TrustedClient(**{"iss": ISSUER, "jku": server.url, **members})
        return JwtAuthenticator({client.iss: client}, BASE, replay, clock=lambda: NOW, ticks=ticks)

    return make
