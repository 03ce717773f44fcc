"""The whole service in demo mode with its pages and the fixture cases, as `cds-service demo` builds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.app import create_app
from cds_service.commands.fixtures import fixtures
from cds_service.settings import Settings


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("pages")
    settings = Settings.from_environment({"CDS_MODE": "demo", "CDS_DATA_DIR": str(folder)})
    return create_app(settings, cases=fixtures())


@pytest.fixture
def client(demo: Any) -> FlaskClient:
    browser: FlaskClient = demo.test_client()
    return browser
