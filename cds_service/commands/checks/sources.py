"""Label files: citations, confidence, dates, exact numbers, tables without overlap or gap, doses that capsules can give."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from cds_service.clinical.decision_table import Span, span_of, table_faults
from cds_service.clinical.quantity import exact, plain
from cds_service.commands.checks import Doubt
from cds_service.dosing.rulebook import Edition, Rule
from cds_service.drugs.source_files import unread
from cds_service.labels.verify import place_faults
from cds_service.program import program

CONFIDENCE = re.compile(r"\b(OFF-OLD|OFF|SEC|CLAIM|MH|MM|ML|D)\b")
# What says for whom a count row is, besides its baseline. A new word belongs here; until then its rows seem to overlap.
_FOR_WHOM = ("regimen", "line", "fall", "current_mg", "window")
_CLEARANCE = ("above", "at_least", "at_most", "below")


def document_doubts(name: str, content: Mapping[str, Any], today: date) -> Iterator[Doubt]:
    """Doubts about a document's own members that its loader does not see: its dates, its address, its confidence codes.

    Args: the file's name, its parsed content, today.
    """
    document = content["document"]
    begins, signed = document["effective_from"], document.get("signed_on")
    if not document["revision"].startswith(f"{begins:%Y}"):
        yield Doubt(name, f"revision {document['revision']} and effective_from {begins} name different years")
    if signed is not None and not begins <= signed <= today:
        yield Doubt(name, f"signed_on {signed} lies before the revision or in the future")
    if document["jurisdiction"] and not document["url"].startswith("https://"):
        yield Doubt(name, "a label without an https address")
    legend = content.get("confidence", {})
    for row in content.get("rule", ()):
        codes = CONFIDENCE.findall(row["confidence"])
        if not codes:
            yield Doubt(f"{name}: {row['id']}", f"confidence {row['confidence']!r} has no code")
        for code in codes:
            if code not in legend:
                yield Doubt(f"{name}: {row['id']}", f"confidence code {code} is not explained in [confidence]")


def place_doubts(name: str, edition: Edition) -> Iterator[Doubt]:
    """Rows of a published document that do not say where their numbers stand in it; rows that nobody looked at since they changed."""
    if edition.document.published is not None:
        for rule in edition.rules.values():
            yield from (Doubt(f"{name}: {rule.id}", fault) for fault in place_faults(rule))
    for rule in unread(edition):
        how = "labels verify --record FILE" if rule.places else "check --accept"
        yield Doubt(
            f"{name}: {rule.id}", f"changed since it was compared or read: look at it, then `{program()} {how}`"
        )
    for gone in sorted(edition.digests.keys() - edition.rules.keys()):
        yield Doubt(name, f"a record of {gone}, which is no rule of the file")


def number_doubts(rules: Iterable[Rule], strengths: Sequence[Decimal]) -> Iterator[Doubt]:
    """Numbers that are not exact, and doses that no whole number of capsules of one strength gives."""
    for rule in rules:
        for path, value in _numbers(rule.data):
            if isinstance(value, float):
                yield Doubt(rule.id, f"{path} is a binary floating point number")
            elif re.search(r"(^|_)mg$", path.rpartition(".")[2]) and not _is_givable(value, strengths):
                yield Doubt(rule.id, f"{path}: no capsule strength gives {plain(value)} mg")


def count_tables(rules: Iterable[Rule]) -> dict[str, tuple[Rule, ...]]:
    """The count rows by table: same document and population, line, dose and window, whatever the baseline."""
    tables: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        if "line" in rule.data and "hold" in rule.data:
            words = [f"{plain(v)} mg" if k == "current_mg" else str(v) for k in _FOR_WHOM if (v := rule.data.get(k))]
            tables[f"{_population(rule)}, {', '.join(words)}"].append(rule)
    return {name: tuple(rows) for name, rows in tables.items()}


def renal_tables(rules: Iterable[Rule], content: Mapping[str, Any]) -> dict[str, tuple[Rule, ...]]:
    """The renal rows by table, as the file's own [[table]] entries put them together; rows that do not exist are left out.

    A row can belong to several tables, and a table can begin with the row of the starting dose.
    """
    by_id = {rule.id: rule for rule in rules}
    tables = [table for table in content.get("table", ()) if table.get("by") == "clearance"]
    return {table["id"]: tuple(by_id[r] for r in table["rows"] if r in by_id) for table in tables}


def membership_doubts(name: str, rules: Sequence[Rule], content: Mapping[str, Any]) -> Iterator[Doubt]:
    """Rows with a clearance that no table of the file holds, and tables that name rows which do not exist."""
    ids = {rule.id for rule in rules}
    named = {row for table in content.get("table", ()) for row in table["rows"]}
    yield from (Doubt(name, f"a [[table]] names {row}, which is no rule of the file") for row in sorted(named - ids))
    for rule in rules:
        if _clearances(rule) and rule.id not in named:
            yield Doubt(rule.id, "a row by clearance that stands in no [[table]] of its file")


def table_doubts(rules: Sequence[Rule], content: Mapping[str, Any]) -> Iterator[Doubt]:
    """Overlaps and gaps: of baselines in each count table, of windows at each dose, of clearances in each renal table."""
    for name, rows in count_tables(rules).items():
        spans = [_span(r.id, r.data, "baseline", ("at_least", "below")) for r in rows]
        yield from (Doubt(name, fault) for fault in table_faults(spans))
    windows: dict[str, set[str]] = defaultdict(set)
    for rule in rules:
        if "line" in rule.data and "window" in rule.data:
            windows[f"{_population(rule)} {rule.data['line']} {rule.data.get('current_mg', '')}"].add(
                rule.data["window"]
            )
    for name, found in windows.items():
        if found not in ({"any"}, {"within", "after"}):
            yield Doubt(name, f"windows {', '.join(sorted(found))} are neither 'any' alone nor 'within' and 'after'")
    # A table may say that it begins above zero: below it the document gives no row, and the rules give no dose.
    begins = {table["id"]: table.get("begins_at", 0) for table in content.get("table", ())}
    for name, rows in renal_tables(rules, content).items():
        bands = [span for rule in rows for span in _clearances(rule)]
        yield from (Doubt(name, fault) for fault in table_faults(bands, begins[name]))


def _clearances(rule: Rule) -> list[Span]:
    """The bands of a rule: its own bounds, and those of the rows that stand in it. Dialysis has no bounds."""
    rows = [rule.data, *rule.data.get("bands", ())]
    return [
        _span(rule.id, row, "clearance", _CLEARANCE) for row in rows if any(f"clearance_{w}" in row for w in _CLEARANCE)
    ]


def _span(name: str, row: Mapping[str, Any], prefix: str, words: Sequence[str]) -> Span:
    return span_of(name, **{w: row[f"{prefix}_{w}"] for w in words if f"{prefix}_{w}" in row})


def _population(rule: Rule) -> str:
    return "-".join(rule.id.split("-")[:2])


def _numbers(value: object, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from _numbers(inner, path)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        yield path, value


def _is_givable(mg: Decimal | int, strengths: Sequence[Decimal]) -> bool:
    return mg > 0 and any(exact(mg) % exact(strength) == 0 for strength in strengths)
