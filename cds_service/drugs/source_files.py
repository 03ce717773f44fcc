"""Loads the TOML of a drug: rules with exact numbers, citations and review state. Refuses a file with any doubt in it.

A file may end with what a program found when it compared the rows with the document's own text (`[checked]`, written by
`cds-service labels verify --record`): the document, and a digest of each row that agreed. A row whose numbers, section or
place were changed since has another digest and counts as checked no longer. Every other row has a digest of the day on which
somebody read its sentence beside its numbers (`[read]`, written by `cds-service check --accept`): a program cannot tell that
two numbers of one unit changed places in a sentence.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from cds_service.clinical.quantity import plain
from cds_service.clinical.review import Review, review_line
from cds_service.dosing.roles import Role
from cds_service.dosing.rulebook import DocumentState, Edition, Published, Rule, Rulebook, RulebookError
from cds_service.drugs.sentences import SentenceFault, fill

DOCUMENT_MEMBERS = ("id", "title", "jurisdiction", "revision", "url")
RULE_MEMBERS = ("id", "section", "confidence", "text")
# What a row says of its sentence and no rule decides by: numbers that are only shown, and numbers that are not.
SENTENCE_MEMBERS = ("figures", "unsaid")
# Which part a row plays for the engine.
ROLE_MEMBERS = ("role",)
# What a row says of where its numbers stand in its document.
PLACE_MEMBERS = ("place", "own", "unplaced")


class SourceFileError(RulebookError):
    """A source file that must not be used: the message names the file, the rule and what is wrong."""


def load_toml(path: Path, name: str = "") -> dict[str, Any]:
    """The file with exact decimals. Args: the file, and how messages name it where not by its own name.

    Raises: SourceFileError when it is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceFileError(f"{name or path.name}: not readable as TOML: {error}") from error


def load_beside(module: str, name: str) -> dict[str, Any]:
    """A content file beside a module of a drug. Args: the module's `__file__`, the name of the file."""
    return load_toml(Path(module).with_name(name))


def edition_files(folder: Path) -> list[Path]:
    """The files of every edition of every document in a drug's folder, by document and then by revision."""
    return sorted(folder.glob("documents/*/*.toml"))


def edition_name(path: Path) -> str:
    """The file as messages name it: "us-label/2023-03.toml"."""
    return f"{path.parent.name}/{path.name}"


def load_rulebook(folder: Path) -> Rulebook:
    """The documents of a drug's folder, all editions.

    Raises: SourceFileError for a file that cannot be used, RulebookError for files that do not go together.
    """
    return Rulebook(load_edition(path) for path in edition_files(folder))


def load_edition(path: Path) -> Edition:
    """One edition of a document, checked; the folder it lies in is the document's name, the file's name the revision.

    Raises: SourceFileError when a citation, a signature or a number is missing, doubled or of the wrong kind, or when a
        sentence names a number that its row does not have.
    """
    name = edition_name(path)
    content = load_toml(path, name)
    document = _document(path, content.get("document"))
    compared, digests = _checked(name, content.get("checked", {}), document)
    rules: dict[str, Rule] = {}
    for row in content.get("rule", ()):
        rule = _rule(name, row, document, digests)
        if rule.id in rules:
            raise SourceFileError(f"{name}: rule {rule.id} stands twice")
        rules[rule.id] = rule
    if not rules:
        raise SourceFileError(f"{name}: no rules")
    signed_on = document.signed_on.isoformat() if document.signed_on else ""
    line = review_line((rule.review for rule in rules.values()), document.signed_by, signed_on)
    state = replace(document, compared=compared, review=line)
    read = content.get("read", {})
    if not isinstance(read, dict) or not all(isinstance(each, str) for each in read.values()):
        raise SourceFileError(f"{name}: [read] holds more than a digest for each row")
    return Edition(state, {rule.id: replace(rule, document=state) for rule in rules.values()}, {**read, **digests})


def unread(edition: Edition) -> tuple[Rule, ...]:
    """Rows that changed since they were compared with their document or read: their sentence may say another thing."""
    return tuple(rule for rule in edition.rules.values() if edition.digests.get(rule.id) != row_digest(rule))


def row_digest(rule: Rule) -> str:
    """Changes when a number of a row, its sentence, section or places change: what was compared or read holds no longer."""
    members = [rule.section, rule.text, rule.numbers, rule.places, rule.own]
    return hashlib.sha256(json.dumps(members, sort_keys=True, default=_exact).encode()).hexdigest()[:12]


