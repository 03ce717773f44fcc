"""Does a store that is down say so at once, and come back by itself?"""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from cds_service.cdshooks.client import Client
from cds_service.store.engine import Database, StoreDown
from cds_service.store.feedback import FeedbackStore
from cds_service.store.migrate import HEAD
from cds_service.store.records import RecordStore
from cds_service.store.replay import ReplayStore
from cds_service.store.sink import open_feedback, prepare_store
from cds_service.store.tables import metadata
from cds_service.store.verify import verify
from tests.unit.store.conftest import POSTGRES
from tests.unit.store.samples import NOON, SERVICE, decision, entry


def refused(database: Database) -> tuple[str, float]:
    started = time.monotonic()
    with pytest.raises(StoreDown) as caught:
        RecordStore(database).append(decision())
    return caught.value.cause, time.monotonic() - started


def test_the_migrations_make_the_tables_of_the_code(database: Database) -> None:
    def compare(connection: Any) -> list[object]:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        context = MigrationContext.configure(connection)
        assert HEAD == context.get_current_revision()
        found: list[object] = compare_metadata(context, metadata)
        return found

    assert [] == database.read(compare)
    assert any("feedback" in name for name in database.read(lambda one: inspect(one).get_table_names()))


def _prepare(url: str, results: Any) -> None:
    database = Database(url)
    database.prepare()
    RecordStore(database).append(decision(), wait=5)
    database.close()
    results.put(1)


