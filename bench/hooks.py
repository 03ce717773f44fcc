"""CPU per call with a real decision due against a bare Flask echo, on the same gunicorn, in the same run.

    python bench/hooks.py [--passes 9] [--sizes 40000 300000 3000000] [--kinds sign-hold sign-start view-hold] [--callers 1]

The service runs in production mode and keeps its records in a SQLite file; the echo reads the same bytes with `json.loads`
and writes them with `json.dumps`. Both run under the product's own gunicorn settings with one worker, and are called in
turns by wrk, so that a machine that changes its speed changes both sides of a ratio. CPU is user and system time of all
processes of a server's group, from the operating system. Each answer is compared, byte by byte, with one of which it was
checked that it offers what is due. Prints medians over the passes, and the ratio of each pass.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import requests
from calls import KINDS, Call, calls

ROOT = Path(__file__).resolve().parent.parent
# Long enough for some dozens of calls of a size; the calls under way at the end count half.
SECONDS = {40_000: 2, 300_000: 3, 3_000_000: 8}
ECHO = """
import json
from flask import Flask, Response, request
app = Flask("echo")

@app.post("/cds-services/<service_id>")
def echo(service_id):
    return Response(json.dumps(json.loads(request.get_data())), content_type="application/json")

@app.get("/healthz")
def healthz():
    return "ok"
"""
OURS = """
from cds_service.api.wiring import KEY
from cds_service.app import create_app
from cds_service.settings import Settings, environment
app = create_app(Settings.from_environment(environment()))
app.extensions[KEY].engine.warm_up()
"""
SERVE = """
import sys
from importlib import import_module
from cds_service.api.server import prepare_metrics, run
folder = prepare_metrics()
run(import_module(sys.argv[1]).app, "127.0.0.1", int(sys.argv[2]), 1, folder)
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: its address, and its process, which leads a group of its own."""

    base: str
    process: subprocess.Popen[bytes]

    def cpu(self) -> float:
        """User and system seconds of every process of the group, those that ended included."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == self.process.pid:
                ticks += sum(map(int, fields[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def answer(self, call: Call) -> bytes:
        """The answer to one call."""
        found = requests.post(
            self.base + path_of(call), call.body, headers={"Content-Type": "application/json"}, timeout=60
        )
        found.raise_for_status()
        return found.content


@contextmanager
def server(module: str, source: str, folder: Path, environment: dict[str, str]) -> Iterator[Server]:
    """An application under the product's own gunicorn with one worker, while the block runs."""
    (folder / f"{module}.py").write_text(source)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    settings = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", **environment}
    command = [sys.executable, "-c", SERVE, module, str(port)]
    process = subprocess.Popen(command, env=settings, cwd=folder, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        base = f"http://127.0.0.1:{port}"
        wait_for(f"{base}/healthz", process)
        yield Server(base, process)
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Raises: SystemExit where nothing answers."""
    for _ in range(400):
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.05)
        if process.poll() is not None:
            break
    raise SystemExit(f"{url} does not answer")


def path_of(call: Call) -> str:
    """The route of a call."""
    return f"/cds-services/{call.service}"


def prepare(played: Sequence[Call], ours: Server, folder: Path) -> None:
    """Write the calls for wrk, and the answers that they must get. Raises: ValueError for a wrong answer."""
    folder.mkdir()
    for number, call in enumerate(played):
        answer = ours.answer(call)
        call.check(answer)
        for name, content in (("path", path_of(call).encode()), ("patient", call.patient.encode())):
            (folder / f"{number}.{name}").write_bytes(content)
        (folder / f"{number}.body").write_bytes(call.body)
        (folder / f"{number}.answer").write_bytes(answer)


def measure(target: Server, folder: Path, number: int, is_ours: bool, seconds: int, callers: int) -> float:
    """CPU milliseconds per call. Raises: SystemExit for an answer that is not what it must be."""
    script = str(Path(__file__).with_name("hooks.lua"))
    load = ["wrk", "-t1", f"-c{callers}", f"-d{seconds}s", "--timeout", "60s", "-s", script, target.base]
    before = target.cpu()
    ran = subprocess.run(
        [*load, "--", str(folder), str(number), "same" if is_ours else "any"],
        check=True,
        capture_output=True,
        text=True,
    )
    spent = target.cpu() - before
    answered, wrong = map(int, ran.stdout.split()[-2:])
    if wrong or not answered:
        raise SystemExit(f"{wrong} of {answered} answers are not what they must be")
    return spent * 1000 / (answered + callers / 2)


def compare(
    size: int, played: Sequence[Call], servers: tuple[Server, Server], folder: Path, arguments: argparse.Namespace
) -> None:
    """Measure both servers in turns and print."""
    echo, ours = servers
    prepare(played, ours, folder)
    seconds = next((s for known, s in SECONDS.items() if size <= known), max(SECONDS.values()))
    passes: list[tuple[float, float]] = []
    for number in range(arguments.passes + 1):
        pair = [measure(each, folder, len(played), each is ours, seconds, arguments.callers) for each in (echo, ours)]
        # The first pass warms up.
        passes += [(pair[0], pair[1])] if number else []
    ratios = [own / bare for bare, own in passes]
    print(
        f"{size:>9,} bytes, {arguments.callers} caller(s): echo {statistics.median(e for e, _ in passes):.2f} ms,"
        f" cds-service {statistics.median(o for _, o in passes):.2f} ms of CPU per call;"
        f" ratio {statistics.median(ratios):.2f} (passes {', '.join(f'{r:.2f}' for r in sorted(ratios))})",
        flush=True,
    )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passes", type=int, default=9)
    parser.add_argument("--sizes", type=int, nargs="+", default=[*SECONDS])
    parser.add_argument("--kinds", nargs="+", choices=[k.name for k in KINDS], default=[k.name for k in KINDS])
    parser.add_argument("--callers", type=int, default=1)
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed")
    kinds = [kind for kind in KINDS if kind.name in arguments.kinds]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = {
            "CDS_MODE": "production",
            "CDS_JURISDICTION": "US",
            "CDS_ALLOW_ANONYMOUS": "1",
            "CDS_ALLOW_UNREVIEWED": "1",
            "CDS_DATA_DIR": name,
        }
        with server("echo_app", ECHO, folder, {}) as echo, server("our_app", OURS, folder, settings) as ours:
            for size in arguments.sizes:
                played = [call for kind in kinds for call in calls(kind, size, date.today())]
                compare(size, played, (echo, ours), folder / str(size), arguments)


if __name__ == "__main__":
    main()
