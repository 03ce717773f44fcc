"""Do the local engine, a Spark cluster and the service over HTTP decide the same? python bench/equality.py [--patients 10000]

An export is made and its whole history replayed twice, by the local engine and on a standalone cluster of one master and two workers
on loopback, whose Python `CDS_TEST_SPARK_PYTHON` names; the tables are compared patient by patient. A random sample of patients is
then asked about at the service itself, one HTTP call for each call of the replay, with the chart as it was known on that day.
Printed: decisions, rows, each patient that differs, times and memory. Exit code 1 where anything differs.
With `--folder` export and tables are kept, the tables by commit; what is there is not made again.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import pyarrow.parquet as parquet  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

from cds_service.api.wiring import KEY as SERVICE  # noqa: E402
from tests.support.application import application  # noqa: E402
from tests.support.ehr import HttpTransport  # noqa: E402
from tests.support.replays import as_said, asked, read_export  # noqa: E402
from tests.support.spark import Running, cluster  # noqa: E402

PROGRAM = [sys.executable, "-m", "cds_service.cli"]
SECONDS = 0.5
PATIENCE = 300.0
MOST_PRINTED = 20
MOST_MEMORY = 1024
PATIENTS_OF_A_PART = 100
Row = dict[str, Any]
Patients = Mapping[str, Sequence[Row]]


@dataclass(slots=True)
class Watched(AbstractContextManager["Watched"]):
    """What the processes that this one started take together, looked at twice a second: MB at most (of all, of the largest one), CPU.

    Memory that processes share counts at each of them; the last half second of a process is not seen.
    """

    together: float = 0
    largest: float = 0
    wall: float = 0
    _ends: threading.Event = field(default_factory=threading.Event)
    _cpu: dict[str, float] = field(default_factory=dict)

    def __enter__(self) -> Watched:
        self.wall = time.monotonic()
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.set()
        self.wall = time.monotonic() - self.wall

    @property
    def cost(self) -> dict[str, float]:
        """Seconds of the clock and of the processors, MB."""
        return {"wall": self.wall, "cpu": sum(self._cpu.values()), "together": self.together, "largest": self.largest}

    def _watch(self) -> None:
        while not self._ends.wait(SECONDS):
            sizes = [self._look(fields) for fields in _descendants()]
            self.together = max(self.together, sum(sizes))
            self.largest = max(self.largest, *sizes, 0)

    def _look(self, fields: list[str]) -> float:
        ticks = int(fields[11]) + int(fields[12])
        self._cpu[f"{fields[-1]} {fields[19]}"] = ticks / os.sysconf("SC_CLK_TCK")
        return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _descendants() -> Iterator[list[str]]:
    """What the system says of each process that this one started, or one of those; the last field is its number."""
    every: dict[int, list[str]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        every[int(stat.parent.name)] = [*fields, stat.parent.name]
    own = {os.getpid()}
    while more := {number for number, fields in every.items() if int(fields[1]) in own} - own:
        own |= more
    yield from (every[number] for number in own - {os.getpid()} if number in every)


@dataclass(frozen=True, slots=True)
class Bench:
    """One comparison: the folder of everything, that of this commit's tables, and how many patients."""

    folder: Path
    tables: Path
    patients: int
    seed: int

    @property
    def export(self) -> Path:
        """The made-up export."""
        return self.folder / "export"

    def make(self) -> None:
        """The export, where it is not there yet. Raises: SystemExit where the one that is there is of other patients."""
        if not self.export.exists():
            words = ["--patients", str(self.patients), "--seed", str(self.seed), "--out", str(self.export)]
            subprocess.run([*PROGRAM, "synthesize", *words], check=True, cwd=ROOT)
        with (self.export / "Patient.ndjson").open("rb") as lines:
            there = len({json.loads(line)["id"] for line in lines})
        if there != self.patients:
            raise SystemExit(f"{self.export} holds {there} patients, not {self.patients}: name another --folder")

    def replayed(self, engine: str, run: Callable[[list[str]], int]) -> Mapping[str, Any]:
        """The numbers of a replay by an engine, from its tables where they are there. Raises: SystemExit where it failed."""
        out, kept = self.tables / engine, self.tables / f"{engine}.json"
        if not kept.exists():
            with Watched() as watched:
                status = run(["replay", str(self.export), "--out", str(out), "--jurisdiction", "US", "--keep-ids"])
            if status:
                raise SystemExit(f"{engine}: the replay ended with {status}")
            kept.write_text(json.dumps(watched.cost))
        cost = json.loads(kept.read_text())
        summary: Row = json.loads((out / "summary.json").read_text(encoding="utf-8"))
        decisions = summary["decisions"]
        print(
            f"{engine}: {summary['patients']:,} patients, {decisions:,} decisions, {cost['cpu']:.0f} s of processors "
            f"({1000 * cost['cpu'] / decisions:.1f} ms a decision), {cost['wall']:.0f} s of the clock,\n"
            f"    {cost['together']:.0f} MB at most in all processes together, {cost['largest']:.0f} MB in the largest",
            flush=True,
        )
        return {**summary, "cost": cost}

    def on_cluster(self, play: Callable[[Running, list[str]], int]) -> Callable[[list[str]], int]:
        """The command on a cluster that is started for it, as played."""

        def run(arguments: list[str]) -> int:
            parts = max(4, self.patients // PATIENTS_OF_A_PART)
            with (
                tempfile.TemporaryDirectory(dir=self.tables) as passing,
                cluster(Path(passing), parts=parts) as running,
            ):
                return play(running, arguments)

        return run

    def by_patient(self, engine: str) -> Patients:
        """The rows of a table, patient by patient, each in the order in which it was said."""
        found: dict[str, list[Row]] = defaultdict(list)
        with parquet.ParquetFile(self.tables / engine / "decisions.parquet") as file:
            for batch in file.iter_batches(batch_size=10_000):
                for row in batch.to_pylist():
                    found[row["patient"]].append(row)
        return found


def locally(arguments: list[str]) -> int:
    """The command in a process of its own, with all cores."""
    return subprocess.run([*PROGRAM, *arguments], cwd=ROOT, check=False).returncode


def watched(running: Running, arguments: list[str]) -> int:
    """The command on a cluster; its log is shown as it goes on."""
    process = running.replay(*arguments[1:])
    said = ""
    while process.poll() is None:
        time.sleep(1)
        said = _told(running, said)
    _told(running, said)
    return process.returncode


def _told(running: Running, before: str) -> str:
    """What the log says of the progress, shown where it is new."""
    lines = [line for line in running.log.read_text(errors="replace").splitlines() if line.startswith(("[", "cds-"))]
    last = lines[-1] if lines else ""
    if last != before:
        print(f"spark {last}", file=sys.stderr, flush=True)
    return last


def differing(one: Patients, other: Patients) -> list[str]:
    """Each patient whose rows are not the same, with the first row that only one of both has."""
    found = []
    for patient in sorted(one.keys() | other.keys()):
        mine, theirs = one.get(patient, ()), other.get(patient, ())
        if mine != theirs:
            apart = [row for row in (*mine, *theirs) if row not in mine or row not in theirs]
            found.append(f"{patient}: {len(mine)} rows and {len(theirs)}; {apart[0] if apart else 'in another order'}")
    return found


@contextlib.contextmanager
def service() -> Iterator[Callable[[date], HttpTransport]]:
    """The service over HTTP on loopback: what asks it as of a day."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = application(CDS_MODE="demo", CDS_JURISDICTION="US", CDS_TODAY="2025-01-01")
    engine = app.extensions[SERVICE].engine
    server = make_server("127.0.0.1", 0, app)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def on(day: date) -> HttpTransport:
        engine._settings = replace(engine._settings, today=day)
        return HttpTransport(f"http://127.0.0.1:{server.port}", timeout=PATIENCE)

    try:
        yield on
    finally:
        server.shutdown()


def otherwise(export: Path, decided: Patients, patients: Sequence[str]) -> tuple[int, list[str]]:
    """How many calls were made at the service about some patients, and each one that it answers otherwise than the replay did."""
    count, found = 0, []
    resources = read_export(export, patients)
    # Each call is logged; the progress goes past that.
    with contextlib.redirect_stderr(io.StringIO()), service() as on:
        for number, patient in enumerate(patients, 1):
            calls: dict[tuple[date, str], list[Row]] = defaultdict(list)
            for row in decided[patient]:
                calls[row["day"], row["hook"]].append(row)
            for (day, hook), rows in calls.items():
                count += 1
                said = asked(on(day), resources[patient], patient, day, hook)
                expected = [each for each in map(as_said, rows) if each]
                if said != expected:
                    found.append(f"{patient}, {day}, {hook}: the service says {said}, the replay {expected}")
            if number % 20 == 0:
                print(f"http: {number} of {len(patients)} patients, {count} calls", file=sys.__stderr__, flush=True)
    return count, found


def compare(bench: Bench, sample: int) -> int:
    """Make, replay, compare, ask; print. Returns: 0 where all are equal, 1 where not."""
    bench.make()
    here = bench.replayed("local", locally)
    there = bench.replayed("spark", bench.on_cluster(watched))
    mine, theirs = bench.by_patient("local"), bench.by_patient("spark")
    apart = differing(mine, theirs)
    # What becomes of the lines of others is counted by the local engine alone.
    told = [name for name in here if name not in ("resources", "cost") and here[name] != there[name]]
    rows = sum(map(len, mine.values()))
    print(
        f"local and spark: {len(mine):,} patients, {rows:,} rows; {len(apart)} patients and {len(told)} numbers differ"
    )
    asked_about = sorted(random.Random(bench.seed).sample(sorted(mine), min(sample, len(mine))))
    began = time.monotonic()
    calls, others = otherwise(bench.export, mine, asked_about)
    seconds = time.monotonic() - began
    print(
        f"local and http: {len(asked_about)} patients, {calls:,} calls in {seconds:.0f} s; {len(others)} calls differ"
    )
    for each in [*apart[:MOST_PRINTED], *told, *others[:MOST_PRINTED]]:
        print(f"    {each}")
    is_large = here["cost"]["together"] > MOST_MEMORY
    if is_large:
        print(f"the local engine took more than {MOST_MEMORY} MB")
    return int(bool(apart or told or others or is_large or not calls))


def require_spark(parser: argparse.ArgumentParser) -> None:
    """Ends with what to do where no Python with PySpark is named."""
    if not os.environ.get("CDS_TEST_SPARK_PYTHON"):
        parser.error("CDS_TEST_SPARK_PYTHON names no Python with PySpark; .ci/spark.sh makes one")


def tables_of_commit(folder: Path) -> Path:
    """The folder for the tables of this commit, made where it is not there."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    tables = folder / (commit.stdout.strip() or "tables")
    tables.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tables.resolve()


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--sample", type=int, default=200, help="how many patients the service is asked about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where export and tables are kept; some GB")
    arguments = parser.parse_args()
    require_spark(parser)
    with tempfile.TemporaryDirectory() as passing:
        folder = arguments.folder or Path(passing)
        bench = Bench(folder.resolve(), tables_of_commit(folder), arguments.patients, arguments.seed)
        return compare(bench, arguments.sample)


if __name__ == "__main__":
    sys.exit(main())
