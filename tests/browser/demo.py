"""The demonstration as a user starts it, in a process of its own on a free port."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+(?=/cds-services\b)")


@contextmanager
def demo(**environment: str) -> Iterator[str]:
    """The base URL of a demonstration that serves while the block runs.

    Args: settings beside those of the demonstration, by their names.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CDS_", "COV_"))}
    command = [sys.executable, "-m", "cds_service.cli", "demo", "--port", "0"]
    given = {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment}
    with subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str]) -> str:
    """What the demonstration prints as its address, once it serves."""
    assert process.stdout is not None
    said, found = "", None
    for line in process.stdout:
        said += line
        found = found or ADDRESS.search(line)
        if found and line.startswith("Serving"):
            return found[0]
    raise AssertionError(f"the demonstration did not start:\n{said}")
