"""The documents that a drug is given by, each in all its editions, and the rules that are in force on a day.

An edition is one revision of one document. On a day stands the edition whose `effective_from` is the latest one reached; it
stands until its `effective_to`, or until the next edition begins. Before its first edition a document stands as that one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from cds_service.clinical.quantity import plain
from cds_service.clinical.recommendation import Basis, Quote
from cds_service.clinical.review import Review
from cds_service.dosing.roles import NUMBERS, Role

_CELSIUS = re.compile(r"(?<=\d) C\b")


class RulebookError(ValueError):
    """Documents that must not be used together, or a rule that none of them has: the message names edition and rule."""


@dataclass(frozen=True, slots=True)
class Published:
    """The form in which a document is published ("spl" or "smpc"), and the number by which its publisher names it."""

    form: str
    set_id: str


@dataclass(frozen=True, slots=True)
class DocumentState:
    """One edition of a label, SmPC or guideline, and how far our transcription of it was compared with it.

    `id` names the edition, `name` the document of which it is one. `effective_to` is the first day on which it no longer
    stands (None: until the next edition). `compared` names the file that a program compared the rows with ("" none).
    `review` is the state of all rows in one line. `signed_by` and `signed_on` are a named person's; empty while nobody has.
    """

    id: str
    title: str
    jurisdiction: str
    revision: str
    url: str
    name: str
    effective_from: date
    effective_to: date | None = None
    published: Published | None = None
    compared: str = ""
    review: str = ""
    signed_by: str = ""
    signed_on: date | None = None

    def stands_on(self, day: date) -> bool:
        """Whether the day lies within the edition's own dates."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a document: its citation, its sentence with the numbers filled in, and its numbers, exact decimals.

    `data` holds what the rules decide by; `figures` numbers that the sentence shows and nothing decides by. `role` is the
    part that the row plays for the engine, None for most. `places` say where the numbers stand in the document (see
    labels/places.py), `own` which of them no document states, `unplaced` why a row has no place. `review` says how far the
    row was compared with its document.
    """

    id: str
    section: str
    confidence: str
    text: str
    data: Mapping[str, Any]
    document: DocumentState
    review: Review
    figures: Mapping[str, Any] = field(default_factory=dict)
    role: Role | None = None
    places: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    unplaced: str = ""

    @property
    def printed(self) -> str:
        """The sentence with its units as people write them: "50,000/µL", "50 ×10⁹/L", "38.5 °C"."""
        return _CELSIUS.sub(" °C", self.text.replace("/uL", "/µL").replace("x10^9/L", "×10⁹/L"))

    @property
    def numbers(self) -> Mapping[str, Any]:
        """All that the row has of numbers, as its places and its sentence name them."""
        return {**self.data, "figures": self.figures} if self.figures else self.data

    def number(self, member: str) -> Any:
        """A number of the row, or whatever it holds under this name. Raises: RulebookError when it has none."""
        try:
            return self.data[member]
        except KeyError:
            raise RulebookError(f"{self.document.id}: rule {self.id} lacks {member!r}") from None

    @property
    def basis(self) -> Basis:
        """The citation as a recommendation carries it."""
        document = self.document
        title = f"{document.title}, rev. {document.revision}"
        return Basis(document.id, title, self.section, document.url, self.review)

    @property
    def citation(self) -> str:
        """The citation in one line: document, revision, section, review state."""
        document = self.document
        return f"{document.title} rev. {document.revision}, section {self.section} [{self.review}]"


@dataclass(frozen=True, slots=True)
class Edition:
    """One revision of one document with its rules in file order, and the digest of each row as it was last compared or read."""

    document: DocumentState
    rules: Mapping[str, Rule]
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The rules in force on some day: the documents, and their rules by id in document order.

    There is one such object for each set of editions that stands at some time, so what is worked out from it can be kept
    beside it: it is equal to itself alone.
    """

    documents: tuple[DocumentState, ...]
    by_id: Mapping[str, Rule]
    by_role: Mapping[Role, Rule]

    def __getitem__(self, rule_id: str) -> Rule:
        """The rule with this id. Raises: RulebookError when no document in force has it."""
        try:
            return self.by_id[rule_id]
        except KeyError:
            raise RulebookError(f"no rule {rule_id} in {self._names}") from None

    def __contains__(self, rule_id: str) -> bool:
        return rule_id in self.by_id

    def role(self, role: Role) -> Rule:
        """The rule that plays a role. Raises: RulebookError when no document in force has it."""
        try:
            return self.by_role[role]
        except KeyError:
            raise RulebookError(f"no rule has the role {role} in {self._names}") from None

    def require_roles(self) -> None:
        """Look for everything that the engine asks for by role.

        Raises: RulebookError naming the role, or the edition, rule and number that are lacking.
        """
        for role in Role:
            rule = self.role(role)
            for member in NUMBERS.get(role, ()):
                rule.number(member)

    @property
    def _names(self) -> str:
        return ", ".join(document.id for document in self.documents)

    def number(self, rule_id: str, member: str) -> Any:
        """A number of a rule, or whatever its row holds under this name.

        Raises: RulebookError naming the rule and its edition when it has none.
        """
        return self[rule_id].number(member)

    def quotes(self, rule_ids: Sequence[str]) -> tuple[Quote, ...]:
        """What some rules say, each sentence under the place that it stands at; the first rule's place is the first."""
        texts: dict[Basis, list[str]] = {}
        for rule_id in rule_ids:
            rule = self[rule_id]
            texts.setdefault(rule.basis, []).append(rule.text.replace("/uL", "/µL"))
        return tuple(Quote(basis, " ".join(said)) for basis, said in texts.items())


