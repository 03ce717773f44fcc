"""Does the chain of decision records show what was removed, changed or moved?"""

from __future__ import annotations

import json
import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import Connection, delete, select, text, update

from cds_service.store import chain
from cds_service.store.engine import Database
from cds_service.store.records import RecordStore
from cds_service.store.retention import Purged, purge
from cds_service.store.tables import decision_chain, decision_record
from cds_service.store.verify import verify
from tests.unit.store.samples import NOON, decision

KEY = "site key"


@pytest.fixture(params=[None, KEY], ids=["unkeyed", "keyed"])
def key(request: pytest.FixtureRequest) -> str | None:
    chosen: str | None = request.param
    return chosen


def fill(database: Database, key: str | None, count: int = 6) -> None:
    records = RecordStore(database, key)
    for number in range(count):
        records.append(decision(f"card-{number}", at=NOON + timedelta(days=number)))


def found(database: Database, key: str | None) -> list[tuple[int, str]]:
    return [(problem.sequence, problem.code) for problem in verify(database, key).problems]


def change(database: Database, *statements: str) -> None:
    def work(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    database.write(work, wait=2)


def test_an_untouched_chain_is_sound(database: Database, key: str | None) -> None:
    fill(database, key)
    audit = verify(database, key)
    assert (True, 6, 1, 6) == (audit.is_sound, audit.records, audit.first, audit.last)
    assert audit.head.startswith("6:")


def test_an_empty_chain_is_sound(database: Database, key: str | None) -> None:
    assert verify(database, key).is_sound


def test_a_deleted_record_is_found(database: Database, key: str | None) -> None:
    fill(database, key)
    change(database, "DELETE FROM decision_record WHERE sequence = 3")
    assert [(3, "deleted")] == found(database, key)


def test_records_deleted_at_the_start_are_found(database: Database, key: str | None) -> None:
    fill(database, key)
    change(database, "DELETE FROM decision_record WHERE sequence <= 2")
    assert [(1, "deleted")] == found(database, key)


def test_records_deleted_at_the_end_are_found(database: Database, key: str | None) -> None:
    fill(database, key)
    change(database, "DELETE FROM decision_record WHERE sequence >= 5")
    assert [(5, "deleted")] == found(database, key)


def test_all_records_deleted_is_found(database: Database, key: str | None) -> None:
    fill(database, key)
    change(database, "DELETE FROM decision_record")
    assert [(1, "deleted")] == found(database, key)


@pytest.mark.parametrize(
    "edit",
    [
        "body = replace(body, 'order-sign', 'order-sigh')",
        "at = '2026-01-01T00:00:00.000000Z'",
        "body = 'not JSON'",
        "body = '[]'",
    ],
)
def test_an_edited_record_is_found(database: Database, key: str | None, edit: str) -> None:
    fill(database, key)
    change(database, f"UPDATE decision_record SET {edit} WHERE sequence = 4")
    assert [(4, "edited")] == found(database, key)


@pytest.mark.parametrize("column", ["hash", "previous_hash"])
def test_an_edited_hash_is_found(database: Database, key: str | None, column: str) -> None:
    fill(database, key)
    change(database, f"UPDATE decision_record SET {column} = '{'a' * 64}' WHERE sequence = 4")
    assert (4, "edited") in found(database, key)


def test_records_that_changed_places_are_found(database: Database, key: str | None) -> None:
    fill(database, key)
    change(
        database,
        "UPDATE decision_record SET sequence = 99 WHERE sequence = 3",
        "UPDATE decision_record SET sequence = 3 WHERE sequence = 4",
        "UPDATE decision_record SET sequence = 4 WHERE sequence = 99",
    )
    assert {(3, "re-ordered"), (4, "re-ordered")} <= set(found(database, key))


def test_contents_that_changed_places_are_found(database: Database, key: str | None) -> None:
    fill(database, key)

    def swap(connection: Connection) -> None:
        bodies = select(decision_record.c.sequence, decision_record.c.body).where(
            decision_record.c.sequence.in_((2, 5))
        )
        two, five = (row.body for row in connection.execute(bodies.order_by(decision_record.c.sequence)))
        for number, body in ((2, five), (5, two)):
            where = decision_record.c.sequence == number
            connection.execute(update(decision_record).where(where).values(body=body))

    database.write(swap, wait=2)
    assert [(2, "edited"), (5, "edited")] == found(database, key)


def test_a_head_set_back_by_hand_is_found_with_a_key(database: Database) -> None:
    fill(database, KEY)

    def cut(connection: Connection) -> None:
        last = connection.execute(select(decision_record).where(decision_record.c.sequence == 4)).one()
        connection.execute(delete(decision_record).where(decision_record.c.sequence > 4))
        forged = chain.seal(None, 4, last.hash)
        connection.execute(update(decision_chain).values(sequence=4, hash=last.hash, seal=forged))

    database.write(cut, wait=2)
    assert [(4, "head")] == found(database, KEY)


def test_a_record_forged_without_the_key_is_found(database: Database) -> None:
    fill(database, KEY)
    RecordStore(database, None).append(decision())
    assert [(7, "unkeyed")] == found(database, KEY)


def test_an_old_copy_is_found_where_its_head_was_noted(database: Database) -> None:
    fill(database, KEY)
    number, digest = verify(database, KEY).head.split(":")
    assert verify(database, KEY, (int(number), digest)).is_sound
    assert [(9, "expected")] == [(one.sequence, one.code) for one in verify(database, KEY, (9, "f" * 64)).problems]


def test_without_the_key_only_the_order_of_keyed_records_is_checked(database: Database) -> None:
    fill(database, KEY)
    assert (6, True) == ((audit := verify(database)).unchecked, audit.is_sound)
    change(database, "DELETE FROM decision_record WHERE sequence = 3")
    assert [(3, "deleted")] == found(database, None)


def test_records_of_many_threads_make_one_chain(url: str, key: str | None) -> None:
    databases = [Database(url) for _ in range(2)]
    stores = [RecordStore(database, key) for database in databases]

    def work(number: int) -> None:
        for _ in range(10):
            stores[number % 2].append(decision(), wait=10)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    audit = verify(databases[0], key)
    assert (80, True) == (audit.records, audit.is_sound)
    for database in databases:
        database.close()


def test_a_purge_leaves_a_sound_chain(database: Database, key: str | None) -> None:
    fill(database, key)
    now = NOON + timedelta(days=6, hours=1)
    assert Purged(4, 4, 0, 0, 0) == purge(database, 3, now, key)
    audit = verify(database, key)
    assert (True, 3, 5, 7) == (audit.is_sound, audit.records, audit.first, audit.last)
    assert Purged(0, 0, 0, 0, 0) == purge(database, 3, now, key)
    change(database, "DELETE FROM decision_record WHERE sequence = 5")
    assert [(1, "deleted")] == found(database, key)


def test_a_purge_of_everything_leaves_its_own_record(database: Database, key: str | None) -> None:
    fill(database, key)
    assert 6 == purge(database, 1, NOON + timedelta(days=400), key).records
    RecordStore(database, key).append(decision())
    assert (True, 2) == ((audit := verify(database, key)).is_sound, audit.records)


def test_a_purge_of_less_than_a_day_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        purge(database, 0, NOON)


def test_a_patient_hash_needs_a_key_and_depends_on_the_issuer() -> None:
    assert chain.hash_patient(None, "https://a", "p1") is None
    hashes = {chain.hash_patient(KEY, issuer, patient) for issuer in ("https://a", "https://b") for patient in "12"}
    assert 4 == len(hashes)
    assert all(digest and len(digest) == 64 for digest in hashes)


def test_a_hook_instance_that_is_no_uuid_is_kept_as_a_digest_only(database: Database) -> None:
    store = RecordStore(database)
    for instance in ("d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "Ms Canary\nborn 1950", "x" * 100_000):
        store.append(decision(hook_instance=instance))
    bodies = database.read(lambda c: c.execute(select(decision_record.c.body).order_by("sequence")).scalars().all())
    kept, *digests = [json.loads(body)["hookInstance"] for body in bodies]
    assert "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea" == kept
    assert all(re.fullmatch("sha256:[0-9a-f]{64}", digest) for digest in digests)
    assert 2 == len(set(digests))
