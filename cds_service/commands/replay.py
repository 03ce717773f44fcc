"""`cds-service replay NDJSON_DIR --out DIR`: what the service would have said to a whole population, from a FHIR Bulk Data export."""

from __future__ import annotations

import argparse
import errno
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from cds_service.commands.layout import paragraph
from cds_service.commands.preflight import day
from cds_service.dosing.rulebook import RulebookError
from cds_service.errors import SettingsError
from cds_service.population.export import ExportFault, sources
from cds_service.population.replayer import Plan
from cds_service.population.run import Replay
from cds_service.population.tables import require_parquet
from cds_service.population.work import FOLDER, REPORT, SUMMARY
from cds_service.settings import Settings, environment
from cds_service.settings_reader import SHORTEST_SECRET, refuse, weak_key

_ENGINES: Final = ("local", "spark")
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The export, the results, the engine, what is decided and compared."""
    parser.add_argument(
        "export", type=Path, metavar="NDJSON_DIR", help="a FHIR Bulk Data export: NDJSON files, plain or gzip"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where the results go; made for its owner alone"
    )
    parser.add_argument(
        "--engine", choices=_ENGINES, default="local", help="this machine, or a Spark cluster; default local"
    )
    parser.add_argument("--master", metavar="URL", default="local[*]", help="the Spark master; default local[*]")
    parser.add_argument("--as-of", type=day, metavar="DATE", help="decide each patient once, as of this day")
    parser.add_argument(
        "--compare",
        nargs=2,
        default=(),
        metavar=("A", "B"),
        help="two editions (us-label/2021-08 us-label/2023-03) or US EU: whose advice changes, and why",
    )
    parser.add_argument("--jurisdiction", choices=("US", "EU"), help="whose documents; default CDS_JURISDICTION")
    parser.add_argument("--overwrite", action="store_true", help="replace a finished result that lies in --out")
    parser.add_argument("--keep-ids", action="store_true", help="patients under their ids instead of a keyed hash")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes; default all cores"
    )


def run(arguments: argparse.Namespace, environ: Mapping[str, str] | None = None) -> int:
    """Replay; 0 when all is written, 2 when what was given cannot be used, 3 when the disk is full."""
    try:
        settings = _settings(arguments, environment() if environ is None else environ)
        if not arguments.overwrite:
            _require_unfinished(arguments.out)
        plan = Plan(settings, arguments.as_of, tuple(arguments.compare))
        replay = Replay(arguments.export, arguments.out, plan, keep_ids=arguments.keep_ids)
        progress = Bar()
        if arguments.engine == "spark":
            said = replay.on_spark(arguments.master, progress)
        else:
            said = replay.here(max(1, arguments.workers), progress)
    except ExportFault as fault:
        sys.stderr.write(f"cds-service replay: {fault.sentence} {fault.hint}\n")
        return 2
    except RulebookError as fault:
        sys.stderr.write(f"cds-service replay: --compare: {fault}\n")
        return 2
    except OSError as error:
        if error.errno not in _FULL:
            raise
        sys.stderr.write(
            f"cds-service replay: the disk of {arguments.out} is full. "
            "What is finished is kept: free space and run the same command again.\n"
        )
        return 3
    except KeyboardInterrupt:
        sys.stderr.write("\ncds-service replay: interrupted. What is finished is kept: run the same command again.\n")
        return 130
    _write(said, arguments.out)
    return 0


def _require_unfinished(out: Path) -> None:
    """Raises: ExportFault where a finished result lies in the folder, and nothing that an interrupted run left."""
    if (out / SUMMARY).is_file() and not (out / FOLDER).exists():
        raise ExportFault(
            str(out),
            f"{out} holds the result of a finished replay: {out / REPORT}.",
            "Name a new folder for --out, or give --overwrite to replace it.",
        )


def _settings(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Settings:
    """The settings of the replay. Raises: SettingsError with all that lacks; ExportFault for what cannot be compared."""
    given = {"CDS_ALLOW_ANONYMOUS": "1", **environ}
    if arguments.jurisdiction:
        given["CDS_JURISDICTION"] = arguments.jurisdiction
    settings = Settings.from_environment(given)
    named = [side for side in arguments.compare if "/" not in side]
    if any(side not in ("US", "EU") for side in named):
        raise ExportFault(
            "--compare",
            f"--compare {' '.join(arguments.compare)} names no jurisdiction.",
            "Name US EU, or two editions.",
        )
    refuse(_lacking(arguments, settings, needs_jurisdiction=len(named) < 2))
    return settings


def _lacking(arguments: argparse.Namespace, settings: Settings, needs_jurisdiction: bool) -> Iterator[SettingsError]:
    """All that a replay needs and does not have, each with what to do."""
    if needs_jurisdiction and not settings.jurisdiction:
        yield SettingsError("CDS_JURISDICTION", "No jurisdiction is set.", "Give --jurisdiction US or EU.")
    if not arguments.keep_ids and not settings.hash_key:
        sentence = "Patients stand under the keyed hash of their ids, and there is no key."
        hint = "Set it to what `openssl rand -hex 32` prints, or give --keep-ids."
        yield SettingsError("CDS_HASH_KEY", sentence, hint)
    elif not arguments.keep_ids and len(settings.hash_key) < SHORTEST_SECRET:
        yield weak_key("CDS_HASH_KEY", "Or give --keep-ids.")
    for look in (require_parquet, lambda: sources(arguments.export)):
        try:
            look()
        except ExportFault as fault:
            yield SettingsError(fault.where, fault.sentence, fault.hint)


def _write(said: Mapping[str, Any], out: Path) -> None:
    """What came of it, in a few lines."""
    for line in said["lines"]:
        sys.stdout.write(paragraph(line, ""))
    sys.stdout.write(f"{out / 'report.html'}\n")


class Bar:
    """How far a step is, on standard error: one line that moves on a terminal, a line for each tenth elsewhere."""

    def __init__(self) -> None:
        self._begun, self._step, self._told = time.monotonic(), "", -1

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show `done` of `total` of a step."""
        if step != self._step:
            self._begun, self._step, self._told = time.monotonic(), step, -1
        tenth = 10 * done // total if total else 10
        is_terminal = sys.stderr.isatty()
        if tenth == self._told and not is_terminal:
            return
        self._told = tenth
        seconds = time.monotonic() - self._begun
        left = f", about {seconds * (total - done) / done:.0f} s left" if done and done < total else ""
        filled = "#" * (tenth * 2) + "." * (20 - tenth * 2)
        line = f"[{filled}] {step}: {done} of {total}{left}"
        sys.stderr.write(f"\r{line:<78}" + ("\n" if done == total else "") if is_terminal else f"{line}\n")
        sys.stderr.flush()
