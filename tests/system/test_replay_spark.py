"""Does a cluster of one master and two workers decide what one machine decides, also where a worker dies in the middle?"""

from __future__ import annotations

import contextlib
import gzip
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cds_service.population.work import SET_ASIDE
from cds_service.synthetic.export import charts, write
from tests.support.replays import KEY, Replayed, replay, rows
from tests.support.spark import SECONDS, Running, cluster, kill

DAY = "2025-06-01"


def export(folder: Path, patients: int) -> Path:
    """An export of two systems, the one compressed, with a broken line."""
    for number, system in enumerate(("north", "south"), 1):
        write(_made(folder / system), charts(patients, number, size=30), lambda _: None)
    for path in (folder / "south").glob("*.ndjson"):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    (folder / "south" / "expected.ndjson.gz").unlink()
    with (folder / "north" / "Observation.ndjson").open("ab") as out:
        out.write(b'{"resourceType":"Observation",\n')
    return folder


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


def finished(running: Running, process: subprocess.Popen[bytes], out: Path) -> Replayed:
    """The results of a run that came to its end."""
    said = running.log
    assert 0 == process.wait(SECONDS * 5), said.read_text(encoding="utf-8", errors="replace")[-3000:]
    return Replayed.read(out)


def written_beside(running: Running, process: subprocess.Popen[bytes]) -> dict[str, bytes]:
    """What the cluster's processes wrote into their own folders until a run ended, by the names of the files."""
    found: dict[str, bytes] = {}
    while process.poll() is None:
        # Folders and files go while they are looked through.
        with contextlib.suppress(OSError):
            for path in running.local.rglob("*"):
                with contextlib.suppress(OSError):
                    found[path.name] = path.read_bytes() if path.is_file() else b""
        time.sleep(0.05)
    return found


@pytest.mark.slow
def test_a_cluster_decides_what_one_machine_decides(tmp_path: Path, running: Running) -> None:
    made = export(tmp_path / "export", 6)
    here = replay(made, tmp_path / "here", "--as-of", DAY, "--compare", "US", "EU")
    running.environ.update(CDS_HASH_KEY=KEY)
    arguments = ("--as-of", DAY, "--compare", "US", "EU", "--jurisdiction", "US")
    process = running.replay(str(made), "--out", str(tmp_path / "there"), *arguments)
    beside = written_beside(running, process)
    there = finished(running, process, tmp_path / "there")
    assert any(name.startswith("shuffle_") for name in beside)
    assert [] == [name for name, content in beside.items() if b"syn-" in content], "what Spark writes beside is sealed"
    assert {0o700} == {each.stat().st_mode & 0o777 for each in running.local.iterdir()}
    until = time.monotonic() + SECONDS
    while (left := [each for each in running.local.rglob("*") if each.is_file()]) and time.monotonic() < until:
        time.sleep(0.1)
    assert [] == left, "nothing of it stays"
    assert len(here.decisions) > 9
    assert rows(here.decisions) == rows(there.decisions)
    assert rows(here.changes) == rows(there.changes)
    same = {name: value for name, value in here.plain.items() if name != "resources"}
    assert same == {name: value for name, value in there.plain.items() if name != "resources"}
    assert (tmp_path / "here" / SET_ASIDE).read_bytes() == (tmp_path / "there" / SET_ASIDE).read_bytes()


@pytest.mark.kill
def test_a_worker_dies_in_the_middle(tmp_path: Path) -> None:
    """One of two workers and all that it runs is killed while decisions are made: the other one does the work of both."""
    made = export(tmp_path / "export", 12)
    here = replay(made, tmp_path / "here")
    with cluster(tmp_path) as started:
        started.environ.update(CDS_HASH_KEY=KEY)
        process = started.replay(str(made), "--out", str(tmp_path / "there"), "--jurisdiction", "US")
        lines = tmp_path / "there" / ".replay-unfinished" / "lines" / "_SUCCESS"
        until = time.monotonic() + SECONDS * 3
        while not lines.exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(1)
        assert process.poll() is None, "it was done before the worker was killed"
        kill(started.workers[0])
        there = finished(started, process, tmp_path / "there")
    assert rows(here.decisions) == rows(there.decisions)
    with contextlib.suppress(FileNotFoundError):
        assert not (tmp_path / "there" / ".replay-unfinished").exists()
