"""Is every acknowledged feedback entry stored exactly once, with eight writers and one of them killed?

The full run, on SQLite and on a real PostgreSQL:

    (. .ci/postgres.sh && CDS_TEST_STRESS_POSTS=10000 pytest tests/unit/store/test_stress.py)
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import threading
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from cds_service.cdshooks.client import Client
from cds_service.store.engine import Database, StoreDown
from cds_service.store.feedback import FeedbackStore
from cds_service.store.tables import feedback_entry, identifier
from tests.unit.store.samples import NOON, SERVICE, entry

POSTS = int(os.environ.get("CDS_TEST_STRESS_POSTS", "500"))
WORKERS = 4
THREADS = 2


def _post(store: FeedbackStore, seed: int, posts: int, acknowledged: int) -> None:
    """Send random posts, some of them twice, each until it is taken; note the entries of each one that was."""
    chance = random.Random(seed)
    for number in range(posts):
        when = NOON + timedelta(seconds=seed * 100_000 + number)
        cards = [f"{seed}-{number}-{position}" for position in range(chance.randint(1, 3))]
        outcomes = [chance.choice(("accepted", "overridden")) for _ in cards]
        entries = [entry(card, outcome, outcome_at=when) for card, outcome in zip(cards, outcomes, strict=True)]
        for _ in range(chance.choice((1, 1, 1, 2))):
            while True:
                try:
                    store.store(SERVICE, entries, Client("https://ehr.example.org"), NOON)
                except StoreDown:
                    time.sleep(0.05)
                    continue
                break
        os.write(acknowledged, (json.dumps(cards) + "\n").encode())


def _work(url: str, worker: int, posts: int, path: str, is_endless: bool = False) -> None:
    store = FeedbackStore(Database(url))
    acknowledged = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    threads = [
        threading.Thread(target=_post, args=(store, worker * THREADS + number, posts, acknowledged))
        for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while is_endless:  # until it is killed
        _post(store, worker * THREADS, posts, acknowledged)


def test_every_acknowledged_entry_is_stored_exactly_once_though_a_worker_is_killed(url: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    each = POSTS // (WORKERS * THREADS)
    path = tmp_path / "acknowledged"
    # The first is the one to be killed: it does not end by itself.
    workers = [context.Process(target=_work, args=(url, one, each, str(path), one == 0)) for one in range(WORKERS)]
    for worker in workers:
        worker.start()
    while not path.exists() or path.read_bytes().count(b"\n") < POSTS // 8:
        assert any(worker.is_alive() for worker in workers)
        time.sleep(0.005)
    os.kill(workers[0].pid or 0, signal.SIGKILL)
    workers[0].join()
    assert -signal.SIGKILL == workers[0].exitcode
    # The client saw some calls break off and sends everything again to the worker that replaces it.
    workers[0] = context.Process(target=_work, args=(url, 0, each, str(path)))
    workers[0].start()
    for worker in workers:
        worker.join()
    assert [0] * WORKERS == [worker.exitcode for worker in workers]

    acknowledged = {card for line in path.read_text().splitlines() for card in json.loads(line)}
    database = Database(url)
    statement = select(feedback_entry.c.card, func.count()).group_by(feedback_entry.c.card)
    stored = dict(database.read(lambda connection: [tuple(row) for row in connection.execute(statement)]))
    database.close()
    assert len(acknowledged) >= WORKERS * THREADS * each
    assert {identifier(card) for card in acknowledged} == set(stored)
    assert {1} == set(stored.values())
