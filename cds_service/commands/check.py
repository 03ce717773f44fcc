"""`cds-service check`: every data file, looked at with mistrust; any doubt ends with a status other than 0."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TextIO

from cds_service.commands.checks import Doubt
from cds_service.commands.checks.records import accept
from cds_service.commands.checks.report import Report, State, check_package
from cds_service.commands.labels import editions
from cds_service.drugs.source_files import edition_name, load_toml
from cds_service.hooks.reviews import load_reviews
from cds_service.settings import Settings, environment

PACKAGE = Path(__file__).parents[1]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether changed rows are recorded as read."""
    parser.add_argument(
        "--accept",
        action="store_true",
        help="after reading every changed row: record that its sentence and its numbers belong together",
    )


def run(arguments: argparse.Namespace, package: Path = PACKAGE) -> int:
    """Check; 0 when nothing is in doubt, 1 otherwise. A document that nobody has signed is said, and is no doubt."""
    if getattr(arguments, "accept", False):
        for path, edition in editions(package):
            compared = frozenset(load_toml(path).get("checked", {}).get("rows", {}))
            sys.stdout.write(f"{edition_name(path)}: {accept(path, edition, compared)} rows recorded as read\n")
    settings = Settings.from_environment({"CDS_ALLOW_ANONYMOUS": "1", **environment()})
    reviews = load_reviews(settings.reviews, settings.review_key)
    report = check_package(package, date.today(), reviews)
    # Only files that are right in themselves can be loaded; then what is built from them is looked at too.
    loaded = template_doubts() if package == PACKAGE and not report.doubts else ()
    write(report, loaded, sys.stdout)
    return 1 if report.doubts or loaded else 0


def template_doubts() -> tuple[Doubt, ...]:
    """Content that the rules cannot be built from, and prefetch templates outside the grammar of CDS Hooks 2.0.1."""
    from cds_service.fhir.queries import lint_template

    try:
        from cds_service.hooks.pipeline import Pipeline

        services = Pipeline(Settings(mode="demo", auth="none")).services()
    except (ValueError, LookupError, TypeError) as error:
        return (Doubt("loading", f"the rules cannot be built: {type(error).__name__}: {error}"),)
    return tuple(
        Doubt(f"{service.id}: prefetch {key}", fault)
        for service in services
        for key, template in service.prefetch.items()
        for fault in lint_template(template)
    )


def write(report: Report, loaded: tuple[Doubt, ...], out: TextIO) -> None:
    """Write the review state of each document and table, then the doubts."""
    width = max((len(state.name) for state in report.states), default=0) + 2
    out.write(f"{'document or table':<{width}} {'rows':>4}  how far it was checked\n")
    for state in report.states:
        out.write(_line(state, width) + "\n")
    out.write(
        f"\n{report.files} data files, {report.codes} codes, {report.codes_from_memory} of them from memory (MEM): to be"
        " looked up in a browser of the code system.\n"
    )
    unsigned = sorted({s.name.partition(" ")[0] for s in report.states if not s.is_table and not s.is_signed})
    if unsigned:
        out.write(f"Not signed by a named person: {', '.join(unsigned)}.\n")
        out.write("Production starts with it only under CDS_ALLOW_UNREVIEWED=1; docs/review.md says how to sign.\n")
    doubts = (*report.doubts, *loaded)
    for doubt in doubts:
        out.write(f"DOUBT {doubt.where}: {doubt.what}\n")
    out.write(f"{len(doubts)} doubt(s): not fit for use\n" if doubts else "no doubts\n")


def _line(state: State, width: int) -> str:
    name = f"  {state.name}" if state.is_table else state.name
    return f"{name:<{width}} {state.rows:>4}  {state.review}"