def test_several_workers_may_start_together(url: str) -> None:
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    workers = [context.Process(target=_prepare, args=(url, results)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert [0, 0, 0, 0] == [worker.exitcode for worker in workers]
    database = Database(url)
    assert (4, True) == ((audit := verify(database)).records, audit.is_sound)
    database.close()
    results.close()
    results.join_thread()


def test_a_locked_database_holds_a_hook_for_a_quarter_second_only(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/store.sqlite3")
    database.prepare()
    records = RecordStore(database)
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    for _ in range(2):
        cause, seconds = refused(database)
        assert "locked" == cause
        assert 0.1 < seconds < 0.5
    assert ("resting", True) == ((told := refused(database))[0], told[1] < 0.05)
    assert "locked" == database.state()
    with pytest.raises(StoreDown):
        records.append(decision())
    other.execute("ROLLBACK")
    other.close()
    assert "up" == database.state()
    records.append(decision())
    assert (1, 1, 0) == ((audit := verify(database)).records, audit.lost, records.lost)
    database.close()


def test_a_folder_that_cannot_be_used_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    database = Database(f"sqlite:///{tmp_path}/data/store.sqlite3")
    with pytest.raises(StoreDown):
        database.prepare(wait=1)
    _, seconds = refused(database)
    assert seconds < 0.5
    (tmp_path / "data").unlink()
    FeedbackStore(database).store(SERVICE, [entry()], Client(), NOON)
    assert "up" == database.state()
    database.close()


def test_a_database_that_was_removed_or_damaged_is_made_anew_when_it_can_be(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite3"
    database = Database(f"sqlite:///{file}")
    database.prepare()
    RecordStore(database).append(decision())
    for path in tmp_path.iterdir():
        path.unlink()
    RecordStore(database).append(decision(), wait=5)
    assert 1 == verify(database).records
    for path in tmp_path.iterdir():
        path.unlink()
    file.write_bytes(b"not a database " * 100)
    assert "damaged" == refused(database)[0]
    file.unlink()
    assert "up" == _within(5, database)
    database.close()


def _within(seconds: float, database: Database) -> str:
    end = time.monotonic() + seconds
    while (state := database.state()) != "up" and time.monotonic() < end:
        time.sleep(0.05)
    return state


def test_a_server_that_is_gone_holds_a_hook_for_a_quarter_second_only() -> None:
    database = Database("postgresql://cds@127.0.0.1:1/none")
    cause, seconds = refused(database)
    assert cause in ("unreachable", "timeout")
    assert seconds < 0.5
    database.close()


def test_a_server_that_never_answers_holds_a_hook_for_a_quarter_second_only() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = Database(f"postgresql://cds@127.0.0.1:{silent.getsockname()[1]}/none")
        for _ in range(2):
            assert refused(database)[1] < 0.5
        replay = ReplayStore(database)
        assert [True, False] == [replay.remember("a", "b", time.time() + 60) for _ in range(2)]
    database.close()


@pytest.mark.parametrize("url", ["nonsense", "mysql://a/b", "sqlite://", "sqlite:///:memory:"])
def test_a_url_that_cannot_serve_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="CDS_DATABASE_URL"):
        Database(url)


def test_no_value_is_in_the_words_of_an_error(tmp_path: Path) -> None:
    database = Database("postgresql://cds:canary@127.0.0.1:1/none")
    with pytest.raises(StoreDown) as caught:
        FeedbackStore(database).store(SERVICE, [entry("canary")], Client(), NOON, wait=0.3)
    assert "canary" not in f"{caught.value!s} {caught.value!r} {caught.value.cause} {caught.value.__cause__}"
    database.close()


def test_a_token_is_remembered_across_stores_and_forgotten_after_it_expired(database: Database, url: str) -> None:
    clock = [1000.0]
    second = Database(url)
    first, other = (ReplayStore(one, lambda: clock[0]) for one in (database, second))
    assert [True, False] == [first.remember("a", "x", 1300), other.remember("a", "x", 1300)]
    assert first.remember("ax", "", 1300)
    clock[0] = 2000.0
    assert [True, True] == [first.remember("a", "y", 2300), other.remember("a", "x", 2300)]
    second.close()


def test_the_sink_is_opened_from_the_settings_and_starts_without_a_store(tmp_path: Path) -> None:
    from cds_service.settings import Settings

    settings = Settings(data_dir=tmp_path / "new folder")
    sink = open_feedback(settings)
    assert not settings.data_dir.exists()
    prepare_store(settings)
    sink.store(SERVICE, [entry()], Client("https://ehr.example.org"), NOON)
    assert sink.is_up()
    (tmp_path / "file").write_text("")
    settings = Settings(data_dir=tmp_path / "file")
    prepare_store(settings)
    assert not open_feedback(settings).is_up()


@pytest.fixture
def own_server() -> Iterator[tuple[str, str]]:
    """URL and data folder of a server that only this test uses."""
    if not POSTGRES:
        pytest.skip("needs CDS_TEST_POSTGRES_URL: . .ci/postgres.sh")
    script = '. .ci/postgres.sh && echo "$CDS_TEST_POSTGRES_URL" && echo "$CDS_TEST_POSTGRES_DATA" && read -r _'
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        ["bash", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    ) as shell:
        assert shell.stdin is not None
        assert shell.stdout is not None
        yield shell.stdout.readline().strip(), shell.stdout.readline().strip()
        shell.stdin.write("done\n")
        shell.stdin.flush()


def test_a_server_that_stops_is_noticed_and_taken_up_again_when_it_is_back(own_server: tuple[str, str]) -> None:
    url, data = own_server
    written = Path(data, "postmaster.opts").read_text().replace('"', "").strip()
    owner = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    control = [*owner, str(Path(written.split(" ", 1)[0]).with_name("pg_ctl")), "-D", data, "-w", "-l", f"{data}/log"]
    options = "-c" + written.partition("-c")[2]
    database = Database(url)
    database.prepare()
    records = RecordStore(database)
    assert 1 == records.append(decision(), wait=5)
    subprocess.run([*control, "-m", "fast", "stop"], check=True, cwd="/", stdout=subprocess.DEVNULL)
    assert refused(database)[1] < 0.5
    with pytest.raises(StoreDown):
        FeedbackStore(database).store(SERVICE, [entry()], Client(), NOON, wait=1)
    subprocess.run([*control, "-o", options, "start"], check=True, cwd="/", stdout=subprocess.DEVNULL)
    assert "up" == _within(10, database)
    assert 2 == records.append(decision(), wait=5)
    assert verify(database).is_sound
    database.close()
