"""`cds-service migrate`: brings the database to the present tables and ends, before new replicas of the service start.

`serve` does the same when it starts. Apart from it, the role that makes tables need not be the one that the service runs under.
"""

from __future__ import annotations

import argparse
import os
import sys

from cds_service.settings import Settings
from cds_service.store.engine import StoreDown
from cds_service.store.migrate import HEAD
from cds_service.store.sink import open_database


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None: the database is that of `CDS_DATABASE_URL`."""


def run(_arguments: argparse.Namespace, settings: Settings | None = None) -> int:
    """Migrate; 0 when the tables are the present ones, 3 when the store is down."""
    settings = settings or Settings.from_environment({"CDS_ALLOW_ANONYMOUS": "1", **os.environ})
    database = open_database(settings)
    try:
        database.prepare()
    except StoreDown as error:
        sys.stderr.write(f"cds-service: the store is down: {error.cause}; nothing was changed, run it again later\n")
        return 3
    finally:
        database.close()
    sys.stdout.write(f"the database has the tables of step {HEAD}\n")
    return 0
