"""`cds-service services`: what this installation offers, and on which documents it stands."""

from __future__ import annotations

import argparse
import sys
from typing import TextIO

from cds_service.cdshooks.service import Engine
from cds_service.settings import Settings, environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This command takes no arguments."""


def run(arguments: argparse.Namespace) -> int:
    """List services, hooks, prefetch templates and documents in force."""
    from cds_service.hooks.pipeline import build_engine

    # Listing answers no client, so the listing itself needs no client authentication.
    environ = {"CDS_ALLOW_ANONYMOUS": "1", **environment()}
    engine: Engine = build_engine(Settings.from_environment(environ))
    write(engine, sys.stdout)
    return 0


def write(engine: Engine, out: TextIO) -> None:
    """Write the list for people."""
    for service in engine.services():
        out.write(f"{service.id}  (hook {service.hook})\n  {service.description}\n")
        for key, template in service.prefetch.items():
            out.write(f"    {key}: {template}\n")
    out.write(f"\nContent {engine.content_version}; documents in force:\n")
    for document in engine.documents():
        out.write(
            f"  {document.id}  {document.jurisdiction}  {document.title}, rev. {document.revision}: {document.review}\n"
        )
