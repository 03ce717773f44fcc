"""`cds-service audit verify`: whether the decision records are whole and unchanged."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TextIO

from cds_service.commands.layout import counted
from cds_service.settings import Settings
from cds_service.store.engine import StoreDown
from cds_service.store.sink import open_database, store_words
from cds_service.store.verify import Audit, verify


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`verify`, and the head that an earlier run printed."""
    parser.add_argument("what", choices=["verify"], help="check the chain of decision records")
    parser.add_argument(
        "--expect",
        metavar="NUMBER:HASH",
        type=_head,
        help="head printed by an earlier run and kept elsewhere; shows a database set back to an old copy",
    )


def run(arguments: argparse.Namespace, settings: Settings | None = None) -> int:
    """Verify; 0 when nothing was found, 1 when something was, 3 when the store cannot be read."""
    settings = settings or Settings.from_environment({"CDS_ALLOW_ANONYMOUS": "1", **os.environ})
    database = open_database(settings)
    try:
        audit = verify(database, settings.hash_key or None, arguments.expect)
    except StoreDown as error:
        sys.stderr.write(f"cds-service: the store cannot be read: {error.cause}\n")
        return 3
    finally:
        database.close()
    sys.stdout.write(f"store {store_words(settings)}\n")
    write(audit, sys.stdout)
    return 0 if audit.is_sound else 1


def write(audit: Audit, out: TextIO) -> None:
    """Write the result for people."""
    out.write(f"{counted(audit.records, 'record')}, numbers {audit.first} to {audit.last}\nhead {audit.head}\n")
    if audit.lost:
        out.write(f"note: {counted(audit.lost, 'record')} could not be stored while the store was down\n")
    if audit.unkeyed:
        out.write(
            f"note: {counted(audit.unkeyed, 'record')} written without CDS_HASH_KEY; a forger could remake them\n"
        )
    if audit.unchecked:
        out.write(f"note: {counted(audit.unchecked, 'record')} to be checked with CDS_HASH_KEY; only the order was\n")
    for problem in audit.problems:
        out.write(f"{problem.sequence}: {problem.code}: {problem.words}\n")
    out.write("sound\n" if audit.is_sound else f"NOT SOUND: {counted(len(audit.problems), 'finding')}\n")


def _head(text: str) -> tuple[int, str]:
    number, found, digest = text.partition(":")
    if not found or not number.isdigit() or len(digest) != 64:
        raise argparse.ArgumentTypeError("must be NUMBER:HASH as `audit verify` prints it")
    return int(number), digest
