"""All data files of one installation: what is in doubt, and who checked what. Reads files; decides nothing by itself."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from cds_service.commands.checks import Doubt
from cds_service.commands.checks.codes import code_doubts, product_doubts, unit_doubts
from cds_service.commands.checks.sources import (
    count_tables,
    document_doubts,
    number_doubts,
    renal_tables,
    table_doubts,
)
from cds_service.commands.checks.words import message_doubts
from cds_service.drugs.source_files import Rule, SourceFileError, load_source, load_toml

_NO_CODES = ("systems.toml", "units.toml")


@dataclass(frozen=True, slots=True)
class State:
    """The review state of one document or of one table in it; `by` and `on` are empty while nobody has signed."""

    name: str
    rows: int
    confidence: str
    by: str = ""
    on: date | None = None
    is_table: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: doubts (none when all is well), the state of each document, and how many files were read."""

    doubts: tuple[Doubt, ...]
    states: tuple[State, ...]
    files: int
    codes: int
    codes_from_memory: int


def check_package(package: Path, today: date) -> Report:
    """Every data file below the package's folder.

    Args: the folder that holds `drugs` and `fhir/terminology`; today, for dates that lie in the future.
    """
    doubts: list[Doubt] = []
    states: list[State] = []
    folders = sorted(p.parent for p in (package / "drugs").glob("*/drug.toml"))
    if not folders:
        doubts.append(Doubt("drugs", "no folder with a drug.toml"))
    for folder in folders:
        found, read = _drug(folder, today)
        doubts += found
        states += read
    found, rows = _terminology(package / "fhir" / "terminology")
    doubts += found
    files = [*(package / "drugs").rglob("*.toml"), *(package / "fhir").rglob("*.toml")]
    from_memory = sum(1 for row in rows if row.get("status") == "MEM")
    return Report(tuple(doubts), tuple(states), len(files), len(rows), from_memory)


def _drug(folder: Path, today: date) -> tuple[list[Doubt], list[State]]:
    drug, doubts = _read(folder / "drug.toml")
    messages, found = _read(folder / "messages.toml")
    doubts += found
    states: list[State] = []
    if drug is not None:
        doubts += product_doubts("drug.toml", drug)
    if messages is not None:
        doubts += message_doubts("messages.toml", messages)
    strengths = [Decimal(s) for s in (drug or {}).get("strengths_mg", ())]
    seen: dict[str, str] = {}
    for path in sorted((folder / "sources").glob("*.toml")):
        try:
            source = load_source(path)
        except SourceFileError as error:
            doubts.append(Doubt(path.name, str(error).removeprefix(f"{path.name}: ")))
            continue
        rules = tuple(source.rules.values())
        doubts += document_doubts(path.name, load_toml(path), today)
        doubts += number_doubts(rules, strengths)
        doubts += table_doubts(rules)
        doubts += [
            Doubt(path.name, f"{r.id} stands in {seen[r.id]} too")
            for r in rules
            if seen.setdefault(r.id, path.name) != path.name
        ]
        states += _states(rules)
    if not states:
        doubts.append(Doubt(folder.name, "no document that can be used"))
    return doubts, states


def _states(rules: tuple[Rule, ...]) -> Iterator[State]:
    """The document, then each of its tables."""
    document = rules[0].document
    signed = {"by": document.reviewed_by, "on": document.reviewed_on}
    yield State(f"{document.id} ({document.title}, rev. {document.revision})", len(rules), "", **signed)  # type: ignore[arg-type]
    for name, rows in {**count_tables(rules), **renal_tables(rules)}.items():
        confidence = " / ".join(dict.fromkeys(r.confidence.partition(";")[0] for r in rows))
        yield State(name, len(rows), confidence, **signed, is_table=True)  # type: ignore[arg-type]


def _terminology(folder: Path) -> tuple[list[Doubt], list[Mapping[str, Any]]]:
    systems, doubts = _read(folder / "systems.toml")
    units, found = _read(folder / "units.toml")
    doubts += found
    if units is not None:
        doubts += unit_doubts("units.toml", units)
    names = [s["name"] for s in (systems or {}).get("system", ())]
    rows: list[Mapping[str, Any]] = []
    for path in sorted(folder.glob("*.toml")):
        if path.name in _NO_CODES:
            continue
        content, found = _read(path)
        doubts += found
        if content is not None:
            doubts += code_doubts(path.name, content, names)
            rows += [row for group in content.get("group", ()) for row in group["codes"]]
    return doubts, rows


def _read(path: Path) -> tuple[dict[str, Any] | None, list[Doubt]]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal), []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return None, [Doubt(path.name, f"cannot be read: {error}")]
