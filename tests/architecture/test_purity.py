"""Do the pure layers keep off the clock, the environment, the network and the files, and off binary fractions?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source_tree import dotted, imports, modules, name, nodes, where

PURE = ("clinical", "dosing", "drugs")

LOADERS = {"drugs.source_files", "drugs.catalogue", "drugs.folder", "drugs.lenalidomide.folder"}
"""Modules of pure layers that read packaged data once; nothing else of them may read a file."""

NETWORK = {"fhir.client", "fhir.connections", "fhir.breakers"}
"""Modules that fetch: they count seconds, and never look at the date."""

IMPURE_MODULES = {
    "asyncio", "glob", "http", "importlib.resources", "io", "os", "pathlib", "random", "secrets", "shutil", "socket",
    "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib.request",
}  # fmt: skip
CLOCK = {
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "time.time",
    "time.time_ns",
    "time.localtime",
}
ENVIRONMENT = {"os.environ", "os.getenv", "os.environb"}


BELOW_THE_HOOKS = [p for p in modules(*PURE, "fhir", "cards", "cdshooks") if name(p) not in NETWORK]


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Every call of a file: the line and what is called, `datetime.datetime.now` shortened to its last two parts."""
    for node in nodes(path):
        if isinstance(node, ast.Call) and dotted(node.func):
            yield node.lineno, ".".join(dotted(node.func).split(".")[-2:])


def reads_environment(path: Path) -> list[str]:
    """The places where a file looks at the environment."""
    set_here = [n.value for n in nodes(path) if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store)]
    named = [n for n in nodes(path) if isinstance(n, ast.Attribute) and dotted(n) in ENVIRONMENT]
    return [where(path, n.lineno) for n in named if n not in set_here]


def is_impure(imported: str) -> bool:
    """Whether an import opens the way out of the pure layers."""
    return any(imported == one or imported.startswith(one + ".") for one in IMPURE_MODULES)


def test_a_pure_module_has_no_way_out() -> None:
    pure = [path for path in modules(*PURE) if name(path) not in LOADERS]
    wrong = [
        f"{where(path, line)} imports {imported}"
        for path in pure
        for line, imported in imports(path)
        if is_impure(imported)
    ]
    wrong += [f"{where(path, line)} opens a file" for path in pure for line, called in calls(path) if called == "open"]
    assert [] == wrong


def test_no_layer_below_the_hooks_reads_the_date_or_the_environment() -> None:
    wrong = [
        f"{where(path, line)} calls {called}"
        for path in BELOW_THE_HOOKS
        for line, called in calls(path)
        if called in CLOCK
    ]
    assert [] == [*wrong, *(place for path in BELOW_THE_HOOKS for place in reads_environment(path))]


def test_a_clinical_number_is_never_a_float() -> None:
    pure = modules(*PURE)
    wrong = [where(path, line) for path in pure for line, called in calls(path) if called == "float"]
    wrong += [
        where(path, node.lineno)
        for path in pure
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    assert [] == wrong


def test_only_the_settings_and_the_wiring_read_the_environment() -> None:
    allowed = {"app", "cli", "settings", "settings_reader"}
    others = [p for p in modules() if name(p) not in allowed and not name(p).startswith("commands")]
    assert [] == [place for path in others for place in reads_environment(path)]


def test_the_resource_models_are_r4_and_stand_behind_one_door() -> None:
    wrong = [
        f"{where(path, line)} imports {imported}"
        for path in modules()
        for line, imported in imports(path)
        if imported.startswith("fhir.") and (name(path) != "fhir.model" or "R4B" not in imported)
    ]
    assert [] == wrong


@pytest.mark.parametrize(
    ("imported", "expected"), [("os", True), ("os.path", True), ("datetime.date", False), ("urllib.parse.quote", False)]
)
def test_the_rule_itself_tells_right_from_wrong(imported: str, expected: bool) -> None:
    assert expected == is_impure(imported)
