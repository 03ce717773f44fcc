"""Does each change that is not released yet stand in a file of its own, and does a clinical one name rules that exist?"""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from cds_service.drugs.lenalidomide.rulebook import RULES

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
KINDS = [kind["directory"] for kind in SETTINGS["type"]]
FOLDER = ROOT / SETTINGS["directory"]
FRAGMENTS = sorted(path for path in FOLDER.iterdir() if path.name not in SETTINGS["ignore"])


def faults(name: str, text: str) -> list[str]:
    """What is wrong with a fragment."""
    form = re.fullmatch(rf"\+[a-z0-9-]+\.({'|'.join(KINDS)})\.md", name)
    if form is None:
        return ["the name is not +WORDS.KIND.md"]
    *words, last = text.rstrip("\n").split("\n")
    if form[1] != "clinical":
        return [] if last.strip() else ["nothing is said"]
    named = re.fullmatch(r"Rules: (\S+(?:, \S+)*)\.", last)
    if named is None or not words:
        return ["the last line of a clinical change is 'Rules: ID, ID.' or 'Rules: none.'"]
    rules = [] if named[1] == "none" else named[1].split(", ")
    return [f"no rule is named {rule}" for rule in rules if not any(fnmatchcase(known, rule) for known in RULES)]


def test_every_fragment_is_of_a_kind_and_names_rules_that_exist() -> None:
    wrong = {path.name: faults(path.name, path.read_text(encoding="utf-8")) for path in FRAGMENTS}
    assert {} == {name: found for name, found in wrong.items() if found}


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("+five-mg.clinical.md", "Words.\nRules: US-MDS-PLT-5MG, EU-REN-*.\n", ""),
        ("+five-mg.clinical.md", "Words.\nRules: none.\n", ""),
        ("+page.added.md", "A page.\n", ""),
        ("five-mg.clinical.md", "Words.\nRules: none.\n", "the name"),
        ("+five-mg.dose.md", "Words.\nRules: none.\n", "the name"),
        ("+five-mg.clinical.md", "Words.\n", "the last line"),
        ("+five-mg.clinical.md", "Rules: none.\n", "the last line"),
        ("+five-mg.clinical.md", "Words.\nRules: US-MDS-PLT-7MG.\n", "no rule is named US-MDS-PLT-7MG"),
        ("+five-mg.clinical.md", "Words.\nRules: XX-*.\n", "no rule is named XX-*"),
        ("+page.added.md", "\n", "nothing is said"),
    ],
)
def test_a_wrong_fragment_is_found(name: str, text: str, fault: str) -> None:
    found = faults(name, text)
    assert bool(fault) is bool(found)
    assert all(each.startswith(fault) for each in found)


def test_the_changelog_holds_released_versions_alone() -> None:
    page = (ROOT / SETTINGS["filename"]).read_text(encoding="utf-8")
    assert SETTINGS["start_string"] in page
    assert None is re.search(r"^## \[?Unreleased", page, re.MULTILINE), "a change has a file of its own in changes/"
    assert [] == re.findall(r"^- ", page.partition(SETTINGS["start_string"])[0], re.MULTILINE)
