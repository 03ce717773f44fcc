"""Databases to test on: SQLite always, PostgreSQL where CDS_TEST_POSTGRES_URL names a server (`. .ci/postgres.sh`)."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from cds_service.store.engine import Database

POSTGRES = os.environ.get("CDS_TEST_POSTGRES_URL", "")
IS_CI = os.environ.get("CI") == "true"


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRES or IS_CI else [])])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.sqlite3"
        return
    if not POSTGRES:
        pytest.fail("CDS_TEST_POSTGRES_URL names no server; `. .ci/postgres.sh` starts one")
    name = f"test_{uuid.uuid4().hex}"
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A database with its tables."""
    opened = Database(url)
    opened.prepare()
    yield opened
    opened.close()
