"""A standalone Spark cluster on loopback, started from the PySpark package: one master and some workers, each a process."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 180


def python() -> str:
    """The Python that has PySpark. Skips where there is none; with CI=true that is a failure, unless it was said."""
    found = os.environ.get("CDS_TEST_SPARK_PYTHON", "")
    if not found:
        if os.environ.get("CI") == "true" and os.environ.get("CDS_TEST_WITHOUT_SPARK") != "1":
            pytest.fail("CDS_TEST_SPARK_PYTHON names no Python with PySpark; CDS_TEST_WITHOUT_SPARK=1 goes without")
        pytest.skip("no Python with PySpark: see .ci/spark.sh")
    return found


@dataclass(frozen=True)
class Running:
    """A cluster: its address, its workers' processes, the environment of its programs, and what ends with it."""

    address: str
    workers: Sequence[subprocess.Popen[bytes]]
    environ: dict[str, str]
    folder: Path
    stack: contextlib.ExitStack

    def replay(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Begins `cds-service replay` on the cluster."""
        command = [
            python(),
            "-m",
            "cds_service.cli",
            "replay",
            *arguments,
            "--engine",
            "spark",
            "--master",
            self.address,
        ]
        with self.log.open("wb") as out:
            process = subprocess.Popen(
                command, env=self.environ, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.stack.callback(kill, process)
        return process

    @property
    def local(self) -> Path:
        """Where its processes write what they exchange."""
        return self.folder / "spark"

    @property
    def log(self) -> Path:
        """What the program said."""
        return self.folder / "replay.log"


@contextlib.contextmanager
def cluster(folder: Path, workers: int = 2, parts: int = 4) -> Iterator[Running]:
    """A cluster that goes when the block is left.

    Args: a folder for its logs and files; the number of workers, a core each; in how many parts Spark joins and groups.
    """
    home = subprocess.run(
        [python(), "-c", "import pyspark; print(pyspark.__path__[0])"], capture_output=True, text=True, check=True
    ).stdout.strip()
    environ = {
        **os.environ,
        "SPARK_HOME": home,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder / "spark"),
        "SPARK_WORKER_DIR": str(folder / "workers"),
        "SPARK_CONF_DIR": str(_settings(folder / "conf", parts)),
        "PYSPARK_PYTHON": python(),
        "PYTHONPATH": str(ROOT),
    }
    with contextlib.ExitStack() as running:
        log = folder / "master.log"
        _start(running, environ, log, "master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        address = _wait(log, r"(spark://127\.0\.0\.1:\d+)")
        started = []
        for number in range(workers):
            log = folder / f"worker-{number}.log"
            sizes = ("--cores", "1", "--memory", "1g", "--host", "127.0.0.1", "--webui-port", "0")
            started.append(_start(running, environ, log, "worker.Worker", *sizes, address))
            _wait(log, "(Successfully registered with master)")
        yield Running(address, started, environ, folder, running)


def _settings(folder: Path, parts: int) -> Path:
    """Spark's settings: parts for the data that there are instead of two hundred, and no page for people."""
    folder.mkdir()
    text = f"spark.sql.shuffle.partitions {parts}\nspark.default.parallelism {parts}\nspark.ui.enabled false\n"
    (folder / "spark-defaults.conf").write_text(text, encoding="utf-8")
    return folder


def _start(
    running: contextlib.ExitStack, environ: dict[str, str], log: Path, what: str, *arguments: str
) -> subprocess.Popen[bytes]:
    program = [f"{environ['SPARK_HOME']}/bin/spark-class", f"org.apache.spark.deploy.{what}", *arguments]
    with log.open("wb") as out:
        process = subprocess.Popen(program, env=environ, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    running.callback(kill, process)
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and all that it started, at once."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)


def _wait(log: Path, words: str) -> str:
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        found = re.search(words, log.read_text(encoding="utf-8", errors="replace"))
        if found:
            return found[1]
        time.sleep(0.2)
    raise AssertionError(f"{log.name} never said {words}: {log.read_text(errors='replace')[-2000:]}")
