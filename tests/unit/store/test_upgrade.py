"""Does a database that an earlier release wrote go on under this one?

`written_by_3c16f7b.sql` is the dump of a SQLite file in which that release kept three calls of fixtures and the feedback on the
first card, with the key below.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import inspect

from cds_service.app import create_app
from cds_service.settings import Settings
from cds_service.store.engine import Database
from cds_service.store.report import report
from cds_service.store.verify import verify
from tests.unit.store.samples import NOON

FIXTURES = Path(__file__).parents[3] / "fhir_fixtures"
KEY = "a key of tests"
SERVICE = "lenalidomide-order-sign"
UNANSWERED = "92faab6a-a4fc-5a54-8bf5-4d1b5070a729"
"""A card of that service in the dump, on which no feedback had come."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "cds-service.sqlite3") as earlier:
        earlier.executescript(Path(__file__).with_name("written_by_3c16f7b.sql").read_text(encoding="utf-8"))
    return tmp_path


def opened(folder: Path) -> Database:
    database = Database(f"sqlite:///{folder}/cds-service.sqlite3")
    database.prepare()
    return database


def test_its_records_verify_before_and_after_new_ones_and_feedback_on_its_cards_is_kept(folder: Path) -> None:
    before = verify(opened(folder), KEY)
    assert (3, True, 0) == (before.records, before.is_sound, before.unchecked)

    settings = Settings(
        mode="demo", auth="none", jurisdiction="US", today=date(2026, 1, 26), hash_key=KEY, data_dir=folder
    )
    client = create_app(settings).test_client()
    call = json.loads((FIXTURES / "renewal-to-be-held" / "request.json").read_text(encoding="utf-8"))
    assert 200 == client.post(f"/cds-services/{SERVICE}", json=call).status_code
    entry = {"card": UNANSWERED, "outcome": "overridden", "outcomeTimestamp": "2026-12-01T08:00:00Z"}
    assert 200 == client.post(f"/cds-services/{SERVICE}/feedback", json={"feedback": [entry]}).status_code

    database = opened(folder)
    number, _, digest = before.head.partition(":")
    after = verify(database, KEY, (int(number), digest))
    assert (4, True) == (after.records, after.is_sound)
    assert not verify(database, "another key").is_sound
    assert 0 == report(database, NOON).to_plain()["feedbackOnUnknownCards"]
    with sqlite3.connect(folder / "cds-service.sqlite3") as file:
        kept = file.execute("SELECT outcome, is_card_known, rules FROM feedback_entry ORDER BY id").fetchall()
    assert [("accepted", 1, '["US-MDS-PLT-W4-HI"]'), ("overridden", 1, '["US-MDS-PLT-W4-HI"]')] == kept


def test_it_has_the_tables_of_a_new_database(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    def columns(database: Database) -> dict[str, list[tuple[str, str, bool]]]:
        def read(connection: object) -> dict[str, list[tuple[str, str, bool]]]:
            tables = inspect(connection)
            return {
                table: [(c["name"], str(c["type"]), bool(c["nullable"])) for c in tables.get_columns(table)]
                for table in sorted(tables.get_table_names())
            }

        return database.read(read)

    assert columns(opened(tmp_path_factory.mktemp("new"))) == columns(opened(folder))
