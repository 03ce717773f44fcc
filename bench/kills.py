"""Is a replay completed that was killed in the middle? python bench/kills.py [--patients 1000] [--folder DIR]

The whole history of one export is replayed undisturbed, and then killed: the local engine with all its processes, at a moment of each
of its steps, each time begun again; on a cluster one of two workers, and in another run the program itself, while decisions are made.
Each table is compared with the undisturbed one, row by row, so that a row is seen that is lost or stands twice.
Exit code 1 where anything differs. With `--folder` export and tables are kept, as by `bench/equality.py`, which says what the others mean.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.equality import (  # noqa: E402
    MOST_PRINTED,
    PROGRAM,
    Bench,
    differing,
    locally,
    require_spark,
    tables_of_commit,
)
from cds_service.population.work import FOLDER  # noqa: E402
from tests.support.spark import Running, kill  # noqa: E402

Process = subprocess.Popen[bytes]
Moment = tuple[str, int]
"""Files of the unfinished work, and how many of them are there."""

LOCAL: Sequence[Moment] = (
    ("people/*.json", 1),
    ("parts/*.json", 8),
    ("results/*.ndjson", 6),
    ("results/*.ndjson", 18),
    ("decisions.parquet", 1),
)
ON_CLUSTER: Sequence[Moment] = (("lines/_temporary/0/task_*", 1), ("decided/_temporary/0/task_*", 2))


def await_moment(process: Process, arguments: Sequence[str], moment: Moment) -> None:
    """Return at the moment. Raises: SystemExit where the process ended before."""
    files, number = moment
    work = Path(arguments[arguments.index("--out") + 1]) / FOLDER
    while len(list(work.glob(files))) < number:
        if process.poll() is not None:
            raise SystemExit(f"the replay ended before {number} of {files} were there: ask for more --patients")
        time.sleep(0.02)


def killed_and_begun_again(begin: Callable[[], Process], arguments: Sequence[str], moments: Sequence[Moment]) -> int:
    """Kill the program at each moment and begin it again. Returns: the status of the run that came to its end."""
    for moment in moments:
        process = begin()
        await_moment(process, arguments, moment)
        kill(process)
    return begin().wait()


def locally_killed(arguments: list[str]) -> int:
    """The local engine, killed with all its processes."""

    def begin() -> Process:
        return subprocess.Popen([*PROGRAM, *arguments], cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True)

    return killed_and_begun_again(begin, arguments, LOCAL)


def worker_killed(running: Running, arguments: list[str]) -> int:
    """One of the workers is killed with all that it runs; the program goes on."""
    process = running.replay(*arguments[1:])
    await_moment(process, arguments, ON_CLUSTER[-1])
    kill(running.workers[0])
    return process.wait()


def program_killed(running: Running, arguments: list[str]) -> int:
    """The program is killed and begun again, on the same cluster."""
    return killed_and_begun_again(lambda: running.replay(*arguments[1:]), arguments, ON_CLUSTER)


def compare(bench: Bench) -> int:
    """Make, replay, kill, compare; print. Returns: 0 where all tables are equal, 1 where not."""
    bench.make()
    whole = bench.replayed("local", locally)
    undisturbed, is_wrong = bench.by_patient("local"), False
    for name, run in (
        ("local-killed", locally_killed),
        ("worker-killed", bench.on_cluster(worker_killed)),
        ("program-killed", bench.on_cluster(program_killed)),
    ):
        numbers = bench.replayed(name, run)
        apart = differing(undisturbed, bench.by_patient(name))
        told = [each for each in whole if each not in ("resources", "cost") and whole[each] != numbers[each]]
        left = (bench.tables / name / FOLDER).exists()
        print(f"    {len(apart)} patients and {len(told)} numbers differ from the undisturbed run", flush=True)
        for each in [*apart[:MOST_PRINTED], *told, *([f"{FOLDER} is left"] if left else ())]:
            print(f"    {each}")
        is_wrong |= bool(apart or told or left)
    return int(is_wrong)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where export and tables are kept; half a GB")
    arguments = parser.parse_args()
    require_spark(parser)
    with tempfile.TemporaryDirectory() as passing:
        folder = arguments.folder or Path(passing)
        return compare(Bench(folder.resolve(), tables_of_commit(folder), arguments.patients, arguments.seed))


if __name__ == "__main__":
    sys.exit(main())
