"""Blocks at the end of a source file that commands write and nobody edits: what was compared, and what was read."""

from __future__ import annotations

import re
from pathlib import Path

from cds_service.dosing.rulebook import Edition
from cds_service.drugs.source_files import row_digest

EDITABLE = "`pip install -e .` in the checkout, with the pip of this environment"


class InstalledCopy(Exception):
    """What was asked for would be written into an installed copy of the package, where nobody looks for it."""


def is_checkout(package: Path) -> bool:
    """Whether the package lies in a checkout, where its files are edited, and not in a copy that was installed from one."""
    return (package.parent / "pyproject.toml").is_file()


def folder_words(package: Path) -> str:
    """Which files are looked at, in one line: whoever edits others than these must not take their verdict for theirs."""
    copy = "" if is_checkout(package) else f", an installed copy: edits of a checkout are not in it ({EDITABLE})"
    return f"Files of {package}{copy}"


def require_checkout(package: Path) -> None:
    """Refuse to write into an installed copy. Raises: InstalledCopy."""
    if not is_checkout(package):
        raise InstalledCopy(f"nothing is written into {package}, an installed copy: {EDITABLE}, then again")


def write_block(path: Path, title: str, *lines: str) -> None:
    """Put a block at the end of a TOML file, in place of the block with this title.

    Args: the file; the words by which the block is known; its lines. Raises: OSError when the file cannot be written.
    """
    text = path.read_text(encoding="utf-8").rstrip("\n") + "\n"
    head = f"# {'-' * 66} {title}, see docs/review.md; not by hand"
    block = "\n".join(["", head, *lines]) + "\n"
    before = re.search(rf"\n# -+ {re.escape(title)},[^\n]*\n.*?(?=\n# -{{20,}} |\Z)", text, flags=re.DOTALL)
    start, end = before.span() if before else (len(text), len(text))
    path.write_text(text[:start] + block + text[end:], encoding="utf-8")


def accept(path: Path, edition: Edition, compared: frozenset[str]) -> int:
    """Record that every row that no program compared was read: its sentence beside its numbers.

    Args: the file; what it holds; the rows that a program compared. Returns: how many rows are recorded.
    """
    rows = [rule for rule in edition.rules.values() if rule.id not in compared]
    if rows:
        write_block(path, "read", "[read]", *(f'{rule.id} = "{row_digest(rule)}"' for rule in rows))
    return len(rows)
