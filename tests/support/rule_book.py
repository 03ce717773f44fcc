"""The rule book with its worked examples: `python -m tests.support.rule_book` writes docs/rules anew."""

from __future__ import annotations

from pathlib import Path

from cds_service.commands.rules import write
from tests.support.examples import examples

FOLDER = Path(__file__).parents[2] / "docs" / "rules"
FILES = (
    "examples.yaml",
    "more_examples.yaml",
    "eu_examples.yaml",
    "safety_examples.yaml",
    "other_indications.yaml",
    "eu_other_indications.yaml",
    "further_examples.yaml",
)


def examples_by_rule() -> dict[str, list[str]]:
    """The ids of the worked examples by each rule that they expect on a card."""
    found: dict[str, list[str]] = {}
    for name in FILES:
        for identifier, example in examples(name).items():
            for rule in example["expected"]["rule_ids"]:
                found.setdefault(rule, []).append(identifier)
    return found


if __name__ == "__main__":
    write(FOLDER, examples_by_rule())
