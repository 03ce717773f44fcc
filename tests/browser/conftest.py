"""Chromium and a demonstration for the tests of pages: one of each for all of them, so one worker runs them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.demo import demo
from tests.browser.visitor import AXE, Visitor, visitor

FOLDER = Path(__file__).parent
# Known, so that another process can prove what was signed in the demonstration.
REVIEW_KEY = "a throw-away key of 32 characters or more"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is slow."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as Debian packages it. Without it a user's run skips, and a run with CI=true fails."""
    path = shutil.which("chromium")
    if path is None:
        _without("chromium is not installed")
    if not AXE.is_file():
        _without("axe-core is not installed: npm ci in tests/browser")
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]) as it:
        yield it


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    """The base URL of a demonstration that every test shares, on the day of most cases."""
    with demo(CDS_TODAY="2026-01-26", CDS_REVIEW_KEY=REVIEW_KEY) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, base: str) -> Iterator[Visitor]:
    """A visitor of the demonstration, without anybody's cookies. No page may complain while it is there."""
    with visitor(browser, base) as found:
        yield found


def _without(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
