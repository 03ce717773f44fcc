"""The whole service in demo mode with its pages and the fixture cases, as `cds-service demo` builds it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from cds_service.api import demo_sign_in
from cds_service.app import create_app
from cds_service.commands.demo import demo_settings
from cds_service.commands.fixtures import fixtures

KEY = "a throw-away key of 32 characters or more"


@dataclass(frozen=True)
class Live:
    url: str
    app: Any
    folder: Path


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("pages")
    settings = demo_settings({}, date.today(), 5000, str(folder))[0]
    return create_app(settings, cases=fixtures())


@pytest.fixture
def client(demo: Any) -> FlaskClient:
    browser: FlaskClient = demo.test_client()
    return browser


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A demonstration that listens, with its pretended provider; a sign-in needs one that answers over HTTP."""
    folder = tmp_path_factory.mktemp("live")
    (folder / "reviews").mkdir()
    cases = fixtures()
    given = {"CDS_REVIEW_KEY": KEY, "CDS_REVIEWS": str(folder / "reviews")}
    listening = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    try:
        settings, _ = demo_settings(given, cases[0].today, listening.port, str(folder))
        listening.app = create_app(settings, cases=cases)
        listening.app.register_blueprint(demo_sign_in.blueprint(settings.oidc_issuer))
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield Live(f"http://127.0.0.1:{listening.port}", listening.app, folder)
        listening.shutdown()
        thread.join()
    finally:
        listening.server_close()
