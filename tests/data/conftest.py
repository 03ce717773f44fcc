"""Says at the end of a run what the public data met: how many calls, which statuses, the slowest answer."""

from __future__ import annotations

from collections import Counter

import pytest

TALLY = pytest.StashKey[Counter[str]]()


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Counter[str]:
    """Where the tests count what they saw."""
    return pytestconfig.stash.setdefault(TALLY, Counter())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line per kind of call."""
    counted = config.stash.get(TALLY, Counter())
    if counted:
        terminalreporter.section("public data")
        for name in sorted(counted):
            terminalreporter.write_line(f"{name}: {counted[name]}")
