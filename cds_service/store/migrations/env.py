"""Runs the steps on the connection, and in the transaction, that the caller hands over."""

from __future__ import annotations

from alembic import context

from cds_service.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
