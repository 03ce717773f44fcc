"""A reader that goes away ("| head") is no error of the commands that write for people."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cds_service.cli import READER_GONE

CASE = Path(__file__).parents[3] / "fhir_fixtures" / "platelets-29999-week-12" / "request.json"


@pytest.mark.slow
@pytest.mark.parametrize("words", [["services"], ["explain", str(CASE), "--today", "2026-01-26"]])
def test_a_command_whose_reader_went_away_ends_quietly(words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    environ = {**os.environ, "CDS_MODE": "demo", "CDS_JURISDICTION": "US"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "cds_service.cli", *words], stdout=writer, stderr=subprocess.PIPE, env=environ
        )
    finally:
        os.close(writer)
    assert (READER_GONE, b"") == (done.returncode, done.stderr)
