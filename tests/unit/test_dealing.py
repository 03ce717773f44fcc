"""Do tests that share what is played once go to one worker, and each other file by itself?"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import conftest
from tests.support.dealing import TOGETHER, unit_of

ROOT = Path(__file__).parents[2]


def test_every_file_and_folder_that_is_named_is_there_and_stands_once() -> None:
    named = [name for group in TOGETHER for name in group]
    assert [] == [name for name in named if not (ROOT / name).exists()]
    assert sorted(set(named)) == sorted(named)


@pytest.mark.parametrize(
    ("one", "other", "is_together"),
    [
        ("tests/spec/test_words.py::test_a", "tests/spec/test_examples.py::test_b[US-P01]", True),
        ("tests/browser/test_smart.py::test_a[x::y]", "tests/browser/test_pages.py::test_b", True),
        ("tests/system/test_replay.py::test_a", "tests/system/test_replay_report.py::test_b", True),
        ("tests/system/test_replay.py::test_a", "tests/system/test_replay_spark.py::test_b", False),
        ("tests/unit/test_cli.py::test_a[1]", "tests/unit/test_cli.py::test_b[tests/unit/x.py::1]", True),
        ("tests/unit/web/test_page.py::test_a", "tests/unit/web/test_limits.py::test_a", False),
    ],
)
def test_what_is_dealt_together(one: str, other: str, is_together: bool) -> None:
    assert is_together is (unit_of(one) == unit_of(other))


@pytest.mark.parametrize(("dist", "is_by_file"), [("loadgroup", True), ("load", False)])
def test_the_option_of_the_readme_deals_so(dist: str, is_by_file: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert " --dist loadgroup" in (ROOT / "README.md").read_text(encoding="utf-8")
    monkeypatch.setattr(conftest, "ByFile", lambda *_: "by file")
    asked: Any = SimpleNamespace(getvalue={"dist": dist}.get)
    assert ("by file" if is_by_file else None) == conftest.pytest_xdist_make_scheduler(asked, None)
