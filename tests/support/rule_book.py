"""The rule book with its worked examples; `python -m tests.regenerate` writes it."""

from __future__ import annotations

from pathlib import Path

from tests.support.examples import every_example

FOLDER = Path(__file__).parents[2] / "docs" / "rules"


def examples_by_rule() -> dict[str, list[str]]:
    """The ids of the worked examples by each rule that they expect on a card."""
    found: dict[str, list[str]] = {}
    for identifier, example in every_example().items():
        for rule in example["expected"]["rule_ids"]:
            found.setdefault(rule, []).append(identifier)
    return found
