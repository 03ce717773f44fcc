"""The production server as operators run it: one process group on a loopback port."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.fake_service import a_request

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    port: int
    ready_after: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, timeout: float = 5, **members: Any) -> requests.Response:
        return requests.post(
            f"{self.url}/cds-services/lenalidomide-patient-view", json=a_request(**members), timeout=timeout
        )

    def half(self, head: bytes) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        connection.sendall(head)
        return connection


def start(folder: Path) -> Running:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("CDS_", "COV_"))}
    environ |= {"CDS_MODE": "demo", "CDS_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.system.serve_fake", "serve", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=log, stdout=log)
    running = Running(process, port, 0.0)
    while time.monotonic() - began < 15:
        try:
            requests.get(f"{running.url}/healthz", timeout=1)
        except requests.ConnectionError:
            time.sleep(0.02)
            continue
        running.ready_after = time.monotonic() - began
        return running
    process.kill()
    raise AssertionError((folder / "log").read_text())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(tmp_path_factory.mktemp("serve"))
    yield running
    running.process.terminate()
    running.process.wait(35)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"what is this\r\n\r\n", b"400"),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: secret\r\n\r\n", b"501"),
    ],
)
def test_what_is_no_http_is_answered_with_an_outcome_that_repeats_nothing(
    server: Running, head: bytes, status: bytes
) -> None:
    with server.half(head) as connection:
        connection.settimeout(5)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    top, _, body = answer.partition(b"\r\n\r\n")
    assert top.startswith(b"HTTP/1.1 " + status)
    assert b"Content-Type: application/json" in top
    assert json.loads(body)["resourceType"] == "OperationOutcome"
    assert b"secret" not in answer


def test_the_server_is_ready_within_three_seconds(server: Running) -> None:
    assert server.ready_after < (6 if os.environ.get("CI") else 3)  # in CI another worker has the second core


def test_at_least_two_worker_processes_stand_below_one_main_process(server: Running) -> None:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    if not children.exists():
        pytest.skip("this system does not list child processes")
    until = time.monotonic() + 2
    while len(children.read_text().split()) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    assert len(children.read_text().split()) >= 2


def test_a_hook_is_answered_and_feedback_is_stored(server: Running) -> None:
    answer = server.call()
    entry = {
        "card": answer.json()["cards"][0]["uuid"],
        "outcome": "overridden",
        "outcomeTimestamp": "2026-01-02T03:04:05Z",
    }
    feedback = requests.post(
        f"{server.url}/cds-services/lenalidomide-patient-view/feedback", json={"feedback": [entry]}, timeout=5
    )
    assert (200, 200) == (answer.status_code, feedback.status_code)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(
            b"POST /cds-services/lenalidomide-patient-view HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b'Content-Length: 4000\r\n\r\n{"hook":',
            id="bodies",
        ),
        pytest.param(b"POST /cds-services/lenalidomide-patient-view HTTP/1.1\r\nHost:", id="headers"),
        pytest.param(b"", id="silent connections"),
    ],
)
def test_sixty_half_sent_requests_keep_nobody_from_an_answer(server: Running, head: bytes) -> None:
    stuck = [server.half(head) for _ in range(60)]
    try:
        slowest_health = slowest_hook = 0.0
        began = time.monotonic()
        while time.monotonic() - began < 1.5:
            instant = time.monotonic()
            assert 200 == requests.get(f"{server.url}/healthz", timeout=5).status_code
            between = time.monotonic()
            assert 200 == server.call().status_code
            slowest_health = max(slowest_health, between - instant)
            slowest_hook = max(slowest_hook, time.monotonic() - between)
    finally:
        for connection in stuck:
            connection.close()
    assert slowest_health < 1
    assert slowest_hook < 2


def test_a_body_that_trickles_past_the_deadline_is_given_up_with_a_400(server: Running) -> None:
    head = (
        b"POST /cds-services/lenalidomide-patient-view HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 400000\r\n\r\n"
    )
    stuck = [server.half(head) for _ in range(150)]
    try:
        stuck[0].settimeout(5)
        assert b"HTTP/1.1 400" == stuck[0].recv(12)
        assert 200 == requests.get(f"{server.url}/healthz", timeout=2).status_code
    finally:
        for connection in stuck:
            connection.close()


def test_a_body_beyond_the_limit_gets_its_413_while_it_is_still_being_sent(server: Running) -> None:
    body = json.dumps(a_request(padding="x" * 6_000_000)).encode()
    headers = {"Content-Type": "application/json"}
    url = f"{server.url}/cds-services/lenalidomide-patient-view"
    announced = requests.post(url, data=body, headers=headers, timeout=5)
    pieces = (body[at : at + 100_000] for at in range(0, len(body), 100_000))
    chunked = requests.post(url, data=pieces, headers=headers, timeout=5)
    assert (413, 413) == (announced.status_code, chunked.status_code)


def test_four_megabytes_pass_announced_and_in_chunks(server: Running) -> None:
    body = json.dumps(a_request(padding="x" * 4_000_000)).encode()
    headers = {"Content-Type": "application/json"}
    url = f"{server.url}/cds-services/lenalidomide-patient-view"
    pieces = (body[at : at + 100_000] for at in range(0, len(body), 100_000))
    statuses = [requests.post(url, data=data, headers=headers, timeout=5).status_code for data in (body, pieces)]
    assert [200, 200] == statuses


def test_metrics_add_up_over_all_workers(server: Running) -> None:
    for _ in range(8):
        server.call()
    route = 'cds_requests_total{route="/cds-services/<service_id>",service="lenalidomide-patient-view",status="200"}'
    lines = requests.get(f"{server.url}/metrics", timeout=5).text.splitlines()
    assert float(next(line for line in lines if line.startswith(route)).split()[-1]) >= 8


def test_sigterm_finishes_requests_in_flight_and_exits_0(tmp_path: Path) -> None:
    running = start(tmp_path)
    statuses: list[int] = []
    caller = threading.Thread(target=lambda: statuses.append(running.call(10, prefetch={"slow": None}).status_code))
    caller.start()
    time.sleep(0.4)
    running.process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    status = running.process.wait(35)
    caller.join()
    assert [200] == statuses
    assert 0 == status
    assert time.monotonic() - began < 35
