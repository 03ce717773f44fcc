"""Is the card of the README the one that the demonstration prints, and does its index name every page?"""

from __future__ import annotations

import re

import pytest

from cds_service.commands.check import PACKAGE
from cds_service.commands.demo import shown
from cds_service.commands.fixtures import fixtures
from tests.cases.player import golden

ROOT = PACKAGE.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PLAYED = next(case for case in fixtures() if "demo" in case.tags)


def test_the_card_is_the_one_that_the_demonstration_prints_on_the_day_of_its_case() -> None:
    day, printed = re.findall(
        r"## A real card\n\n`CDS_TODAY=(\S+) \.venv/bin/cds-service demo --once`[^`]*```\n(.*?)```", README, re.S
    )[0]
    assert PLAYED.today.isoformat() == day
    assert "".join(map(shown, golden(PLAYED)["cards"])).lstrip("\n") == printed


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_the_index_of_the_pages_names_each(page: object) -> None:
    name = getattr(page, "name", "")
    assert name == "README.md" or f"`{name}`" in (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
