"""`cds-service check`: every data file, looked at with mistrust, and what the settings of this environment would start.

Any doubt ends with a status other than 0, and so does what production would refuse; where no setting is given only the files
are looked at.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TextIO

from cds_service.clinical.review import Review
from cds_service.commands.checks import Doubt
from cds_service.commands.checks.records import InstalledCopy, accept, folder_words, require_checkout
from cds_service.commands.checks.report import Report, check_package
from cds_service.commands.labels import editions
from cds_service.commands.layout import item, paragraph
from cds_service.commands.preflight import check_data_folder
from cds_service.drugs.source_files import edition_name, load_toml
from cds_service.errors import SettingsError
from cds_service.hooks.reviews import load_reviews
from cds_service.reviews.file import Review as SignedReview
from cds_service.settings import PRODUCTION, Settings, environment
from cds_service.settings_reader import is_ours

PACKAGE = Path(__file__).parents[1]
LEGEND = {
    Review.FROM_MEMORY: "written down without the document at hand",
    Review.FROM_PUBLICATION: "taken from a paper or guideline; its wording was not compared",
    Review.OWN: "no document says it; docs/rules/decisions.md says why we do",
    Review.PARTLY: "as the next, but numbers of our own stand beside the document's",
    Review.BY_PROGRAM: "every number was found in the document's own text (cds-service labels verify)",
    Review.SIGNED: "a named person compared it and signed (docs/review.md)",
}
# How content is refused from which no rules can be built.
_UNBUILT = (ValueError, LookupError, TypeError)
NO_SETTING = "no start, because no CDS_ setting is given; docs/production.md has the smallest set"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether changed rows are recorded as read."""
    parser.add_argument(
        "--accept",
        action="store_true",
        help="after reading every changed row: record that its sentence and its numbers belong together",
    )


def run(arguments: argparse.Namespace, package: Path = PACKAGE, environ: Mapping[str, str] | None = None) -> int:
    """Check; 0 when nothing is in doubt, 1 otherwise.

    A document that nobody has signed is said, and is a doubt only under settings with which production would refuse it.
    """
    if getattr(arguments, "accept", False):
        try:
            require_checkout(package)
        except InstalledCopy as error:
            sys.stderr.write(f"cds-service check: --accept: {error}\n")
            return 2
        for path, edition in editions(package):
            compared = frozenset(load_toml(path).get("checked", {}).get("rows", {}))
            sys.stdout.write(f"{edition_name(path)}: {accept(path, edition, compared)} rows recorded as read\n")
    given = environment() if environ is None else environ
    report = check_package(package, date.today(), _reviews(given))
    # Only files that are right in themselves can be loaded; then what is built from them is looked at too.
    loaded = template_doubts() if package == PACKAGE and not report.doubts else ()
    has_settings = any(map(is_ours, given))
    refused = start_doubts(given) if has_settings else ()
    sys.stdout.write(f"{folder_words(package)}\n\n")
    write(report, (*loaded, *refused), sys.stdout, _start(given) if has_settings else NO_SETTING)
    return 1 if report.doubts or loaded or refused else 0


def _reviews(environ: Mapping[str, str]) -> tuple[SignedReview, ...]:
    """The site's signed reviews. Missing: none where the settings are refused, which `start_doubts` says."""
    try:
        settings = Settings.from_environment({"CDS_ALLOW_ANONYMOUS": "1", **environ})
        return load_reviews(settings.reviews, settings.review_key)
    except SettingsError:
        return ()


def start_doubts(environ: Mapping[str, str]) -> tuple[Doubt, ...]:
    """What refuses `serve` under the settings of an environment, by its own words, and keys that can be guessed."""
    start = _start(environ)
    try:
        # Broken content is refused as early as that.
        from cds_service.api.trusted_clients import load_trusted_clients
        from cds_service.app import check_start

        settings = Settings.from_environment(environ)
        check_data_folder(settings)
        check_start(settings)
        if settings.trusted_clients is not None:
            # A list of clients that is not in force yet is looked at as well.
            load_trusted_clients(settings.trusted_clients)
        faults = settings.weak_keys()
    except SettingsError as error:
        faults = tuple(error.faults)
    except _UNBUILT as error:
        return (Doubt(start, f"the rules cannot be built: {error}"),)
    return tuple(Doubt(f"{start}: {each.where}", f"{each.sentence} {each.hint}".rstrip()) for each in faults)


def _start(environ: Mapping[str, str]) -> str:
    return f"start in {environ.get('CDS_MODE', '').strip().lower() or PRODUCTION} mode"


def template_doubts() -> tuple[Doubt, ...]:
    """Content that the rules cannot be built from, and prefetch templates outside the grammar of CDS Hooks 2.0.1."""
    try:
        from cds_service.fhir.queries import lint_template
        from cds_service.hooks.pipeline import Pipeline

        services = Pipeline(Settings(mode="demo", auth="none")).services()
    except _UNBUILT as error:
        return (Doubt("loading", f"the rules cannot be built: {error}"),)
    return tuple(
        Doubt(f"{service.id}: prefetch {key}", fault)
        for service in services
        for key, template in service.prefetch.items()
        for fault in lint_template(template)
    )


def write(report: Report, others: tuple[Doubt, ...], out: TextIO, start: str) -> None:
    """Write the review state of each document and table, which start was looked at, then the doubts."""
    out.write(paragraph("How far a row was checked against its document, from least to most:", ""))
    for review, words in LEGEND.items():
        out.write(item(f"{review.value}:", words))
    legend = "Codes marked MEM are from memory. DOUBT: a file, a row or a code that must not be used as it is."
    out.write(paragraph(legend, "") + "\nRows of each, and how far checked:\n")
    for state in report.states:
        out.write(item(f"{state.rows:>2}", f"{state.name}: {state.review}"))
    counted = f"{report.files} data files, {report.codes} codes, {report.codes_from_memory} of them from memory (MEM)"
    out.write("\n" + paragraph(f"{counted}: to be looked up in a browser of the code system.", ""))
    unsigned = sorted({s.name.partition(" ")[0] for s in report.states if not s.is_table and not s.is_signed})
    if unsigned:
        rest = "Production starts with it only under CDS_ALLOW_UNREVIEWED=1; docs/review.md says how to sign."
        out.write(paragraph(f"Not signed by a named person: {', '.join(unsigned)}. {rest}", ""))
    out.write(paragraph(f"Looked at as well: {start}.", ""))
    doubts = (*report.doubts, *others)
    for doubt in doubts:
        out.write(f"DOUBT {doubt.where}: {doubt.what}\n")
    out.write(f"{len(doubts)} doubt(s): not fit for use\n" if doubts else "no doubts\n")
