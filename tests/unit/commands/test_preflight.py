"""Is what a server needs looked at before it starts, and is a refusal one line that says what to do?"""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from cds_service import cli


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CDS_MODE", "demo")
    monkeypatch.setenv("CDS_DATA_DIR", str(tmp_path / "data"))


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of a start that is refused with status 2."""
    assert 2 == cli.main(words)
    shown = capsys.readouterr()
    assert ("", 1) == (shown.out, shown.err.count("\n"))
    assert not re.search(r"[A-Z]\w+(Error|Exception)|Traceback", shown.err)
    return shown.err


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_taken_port_is_named(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = refused([command, "--port", str(port)], capsys)
    assert line.startswith(f"cds-service: --port: Port {port} of 127.0.0.1 cannot be used: ")
    assert "choose another with --port" in line


def test_a_host_that_is_no_address_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--host: 'no.such.host.invalid' is no address" in refused(
        ["serve", "--host", "no.such.host.invalid"], capsys
    )


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_data_folder_that_cannot_be_made_is_named(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CDS_DATA_DIR", str(tmp_path / "file" / "below"))
    line = refused([command], capsys)
    assert line.startswith("cds-service: CDS_DATA_DIR: ")
    assert str(tmp_path / "file" / "below") in line


@pytest.mark.parametrize("command", ["serve", "demo", "services"])
@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CDS_SITE_MAP", "/no/such/map.toml", "'/no/such/map.toml'"),
        ("CDS_SITEMAP", "map.toml", "Did you mean CDS_SITE_MAP?"),
        ("CDS_JURISDICTION", "UK", "'UK' is none of: US, EU."),
    ],
)
def test_a_setting_that_is_wrong_or_misspelt_is_named(
    command: str, name: str, value: str, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    line = refused([command], capsys)
    assert line.startswith(f"cds-service: {name}: ")
    assert told in line


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["serve", "--port", "0"], "a port is a number from 1 to 65535, not '0'"),
        (["demo", "--port", "65536"], "a port is a number from 0 to 65535, not '65536'"),
        (["serve", "--workers", "many"], "the number of workers is a number from 1 to 256, not 'many'"),
    ],
)
def test_an_option_that_is_no_such_number_is_shown(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(words)
    assert 2 == caught.value.code
    assert told in capsys.readouterr().err
