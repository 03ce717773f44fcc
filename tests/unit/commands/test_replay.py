"""Is a finished replay replaced only by somebody who says so?"""

from __future__ import annotations

from pathlib import Path

import pytest

from cds_service.cli import main
from cds_service.population.work import FOLDER, SUMMARY


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """A replay of a small export into the folder `results`."""
    export = str(tmp_path / "export")
    assert 0 == main(["synthesize", "--patients", "2", "--resources-per-patient", "50", "--out", export])
    out = str(tmp_path / "results")
    return ["replay", export, "--out", out, "--jurisdiction", "US", "--keep-ids", "--workers", "1"]


def test_a_finished_result_is_not_replaced_unasked(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == main(words)
    summary = tmp_path / "results" / SUMMARY
    before = summary.stat().st_mtime_ns
    assert 2 == main(words)
    assert "holds the result of a finished replay" in capsys.readouterr().err
    assert before == summary.stat().st_mtime_ns
    assert 0 == main([*words, "--overwrite"])
    assert before < summary.stat().st_mtime_ns


def test_an_interrupted_run_goes_on_beside_what_an_earlier_one_wrote(words: list[str], tmp_path: Path) -> None:
    assert 0 == main(words)
    (tmp_path / "results" / FOLDER).mkdir()
    assert 0 == main(words)
