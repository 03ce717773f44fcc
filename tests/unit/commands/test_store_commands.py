"""Do `audit`, `report` and `purge` say what they found, and return it?"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest
from sqlalchemy import text

from cds_service.cdshooks.client import Client
from cds_service.commands import audit, migrate, purge, report
from cds_service.settings import Settings
from cds_service.store.engine import Database
from cds_service.store.feedback import FeedbackStore
from cds_service.store.records import RecordStore
from cds_service.store.sink import open_database, store_words
from tests.unit.store.samples import SERVICE, decision, entry

NOW = datetime.now(UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, hash_key="key", retention_days=30)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = open_database(settings)
    records = RecordStore(opened, "key")
    records.append(decision("old", at=NOW - timedelta(days=40)), wait=5)
    for card in ("a", "b"):
        records.append(decision(card, at=NOW - timedelta(days=1), content_version="<b>1&2</b>"))
    FeedbackStore(opened).store(SERVICE, [entry("a"), entry("b", "overridden", reason_code="<x>")], Client(), NOW)
    yield opened
    opened.close()


def call(command: ModuleType, settings: Settings, *words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    status: int = command.run(parser.parse_args(words), settings)
    return status


def test_audit_verify_tells_a_sound_chain_from_a_broken_one(
    settings: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == call(audit, settings, "verify")
    told = capsys.readouterr().out
    assert told.startswith(f"store {settings.data_dir / 'cds-service.sqlite3'}\n3 records, numbers 1 to 3\nhead 3:")
    head = told.splitlines()[2].removeprefix("head ")
    assert 0 == call(audit, settings, "verify", "--expect", head)
    database.write(lambda connection: connection.execute(text("DELETE FROM decision_record WHERE sequence = 2")))
    capsys.readouterr()
    assert 1 == call(audit, settings, "verify")
    assert "2: deleted: 1 record(s) are missing here\nNOT SOUND: 1 finding\n" in capsys.readouterr().out


def test_purge_follows_the_setting(settings: Settings, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == call(purge, settings)
    assert "1 decision records, 1 cards, 0 feedback entries" in capsys.readouterr().out
    assert 0 == call(audit, settings, "verify")
    assert 2 == call(purge, Settings(data_dir=settings.data_dir))
    assert "nothing was removed" in capsys.readouterr().err


def test_migrate_makes_the_tables_once(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == call(migrate, settings)
    assert 0 == call(migrate, settings)
    assert 2 == capsys.readouterr().out.count("the database has the tables of step")
    with sqlite3.connect(settings.data_dir / "cds-service.sqlite3") as opened:
        (tables,) = opened.execute("SELECT count(*) FROM sqlite_master WHERE name = 'decision_chain'").fetchone()
    opened.close()
    assert 1 == tables


def test_report_is_written_in_three_forms(
    settings: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == call(report, settings, "--json")
    (rule,) = json.loads(capsys.readouterr().out)["rules"]
    assert (2, 1, 1) == (rule["shown"], rule["accepted"], rule["overridden"])
    assert 0 == call(report, settings)
    assert "shown 2 (+2), accepted 1 (+1), overridden 1 (+1)" in capsys.readouterr().out
    assert 0 == call(report, settings, "--html")
    page = capsys.readouterr().out
    assert "&lt;b&gt;1&amp;2&lt;/b&gt;" in page
    assert "<b>" not in page
    assert re.search(r"<script|https?:|src=|@import", page) is None
    svg = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])
    assert 6 == len(svg.findall("rect"))


def test_a_store_that_is_down_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    down = Settings(data_dir=tmp_path / "file", retention_days=1)
    assert [3, 3, 3] == [call(audit, down, "verify"), call(report, down), call(purge, down)]
    assert "the store cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--days", "0"), ("--until", "soon"), ("--json", "--html")])
def test_wrong_arguments_are_refused(settings: Settings, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        call(report, settings, *words)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "postgresql+psycopg://somebody:secret@db.example.org/records",
            "postgresql database records on db.example.org",
        ),
        ("postgresql:///records?user=somebody&password=secret", "postgresql database records on this machine"),
    ],
)
def test_a_store_is_named_without_what_opens_it(url: str, said: str) -> None:
    assert said == store_words(Settings(database_url=url))


def test_the_report_names_its_store_and_counts_one_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(data_dir=tmp_path)
    RecordStore(open_database(settings), None).append(decision("only", at=NOW - timedelta(days=1)), wait=5)
    assert 0 == call(report, settings)
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert f"store {tmp_path / 'cds-service.sqlite3'}" == first
    assert second.endswith(": 1 call (+1)")
