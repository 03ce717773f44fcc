"""`cds-service services`: what this installation offers, and on which documents it stands."""

from __future__ import annotations

import argparse
import sys
from typing import TextIO

import msgspec

from cds_service.cdshooks.service import Engine
from cds_service.commands.layout import heading, item, paragraph
from cds_service.settings import Settings, environment

DOCUMENT = ("id", "title", "jurisdiction", "revision", "url", "compared", "review", "signed_by")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For people or for machines."""
    parser.add_argument("--json", action="store_true", help="everything, prefetch templates too, for machines")


def run(arguments: argparse.Namespace) -> int:
    """List services, hooks, prefetch and documents in force."""
    from cds_service.hooks.pipeline import build_engine

    # Listing answers no client, so the listing itself needs no client authentication.
    environ = {"CDS_ALLOW_ANONYMOUS": "1", **environment()}
    engine: Engine = build_engine(Settings.from_environment(environ))
    if arguments.json:
        sys.stdout.write(as_json(engine).decode() + "\n")
    else:
        write(engine, sys.stdout)
    return 0


def as_json(engine: Engine) -> bytes:
    """The services as discovery has them, the documents in force with every member, and the content version."""
    documents = [{name: getattr(document, name) for name in DOCUMENT} for document in engine.documents()]
    whole = {"contentVersion": engine.content_version, "services": list(engine.services()), "documents": documents}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2)


def write(engine: Engine, out: TextIO) -> None:
    """The lists for people, on one screen."""
    services, documents = engine.services(), engine.documents()
    out.write(heading(f"Services ({len(services)}), content {engine.content_version}"))
    wide = max((len(service.id) for service in services), default=0)
    for service in services:
        out.write(item(f"{service.id:<{wide}} {len(service.prefetch):>3} keys", service.title or service.description))
    out.write(heading(f"Documents in force ({len(documents)})"))
    wide = max((len(document.id) for document in documents), default=0)
    for document in documents:
        out.write(item(f"{document.id:<{wide}} {document.jurisdiction or 'all':<3}", document.review))
    out.write(
        "\n" + paragraph("A service is called by POST /cds-services/ID; --json prints the prefetch templates.", "")
    )
