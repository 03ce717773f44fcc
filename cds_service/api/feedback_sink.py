"""Feedback goes into the store; a store that is down is a 503 for feedback and for nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from cds_service.api.logs import log
from cds_service.cdshooks.client import Client
from cds_service.cdshooks.feedback import FeedbackEntry
from cds_service.errors import SettingsError, StoreDown
from cds_service.settings import Settings
from cds_service.store import engine
from cds_service.store.feedback import FeedbackStore, Sender

_START_WAIT_SECONDS = 1.5


class StoredFeedback:
    """Keeps feedback in the configured database."""

    def __init__(self, database: engine.Database, keeps_comments: bool) -> None:
        self._database = database
        self._store = FeedbackStore(database, keeps_comments)

    def store(self, service_id: str, entries: Sequence[FeedbackEntry], client: Client) -> None:
        """Keep the entries of one call; returns after the commit.

        Raises: StoreDown when they could not be kept.
        """
        try:
            self._store.store(service_id, entries, Sender(client.issuer, client.tenant), datetime.now(UTC))
        except engine.StoreDown as error:
            log.warning("store down", reason=error.cause)
            raise StoreDown() from None

    def state(self) -> str:
        """`up`, or why nothing can be stored now."""
        return self._database.state()


def build_sink(settings: Settings) -> StoredFeedback:
    """The sink for the configured database; a database that is down now does not stop the start.

    Raises: SettingsError when CDS_DATABASE_URL is no address of a database that the store knows.
    """
    url = settings.database_url or f"sqlite:///{settings.data_dir.absolute() / 'cds-service.sqlite3'}"
    try:
        database = engine.Database(url)
    except ValueError:
        raise SettingsError("CDS_DATABASE_URL", "CDS_DATABASE_URL is no SQLite file or PostgreSQL address.") from None
    try:
        database.prepare(_START_WAIT_SECONDS)
    except engine.StoreDown as error:
        log.warning("store down", reason=error.cause)
    return StoredFeedback(database, settings.store_comments)
