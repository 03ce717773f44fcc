"""Do the pages name only modules, settings and links that there are?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cds_service.cli import COMMANDS
from cds_service.commands.check import PACKAGE
from cds_service.settings import NAMES

ROOT = PACKAGE.parent
PAGES = ("README", "architecture", "operations", "production", "security", "glossary", "review", "rules/decisions")
SHAPES = {"clients.toml", "documents/<document>/<edition>.toml", "drugs/<drug>/assess.py"}


def text(page: str) -> str:
    """One page."""
    return (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")


def is_there(name: str) -> bool:
    """Whether a file of this name stands in the repository, in the package or in a drug's folder."""
    places = (
        ROOT,
        PACKAGE,
        PACKAGE / "dosing",
        ROOT / "docs",
        PACKAGE / "drugs" / "lenalidomide",
        ROOT / "tests" / "spec",
    )
    return any(list(place.glob(name)) for place in places)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    named = set(re.findall(r"`([A-Za-z0-9_./*-]+\.(?:py|toml|md|yaml|lock))`", text(page)))
    assert set() == {name for name in named - SHAPES if not is_there(name)}


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_that_a_page_names_is_one(page: str) -> None:
    assert set() == set(re.findall(r"\bCDS_[A-Z_]+[A-Z]\b", text(page))) - NAMES.keys()


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_another_page_leads_somewhere(page: str) -> None:
    folder = (ROOT / "docs" / page).parent
    links = [link for link in re.findall(r"\]\(([^)#:]+)\)", text(page)) if not (folder / link).is_file()]
    assert [] == links


def test_every_constant_that_a_decision_names_stands_in_its_file() -> None:
    rows = re.findall(r"\|[^|\n]*\|[^|\n]*\| ([^|\n]*) \|$", text("rules/decisions"), re.MULTILINE)
    named = [
        (word, file) for row in rows for file in re.findall(r"`([\w/]+\.py)`", row)[:1] for word in _constants(row)
    ]
    assert 5 < len(named)
    assert [] == [(word, file) for word, file in named if word not in Path(PACKAGE / file).read_text(encoding="utf-8")]


def _constants(row: str) -> list[str]:
    return [word for word in re.findall(r"`(\w+)`", row) if "." not in word]


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.stem)
def test_a_command_stands_as_the_installation_of_the_readme_has_it(path: Path) -> None:
    bare = rf"(?m)(?:`|^ *)cds-service (?:{'|'.join(COMMANDS)})\b"
    assert [] == re.findall(bare, path.read_text(encoding="utf-8"))
