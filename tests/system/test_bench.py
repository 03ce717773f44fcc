"""Do the calls of the benchmark still have the decisions due that it says they have?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_call_of_the_benchmark_is_answered_with_what_is_due() -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "in_process.py"), "--rounds", "1", "--size", "20000"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (0, 3) == (ran.returncode, ran.stdout.count("ratio")), ran.stderr
