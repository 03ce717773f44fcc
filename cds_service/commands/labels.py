"""`cds-service labels verify FILE…` and `labels diff OLD NEW`: our rows beside the labels' own text."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from cds_service.commands.checks.records import InstalledCopy, folder_words, require_checkout, write_block
from cds_service.dosing.rulebook import Edition, Rule, Rulebook, RulebookError
from cds_service.drugs.source_files import edition_files, edition_name, load_edition, load_toml, row_digest
from cds_service.labels.drift import Drift, drift
from cds_service.labels.files import read_label
from cds_service.labels.label import Label, LabelFileError
from cds_service.labels.verify import AGREES, DIFFERS, NOT_FOUND, UNPLACED, place_faults, verify, words_of

PACKAGE = Path(__file__).parents[1]
# What the exit status says.
FINE, DIFFERENT, UNREADABLE = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two ways of comparing."""
    ways = parser.add_subparsers(dest="way", required=True, metavar="verify|diff")
    compare = ways.add_parser(
        "verify", help="find the numbers of our rows in label files; 0: all agree, 1: not all, 2: unreadable"
    )
    compare.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="openFDA JSON, SPL XML as DailyMed ships it, or the text of an SmPC",
    )
    compare.add_argument(
        "--record",
        action="store_true",
        help="where all agree, write into the source file what was compared, row by row",
    )
    differ = ways.add_parser(
        "diff",
        help="what changed between two revisions where rules rest on them; 0: no ground moved, 1: some did, 2: unreadable",
    )
    differ.add_argument("old", type=Path, metavar="OLD")
    differ.add_argument("new", type=Path, metavar="NEW")


def run(arguments: argparse.Namespace, package: Path = PACKAGE, out: TextIO | None = None) -> int:
    """Compare and write the findings; nothing is written to a file unless `--record` was given and all agrees."""
    out = out or sys.stdout
    try:
        if arguments.way == "diff":
            return _diff(arguments.old, arguments.new, package, out)
        if arguments.record:
            require_checkout(package)
        out.write(f"{folder_words(package)}\n")
        return max(_verify(path, package, arguments.record, out) for path in arguments.files)
    except (LabelFileError, RulebookError, InstalledCopy) as error:
        sys.stderr.write(f"cds-service labels: {error}\n")
        return UNREADABLE


def _verify(path: Path, package: Path, record: bool, out: TextIO) -> int:
    label = read_label(path, _substances(package))
    file, edition, why = _cited(label, path, package)
    out.write(f"{label.name} (sha256 {label.sha256[:16]}…), against {edition.document.id} ({why})\n")
    results = verify(edition.rules.values(), label)
    for result in results:
        out.write("".join(f"{line}\n" for line in words_of(result, label.sections)))
    counted = Counter(result.outcome for result in results)
    out.write(
        f"{len(results)} rows: {counted[AGREES]} agree, {counted[DIFFERS]} differ, {counted[NOT_FOUND]} not found, "
        f"{counted[UNPLACED]} not placed (their reasons stand above)\n"
    )
    if counted[DIFFERS] or counted[NOT_FOUND]:
        return DIFFERENT
    if record:
        agreeing = [edition.rules[result.row] for result in results if result.outcome == AGREES]
        record_check(file, agreeing, label)
        out.write(f"recorded in {edition_name(file)}: {len(agreeing)} rows checked by program\n")
    return FINE


def _diff(old_path: Path, new_path: Path, package: Path, out: TextIO) -> int:
    old, new = (read_label(path, _substances(package)) for path in (old_path, new_path))
    if old.form != new.form:
        raise LabelFileError(f"{old_path.name} and {new_path.name} are labels of two kinds ({old.form}, {new.form})")
    _, edition, _ = _cited(old, old_path, package)
    found = drift(edition.rules.values(), old, new)
    out.write(f"{old.name}\n{new.name}\nwhere the rules of {edition.document.id} rest on them\n")
    write_drift(found, out)
    return DIFFERENT if found.moved else FINE


