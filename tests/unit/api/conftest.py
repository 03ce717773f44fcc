"""One application around the fake engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.app import create_app
from cds_service.settings import Settings
from tests.support.fake_service import FakeEngine, FakeSink

DEMO = Settings(mode="demo", auth="none", jurisdiction="US", cors_origins=("*",), pages=True)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def sink() -> FakeSink:
    return FakeSink()


@pytest.fixture
def client_of(engine: FakeEngine, sink: FakeSink) -> Callable[..., FlaskClient]:
    def build(settings: Settings = DEMO, **parts: Any) -> FlaskClient:
        return create_app(settings, engine=engine, feedback=sink, **parts).test_client()

    return build


@pytest.fixture
def client(client_of: Callable[..., FlaskClient]) -> FlaskClient:
    return client_of()
