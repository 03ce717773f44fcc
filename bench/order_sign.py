"""CPU per order-sign request against a bare Flask echo, on the same gunicorn, in the same run.

    python bench/order_sign.py [--requests 200] [--rounds 21] [--callers 1 2]

Both applications run under the product's own gunicorn with one gthread worker each; rounds alternate so that a drifting machine slows both.
CPU is the worker processes' own user + system time, from the operating system. One caller leaves the worker idle between two calls, so that
it also pays for waking up with cold caches; with two callers the next call is always waiting. Prints medians and the ratio for each.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
TODAY = "2026-03-16"
ECHO = """
from flask import Flask, request
app = Flask("echo")

@app.post("/cds-services/<service_id>")
def echo(service_id):
    return request.get_json()

@app.get("/healthz")
def healthz():
    return "ok"
"""


def request_body(size: int) -> bytes:
    """A 40 KB order-sign request: a patient on treatment with weekly counts, in which nothing is wrong."""
    from tests.support.bench_request import order_sign_request

    return json.dumps(order_sign_request(date.fromisoformat(TODAY), size)).encode()


def free_port() -> int:
    """A free loopback port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


SERVE = """
import sys
from importlib import import_module
from cds_service.api.server import prepare_metrics, run
folder = prepare_metrics()
run(import_module(sys.argv[1]).app, "127.0.0.1", int(sys.argv[2]), 1, folder)
"""


def start(target: str, folder: str, environment: dict[str, str]) -> tuple[subprocess.Popen[bytes], str]:
    """The product's own gunicorn with one worker around an application; returns it when it answers."""
    port = free_port()
    command = [sys.executable, "-c", SERVE, target, str(port)]
    settings = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", **environment}
    server = subprocess.Popen(command, env=settings, cwd=folder, stderr=subprocess.DEVNULL, start_new_session=True)
    base = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            if requests.get(f"{base}/healthz", timeout=2).ok:
                return server, base
        except requests.RequestException:
            time.sleep(0.05)
    stop(server)
    raise SystemExit(f"{target} did not start")


def stop(server: subprocess.Popen[bytes]) -> None:
    """End a server and its workers, gently first."""
    server.terminate()
    try:
        server.wait(40)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)


def children_cpu(pid: int) -> float:
    """User + system seconds of the server's worker processes."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0.0
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / ticks
    return total


def measure(server: subprocess.Popen[bytes], url: str, body: bytes, count: int, callers: int) -> tuple[float, float]:
    """CPU milliseconds per request, and wall milliseconds as each caller sees them."""
    walls: list[float] = []

    def call(number: int) -> None:
        session = requests.Session()
        for _ in range(number):
            began = time.perf_counter()
            answer = session.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=10)
            walls.append(time.perf_counter() - began)
            if answer.status_code != 200:
                raise SystemExit(f"{url} answered {answer.status_code}: {answer.text[:300]}")

    before = children_cpu(server.pid)
    with ThreadPoolExecutor(callers) as threads:
        for done in [threads.submit(call, count // callers) for _ in range(callers)]:
            done.result()
    return (children_cpu(server.pid) - before) * 1000 / len(walls), statistics.median(walls) * 1000


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--bytes", type=int, default=40_000)
    arguments = parser.parse_args()
    body = request_body(arguments.bytes)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "echo_app.py").write_text(ECHO)
        Path(folder, "our_app.py").write_text(
            "from cds_service.app import create_app\nfrom cds_service.settings import Settings, environment\n"
            "app = create_app(Settings.from_environment(environment()))\n"
        )
        settings = {"CDS_MODE": "demo", "CDS_TODAY": TODAY, "CDS_DATA_DIR": folder}
        echo, echo_base = start("echo_app", folder, {})
        ours, our_base = start("our_app", folder, settings)
        try:
            targets = {"echo": (echo, echo_base), "cds-service": (ours, our_base)}
            print(
                f"order-sign, {len(body)} bytes, {arguments.rounds} rounds of {arguments.requests} requests, one worker each"
            )
            for callers in arguments.callers:
                compare(targets, body, arguments.requests, arguments.rounds, callers)
        finally:
            for server in (echo, ours):
                stop(server)


def compare(
    targets: dict[str, tuple[subprocess.Popen[bytes], str]], body: bytes, count: int, rounds: int, callers: int
) -> None:
    """Measure both in turn and print."""
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in targets}
    for number in range(rounds + 1):
        for name, (server, base) in targets.items():
            one = measure(server, f"{base}/cds-services/lenalidomide-order-sign", body, count, callers)
            if number:  # The first round warms up.
                results[name].append(one)
    print(f"{callers} caller{'s' if callers > 1 else ''}")
    for name, measured in results.items():
        cpus, walls = [c for c, _ in measured], [w for _, w in measured]
        median, spread = statistics.median(cpus), f"min {min(cpus):.3f}, max {max(cpus):.3f}"
        print(f"  {name:12} CPU ms/request median {median:.3f} ({spread}); wall {statistics.median(walls):.3f}")
    # Round by round, so that a machine that changes its speed changes both sides of a ratio.
    ratios = [ours[0] / echo[0] for ours, echo in zip(results["cds-service"], results["echo"], strict=True)]
    spread = f"min {min(ratios):.2f}, max {max(ratios):.2f}"
    print(f"  ratio cds-service / echo: median {statistics.median(ratios):.2f} ({spread})", flush=True)


if __name__ == "__main__":
    main()
