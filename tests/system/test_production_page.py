"""Do the settings of docs/production.md work as they stand, to the letter?"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from cds_service.api.trusted_clients import load_trusted_clients
from cds_service.commands.check import start_doubts
from cds_service.errors import SettingsError
from cds_service.settings import Settings
from cds_service.settings_reader import is_ours

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
CLIENTS = re.findall(r"```toml\n(.*?)```", PAGE, re.S)[0]
ENVIRONMENT, COMMANDS = re.findall(r"```sh\n(.*?)```", PAGE, re.S)
UNSIGNED = "CDS_ALLOW_UNREVIEWED=1\n"


def copied(folder: Path, settings: str = ENVIRONMENT) -> Path:
    """A folder with the page's two files."""
    (folder / "clients.toml").write_text(CLIENTS, encoding="utf-8")
    (folder / "cds.env").write_text(settings, encoding="utf-8")
    return folder


def environment() -> dict[str, str]:
    """Nothing of ours."""
    kept = {name: value for name, value in os.environ.items() if not is_ours(name)}
    return {**kept, "PYTHONPATH": str(ROOT)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def shell(lines: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-ec", lines], cwd=folder, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )


def test_the_settings_and_the_clients_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copied(tmp_path))
    given = dict(line.split("=", 1) for line in ENVIRONMENT.splitlines())
    settings = Settings.from_environment(given)
    assert ("production", "US", "jwt") == (settings.mode, settings.jurisdiction, settings.auth)
    assert settings.trusted_clients is not None
    assert ["https://ehr.example.org"] == list(load_trusted_clients(settings.trusted_clients))


@pytest.mark.parametrize("name", ["CDS_PUBLIC_BASE_URL", "CDS_TRUSTED_CLIENTS"])
def test_nothing_of_the_smallest_set_can_be_left_out(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied(tmp_path))
    given = dict(line.split("=", 1) for line in ENVIRONMENT.splitlines() if not line.startswith(name))
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(given)
    assert name == caught.value.where


def test_each_secret_of_the_page_is_a_placeholder_that_check_doubts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied(tmp_path))
    given = dict(line.split("=", 1) for line in ENVIRONMENT.splitlines())
    secrets = {name for name in given if name.endswith(("_KEY", "_TOKEN", "_SECRET"))}
    assert secrets == {doubt.where.rpartition(" ")[2] for doubt in start_doubts(given)} != set()
    # The page's own line replaces each of them.
    assert 0 == shell(COMMANDS.splitlines()[0], tmp_path).returncode
    replaced = dict(line.split("=", 1) for line in (tmp_path / "cds.env").read_text(encoding="utf-8").splitlines())
    assert not [name for name in secrets if replaced[name] == given[name]]
    assert () == start_doubts(replaced)


@pytest.mark.slow
def test_the_page_s_commands_start_a_service_that_answers_nobody_without_a_token(tmp_path: Path) -> None:
    port = free_port()
    *prepare, last = COMMANDS.splitlines()
    assert ".venv/bin/cds-service serve" == last
    begun = shell(_called(prepare), copied(tmp_path))
    assert 0 == begun.returncode, begun.stdout[-500:] + begun.stderr
    assert "start in production mode" in begun.stdout
    command = f"set -a; . ./cds.env; set +a; exec {sys.executable} -m cds_service.cli serve --port {port}"
    with subprocess.Popen(["sh", "-c", command], cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL) as process:
        try:
            answers = {path: _answer(f"http://127.0.0.1:{port}{path}") for path in ("/healthz", "/readyz")}
            assert {"/healthz": 200, "/readyz": 200} == answers
            assert 401 == _answer(f"http://127.0.0.1:{port}/cds-services")
            made = re.findall("METRICS_TOKEN=(.*)", (tmp_path / "cds.env").read_text(encoding="utf-8"))[0]
            token = {"Authorization": f"Bearer {made}"}
            assert 200 == requests.get(f"http://127.0.0.1:{port}/metrics", headers=token, timeout=5).status_code
            assert list((tmp_path / "data").iterdir())
        finally:
            process.terminate()


@pytest.mark.slow
def test_without_the_line_about_unsigned_documents_neither_check_nor_serve_is_content(tmp_path: Path) -> None:
    assert UNSIGNED in ENVIRONMENT
    folder = copied(tmp_path, ENVIRONMENT.replace(UNSIGNED, ""))
    for command, status in (("check", 1), (f"serve --port {free_port()}", 2)):
        ended = shell(f"set -a; . ./cds.env; set +a; {sys.executable} -m cds_service.cli {command}", folder)
        assert status == ended.returncode
        assert "CDS_ALLOW_UNREVIEWED" in ended.stdout + ended.stderr


def _called(lines: list[str]) -> str:
    """The page's lines, with the command in place of its installed name."""
    return "\n".join(line.replace(".venv/bin/cds-service ", f"{sys.executable} -m cds_service.cli ") for line in lines)


def _answer(url: str) -> int:
    until = time.monotonic() + 20
    while True:
        try:
            return requests.get(url, timeout=5).status_code
        except requests.ConnectionError:
            assert time.monotonic() < until, "no answer"
            time.sleep(0.1)
