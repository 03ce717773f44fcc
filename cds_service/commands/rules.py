"""`cds-service rules --out FOLDER`: the rule book, one page for each document, made from the very files that the rules read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from cds_service.clinical.recommendation import Action
from cds_service.dosing.precedence import Effect, Which
from cds_service.dosing.rulebook import DocumentState, Edition, Rule, numbers_in_words
from cds_service.drugs.catalogue import DRUGS
from cds_service.drugs.contract import Drug
from cds_service.drugs.source_files import edition_files, load_edition, load_toml

PACKAGE = Path(__file__).parents[1]
HEAD = (
    "<!-- Written by `cds-service rules`; a test checks that it is current. Edit the document's TOML file instead. -->"
)

GENERATED = "<!-- Written by `cds-service rules`; a test checks that it is current. -->"
_EFFECTS = {
    Effect.HIDE: "hidden",
    Effect.FOLD: "a line on its card",
    Effect.WITHHOLD_DOSE: "said without a dose",
    Effect.WITHHOLD_RESUME: "said without when to resume",
    Effect.WITHHOLD_OFFERS: "said without one click",
}

Examples = Mapping[str, Sequence[str]] | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to write."""
    parser.add_argument("--out", metavar="FOLDER", type=Path, required=True, help="folder for the pages")
    parser.add_argument(
        "--examples", metavar="FILE.json", type=Path, help='worked examples by rule: {"US-MDS-PLT-W4-HI": ["US-P01"]}'
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the pages; 0 when they are written, 1 when the examples cannot be read."""
    examples = None
    if arguments.examples is not None:
        try:
            examples = msgspec.json.decode(arguments.examples.read_bytes(), type=dict[str, list[str]])
        except (OSError, msgspec.DecodeError) as error:
            sys.stderr.write(f"cds-service rules: {arguments.examples} cannot be read: {error}\n")
            return 1
    write(arguments.out, examples, PACKAGE)
    sys.stdout.write(f"{len(list(arguments.out.glob('*.md')))} pages in {arguments.out}\n")
    return 0


def write(folder: Path, examples: Examples, package: Path = PACKAGE) -> None:
    """Write every page into the folder; other files there stay.

    Args: the folder; ids of worked examples by the rule that they show, None to say nothing of them; the package's folder.

    Raises: SourceFileError when a source file cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(examples, package).items():
        (folder / name).write_text(text, encoding="utf-8")


def pages(examples: Examples, package: Path = PACKAGE) -> dict[str, str]:
    """The text of each page by its file name, the index among them.

    Raises: SourceFileError when a source file cannot be used.
    """
    paths = [path for drug in sorted((package / "drugs").glob("*/drug.toml")) for path in edition_files(drug.parent)]
    editions = [(load_edition(path), load_toml(path).get("confidence", {})) for path in paths]
    found = {f"{e.document.id}.md": page(e, legend, examples) for e, legend in editions}
    return {"README.md": _index([e for e, _ in editions]), "checks.md": checks_page(DRUGS), **found}


def checks_page(drugs: Sequence[Drug]) -> str:
    """The questions that each drug asks, what hides what among their answers, and which hook says what."""
    lines = [GENERATED, "", "# Checks, and what hides what", ""]
    lines += [
        "Every check is asked on every call, and decides from the chart alone. Only this table lets one decision hide another."
    ]
    for drug in drugs:
        if not drug.checks():
            continue
        lines += ["", f"## {drug.title}", "", "| check | judges |", "|---|---|"]
        lines += [f"| {check.name} | {check.question} |" for check in drug.checks()]
        lines += ["", "| beside | what | is | because |", "|---|---|---|---|"]
        for row in drug.precedence:
            weaker = "; ".join(_which(w) for w in row.weaker)
            lines.append(f"| {_which(row.stronger)} | {weaker} | {_EFFECTS[row.effect]} | {row.why} |")
        lines += ["", "Where the site is served on the other hook too, and never what is critical:", ""]
        lines += ["| on | what | is left to | because |", "|---|---|---|---|"]
        for moment in drug.moments:
            what = "; ".join(_which(w) for w in moment.which)
            lines.append(f"| {', '.join(sorted(moment.hooks))} | {what} | {moment.left_to} | {moment.why} |")
    return "\n".join(lines) + "\n"


def _which(which: Which) -> str:
    """Which decisions, in words: "hold, remain-on-hold", "warnings of course, indication"."""
    others = frozenset(Action) - which.actions
    is_most = len(others) < len(which.actions)
    named = ", ".join(sorted(a.value for a in (others if is_most else which.actions)))
    words = [f"all but {named} among" if is_most else named]
    words += [f"{' and '.join(sorted(u.value for u in which.urgencies))} decisions" if which.urgencies else ""]
    words += [f"of {', '.join(sorted(which.checks))}" if which.checks else ""]
    words += [f"`{'`, `'.join(sorted(which.messages))}`" if which.messages else ""]
    words += [f"that offers {', '.join(sorted(which.orders))}" if which.orders else ""]
    words += [f"for want of nothing but {', '.join(sorted(which.lacks_only))}" if which.lacks_only else ""]
    words += [f"on {', '.join(sorted(which.only_of))} alone" if which.only_of else ""]
    words += ["on drafts" if which.drafts else "not on drafts" if which.drafts is False else ""]
    words += ["what withholds the dose" if which.withholds_dose else ""]
    words += ["what withholds one click" if which.withholds_offers else ""]
    return " ".join(filter(None, words))


def page(edition: Edition, legend: Mapping[str, str], examples: Examples) -> str:
    """One edition of a document: what it is, what its confidence codes mean, and every rule."""
    document = edition.document
    lines = [HEAD, "", f"# {document.title}, rev. {document.revision}", ""]
    lines += [f"- Document: `{document.id}`", f"- Jurisdiction: {document.jurisdiction or 'all'}"]
    lines += [f"- Source: <{document.url}>" if document.url else "- Source: our own decisions; no label states them"]
    lines += [
        f"- In force: {_in_force(document)}",
        f"- Review: {document.review}",
        *([f"- Compared with: {document.compared}"] if document.compared else []),
        "- Counts are per microlitre, clearances mL/min, doses mg, temperatures °C.",
    ]
    lines += ["", "| confidence | meaning |", "|---|---|"]
    lines += [f"| {code} | {words} |" for code, words in legend.items()]
    for rule in edition.rules.values():
        lines += ["", *_rule(rule, None if examples is None else examples.get(rule.id, ()))]
    return "\n".join(lines) + "\n"


def _index(editions: Sequence[Edition]) -> str:
    lines = [HEAD, "", "# Rule book", ""]
    lines += ["Every rule that the service knows, with its citation, how it reached us, and who has checked it.", ""]
    lines += ["| document | jurisdiction | revision | in force | rules | review |", "|---|---|---|---|---|---|"]
    for edition in editions:
        d = edition.document
        lines.append(
            f"| [{d.title}]({d.id}.md) | {d.jurisdiction or 'all'} | {d.revision} | {_in_force(d)}"
            f" | {len(edition.rules)} | {d.review} |"
        )
    settled = "What the documents leave open and we settled: [decisions](decisions.md)."
    left_out = "Rows of the knowledge base that are no rule here, and why: [not served](not-served.md)."
    checks = "What is judged on every call, and what hides what: [checks](checks.md)."
    return "\n".join([*lines, "", checks, settled, left_out, ""])


def _in_force(document: DocumentState) -> str:
    until = f" to {document.effective_to}, that day not" if document.effective_to is not None else ""
    return f"from {document.effective_from}{until}"


def _rule(rule: Rule, examples: Sequence[str] | None) -> Iterator[str]:
    yield f"## {rule.id}"
    yield ""
    when, colon, then = rule.text.partition(": ")
    if colon:
        yield f"- **When** {when}"
        yield f"- **Then** {then}"
    else:
        yield f"- **Says** {rule.text}"
    yield f"- Section: {rule.section}; confidence: {rule.confidence}; {rule.review}"
    if rule.unplaced:
        yield f"- Not placed in the document: {rule.unplaced}"
    if examples is not None:
        yield "- Examples: " + (", ".join(examples) if examples else "none yet")
    numbers = [*numbers_in_words(rule.data), *numbers_in_words(rule.figures)]
    if numbers:
        yield from ("", "| number | value |", "|---|---|")
        yield from (f"| {name} | {value} |" for name, value in numbers)
