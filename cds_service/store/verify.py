"""Checks the chain of decision records.

What it finds: a deleted record (a number is missing), an edited one (its text or time no longer gives its hash), records
that changed places, records missing at the start without a purge that says so, records missing at the end (the head
knows the last number), and a head that was set back by hand.

What it cannot see: without a key, a forger who recomputes every hash to the end and the head; with or without one, a
whole database set back to an earlier copy (keep the printed head elsewhere and give it to `--expect`); records that
were never stored because the store was down, other than as the count `lostBefore` in the next record of that worker;
the tables of feedback and of cards, which are not chained (the cards also stand in the records).
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field

from sqlalchemy import Connection, Row, select

from cds_service.store import chain
from cds_service.store.engine import Database
from cds_service.store.tables import decision_chain, decision_record

_MOST_PROBLEMS = 1000


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing found: the record's number, a code, and a sentence."""

    sequence: int
    code: str
    words: str


@dataclass(slots=True)
class Audit:
    """What `verify` found.

    `unchecked` counts records with keyed hashes that could not be checked for want of the key, `unkeyed` those whose
    plain hashes a forger could have made anew, `lost` those that could not be stored.
    """

    records: int = 0
    first: int = 0
    last: int = 0
    head: str = ""
    lost: int = 0
    unchecked: int = 0
    unkeyed: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """True where nothing was found."""
        return not self.problems

    def note(self, sequence: int, code: str, words: str) -> None:
        """Add a problem, up to a bound: a wrong key would otherwise list every record."""
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(sequence, code, words))


def verify(database: Database, hash_key: str | None = None, expected: tuple[int, str] | None = None) -> Audit:
    """Read the whole chain and check it.

    Args:
        database: Where the records are.
        hash_key: `CDS_HASH_KEY`, as it was when the records were written.
        expected: Number and hash of a head printed earlier, which must still be part of the chain.

    Returns:
        Counts and problems.

    Raises:
        StoreDown: The records cannot be read.
    """
    key = chain.derived_key(hash_key, "cds-service decision chain")
    return database.read(lambda connection: _verify(connection, key, expected))


def _verify(connection: Connection, key: bytes | None, expected: tuple[int, str] | None) -> Audit:
    audit = Audit()
    head = connection.execute(select(decision_chain).where(decision_chain.c.id == 1)).one_or_none()
    rows = connection.execution_options(yield_per=1000).execute(
        select(decision_record).order_by(decision_record.c.sequence)
    )
    previous: Row[tuple[object, ...]] | None = None
    suspects: list[Row[tuple[object, ...]]] = []
    purged: tuple[int, str] | None = None
    start: Row[tuple[object, ...]] | None = None
    found_expected = expected is None
    is_keyed = False
    for row in rows:
        start = start if start is not None else row
        audit.records += 1
        if previous is not None:
            _check_neighbours(audit, previous, row)
        if row.is_keyed and key is None:
            audit.unchecked += 1
        elif not _is_genuine(key, row, row.sequence):
            suspects.append(row)
        if is_keyed and not row.is_keyed:
            audit.note(row.sequence, "unkeyed", "the record has no keyed hash although earlier ones have")
        audit.unkeyed += not row.is_keyed
        is_keyed = is_keyed or row.is_keyed
        lost, purge = _read_body(row.body)
        audit.lost += lost
        purged = purge or purged
        found_expected = found_expected or expected == (row.sequence, row.hash)
        previous = row
    _check_start(audit, start, purged)
    _check_suspects(audit, key, suspects)
    _check_head(audit, key, head, previous)
    if not found_expected and expected is not None and not (purged and expected[0] <= purged[0]):
        audit.note(expected[0], "expected", "the head that was expected is not part of the chain")
    audit.problems.sort(key=lambda problem: (problem.sequence, problem.code))
    return audit


def _is_genuine(key: bytes | None, row: Row[tuple[object, ...]], sequence: int) -> bool:
    used = key if row.is_keyed else None
    return hmac.compare_digest(chain.link(used, sequence, row.previous_hash, row.at, row.body), row.hash)


def _check_neighbours(audit: Audit, previous: Row[tuple[object, ...]], row: Row[tuple[object, ...]]) -> None:
    gap = row.sequence - previous.sequence - 1
    if gap:
        audit.note(previous.sequence + 1, "deleted", f"{gap} record(s) are missing here")
    elif row.previous_hash != previous.hash:
        audit.note(row.sequence, "broken-link", "the record does not follow the one before it")


def _check_start(audit: Audit, start: Row[tuple[object, ...]] | None, purged: tuple[int, str] | None) -> None:
    if start is None:
        return
    audit.first = start.sequence
    through = start.sequence - 1
    if through == 0 and start.previous_hash == chain.GENESIS:
        return
    if purged is None or through > purged[0]:
        audit.note(1, "deleted", "records are missing at the start and no purge says so")
    elif through == purged[0] and start.previous_hash != purged[1]:
        audit.note(start.sequence, "broken-link", "the record does not follow the last purged one")


def _check_suspects(audit: Audit, key: bytes | None, suspects: list[Row[tuple[object, ...]]]) -> None:
    numbers = [row.sequence for row in suspects[:_MOST_PROBLEMS]]
    for row in suspects:
        original = next((number for number in numbers[:50] if _is_genuine(key, row, number)), None)
        if original is not None:
            audit.note(row.sequence, "re-ordered", f"the record was written as number {original}")
        else:
            audit.note(row.sequence, "edited", "the record no longer gives its hash")


def _check_head(
    audit: Audit, key: bytes | None, head: Row[tuple[object, ...]] | None, last: Row[tuple[object, ...]] | None
) -> None:
    if head is None:
        audit.note(0, "head", "the head of the chain is missing")
        return
    audit.last = last.sequence if last is not None else 0
    audit.head = f"{head.sequence}:{head.hash}"
    if head.sequence > audit.last:
        audit.note(audit.last + 1, "deleted", f"{head.sequence - audit.last} record(s) are missing at the end")
    elif last is not None and (head.sequence, head.hash) != (last.sequence, last.hash):
        audit.note(last.sequence, "head", "the head of the chain does not name the last record")
    used = key if last is not None and last.is_keyed else None
    if (
        last is not None
        and not (last.is_keyed and key is None)
        and head.seal != chain.seal(used, head.sequence, head.hash)
    ):
        audit.note(head.sequence, "head", "the head of the chain was changed by hand")


def _read_body(body: str) -> tuple[int, tuple[int, str] | None]:
    try:
        content = json.loads(body)
        lost = int(content.get("lostBefore", 0))
        if content.get("kind") == "purge":
            return lost, (int(content["through"]), str(content["hash"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        return 0, None  # an edited text: its hash already tells
    return lost, None
