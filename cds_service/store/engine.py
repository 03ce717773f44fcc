"""The database behind the store: SQLite in WAL mode by default, PostgreSQL by URL; every wait is bounded.

A store that is down raises `StoreDown` with a cause, within the time the caller allows, and is tried again by itself.
SQLite transactions run in the caller's thread and take turns; PostgreSQL ones run in a small pool of threads, because
a server that vanished can otherwise hold a connection for longer than a hook may wait.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from cds_service.store import migrate
from cds_service.store.opening import StoreDown, cause, checked_url, identity, on_sqlite_connect
from cds_service.store.straight import StraightWriter

T = TypeVar("T")
Work = Callable[[Connection], T]

HOOK_WAIT: Final = 0.25
PATIENT_WAIT: Final = 5.0
_REST: Final = 1.0
_POOL: Final = 8

__all__ = ["HOOK_WAIT", "PATIENT_WAIT", "Database", "StoreDown"]


class Database:
    """One database, shared by all threads of a process and safe across a fork."""

    def __init__(self, url: str) -> None:
        """Take the SQLAlchemy URL; nothing is opened yet.

        Raises:
            ValueError: The URL is not one of SQLite or PostgreSQL.
        """
        self.url = checked_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._file = Path(self.url.database or "") if self.is_sqlite else None
        self._engine = self._create()
        self._straight = StraightWriter(self._file or Path())
        self._preparing: threading.Thread | None = None
        self._identity: tuple[int, int] | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._failures = 0
        self._rest_until = 0.0
        self._renew()
        owner = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _after_fork(owner))

    def prepare(self, wait: float = 10.0) -> None:
        """Create or bring up to date the tables; call once before workers are forked, and leave no connection open.

        Args:
            wait: Longest wait in seconds.

        Raises:
            StoreDown: Not possible now; the first write after recovery does it.
        """
        try:
            self._ensure_prepared(time.monotonic() + wait)
        finally:
            self._engine.dispose()

    def write_straight(self, work: Callable[[sqlite3.Connection], T], wait: float = HOOK_WAIT) -> T:
        """Run `work` in one write transaction of SQLite, on a connection of the driver; SQLite only.

        Raises:
            StoreDown: Nothing was stored.
        """

        def run(deadline: float) -> T:
            return self._turned(lambda: self._straight.run(work, max(0.0, deadline - time.monotonic())), deadline)

        return self._write(run, wait)

    def write(self, work: Work[T], wait: float = HOOK_WAIT, durable: bool = False, long: bool = False) -> T:
        """Run `work` in one write transaction and commit before returning.

        Args:
            work: Gets the connection; may run twice where a connection was lost before the commit.
            wait: Longest wait in seconds.
            durable: True survives a loss of power (SQLite then syncs the disk at each commit).
            long: True lifts the server's time limit per statement (purge, report).

        Raises:
            StoreDown: Nothing was stored, or (PostgreSQL, cause `timeout`) it may yet be.
        """
        return self._write(lambda deadline: self._bounded(work, deadline, "BEGIN IMMEDIATE", durable, long), wait)

    def _write(self, run: Callable[[float], T], wait: float) -> T:
        if time.monotonic() < self._rest_until:
            if wait <= HOOK_WAIT:
                raise StoreDown("resting")
            # Whoever can wait still tries, but many of them must not tie up the threads that answer hooks.
            wait = HOOK_WAIT
        deadline = time.monotonic() + wait
        try:
            self._ensure_prepared(deadline)
            result = run(deadline)
        except StoreDown:
            self._failures += 1
            if self._failures > 1:
                self._rest_until = time.monotonic() + _REST
            raise
        self._failures = 0
        self._rest_until = 0.0
        return result

    def read(self, work: Work[T], wait: float = PATIENT_WAIT) -> T:
        """Run `work` in one read transaction; writers go on meanwhile.

        Raises:
            StoreDown: The store cannot be read now.
        """
        deadline = time.monotonic() + wait
        self._ensure_prepared(deadline)
        if self.is_sqlite:
            return self._guarded(lambda: self._transact(work, deadline, "BEGIN", False, True))
        return self._bounded(work, deadline, "BEGIN", False, True)

    def state(self) -> str:
        """`up`, or the cause why nothing can be stored now; writes and rolls back to find out."""
        try:
            self.write(_touch, wait=HOOK_WAIT + 0.01)
        except StoreDown as error:
            return error.cause
        return "up"

    def close(self) -> None:
        """Close all connections of this process."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None
        self._straight.close()
        self._engine.dispose()

    # Opening

    def _create(self) -> Engine:
        if self.is_sqlite:
            engine = create_engine(self.url, hide_parameters=True, pool_size=_POOL, max_overflow=64, pool_timeout=1)
            event.listen(engine, "connect", on_sqlite_connect)
            return engine
        limits = "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"
        arguments = {"connect_timeout": 2, "options": limits, "tcp_user_timeout": 2000}
        return create_engine(
            self.url, hide_parameters=True, pool_size=_POOL, max_overflow=0, pool_timeout=1, connect_args=arguments
        )

    def _renew(self) -> None:
        self._turn = threading.Lock()
        self._preparing_lock = threading.Lock()
        self._preparing = None
        self._prepare_failure = ""
        self._prepared = False
        self._identity = None
        self._threads = None
        self._failures = 0
        self._rest_until = 0.0

    def _ensure_prepared(self, deadline: float) -> None:
        if self._prepared and self._file is not None and self._identity != identity(self._file):
            # The file was replaced or removed: what is open would be written into nothing.
            self._prepared = False
            self._engine.dispose()
            self._turned(self._straight.close, deadline)
        if self._prepared:
            return
        with self._preparing_lock:
            if self._preparing is None or not self._preparing.is_alive():
                self._preparing = threading.Thread(target=self._prepare_once, name="store-prepare", daemon=True)
                self._preparing.start()
            thread = self._preparing
        thread.join(max(0.0, deadline - time.monotonic()))
        if not self._prepared:
            raise StoreDown(self._prepare_failure or "timeout")

    def _prepare_once(self) -> None:
        deadline = time.monotonic() + PATIENT_WAIT
        try:
            self._guarded(lambda: self._open_and_migrate(deadline))
        except StoreDown as error:
            self._prepare_failure = error.cause
            return
        self._prepare_failure = ""
        self._identity = identity(self._file) if self._file is not None else None
        self._prepared = True

    def _open_and_migrate(self, deadline: float) -> None:
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            while True:
                try:
                    with self._engine.connect() as connection:
                        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                    break
                except SQLAlchemyError as error:
                    # Switching to WAL does not honour the busy timeout while another worker does the same.
                    if cause(error) != "locked" or time.monotonic() > deadline:
                        raise
                    time.sleep(0.02)
        self._transact(migrate.upgrade, deadline, "BEGIN IMMEDIATE", True, True)

    # Running

    def _bounded(self, work: Work[T], deadline: float, begin: str, durable: bool, long: bool) -> T:
        if self.is_sqlite:
            return self._turned(lambda: self._transact(work, deadline, begin, durable, long), deadline)
        with self._preparing_lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(_POOL, thread_name_prefix="store")
            threads = self._threads
        future = threads.submit(self._guarded, lambda: self._transact(work, deadline, begin, durable, long))
        try:
            return future.result(max(0.0, deadline - time.monotonic()))
        except FutureTimeout:
            future.cancel()
            raise StoreDown("timeout") from None

    def _turned(self, run: Callable[[], T], deadline: float) -> T:
        if not self._turn.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise StoreDown("locked")
        try:
            return self._guarded(run)
        finally:
            self._turn.release()

    def _guarded(self, run: Callable[[], T]) -> T:
        try:
            return run()
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            told = cause(error)
            if told not in ("locked", "timeout"):
                self._prepared = False
            # The original may hold a statement's values or a server's address.
            raise StoreDown(told) from None

    def _transact(self, work: Work[T], deadline: float, begin: str, durable: bool, long: bool) -> T:
        committing = False
        try:
            with self._engine.connect() as connection:
                with connection.begin() as transaction:
                    self._start(connection, deadline, begin, durable, long)
                    result = work(connection)
                    committing = True
                    if transaction.is_active:
                        transaction.commit()
                return result
        except DBAPIError as error:
            if committing or not error.connection_invalidated or time.monotonic() > deadline:
                raise
        with self._engine.connect() as connection, connection.begin():
            self._start(connection, deadline, begin, durable, long)
            return work(connection)

    def _start(self, connection: Connection, deadline: float, begin: str, durable: bool, long: bool) -> None:
        if not self.is_sqlite:
            if long:
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            return
        driver: Any = connection.connection.driver_connection
        milliseconds = max(1, int((deadline - time.monotonic()) * 1000))
        driver.execute(f"PRAGMA busy_timeout={milliseconds}")
        if connection.info.get("durable") != durable:
            driver.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            connection.info["durable"] = durable
        driver.execute(begin)


def _touch(connection: Connection) -> None:
    connection.execute(text("UPDATE decision_chain SET sequence = sequence WHERE id = 1"))
    transaction = connection.get_transaction()
    if transaction is not None:
        transaction.rollback()


def _after_fork(owner: weakref.ref[Database]) -> None:
    database = owner()
    if database is not None:
        prepared, known = database._prepared, database._identity
        database._engine.dispose(close=False)
        database._straight.leave()
        database._renew()
        database._prepared, database._identity = prepared, known
