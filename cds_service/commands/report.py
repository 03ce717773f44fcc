"""`cds-service report`: what was shown, accepted and overridden, per rule and revision."""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime, time
from typing import Any

from cds_service.commands.layout import counted
from cds_service.commands.preflight import day, whole
from cds_service.commands.report_page import page
from cds_service.settings import Settings
from cds_service.store.engine import StoreDown
from cds_service.store.report import report
from cds_service.store.sink import open_database, store_words


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The form and the period."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--html", action="store_true", help="as one HTML page with charts")
    parser.add_argument(
        "--days",
        type=whole(1, 3660, "the number of days"),
        default=7,
        metavar="N",
        help="length of the period in days; default 7",
    )
    parser.add_argument(
        "--until", type=day, metavar="DATE", help="end of the period (that day excluded, UTC); default now"
    )


def run(arguments: argparse.Namespace, settings: Settings | None = None) -> int:
    """Write the report; 3 when the store cannot be read."""
    settings = settings or Settings.from_environment({"CDS_ALLOW_ANONYMOUS": "1", **os.environ})
    until = datetime.combine(arguments.until, time(), UTC) if arguments.until else datetime.now(UTC)
    database = open_database(settings)
    try:
        plain = report(database, until, arguments.days).to_plain()
    except StoreDown as error:
        sys.stderr.write(f"cds-service: the store cannot be read: {error.cause}\n")
        return 3
    finally:
        database.close()
    if arguments.json:
        sys.stdout.write(json.dumps(plain, indent=2, ensure_ascii=False) + "\n")
    elif arguments.html:
        sys.stdout.write(page(plain))
    else:
        sys.stdout.write(f"store {store_words(settings)}\n{words(plain)}")
    return 0


def words(plain: dict[str, Any]) -> str:
    """The report as lines of text; changes against the period before stand in brackets."""
    lines = [
        f"{plain['since'][:10]} to {plain['until'][:10]}: {counted(plain['calls'], 'call')} ({plain['callsChange']:+d})"
    ]
    if plain["recordsLost"]:
        lines.append(f"{counted(plain['recordsLost'], 'record')} could not be stored, not counted here")
    for rule in plain["rules"]:
        change = rule["change"]
        lines.append(f"{rule['rule']}  content {rule['contentVersion']}")
        numbers = (f"{name} {rule[name]} ({change[name]:+d})" for name in change)
        lines.append("    " + ", ".join(numbers))
        lines.extend(f"    overridden, {reason}: {count}" for reason, count in rule["reasons"].items())
    for title, key in (
        ("missing", "missing"),
        ("code without a concept", "unmappedCodes"),
        ("unit not known", "unknownUnits"),
    ):
        lines.extend(f"{title}: {one['name']}: {one['count']} ({one['change']:+d})" for one in plain[key])
    lines.append(f"feedback on unknown cards: {plain['feedbackOnUnknownCards']}")
    return "\n".join(lines) + "\n"
