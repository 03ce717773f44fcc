"""`cds-service synthesize`: made-up patients in treatment as a FHIR Bulk Data export, with what should be found in each chart.

For benchmarks, demonstrations and load, and to measure how much of what stands in messy charts is found. Nobody in it exists.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from cds_service.commands.preflight import whole
from cds_service.program import program
from cds_service.synthetic.export import EXPECTED, SITE_MAP, charts, write

FULL, MOST = 500, 999_999_999


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many patients, where to, and in which manner."""
    parser.add_argument("--patients", type=whole(1, MOST, "--patients"), required=True, help="how many patients")
    parser.add_argument(
        "--others",
        type=whole(0, MOST, "--others"),
        default=0,
        metavar="N",
        help="and so many like them who never had the drug",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to; new or empty")
    parser.add_argument(
        "--seed", type=whole(1, MOST, "--seed"), default=1, help="the same seed gives the same bytes (default 1)"
    )
    parser.add_argument("--jurisdiction", choices=("US", "EU"), default="US", help="whose patients (default US)")
    parser.add_argument("--clean", action="store_true", help="the same patients without the mess of practice")
    parser.add_argument(
        "--resources-per-patient",
        type=whole(1, MOST, "--resources-per-patient"),
        default=FULL,
        metavar="N",
        help=f"lines a chart is filled up to (default {FULL}); a course that has more keeps them: at 50 hardly any is filled",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the export. Returns 0; 2 where the folder cannot be used, 1 where writing failed."""
    folder: Path = arguments.out
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            return _refused(f"{folder} is not empty: name a new folder, so that no export is mixed with another")
    except OSError as error:
        return _refused(f"{folder} cannot be used: {error.strerror}")
    patients = arguments.patients + arguments.others
    made = charts(
        arguments.patients,
        arguments.seed,
        law=arguments.jurisdiction,
        others=arguments.others,
        clean=arguments.clean,
        size=arguments.resources_per_patient,
    )
    began = time.monotonic()
    try:
        written = write(folder, made, _progress(patients))
    except OSError as error:
        sys.stderr.write(f"\ncds-service synthesize: {folder}: {error.strerror}; what was written is not whole\n")
        return 1
    seconds = time.monotonic() - began
    sys.stdout.write(
        f"{patients:,} patients, {written.resources:,} resources, {written.bytes / 1e6:,.0f} MB in {seconds:.0f} s: {folder}\n"
        f"{written.findings:,} findings to be made: {folder / EXPECTED}\n"
        f"Next: CDS_SITE_MAP={folder / SITE_MAP} {program()} replay {folder} --out RESULTS "
        f"--jurisdiction {arguments.jurisdiction} --keep-ids\n"
    )
    if find_spec("pyarrow") is None:
        sys.stdout.write("replay needs an extra: .venv/bin/pip install -e '.[replay]' (docs/replay.md)\n")
    return 0


def _progress(patients: int) -> Callable[[int], None]:
    """What tells of each hundredth part, where somebody watches."""
    step = max(1, patients // 100)

    def tell(number: int) -> None:
        if sys.stderr.isatty() and (number % step == 0 or number == patients):
            sys.stderr.write(f"\r{number:,} of {patients:,} patients{'' if number < patients else chr(10)}")

    return tell


def _refused(why: str) -> int:
    sys.stderr.write(f"cds-service synthesize: {why}\n")
    return 2
