"""`cds-service purge`: removes what is older than `CDS_RETENTION_DAYS`."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime

from cds_service.settings import Settings
from cds_service.store.engine import StoreDown
from cds_service.store.retention import purge
from cds_service.store.sink import open_database


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The age, where it differs from the setting."""
    parser.add_argument("--days", type=int, metavar="N", help="age in days; default CDS_RETENTION_DAYS")


def run(arguments: argparse.Namespace, settings: Settings | None = None) -> int:
    """Purge; 0 when done, 2 without an age, 3 when the store is down."""
    settings = settings or Settings.from_environment({"CDS_ALLOW_ANONYMOUS": "1", **os.environ})
    days = arguments.days if arguments.days is not None else settings.retention_days
    if days is None or days < 1:
        sys.stderr.write("cds-service: set CDS_RETENTION_DAYS, or give --days, to at least 1; nothing was removed\n")
        return 2
    database = open_database(settings)
    try:
        gone = purge(database, days, datetime.now(UTC), settings.hash_key or None)
    except StoreDown as error:
        sys.stderr.write(f"cds-service: the store is down: {error.cause}; run it again later\n")
        return 3
    finally:
        database.close()
    sys.stdout.write(
        f"removed, older than {days} days: {gone.records} decision records, {gone.cards} cards, "
        f"{gone.feedback} feedback entries; expired: {gone.tokens} used tokens, {gone.sessions} sessions of browsers\n"
    )
    return 0
