"""What a replay costs: python bench/replay.py [--patients 300] [--others 0] [--resources-per-patient 500]

In one run, on made-up patients (`cds-service synthesize`): the same NDJSON merely parsed with msgspec in as many processes, then
`--as-of` one day (at least a quarter of that throughput is asked for), then the whole history, whose processor time per decision is
held against that of a call in `bench/in_process.py` (at most 1.5 times). Prints decisions per second and core, and the highest memory.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import msgspec

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from calls import KINDS, calls  # noqa: E402
from in_process import cpu, service  # noqa: E402

from cds_service.population.export import Lines, Piece, Source, pieces, sources  # noqa: E402
from cds_service.population.local import Local  # noqa: E402
from cds_service.population.replayer import Plan  # noqa: E402
from cds_service.population.work import Work  # noqa: E402
from cds_service.settings import Settings  # noqa: E402

AS_OF = date(2025, 6, 1)
SETTINGS = Settings(jurisdiction="US", auth="none", allow_anonymous=True, allow_unreviewed=True)


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of the clock, seconds of the processors, decisions."""

    wall: float
    cpu: float
    decisions: int = 0


def parse(piece: Piece) -> int:
    """Parses each line of a piece; the number of lines."""
    return sum(1 for line in Lines(piece) if msgspec.json.decode(line) is not None)


def parsed(found: tuple[Source, ...], workers: int) -> Spent:
    """The export merely parsed."""
    parts = pieces(found, 8 * 1024 * 1024)
    began, own = time.perf_counter(), spent()
    if workers == 1:
        for part in parts:
            parse(part)
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
            list(pool.map(parse, parts))
    return Spent(time.perf_counter() - began, spent() - own)


def replayed(export: Path, plan: Plan, workers: int) -> tuple[Spent, Counter[str]]:
    """The export replayed, without tables and page."""
    with tempfile.TemporaryDirectory() as folder:
        work, _ = Work.begun(Path(folder) / "out", {})
        began, own = time.perf_counter(), spent()
        results, _ = Local(work, sources(export), plan, workers).run(lambda *_: None)
        wall, used = time.perf_counter() - began, spent() - own
        failures: Counter[str] = Counter()
        decisions = 0
        for result in results:
            decisions += len(result.decisions)
            failures.update(d.failure for d in result.decisions if d.failure)
        return Spent(wall, used, decisions), failures


def spent() -> float:
    """Seconds of the processors, of this process and of those that ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def call() -> float:
    """Processor seconds of one call, the median of the kinds that `bench/in_process.py` plays."""
    with tempfile.TemporaryDirectory() as folder:
        answer = service(Path(folder))
        played = [calls(kind, 40_000, date.today()) for kind in KINDS]
        rounds = [min(cpu(answer, each) for _ in range(7)) for each in played]
        return sorted(rounds)[1] / 1000


def main() -> int:
    """Run and print; 1 where a bound is passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=300)
    parser.add_argument("--resources-per-patient", type=int, default=500)
    parser.add_argument("--others", type=int, default=0, help="so many patients more who never had the drug")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--export", type=Path, help="an export that is there already")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        export = arguments.export or Path(folder) / "export"
        if arguments.export is None:
            made = (
                "--patients",
                str(arguments.patients),
                "--resources-per-patient",
                str(arguments.resources_per_patient),
            )
            made += ("--others", str(arguments.others))
            subprocess.run([sys.executable, "-m", "cds_service.cli", "synthesize", *made, "--out", export], check=True)
        found = sources(export)
        show = partial(print, flush=True)
        bare = parsed(found, arguments.workers)
        show(f"parsed with msgspec: {bare.wall:.2f} s, {bare.cpu:.2f} s of processors, {arguments.workers} processes")
        once, failures = replayed(export, Plan(SETTINGS, AS_OF), arguments.workers)
        share, cpu_share = bare.wall / once.wall, bare.cpu / once.cpu
        show(
            f"--as-of {AS_OF}: {once.wall:.2f} s, {once.cpu:.2f} s of processors, {once.decisions} decisions, {share:.2f} of the"
        )
        show(f"    throughput of parsing by the clock, {cpu_share:.2f} by processor time (asked for: 0.25)")
        whole, more = replayed(export, Plan(SETTINGS), arguments.workers)
        each, own = whole.cpu / whole.decisions, call()
        show(f"whole history: {whole.wall:.2f} s, {whole.cpu:.2f} s of processors, {whole.decisions} decisions")
        show(
            f"    {1000 * each:.2f} ms of processor a decision, {each / own:.2f} of a call ({1000 * own:.2f} ms; at most 1.5)"
        )
        show(
            f"    {whole.decisions / whole.cpu:.0f} decisions a second and core; failures: {dict(failures + more) or 'none'}"
        )
        most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        show(f"highest memory of one process: {most // 1024} MB")
    return int(share < 0.25 or each > 1.5 * own)


if __name__ == "__main__":
    sys.exit(main())
