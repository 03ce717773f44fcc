"""`cds-service doctor REQUEST.json`: is the request as the standard has it, and what does the service see of it?"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import TextIO

import msgspec

from cds_service.commands.calls import CallFault, read_call, service_for
from cds_service.commands.layout import heading, item, paragraph
from cds_service.hooks.diagnosis import Diagnosis, diagnose
from cds_service.hooks.protocol import FAIL, NOTE
from cds_service.settings import environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, the token, the service, the form."""
    parser.add_argument("request", metavar="REQUEST.json", help="a CDS Hooks request; - reads standard input")
    parser.add_argument("--token", metavar="JWT", help="the client's token, to be judged too; it is not repeated")
    parser.add_argument("--service", metavar="ID", help="the service; found by the request's hook when left out")
    parser.add_argument("--today", metavar="DATE", help="the day on which the call is played (YYYY-MM-DD)")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(arguments: argparse.Namespace, environ: Mapping[str, str] | None = None, now: float | None = None) -> int:
    """Check; 0 when no clause is failed, 1 otherwise."""
    from cds_service.hooks.pipeline import Pipeline

    try:
        call = read_call(arguments.request, arguments.today, environment() if environ is None else environ)
        pipeline = Pipeline(call.settings)
        service = service_for(pipeline.services(), call.body, arguments.service)
    except CallFault as fault:
        sys.stderr.write(f"cds-service doctor: {fault}\n")
        return 1
    servers = call.settings.fhir_servers
    found = diagnose(call.body, service, pipeline.drug_of(service.id), servers, call.today, pipeline.site)
    if arguments.token:
        from cds_service.commands.token_checks import token_checks

        judged = token_checks(arguments.token, service.id, call.settings, time.time() if now is None else now)
        found = dataclasses.replace(found, checks=(*found.checks, *judged))
    if arguments.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")
    else:
        write(found, sys.stdout, call.notes)
    return 0 if found.is_sound else 1


def write(found: Diagnosis, out: TextIO, notes: tuple[str, ...] = ()) -> None:
    """The findings for people, at most 100 columns wide; the notes say what the call was taken to be."""
    out.write(f"{found.service}\n")
    for note in notes:
        out.write(paragraph(note, "  "))
    out.write(heading("Clauses of the standard"))
    for check in found.checks:
        out.write(item(f"{check.state:<4}  {check.clause:<7}", check.words))
    if found.keys:
        out.write(heading("Prefetch, key by key"))
    for key in found.keys:
        query = f"; would fetch {key.would_fetch}" if key.would_fetch else ""
        out.write(item(f"{key.key:<25}", key.state + query))
    _facts(found, out)
    failed = sum(check.state == FAIL for check in found.checks)
    noted = sum(check.state == NOTE for check in found.checks)
    out.write(f"\n{len(found.checks)} checks: {failed} failed, {noted} to note\n")


def _facts(found: Diagnosis, out: TextIO) -> None:
    """Which facts came from which resources, and what is not used and why; no values."""
    sources: dict[str, list[str]] = defaultdict(list)
    for fact in found.read:
        sources[fact.fact].append(fact.reference or "no id")
    out.write(heading(f"Facts that the prefetch holds ({len(found.read)})"))
    for name, references in sources.items():
        more = f" and {len(references) - 3} more" if len(references) > 3 else ""
        out.write(item(f"{name:<18} {len(references):>4}", ", ".join(references[:3]) + more))
    out.write(heading(f"What cannot be used ({len(found.refused)})"))
    for each in found.refused:
        rule = f" [{each.rule}]" if each.rule else ""
        out.write(item(f"{each.fact:<23}", f"{each.reason}{rule}", each.reference))
    for remark in found.remarks:
        out.write(item(f"{'remark':<23}", remark))
