"""Is a token taken once, by whichever process, and is nothing of it kept?"""

from __future__ import annotations

import logging
import multiprocessing
import time
from pathlib import Path
from typing import Any

import pytest

from cds_service.api.jwt import JwtAuthenticator
from cds_service.api.trusted_clients import TrustedClient
from cds_service.errors import Unauthorized
from cds_service.store.engine import Database
from cds_service.store.replay import ReplayStore
from tests.unit.api.trust.case import BASE, EC, ISSUER, NOW, SERVICE, Build, bearer, refusal
from tests.unit.api.trust.tokens import JwksServer


@pytest.mark.row("JWT-9")
def test_a_token_is_accepted_once(build: Build) -> None:
    authenticator, header = build(), bearer()
    authenticator.authenticate(header, SERVICE)
    assert "replayed" == refusal(authenticator, header)


def test_a_refused_token_does_not_use_up_its_jti(build: Build) -> None:
    authenticator = build()
    assert "audience" == refusal(authenticator, bearer(jti="mine", aud=BASE))
    assert ISSUER == authenticator.authenticate(bearer(jti="mine"), SERVICE).issuer


def test_another_issuer_may_use_the_same_jti(server: JwksServer, replay: ReplayStore) -> None:
    clients = {iss: TrustedClient(iss=iss, jku=server.url) for iss in ("https://a", "https://b")}
    authenticator = JwtAuthenticator(clients, BASE, replay, clock=lambda: NOW)
    for iss in clients:
        assert iss == authenticator.authenticate(bearer(iss=iss, jti="same"), SERVICE).issuer


def _answer(database: Database, header: str, results: Any) -> None:
    client = TrustedClient(iss=ISSUER, keys=(EC.jwk(),))
    replay = ReplayStore(database, lambda: NOW)
    try:
        JwtAuthenticator({ISSUER: client}, BASE, replay, clock=lambda: NOW).authenticate(header, SERVICE)
        results.put("accepted")
    except Unauthorized as error:
        results.put(error.reason)


@pytest.mark.row("JWT-9")
def test_a_token_replayed_to_another_process_is_refused(tmp_path: Path) -> None:
    # As the server does: making the tables can take longer than a hook waits.
    database, header = Database(f"sqlite:///{tmp_path}/shared.sqlite3"), bearer()
    database.prepare()
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    workers = [context.Process(target=_answer, args=(database, header, results)) for _ in range(3)]
    for worker in workers:
        worker.start()
    told = sorted(results.get(timeout=20) for _ in workers)
    for worker in workers:
        worker.join(20)
    results.close()
    results.join_thread()
    assert ["accepted", "replayed", "replayed"] == told


def test_with_the_store_down_each_process_still_refuses_a_replay(server: JwksServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    replay = ReplayStore(Database(f"sqlite:///{tmp_path}/file/store.sqlite3"), lambda: NOW)
    client = TrustedClient(iss=ISSUER, jku=server.url)
    authenticator, header = JwtAuthenticator({ISSUER: client}, BASE, replay, clock=lambda: NOW), bearer()
    started = time.monotonic()
    assert ISSUER == authenticator.authenticate(header, SERVICE).issuer
    assert not replay.is_shared
    assert "replayed" == refusal(authenticator, header)
    assert time.monotonic() - started < 1


@pytest.mark.row("JWT-17")
def test_nothing_of_a_token_is_logged_or_stored(
    build: Build, replay: ReplayStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    header = bearer(jti="canary-jti", tenant="canary-tenant")
    with caplog.at_level(logging.DEBUG):
        build().authenticate(header, SERVICE)
        refusal(build(), header)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for part in (*header.split(" ")[1].split("."), "canary-jti", "canary-tenant"):
        assert part not in caplog.text
        assert part.encode() not in kept
