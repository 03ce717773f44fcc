"""Node and the packages of this folder: without them a user's run skips, and a run with CI=true fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


def node() -> str:
    """The path of Node, where it and the packages are here."""
    path = shutil.which("node")
    if path is None:
        return _without("node is not installed")
    if not (FOLDER / "node_modules" / "@medplum" / "fhir-router").is_dir():
        return _without("the packages are not installed: npm ci in tests/system/foreign_fhir")
    return path


def _without(reason: str) -> str:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
