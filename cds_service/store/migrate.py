"""Brings a database to the present tables, once, however many workers start together."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, inspect, select, text

from cds_service.store.chain import GENESIS
from cds_service.store.tables import decision_chain

HEAD: Final = "0002"
_ADVISORY_LOCK: Final = 0x0CD5_5E21  # any number that all workers share


def is_current(connection: Connection) -> bool:
    """True where the database already stands at the last step."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD


def upgrade(connection: Connection) -> None:
    """Apply the missing steps on a connection that already is in a write transaction.

    SQLite's write transaction keeps other workers out; on PostgreSQL an advisory lock does.

    Args:
        connection: In a transaction; the caller commits.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    if is_current(connection):
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.execute(select(decision_chain.c.id)).first() is None:
        connection.execute(insert(decision_chain), {"id": 1, "sequence": 0, "hash": GENESIS, "seal": ""})