def _document(path: Path, content: object) -> DocumentState:
    name = edition_name(path)
    if not isinstance(content, dict):
        raise SourceFileError(f"{name}: no [document]")
    for member in DOCUMENT_MEMBERS:
        if not _are_texts(content, member):
            raise SourceFileError(f"{name}: [document] lacks {member!r}")
    if not isinstance(content.get("effective_from"), date):
        raise SourceFileError(f"{name}: [document] lacks the date 'effective_from'")
    if not isinstance(content.get("effective_to", date.max), date):
        raise SourceFileError(f"{name}: [document] effective_to is no date")
    if content["revision"] != path.stem:
        raise SourceFileError(f"{name}: holds revision {content['revision']}: the file's name is the revision's")
    signed_by, signed_on = content.get("signed_by", ""), content.get("signed_on")
    if not isinstance(signed_by, str) or bool(signed_by.strip()) != isinstance(signed_on, date):
        raise SourceFileError(f"{name}: a signature needs signed_by and the date signed_on, both or neither")
    published = content.get("published")
    if published is not None and not (isinstance(published, dict) and _are_texts(published, "form", "set_id")):
        raise SourceFileError(f"{name}: 'published' needs the words form and set_id")
    return DocumentState(
        **{member: content[member] for member in (*DOCUMENT_MEMBERS, "effective_from")},
        name=path.parent.name,
        effective_to=content.get("effective_to"),
        published=Published(published["form"], published["set_id"]) if published else None,
        signed_by=signed_by.strip(),
        signed_on=signed_on,
    )


def _are_texts(content: Mapping[str, object], *members: str) -> bool:
    return all(isinstance(content.get(member), str) for member in members)


def _checked(name: str, content: object, document: DocumentState) -> tuple[str, Mapping[str, str]]:
    """The document that the rows were compared with, in words ("" none), and the digest of each row that agreed.

    Raises: SourceFileError where part of it is missing, or where it is of an earlier edition, whose file was copied.
    """
    if content == {}:
        return "", {}
    rows = content.get("rows") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(rows, dict) or not isinstance(content.get("date"), date):
        raise SourceFileError(f"{name}: [checked] lacks rows or the document's date")
    for member in ("document", "set_id", "version", "sha256"):
        if not _are_texts(content, member):
            raise SourceFileError(f"{name}: [checked] lacks {member!r}")
    if content["date"] < document.effective_from and f"{content['date']:%Y-%m}" != document.revision:
        raise SourceFileError(
            f"{name}: [checked] is of a document of {content['date']}, before this edition: take it out of the copy, "
            "then `cds-service labels verify --record FILE` with this edition's own FILE"
        )
    version = f", version {content['version']}" if content["version"] else ""
    digest = f", sha256 {content['sha256'][:12]}" if content["sha256"] else ""
    return f"{content['document']} ({content['set_id']}){version}, {content['date']}{digest}", rows


def _rule(name: str, row: dict[str, Any], document: DocumentState, digests: Mapping[str, str]) -> Rule:
    for member in RULE_MEMBERS:
        if not isinstance(row.get(member), str) or not row[member].strip():
            raise SourceFileError(f"{name}: rule {row.get('id', '?')} lacks {member!r}")
    members = (*RULE_MEMBERS, *SENTENCE_MEMBERS, *ROLE_MEMBERS, *PLACE_MEMBERS)
    if row.get("role") not in (None, *Role):
        raise SourceFileError(f"{name}: rule {row['id']}: no such role as {row['role']!r}")
    data = {key: value for key, value in row.items() if key not in members}
    figures = row.get("figures", {})
    if not isinstance(figures, dict):
        raise SourceFileError(f"{name}: rule {row['id']}, figures: not a table")
    for key, value in {**data, "figures": figures}.items():
        _check_number(name, row["id"], key, value)
    try:
        text = fill(row["text"], {**data, "figures": figures})
    except SentenceFault as fault:
        raise SourceFileError(f"{name}: rule {row['id']}, text: {fault}") from fault
    places = row.get("place", ())
    rule = Rule(
        id=row["id"],
        section=row["section"],
        confidence=row["confidence"],
        text=text,
        data=data,
        document=document,
        review=Review.FROM_MEMORY,
        figures=figures,
        role=Role(row["role"]) if "role" in row else None,
        places=(places,) if isinstance(places, str) else tuple(places),
        own=tuple(row.get("own", ())),
        unplaced=row.get("unplaced", ""),
    )
    says_own = any(re.search(rf"\{{{re.escape(path)}\b", row["text"]) for path in rule.own)
    return replace(rule, review=_review(rule, digests, says_own))


def _review(rule: Rule, digests: Mapping[str, str], says_own: bool) -> Review:
    """What the row may claim: a signature of the whole document, else its own comparison, else how it reached us.

    Args: the row; what was compared before; whether its sentence shows a number that no document states.
    """
    if rule.document.signed_by:
        return Review.SIGNED
    if rule.id in digests and digests[rule.id] == row_digest(rule):
        return Review.PARTLY if says_own else Review.BY_PROGRAM
    codes = set(re.findall(r"[A-Z]+", rule.confidence))
    if "D" in codes:
        return Review.OWN
    return Review.FROM_MEMORY if codes & {"MH", "MM", "ML"} else Review.FROM_PUBLICATION


def _exact(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


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
