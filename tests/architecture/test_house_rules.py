"""Are the files short, finished, honest about errors, free of what does not belong here, and are all settings told?"""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source_tree import PACKAGE, ROOT, modules, name, nodes, tree, where

LONGEST = 500
UNFINISHED = re.compile(
    "|".join(("NotImplemented" + "Error", "TO" + "DO", "FIX" + "ME", "XX" + "X", "place" + "holder"))
)
FOREIGN = re.compile(
    "|".join(
        (r"pypi\." + "org", r"python" + r"hosted\.org", r"npm" + r"js\.(org|com)", "(?<![A-Za-z0-9_.-])/wo" + "rk/")
    )
)
TEXT = {
    ".py",
    ".toml",
    ".md",
    ".json",
    ".yaml",
    ".yml",
    ".lock",
    ".txt",
    ".html",
    ".css",
    ".js",
    ".svg",
    ".mako",
    ".cfg",
    ".ini",
    "",
}
HANDED_DOWN = {"tests/spec/examples.yaml", "tests/spec/knowledge.yaml"}


def repository_files() -> list[Path]:
    """The files that belong to the project, as git knows them, new ones included; generated and ignored ones are left out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git here: the files of the project cannot be told from others")
    return [ROOT / one for one in listed if one and (ROOT / one).is_file() and Path(one).suffix in TEXT]


def test_a_file_is_one_room() -> None:
    files = [*modules(), *(ROOT / "tests").rglob("*.py")]
    long = {path.name: count for path in files if (count := path.read_text(encoding="utf-8").count("\n")) > LONGEST}
    assert {} == long, "is it two rooms?"


def test_nothing_in_the_package_is_unfinished() -> None:
    wrong = [
        where(path, number)
        for path in modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert [] == wrong


def test_no_exception_is_swallowed() -> None:
    wrong = [
        where(path, node.lineno)
        for path in modules()
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler) and all(isinstance(s, ast.Pass | ast.Continue) for s in node.body)
    ]
    assert [] == wrong


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    wrong = []
    for path in repository_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        lines = [number for number, line in enumerate(text.splitlines(), 1) if FOREIGN.search(line)]
        wrong += [f"{path.relative_to(ROOT)}:{number}" for number in lines]
    assert [] == [place for place in wrong if place.partition(":")[0] not in HANDED_DOWN]


def settings_read() -> set[str]:
    """Every setting that the reader of the environment knows."""
    from cds_service.settings import NAMES

    text = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("settings*.py"))
    return set(NAMES) | set(re.findall(r"\"(CDS_[A-Z_]+)\"", text))


def test_the_readme_lists_every_setting_and_no_other() -> None:
    rows = re.findall(r"^\|\s*`(CDS_[A-Z_]+)`\s*\|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert settings_read() == set(rows)
    assert sorted(set(rows)) == sorted(rows), "a setting stands twice"


def test_a_module_says_what_it_is_for() -> None:
    assert [] == [name(path) for path in modules() if tree(path).body and not ast.get_docstring(tree(path))]
