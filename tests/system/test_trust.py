"""Do tokens hold through the real server: production mode, two worker processes, keys from a JWKS server on loopback?"""

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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import create_engine, text

from tests.support.calls import SIGN, hold_request
from tests.unit.api.trust.tokens import EcKey, JwksServer, RsaKey, token

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
ISSUER = "https://ehr.example.org"
_numbers = iter(range(10**9))


@dataclass
class Serving:
    """The server, its address, its keys and the address of its store."""

    process: subprocess.Popen[bytes]
    base: str
    key: EcKey
    jwks: JwksServer
    database: str

    def token(self, path: str, key: Any = None, **changes: Any) -> str:
        """A good token for a path, with other claims where a test wants them."""
        now = time.time()
        claims = {"iss": ISSUER, "aud": self.base + path, "iat": now, "exp": now + 300, "jti": f"j{next(_numbers)}"}
        return token(key or self.key, claims | changes)

    def get(self, path: str, sent: str | None) -> requests.Response:
        headers = {"Connection": "close"} | ({"Authorization": f"Bearer {sent}"} if sent else {})
        return requests.get(self.base + path, headers=headers, timeout=20)

    def post(self, path: str, sent: str, body: Any) -> requests.Response:
        headers = {"Connection": "close", "Authorization": f"Bearer {sent}"}
        return requests.post(self.base + path, json=body, headers=headers, timeout=20)

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(one) for one in children.read_text().split()]

    @contextmanager
    def only(self, worker: int) -> Iterator[None]:
        """All other workers sleep."""
        others = [one for one in self.workers() if one != worker]
        for one in others:
            os.kill(one, signal.SIGSTOP)
        try:
            yield
        finally:
            for one in others:
                os.kill(one, signal.SIGCONT)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("trust")
    key = EcKey()
    server = JwksServer()
    server.keys = [key.jwk()]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "clients.toml").write_text(f'[[client]]\niss = "{ISSUER}"\njku = "{server.url}"\n', encoding="utf-8")
    base = f"http://127.0.0.1:{port}"
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("CDS_", "COV_"))}
    database = f"sqlite:///{folder}/store.sqlite3"
    environ |= {
        "CDS_MODE": "production",
        "CDS_JURISDICTION": "US",
        "CDS_ALLOW_UNREVIEWED": "1",
        "CDS_AUTH": "jwt",
        "CDS_TRUSTED_CLIENTS": str(folder / "clients.toml"),
        "CDS_PUBLIC_BASE_URL": base,
        "CDS_DATABASE_URL": database,
        "CDS_HASH_KEY": "k" * 32,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "cds_service.cli", "serve", "--port", str(port), "--workers", "2"]
    with server.running(), (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
        running = Serving(process, base, key, server, database)
        until = time.monotonic() + 20
        while not _is_ready(running):
            assert time.monotonic() < until, (folder / "log").read_text()
            time.sleep(0.05)
        yield running
        process.terminate()
        process.wait(35)


def _is_ready(running: Serving) -> bool:
    try:
        return running.get("/readyz", None).ok and len(running.workers()) == 2
    except requests.ConnectionError:
        return False


@pytest.mark.row("JWT-9")
def test_a_token_that_one_worker_took_is_refused_by_the_other(serving: Serving) -> None:
    first, second = serving.workers()
    sent = serving.token("/cds-services")
    with serving.only(first):
        taken = serving.get("/cds-services", sent)
    with serving.only(second):
        replayed = serving.get("/cds-services", sent)
        fresh = serving.get("/cds-services", serving.token("/cds-services"))
    assert (200, 401, 200) == (taken.status_code, replayed.status_code, fresh.status_code)


def test_of_many_at_once_with_one_token_exactly_one_is_answered(serving: Serving) -> None:
    sent = serving.token("/cds-services")
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(serving.get("/cds-services", sent).status_code))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [200] + [401] * 15 == sorted(statuses)


@pytest.mark.row("JWT-1 JWT-16 JWT-13 DIS-15")
def test_every_refusal_is_the_same_bytes_and_nothing_is_fetched_for_strangers(serving: Serving) -> None:
    for worker in serving.workers():
        with serving.only(worker):
            serving.get("/cds-services", serving.token("/cds-services"))
    fetched = len(serving.jwks.calls)
    bad = [
        None,
        "x.y.z",
        serving.token("/cds-services", iss="https://stranger.example.org"),
        serving.token("/cds-services/other"),
        serving.token("/cds-services", exp=time.time() - 60),
        serving.token("/cds-services", key=EcKey("ec-1")),
    ]
    answers = [serving.get("/cds-services", one) for one in bad]
    assert {(401, b'{"message":"Unauthorized"}')} == {(one.status_code, one.content) for one in answers}
    assert fetched == len(serving.jwks.calls)


@pytest.mark.row("JWT-14")
def test_a_new_key_works_within_ten_seconds_in_every_worker(serving: Serving) -> None:
    new = RsaKey("rsa-2")
    serving.jwks.keys = [serving.key.jwk(), new.jwk()]
    began = time.monotonic()
    answered = set()
    while len(answered) < 2 and time.monotonic() - began < 10:
        for worker in serving.workers():
            with serving.only(worker):
                if serving.get("/cds-services", serving.token("/cds-services", key=new)).ok:
                    answered.add(worker)
    assert set(serving.workers()) == answered


@pytest.mark.row("SEC-2 FB-11")
def test_calls_and_feedback_of_both_workers_stand_in_one_chain(serving: Serving) -> None:
    path = f"/cds-services/{SIGN}"
    for worker in serving.workers():
        with serving.only(worker):
            answer = serving.post(path, serving.token(path), hold_request())
            entry = {
                "card": answer.json()["cards"][0]["uuid"],
                "outcome": "overridden",
                "outcomeTimestamp": "2026-01-26T10:00:00Z",
            }
            own = f"{path}/feedback"
            told = serving.post(own, serving.token(own), {"feedback": [entry]})
            assert (200, 200) == (answer.status_code, told.status_code)
    engine = create_engine(serving.database)
    with engine.connect() as connection:
        bodies = [json.loads(one) for one in connection.execute(text("SELECT body FROM decision_record")).scalars()]
        known = list(connection.execute(text("SELECT is_card_known FROM feedback_entry")).scalars())
    engine.dispose()
    assert [ISSUER] * 2 == [body["client"] for body in bodies]
    assert known
    assert all(known)
    environ = {**os.environ, "CDS_DATABASE_URL": serving.database, "CDS_HASH_KEY": "k" * 32}
    command = [sys.executable, "-m", "cds_service.cli", "audit", "verify"]
    audit = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=30, check=False)
    assert 0 == audit.returncode, audit.stdout
    assert audit.stdout.endswith("sound\n")
