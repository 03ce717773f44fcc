"""Do the commands start, and is a refusal one line that names the setting?"""

from __future__ import annotations

import io
import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from cds_service import cli
from cds_service.commands import services
from cds_service.program import program
from tests.support.fake_service import FakeDocument, FakeEngine


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    engine = FakeEngine(
        in_force=(FakeDocument(), FakeDocument(id="eu-smpc", signed_by="", review="from memory, not yet signed"))
    )
    module: Any = types.ModuleType("cds_service.hooks.pipeline")
    module.build_engine = lambda settings: engine
    monkeypatch.setitem(sys.modules, "cds_service.hooks.pipeline", module)
    for name in ("CDS_MODE", "CDS_ALLOW_ANONYMOUS", "CDS_ALLOW_UNREVIEWED", "CDS_AUTH"):
        monkeypatch.delenv(name, raising=False)
    return engine


def test_services_are_a_table_of_one_screen(pipeline: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == cli.main(["services"])
    shown = capsys.readouterr().out
    for words in ("lenalidomide-order-sign", "signed by TEST, not a person", "eu-smpc", "from memory, not yet signed"):
        assert words in shown
    assert "{{context.patientId}}" not in shown


def test_services_for_machines_are_whole(pipeline: FakeEngine, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == cli.main(["services", "--json"])
    whole = json.loads(capsys.readouterr().out)
    assert "Patient/{{context.patientId}}" in whole["services"][0]["prefetch"].values()
    assert {"id", "signed_by", "review"} < set(whole["documents"][0])


def test_the_real_list_fits_a_screen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_MODE", "demo")
    assert 0 == cli.main(["services"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 36
    assert max(map(len, lines)) <= 100


def test_an_empty_engine_is_listed_as_empty() -> None:
    out = io.StringIO()
    services.write(FakeEngine(offered=(), in_force=()), out)
    assert "Services (0)" in out.getvalue()
    assert "Documents in force (0)" in out.getvalue()


def test_serve_refuses_production_without_authentication(
    pipeline: FakeEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == cli.main(["serve"])
    said = capsys.readouterr().err
    assert "CDS_ALLOW_ANONYMOUS" in said and "docs/production.md" in said


@pytest.mark.parametrize(
    "words", [["serve", "--port", "0"], ["serve", "--port", "x"], ["serve", "--workers", "0"], ["none"], []]
)
def test_a_wrong_command_line_exits_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(words)
    assert 2 == caught.value.code


@pytest.mark.parametrize("command", sorted(cli.COMMANDS))
def test_each_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main([command, "--help"])
    assert 0 == caught.value.code
    assert f"cds-service {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("word", "said"), [("explian", "Did you mean explain?"), ("frobnicate", "There are serve, demo, services")]
)
def test_a_command_that_there_is_not_is_answered_with_what_there_is(
    word: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([word])
    assert 2 == ended.value.code
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["explain", "a.json", "--tody", "2026-01-26"], "explain does not take --tody"),
        (["explain", "a.json", "--tody", "2026-01-26"], "Did you mean --today?"),
        (["report", "--dais=3"], "Did you mean --days?"),
        (["report", "more"], "report does not take more. report --help lists its options."),
    ],
)
def test_an_option_that_there_is_not_is_answered_with_what_was_meant(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert 2 == ended.value.code
    assert said in capsys.readouterr().err


def test_commands_that_are_named_begin_as_the_program_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Siblings: started by its path below the working folder, by one elsewhere, by a shell that finds it, and by Python."""
    own = tmp_path / "venv" / "bin" / "cds-service"
    own.parent.mkdir(parents=True)
    own.touch(mode=0o755)
    monkeypatch.setattr("sys.argv", [str(own), "demo"])
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert "venv/bin/cds-service" == program()
    monkeypatch.chdir("/")
    assert str(own).lstrip("/") == program().lstrip("/")
    monkeypatch.setenv("PATH", str(own.parent))
    assert "cds-service" == program()
    monkeypatch.setattr("sys.argv", ["cli.py"])
    assert "cds-service" == program()
