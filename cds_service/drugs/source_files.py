"""Loads the TOML of a drug: rules with exact numbers, citations and review state. Refuses a file with any doubt in it."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from cds_service.clinical.recommendation import Basis
from cds_service.drugs.contract import DocumentState
from cds_service.drugs.sentences import SentenceFault, fill

REVIEW_STATES = ("unreviewed", "checked")
RULE_MEMBERS = ("id", "section", "confidence", "text")
# What a row says of its sentence and no rule decides by: numbers that are only shown, and numbers that are not.
SENTENCE_MEMBERS = ("figures", "unsaid")


class SourceFileError(ValueError):
    """A source file that must not be used: the message names the file, the rule and what is wrong."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a document: its citation, its sentence with the numbers filled in, and its numbers, exact decimals.

    `data` holds what the rules decide by; `figures` numbers that the sentence shows and nothing decides by.
    """

    id: str
    section: str
    confidence: str
    text: str
    data: Mapping[str, Any]
    document: DocumentState
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def basis(self) -> Basis:
        """The citation as a recommendation carries it."""
        document = self.document
        title = f"{document.title}, rev. {document.revision}"
        return Basis(document.id, title, self.section, document.url, document.review)

    @property
    def citation(self) -> str:
        """The citation in one line: document, revision, section, how the row reached us, review state."""
        document = self.document
        return (
            f"{document.title} rev. {document.revision}, section {self.section} [{self.confidence}; {document.review}]"
        )


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One revision of one document with its rules in file order."""

    document: DocumentState
    rules: Mapping[str, Rule]


def load_toml(path: Path) -> dict[str, Any]:
    """The file with exact decimals.

    Raises: SourceFileError when it is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceFileError(f"{path.name}: not readable as TOML: {error}") from error


def load_source(path: Path) -> SourceFile:
    """One source file, checked.

    Raises: SourceFileError when a citation, a review state or a number is missing, doubled or of the wrong kind, or when a
        sentence names a number that its row does not have.
    """
    content = load_toml(path)
    document = _document(path.name, content.get("document"))
    rules: dict[str, Rule] = {}
    for row in content.get("rule", ()):
        rule = _rule(path.name, row, document)
        if rule.id in rules:
            raise SourceFileError(f"{path.name}: rule {rule.id} stands twice")
        rules[rule.id] = rule
    if not rules:
        raise SourceFileError(f"{path.name}: no rules")
    return SourceFile(document, rules)


def _document(name: str, content: object) -> DocumentState:
    if not isinstance(content, dict):
        raise SourceFileError(f"{name}: no [document]")
    for member in ("id", "title", "jurisdiction", "revision", "url", "review"):
        if not isinstance(content.get(member), str):
            raise SourceFileError(f"{name}: [document] lacks {member!r}")
    if not isinstance(content.get("effective_from"), date):
        raise SourceFileError(f"{name}: [document] lacks the date 'effective_from'")
    if content["review"] not in REVIEW_STATES:
        raise SourceFileError(f"{name}: review is {content['review']!r}, not one of {', '.join(REVIEW_STATES)}")
    reviewed_by, reviewed_on = content.get("reviewed_by", ""), content.get("reviewed_on")
    if (content["review"] == "checked") != bool(reviewed_by and isinstance(reviewed_on, date)):
        raise SourceFileError(f"{name}: 'checked' needs reviewed_by and reviewed_on, and only then")
    return DocumentState(
        id=content["id"],
        title=content["title"],
        jurisdiction=content["jurisdiction"],
        revision=content["revision"],
        url=content["url"],
        review=content["review"],
        reviewed_by=reviewed_by,
        reviewed_on=reviewed_on,
    )


def _rule(name: str, row: dict[str, Any], document: DocumentState) -> Rule:
    for member in RULE_MEMBERS:
        if not isinstance(row.get(member), str) or not row[member].strip():
            raise SourceFileError(f"{name}: rule {row.get('id', '?')} lacks {member!r}")
    data = {key: value for key, value in row.items() if key not in (*RULE_MEMBERS, *SENTENCE_MEMBERS)}
    figures = row.get("figures", {})
    if not isinstance(figures, dict):
        raise SourceFileError(f"{name}: rule {row['id']}, figures: not a table")
    for key, value in {**data, "figures": figures}.items():
        _check_number(name, row["id"], key, value)
    try:
        text = fill(row["text"], {**data, "figures": figures})
    except SentenceFault as fault:
        raise SourceFileError(f"{name}: rule {row['id']}, text: {fault}") from fault
    return Rule(row["id"], row["section"], row["confidence"], text, data, document, figures)


def _check_number(name: str, rule: str, key: str, value: object) -> None:
    """Numbers are exact and not negative; a table of conditions is checked member by member."""
    if isinstance(value, list):
        for item in value:
            _check_number(name, rule, key, item)
    elif isinstance(value, dict):
        for inner, item in value.items():
            _check_number(name, rule, f"{key}.{inner}", item)
    elif isinstance(value, bool | str):
        return
    elif not isinstance(value, int | Decimal) or not Decimal(value).is_finite() or value < 0:
        raise SourceFileError(f"{name}: rule {rule}, {key}: not an exact number of zero or more")


def content_version(paths: Iterable[Path]) -> str:
    """A short hash over the bytes of all content files: changes when any number, sentence or citation changes."""
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda p: p.as_posix()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
