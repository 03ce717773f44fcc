"""What the rules say in the tests of this folder: `python -m tests.unit.drugs.told` writes the golden files anew."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

import pytest

from cds_service.clinical.recommendation import Assessment
from tests.spec.told import decisions, golden_reasons, reasons

FOLDER = Path(__file__).with_name("told")
_written: dict[str, dict[str, list[str]]] | None = None


def words(assessment: Assessment) -> list[str]:
    """One assessment: the decisions, and what rules say there and in no worked example."""
    new = sorted(reasons(assessment) - golden_reasons())
    return [" assessment", *decisions(assessment), *(f"  {rule} {reason}" for reason, rule in new)]


@functools.cache
def _golden(module: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    path = FOLDER / f"{module}.txt"
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        if line.startswith(" "):
            found[next(reversed(found))].append(line)
        else:
            found[line] = []
    return found


class Golden:
    """The golden words of one test, one assessment after another."""

    def __init__(self, module: str, test: str) -> None:
        self._module, self._test, self._read = module, test, 0

    def next_words(self, now: list[str]) -> list[str]:
        """What is right for the next assessment; while the files are written, what is said now."""
        if _written is not None:
            _written.setdefault(self._module, {}).setdefault(self._test, []).extend(now)
            return now
        lines = _golden(self._module).get(self._test, [])[self._read :]
        end = next((n for n, line in enumerate(lines) if n and line == " assessment"), len(lines))
        self._read += end
        return lines[:end]


def _write() -> int:
    global _written
    _written = {}
    code = pytest.main([str(FOLDER.parent), "-q", "-p", "no:xdist"])
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.txt"):
        path.unlink()
    for module, tests in _written.items():
        lines = [line for test, said in sorted(tests.items()) for line in (test, *said)]
        (FOLDER / f"{module}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return int(code)


if __name__ == "__main__":
    from tests.unit.drugs import told

    sys.exit(told._write())
