"""docs/conformance.md and docs/api/ from the matrix, the marks on the tests, and the published schemas.

`python -m tests.regenerate` writes them.
"""

from __future__ import annotations

import ast
import functools
import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MATRIX = Path(__file__).with_name("matrix.toml")
PAGE = ROOT / "docs" / "conformance.md"
API = ROOT / "docs" / "api"
BINDING = {"SHALL", "SHALL NOT"}
ADVISED = {"SHOULD", "SHOULD NOT"}
HEAD = """<!-- Written by `python -m tests.regenerate`; a test checks that it is current. -->

# Conformance to CDS Hooks

2.0.1 with the additive parts of 3.0. One line per row of the standard that concerns a service, in our own short words;
the standard itself is at https://cds-hooks.hl7.org. Each row names the tests that prove it, or the reason why there are
none: not applicable, not used, or a deviation.
"""


@dataclass(frozen=True)
class Row:
    """One row of the standard; `reason` is "" where tests prove it in full."""

    id: str
    level: str
    says: str
    reason: str = ""


def rows() -> list[Row]:
    """The rows of the matrix, in its order."""
    return [Row(**entry) for entry in tomllib.loads(MATRIX.read_text(encoding="utf-8"))["row"]]


@functools.cache
def proofs() -> dict[str, list[str]]:
    """The ids of the tests that carry the mark of a row, by row."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for row in _marks(node):
                    found.setdefault(row, []).append(f"{path.relative_to(ROOT)}::{node.name}")
    return found


def _marks(function: ast.FunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.row":
            for argument in decorator.args:
                for constant in ast.walk(argument):
                    if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                        yield from constant.value.split()


def page() -> str:
    """The text of docs/conformance.md."""
    tested = proofs()
    listed = rows()
    levels = Counter(row.level for row in listed)
    proven = Counter(row.level for row in listed if row.id in tested)
    lines = [HEAD, "| level | rows | tested | by reason only |", "|---|---|---|---|"]
    lines += [f"| {level} | {levels[level]} | {proven[level]} | {levels[level] - proven[level]} |" for level in levels]
    lines += ["", "| row | level | what | proof or reason |", "|---|---|---|---|"]
    for row in listed:
        parts = [f"`{test.removeprefix('tests/')}`" for test in sorted(tested.get(row.id, []))]
        parts += [f"**{row.reason}**"] if row.reason else []
        lines.append(f"| {row.id} | {row.level} | {row.says} | {'<br>'.join(parts)} |")
    return "\n".join(lines) + "\n"


def published() -> dict[Path, str]:
    """Every page and schema that is published, by its path."""
    from cds_service.api import description
    from cds_service.cdshooks import schema
    from cds_service.hooks.pipeline import build_engine
    from cds_service.settings import Settings

    engine = build_engine(Settings(mode="demo", auth="none", jurisdiction="US"))
    files = {PAGE: page(), API / "openapi.json": _json(description.document(engine.services(), "1"))}
    return files | {API / f"{name}.json": schema.text(name) for name in schema.NAMES}


def _json(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
