"""Is every command that the command line lists there, and every module of a command listed?"""

from __future__ import annotations

import argparse
from importlib import import_module

import pytest

from cds_service import cli


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_a_listed_command_can_be_run(name: str) -> None:
    module = import_module(f"cds_service.commands.{name}")
    module.add_arguments(argparse.ArgumentParser())
    assert callable(module.run)


def test_check_explain_doctor_and_rules_are_listed() -> None:
    assert {"check", "explain", "doctor", "rules"} <= set(cli.COMMANDS)


def test_check_runs_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check"]) in (0, 1)
    assert "how far checked" in capsys.readouterr().out
