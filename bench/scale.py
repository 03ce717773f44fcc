"""What a replay costs as patients grow: python bench/scale.py 1k [3k 10k 100k-small] [--as-of DATE] [--folder DIR]

For each size an export is made (`cds-service synthesize`, kept in the folder for the next run) and replayed by the local engine.
Printed, as a row of docs/scale.md: patients, resources, bytes; CPU seconds of making and of the replay with all its processes,
decisions, CPU milliseconds for each patient and each decision, wall time, and the memory of the largest process.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SIZES = {
    "1k": (1_000, 500),
    "3k": (3_000, 500),
    "10k": (10_000, 500),
    "1k-small": (1_000, 50),
    "100k-small": (100_000, 50),
}
"""Patients, and the resources that each chart is filled up to."""

PROGRAM = [sys.executable, "-m", "cds_service.cli"]
HEAD = (
    "size", "patients", "resources", "GB", "made, CPU s", "replay, CPU s", "decisions",
    "CPU ms a patient", "CPU ms a decision", "wall s", "largest process, MB",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """What a program and its children took."""

    cpu: float
    wall: float
    megabytes: float


def measured(arguments: list[str]) -> Cost:
    """Run a command of the service. Raises: SystemExit where it failed."""
    began = time.monotonic()
    process = os.posix_spawn(
        sys.executable,
        [*PROGRAM, *arguments],
        {"CDS_HASH_KEY": "of a bench, which hides nobody: " + "x" * 8, **os.environ},
    )
    _, status, used = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)}: ended with {os.waitstatus_to_exitcode(status)}")
    return Cost(used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss / 1024)


def row(size: str, folder: Path, as_of: str, workers: int) -> list[str]:
    """Make, replay and measure one size."""
    patients, resources = SIZES[size]
    export, out = folder / size, folder / f"{size}-replayed"
    made = "kept"
    if not export.exists():
        words = ["--patients", str(patients), "--resources-per-patient", str(resources), "--out", str(export)]
        made = f"{measured(['synthesize', *words]).cpu:.0f}"
    shutil.rmtree(out, ignore_errors=True)
    day = ["--as-of", as_of] if as_of else []
    words = [str(export), "--out", str(out), "--jurisdiction", "US", "--workers", str(workers), *day]
    cost = measured(["replay", *words])
    decisions = json.loads((out / "summary.json").read_text(encoding="utf-8"))["decisions"]
    files = [path for path in export.iterdir() if path.name[0].isupper()]
    lines = sum(chunk.count(b"\n") for path in files for chunk in _chunks(path))
    gigabytes = sum(path.stat().st_size for path in files) / 1e9
    each, a_decision = cost.cpu * 1000 / patients, cost.cpu * 1000 / max(decisions, 1)
    numbers = (f"{patients:,}", f"{lines:,}", f"{gigabytes:.2f}", made, f"{cost.cpu:.0f}", f"{decisions:,}")
    return [size, *numbers, f"{each:.1f}", f"{a_decision:.1f}", f"{cost.wall:.0f}", f"{cost.megabytes:.0f}"]


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(1 << 24), b"")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="+", choices=SIZES)
    parser.add_argument(
        "--as-of", default="", metavar="DATE", help="one decision a patient, instead of the whole history"
    )
    parser.add_argument("--folder", type=Path, required=True, help="where exports and results are kept; some GB")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    print("| " + " | ".join(HEAD) + " |")
    print("|" + "---|" * len(HEAD))
    for size in arguments.sizes:
        print("| " + " | ".join(row(size, arguments.folder, arguments.as_of, arguments.workers)) + " |", flush=True)


if __name__ == "__main__":
    main()
