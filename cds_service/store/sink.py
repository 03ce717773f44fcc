"""The store as the rest of the service sees it: opened once per process, feedback in, and whether it is up."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy.engine import URL, make_url

from cds_service.errors import SettingsError
from cds_service.store.engine import Database, StoreDown
from cds_service.store.feedback import FeedbackStore
from cds_service.store.records import RecordStore
from cds_service.store.replay import ReplayStore
from cds_service.store.sessions import SessionStore

_FILE = "cds-service.sqlite3"
_open: dict[str, Database] = {}
_open_lock = threading.Lock()


class StoreSettings(Protocol):
    """The settings that the store reads."""

    @property
    def database_url(self) -> str: ...
    @property
    def data_dir(self) -> Path: ...
    @property
    def hash_key(self) -> str: ...
    @property
    def store_comments(self) -> bool: ...


def open_database(settings: StoreSettings) -> Database:
    """The configured database, one per process and URL; `CDS_DATABASE_URL`, else the SQLite file in `CDS_DATA_DIR`.

    Raises:
        SettingsError: The URL is none of SQLite or PostgreSQL.
    """
    url = settings.database_url or _default(settings).render_as_string(hide_password=False)
    with _open_lock:
        if url not in _open:
            try:
                _open[url] = Database(url)
            except ValueError as error:
                raise SettingsError("CDS_DATABASE_URL", f"{error}.") from None
        return _open[url]


def store_words(settings: StoreSettings) -> str:
    """Which store the settings name, for people: a file, or a database and its host; never who signs in to it, nor how."""
    url = make_url(settings.database_url) if settings.database_url else _default(settings)
    if url.get_backend_name() == "sqlite":
        return f"{url.database or 'in memory'}"
    return f"{url.get_backend_name()} database {url.database} on {url.host or 'this machine'}"


def _default(settings: StoreSettings) -> URL:
    return URL.create("sqlite", database=str(settings.data_dir / _FILE))


def open_records(settings: StoreSettings) -> RecordStore:
    """Where decision records go."""
    return RecordStore(open_database(settings), settings.hash_key or None)


def open_replay(settings: StoreSettings) -> ReplayStore:
    """Where used tokens are remembered."""
    return ReplayStore(open_database(settings))


def open_sessions(settings: StoreSettings) -> SessionStore:
    """Where sessions of browsers are kept."""
    return SessionStore(open_database(settings))


def open_feedback(settings: StoreSettings, reasons: frozenset[tuple[str, str]] = frozenset()) -> FeedbackStore:
    """Where feedback is kept. Args: `reasons` are the override reasons that cards offer, as (system, code)."""
    return FeedbackStore(open_database(settings), settings.store_comments, reasons)


def prepare_store(settings: StoreSettings) -> None:
    """Bring the tables of the configured database up to date; a store that is down does not raise."""
    with suppress(StoreDown):
        # Hooks answer without a store; the first write after recovery prepares it, and /readyz tells meanwhile.
        open_database(settings).prepare()