def write_drift(found: Drift, out: TextIO) -> None:
    """Write the sections that changed, with the rules that cite them, then the rules whose own place reads otherwise."""
    for section in found.sections:
        rules = ", ".join(section.rules) or "no rule"
        out.write(f"\nsection {section.section} changed in {len(section.words)} place(s); cited by {rules}\n")
        _write_runs(section.words, out)
    out.write("\n" if found.sections else "no section changed\n")
    for moved in found.moved:
        what = {"number": "another number", "words": "other words", "lost": "found in one of them only"}[moved.kind]
        out.write(f"MOVED {moved.rule}, section {moved.section}: {what}\n")
        _write_runs(moved.words, out)
    out.write(
        f"{len({m.rule for m in found.moved})} rule(s) whose ground moved\n"
        if found.moved
        else "no rule's ground moved\n"
    )


def _write_runs(runs: Sequence[tuple[str, str]], out: TextIO, most: int = 12) -> None:
    for before, after in runs[:most]:
        out.write(f"    - {_short(before) or '(nothing)'}\n    + {_short(after) or '(nothing)'}\n")
    if len(runs) > most:
        out.write(f"    … and {len(runs) - most} more\n")


def editions(package: Path) -> Iterable[tuple[Path, Edition]]:
    """Every edition of every document of every drug, with its file. Raises: SourceFileError."""
    for drug in sorted(package.glob("drugs/*/drug.toml")):
        for path in edition_files(drug.parent):
            yield path, load_edition(path)


def record_check(path: Path, rules: Iterable[Rule], label: Label) -> None:
    """Write into a source file which rows a program found to agree with a label, in place of what stood there before.

    Args: the source file; the rules that agree; the label. Raises: OSError when the file cannot be written.
    """
    write_block(
        path,
        "checked by program",
        "[checked]",
        f'document = "{label.title}"',
        f'set_id = "{label.set_id}"',
        f'version = "{label.version}"',
        f"date = {label.date.isoformat()}",
        f'sha256 = "{label.sha256}"',
        "",
        "[checked.rows]",
        *(f'{rule.id} = "{row_digest(rule)}"' for rule in rules),
    )


def _cited(label: Label, path: Path, package: Path) -> tuple[Path, Edition, str]:
    """The edition whose rows are compared with this label, its file, and why it is that one.

    It is the label's own revision; where there is none, the edition that was in force on the label's date. Refused while a
    citation in it has a fault. Raises: LabelFileError, RulebookError.
    """
    of_kind = [
        (file, each)
        for file, each in editions(package)
        if each.document.published and each.document.published.form == label.form
    ]
    if not of_kind:
        raise LabelFileError(f"{path.name}: no document here cites a label of this kind ({label.form})")
    set_ids = {each.document.published.set_id for _, each in of_kind if each.document.published}
    if label.set_id and label.set_id not in set_ids:
        raise LabelFileError(
            f"{path.name}: is {label.set_id}, but the rows of {of_kind[-1][1].document.id} cite "
            f"{', '.join(sorted(set_ids))}: the label of another maker or another product"
        )
    own = [(file, each) for file, each in of_kind if each.document.revision == f"{label.date:%Y-%m}"]
    in_force = {document.id for document in Rulebook(each for _, each in of_kind).on(label.date).documents}
    file, edition = (own or [(file, each) for file, each in of_kind if each.document.id in in_force])[-1]
    faults = [f"{row.id} {fault}" for row in edition.rules.values() for fault in place_faults(row)]
    if faults:
        raise RulebookError(f"{edition_name(file)}: {'; '.join(faults[:5])}")
    return file, edition, "its own revision" if own else f"in force on {label.date.isoformat()}"


def _substances(package: Path) -> tuple[str, ...]:
    """The names of the drugs at hand."""
    return tuple(name for path in sorted(package.glob("drugs/*/drug.toml")) for name in load_toml(path)["names"])


def _short(text: str, width: int = 300) -> str:
    return text if len(text) <= width else f"{text[: width // 2]} … {text[-width // 2 :]}"
