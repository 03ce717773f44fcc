"""Are sessions of browsers found while they last, and taken once?"""

from __future__ import annotations

from datetime import UTC, datetime

from cds_service.store.engine import Database
from cds_service.store.retention import purge
from cds_service.store.sessions import SessionStore


class Clock:
    """Seconds that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_is_read_as_often_as_wanted_and_taken_once(database: Database) -> None:
    store = SessionStore(database)
    store.put("d", "sealed", 60)
    assert ("sealed", "sealed") == (store.read("d"), store.read("d"))
    assert ("sealed", "", "") == (store.take("d"), store.take("d"), store.read("d"))


def test_a_session_that_has_expired_is_neither_read_nor_taken_and_goes(database: Database) -> None:
    clock = Clock()
    store = SessionStore(database, clock)
    store.put("d", "sealed", 60)
    clock.now += 60
    assert ("", "") == (store.read("d"), store.take("d"))
    store.put("e", "sealed", 60)
    clock.now += 60
    store.put("f", "sealed", 60)
    assert ("", "sealed") == (store.read("e"), store.read("f"))


def test_purging_removes_expired_sessions_alone(database: Database) -> None:
    now = datetime(2026, 1, 26, tzinfo=UTC)
    clock = Clock()
    clock.now = now.timestamp()
    store = SessionStore(database, clock)
    store.put("long", "sealed", 100)
    store.put("short", "sealed", 10)
    clock.now += 50
    later = datetime.fromtimestamp(clock.now, UTC)
    assert 1 == purge(database, 30, later).sessions
    assert "sealed" == store.read("long")


def test_of_too_many_those_go_that_would_expire_next(database: Database) -> None:
    store = SessionStore(database, most=2)
    store.put("session", "sealed", 3600)
    for launch in ("one", "two", "three"):
        store.put(launch, "sealed", 600)
    assert ["sealed", "", "", "sealed"] == [store.read(name) for name in ("session", "one", "two", "three")]
