"""All data files of one installation: what is in doubt, and who checked what. Reads files; decides nothing by itself."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from cds_service.clinical.review import review_line
from cds_service.commands.checks import Doubt
from cds_service.commands.checks.codes import code_doubts, product_doubts, test_doubts, unit_doubts
from cds_service.commands.checks.schemas import schema_doubts
from cds_service.commands.checks.sentences import sentence_doubts
from cds_service.commands.checks.sources import (
    count_tables,
    document_doubts,
    membership_doubts,
    number_doubts,
    place_doubts,
    renal_tables,
    table_doubts,
)
from cds_service.commands.checks.words import message_doubts
from cds_service.dosing.rulebook import Edition, Rule, Rulebook, RulebookError
from cds_service.drugs.source_files import SourceFileError, edition_files, edition_name, load_edition, load_toml
from cds_service.reviews.file import Review
from cds_service.reviews.signing import signed_edition

_NO_CODES = ("systems.toml", "units.toml", "diagnoses.toml", "families.toml")


@dataclass(frozen=True, slots=True)
class State:
    """How far one document, or one table in it, was compared and signed: in one line, and whether it is signed."""

    name: str
    rows: int
    review: str
    is_signed: bool = False
    is_table: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: doubts (none when all is well), the state of each document, and how many files were read."""

    doubts: tuple[Doubt, ...]
    states: tuple[State, ...]
    files: int
    codes: int
    codes_from_memory: int


def check_package(package: Path, today: date, reviews: Sequence[Review] = ()) -> Report:
    """Every data file below the package's folder.

    Args: the folder that holds `drugs` and `fhir/terminology`; today, for dates that lie in the future; the site's reviews.
    """
    doubts: list[Doubt] = []
    states: list[State] = []
    folders = sorted(p.parent for p in (package / "drugs").glob("*/drug.toml"))
    if not folders:
        doubts.append(Doubt("drugs", "no folder with a drug.toml"))
    for folder in folders:
        found, read = _drug(folder, today, reviews)
        doubts += found
        states += read
    found, rows = _terminology(package / "fhir" / "terminology")
    doubts += found
    schemas = sorted((package / "cdshooks" / "schemas").glob("*.json"))
    for path in schemas:
        doubts += _looked_at(path.name, lambda p=path: schema_doubts(p.name, p.read_text(encoding="utf-8")))  # type: ignore[misc]
    files = [*(package / "drugs").rglob("*.toml"), *(package / "fhir").rglob("*.toml"), *schemas]
    from_memory = sum(1 for row in rows if row.get("status") == "MEM")
    return Report(tuple(doubts), tuple(states), len(files), len(rows), from_memory)


def _drug(folder: Path, today: date, reviews: Sequence[Review]) -> tuple[list[Doubt], list[State]]:
    drug, doubts = _read(folder / "drug.toml")
    messages, found = _read(folder / "messages.toml")
    doubts += found
    states: list[State] = []
    strengths: list[Decimal] = []
    if drug is not None:
        name = f"{folder.name}/drug.toml"
        doubts += _looked_at(name, lambda: product_doubts(name, drug))
        strengths = [Decimal(s) for s in drug.get("strengths_mg", ()) if isinstance(s, int | Decimal)]
    if messages is not None:
        doubts += _looked_at("messages.toml", lambda: message_doubts("messages.toml", messages))
    editions: list[Edition] = []
    files = edition_files(folder)
    for path in files:
        look = partial(_edition, path, today, strengths, states, editions, reviews)
        doubts += _looked_at(edition_name(path), look)
    if not editions:
        doubts.append(Doubt(folder.name, "no document that can be used"))
    elif len(editions) == len(files):
        doubts += _together(folder.name, editions, today)
    return doubts, states


def _together(name: str, editions: Sequence[Edition], today: date) -> list[Doubt]:
    """What is wrong with files that are right each by itself: editions that overlap, rules that stand in two documents."""
    try:
        rules = Rulebook(editions).on(today)
    except RulebookError as error:
        return [Doubt(name, str(error))]
    # A later edition may wait for its day, a document without any in force may not.
    waiting = (document for document in rules.documents if document.effective_from > today)
    return [Doubt(document.id, f"in force only from {document.effective_from}") for document in waiting]


def _edition(
    path: Path,
    today: date,
    strengths: list[Decimal],
    states: list[State],
    editions: list[Edition],
    reviews: Sequence[Review],
) -> Iterator[Doubt]:
    """One edition of a document: its doubts; it and its states are added to what was read before."""
    name = edition_name(path)
    try:
        edition = load_edition(path)
    except SourceFileError as error:
        yield Doubt(name, str(error).removeprefix(f"{name}: "))
        return
    signed = signed_edition(edition, reviews)
    edition = signed.edition
    yield from (Doubt(name, fault) for fault in signed.faults)
    editions.append(edition)
    rules, content = tuple(edition.rules.values()), load_toml(path)
    states += _states(rules, content)
    yield from document_doubts(name, content, today)
    yield from place_doubts(name, edition)
    yield from membership_doubts(name, rules, content)
    yield from number_doubts(rules, strengths)
    yield from sentence_doubts(name, rules, content)
    yield from table_doubts(rules, content)


def _looked_at(name: str, look: Callable[[], Iterable[Doubt]]) -> list[Doubt]:
    """The doubts of one look at a file; a file so broken that the look itself fails is a doubt too."""
    try:
        return list(look())
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        lacks = "lacks " if isinstance(error, KeyError) else ""
        return [Doubt(name, f"cannot be checked: {lacks}{error}")]


def _states(rules: tuple[Rule, ...], content: Mapping[str, Any]) -> Iterator[State]:
    """The document, then each of its tables."""
    document = rules[0].document
    signed_by, signed_on = document.signed_by, document.signed_on.isoformat() if document.signed_on else ""
    yield State(
        f"{document.id} ({document.title}, rev. {document.revision})", len(rules), document.review, bool(signed_by)
    )
    for name, rows in {**count_tables(rules), **renal_tables(rules, content)}.items():
        line = review_line((row.review for row in rows), signed_by, signed_on)
        yield State(name, len(rows), line, bool(signed_by), is_table=True)


def _terminology(folder: Path) -> tuple[list[Doubt], list[Mapping[str, Any]]]:
    systems, doubts = _read(folder / "systems.toml")
    units, found = _read(folder / "units.toml")
    doubts += found
    if units is not None:
        doubts += _looked_at("units.toml", lambda: unit_doubts("units.toml", units))
    names = [s.get("name", "") for s in (systems or {}).get("system", ())]
    rows: list[Mapping[str, Any]] = []
    tests: list[Mapping[str, Any]] = []
    for path in sorted(folder.glob("*.toml")):
        if path.name in _NO_CODES:
            continue
        content, found = _read(path)
        doubts += found
        if content is not None:
            doubts += _looked_at(path.name, lambda p=path.name, c=content: code_doubts(p, c, names))  # type: ignore[misc]
            rows += [row for group in content.get("group", ()) for row in group.get("codes", ())]
            tests += content.get("test", ())
    doubts += _looked_at("tests.toml", lambda: test_doubts("tests.toml", tests, rows))
    return doubts, rows


def _read(path: Path) -> tuple[dict[str, Any] | None, list[Doubt]]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal), []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return None, [Doubt(path.name, f"cannot be read: {error}")]