def numbers_in_words(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """The members of a rule in the order of its file, each with its name in words; rows within a rule count from 1."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            words = key.replace("_", " ")
            yield from numbers_in_words(inner, f"{name}, {words}" if name else words)
    elif isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            yield from numbers_in_words(inner, f"{name} {number}")
    elif isinstance(value, bool):
        yield name, "yes" if value else "no"
    elif isinstance(value, int | Decimal):
        yield name, plain(value)
    else:
        yield name, str(value)


NO_RULES = Rules((), {}, {})
"""What stands before a drug has looked up its own."""


class Rulebook:
    """All editions of all documents of a drug.

    Raises: RulebookError when two editions of a document overlap or leave a gap, when two have one id, when one lacks a rule
        that another of the same document has, or when two documents in force together have one rule.
    """

    def __init__(self, editions: Iterable[Edition]) -> None:
        by_name: dict[str, list[Edition]] = {}
        for edition in sorted(editions, key=lambda e: (e.document.name, e.document.effective_from)):
            by_name.setdefault(edition.document.name, []).append(edition)
        self.editions: tuple[Edition, ...] = tuple(edition for each in by_name.values() for edition in each)
        _refuse_twins(self.editions)
        for each in by_name.values():
            _refuse_overlap([edition.document for edition in each])
            _refuse_lacking(each)
        ends = (edition.document.effective_to for edition in self.editions)
        begins = (edition.document.effective_from for each in by_name.values() for edition in each[1:])
        self.changes: tuple[date, ...] = tuple(sorted({day for day in (*begins, *ends) if day is not None}))
        """The days from which other editions are in force."""
        days = [date.min, *self.changes]
        self.every: tuple[Rules, ...] = tuple(_in_force(by_name.values(), day) for day in days)
        """The rules of each stretch of time between two changes, the earliest first."""

    def on(self, day: date) -> Rules:
        """The rules in force on a day: always the same object for the same editions."""
        return self.every[bisect_right(self.changes, day)]

    def with_edition(self, name: str, revision: str) -> Rulebook:
        """The same documents, one of them on every day in the edition of this revision.

        Raises: RulebookError naming the editions that there are.
        """
        documents = [e.document for e in self.editions]
        if (name, revision) not in [(d.name, d.revision) for d in documents]:
            there = ", ".join(f"{d.name}/{d.revision}" for d in documents)
            raise RulebookError(f"there is no edition {name}/{revision}; there are {there}")
        kept = [e for e in self.editions if e.document.name != name or e.document.revision == revision]
        return Rulebook(
            replace(e, document=replace(e.document, effective_to=None)) if e.document.name == name else e for e in kept
        )


def _in_force(documents: Iterable[Sequence[Edition]], day: date) -> Rules:
    standing = []
    for editions in documents:
        first = editions[0]
        begun = [e for e in editions if e.document.stands_on(day)]
        standing += begun[-1:] or ([first] if day < first.document.effective_from else [])
    found: dict[str, Rule] = {}
    for edition in standing:
        doubled = found.keys() & edition.rules.keys()
        if doubled:
            raise RulebookError(f"{edition.document.id}: {', '.join(sorted(doubled))} stand in another document too")
        found.update(edition.rules)
    return Rules(tuple(edition.document for edition in standing), found, _by_role(found.values()))


def _by_role(rules: Iterable[Rule]) -> dict[Role, Rule]:
    found: dict[Role, Rule] = {}
    for rule in rules:
        if rule.role is not None and found.setdefault(rule.role, rule) is not rule:
            raise RulebookError(f"{rule.document.id}: {rule.id} has the role {rule.role}, as {found[rule.role].id} has")
    return found


def _refuse_twins(editions: Iterable[Edition]) -> None:
    seen: set[str] = set()
    for edition in editions:
        if edition.document.id in seen:
            raise RulebookError(f"{edition.document.id}: two editions have this id")
        seen.add(edition.document.id)


def _refuse_overlap(documents: Sequence[DocumentState]) -> None:
    for earlier, later in pairwise(documents):
        if earlier.effective_from == later.effective_from:
            raise RulebookError(f"{later.id}: in force from the same day as {earlier.id}")
        if earlier.effective_to is not None and earlier.effective_to != later.effective_from:
            what = "overlaps" if earlier.effective_to > later.effective_from else "leaves a gap after"
            raise RulebookError(f"{later.id}: {what} {earlier.id}, which stands until {earlier.effective_to}")
    for document in documents:
        if document.effective_to is not None and document.effective_to <= document.effective_from:
            raise RulebookError(f"{document.id}: ends on {document.effective_to}, before it begins")


def _refuse_lacking(editions: Sequence[Edition]) -> None:
    """What is asked for in one edition is asked for in all: a row left out would be missed at a call, not at the start."""
    for edition in editions:
        for other in editions:
            lacking = [rule_id for rule_id in other.rules if rule_id not in edition.rules]
            if lacking:
                raise RulebookError(f"{edition.document.id}: lacks {', '.join(lacking)}, which {other.document.id} has")
