"""The whole application behind Flask's test client, in demo mode, with a date and a jurisdiction."""

from __future__ import annotations

import atexit
import functools
import importlib.util
import tempfile
from typing import Any

from cds_service.hooks.hook import HOOKS

PIPELINE = "cds_service.hooks.pipeline"
EVERY_HOOK = ",".join(HOOKS)
"""CDS_SERVICES of a site that is served on every hook there is."""


def is_standing() -> bool:
    """Whether the application is there to be played against."""
    return all(importlib.util.find_spec(name) is not None for name in ("cds_service.app", PIPELINE))


@functools.cache
def _data_dir() -> str:
    folder = tempfile.TemporaryDirectory(prefix="cds-service-tests-")
    atexit.register(folder.cleanup)
    return folder.name


def application(**environment: str) -> Any:
    """The Flask application as it starts with this environment and no other CDS_ setting."""
    from cds_service.app import create_app
    from cds_service.settings import Settings

    return create_app(Settings.from_environment({"CDS_DATA_DIR": _data_dir(), **environment}))


@functools.cache
def client(*, jurisdiction: str, today: str, hooks: str = EVERY_HOOK) -> Any:
    """A test client of the application in demo mode, served on every hook or on some."""
    demo = application(CDS_MODE="demo", CDS_JURISDICTION=jurisdiction, CDS_TODAY=today, CDS_SERVICES=hooks)
    return demo.test_client()
