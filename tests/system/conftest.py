"""The made-up export and its replay that the tests of `cds-service replay` share."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds_service.synthetic.export import charts, write
from tests.support.replays import Replayed, replay

PATIENTS = 24


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    write(folder, charts(PATIENTS, 7, size=40), lambda _: None)
    return folder


@pytest.fixture(scope="session")
def whole(export: Path, tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """The whole history, with ids, compared US with EU."""
    return replay(export, tmp_path_factory.mktemp("whole") / "out", "--compare", "US", "EU", "--keep-ids")
