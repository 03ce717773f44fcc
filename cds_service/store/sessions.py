"""Keeps sessions of browsers until they expire: sealed by whoever asks, found by a digest, shared by all workers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from cds_service.store.engine import PATIENT_WAIT, Database
from cds_service.store.tables import browser_session

# Launches that lead nowhere, by somebody who sends thousands, end before the sessions of those who came back.
MOST: Final = 10_000


class SessionStore:
    """Sealed texts by digest."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time, most: int = MOST) -> None:
        """Take the database, a clock of seconds since 1970, and how many are kept at most."""
        self._database = database
        self._most = most
        self._clock = clock

    def put(self, digest: str, sealed: str, seconds: float) -> None:
        """Keep a text for some seconds; what has expired goes, and of too many what would expire next.

        Raises: StoreDown when it could not be kept.
        """
        now = self._clock()
        row = {"digest": digest, "sealed": sealed, "expires_at": now + seconds}

        def work(connection: Connection) -> None:
            connection.execute(delete(browser_session).where(browser_session.c.expires_at <= now))
            kept = connection.execute(select(func.count()).select_from(browser_session)).scalar_one()
            if kept >= self._most:
                oldest = select(browser_session.c.digest).order_by(browser_session.c.expires_at)
                connection.execute(
                    delete(browser_session).where(browser_session.c.digest.in_(oldest.limit(kept - self._most + 1)))
                )
            connection.execute(insert(browser_session), row)

        self._database.write(work, PATIENT_WAIT)

    def read(self, digest: str) -> str:
        """The text, "" where there is none or it has expired. Raises: StoreDown."""
        wanted = select(browser_session.c.sealed).where(
            browser_session.c.digest == digest, browser_session.c.expires_at > self._clock()
        )
        return str(self._database.read(lambda connection: connection.execute(wanted).scalar()) or "")

    def take(self, digest: str) -> str:
        """The text, which nobody gets again; "" where there is none or it has expired. Raises: StoreDown."""
        statement = (
            delete(browser_session)
            .where(browser_session.c.digest == digest)
            .returning(browser_session.c.sealed, browser_session.c.expires_at)
        )
        found = self._database.write(lambda connection: connection.execute(statement).first(), PATIENT_WAIT)
        return str(found.sealed) if found is not None and found.expires_at > self._clock() else ""
