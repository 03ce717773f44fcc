"""The source files as syntax trees, for the tests of the architecture."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "cds_service"


def modules(*folders: str) -> list[Path]:
    """The Python files of the package, or of some of its folders, sorted."""
    places = [PACKAGE / folder for folder in folders] or [PACKAGE]
    return sorted(path for place in places for path in place.rglob("*.py"))


@functools.cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a file's syntax tree."""
    return tuple(ast.walk(tree(path)))


def name(path: Path) -> str:
    """The module's dotted name below the package: `fhir.model`, `app`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every import of a file, wherever it stands in it: the line and the full dotted name."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(path, node)
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = ["cds_service", *path.relative_to(PACKAGE).parent.parts]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def where(path: Path, line: int) -> str:
    """A place that an editor can open."""
    return f"{path.relative_to(ROOT)}:{line}"


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an attribute chain or name, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""
