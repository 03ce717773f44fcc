"""Is every row of the knowledge base a rule that something uses, or on the page that says why it is none?"""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.examples import load
from tests.support.rule_book import FOLDER, examples_by_rule
from tests.support.rules import RULES

ROWS = [row["id"] for row in load("knowledge.yaml")["rules"]]
NOT_SERVED = {
    row: tuple(cell.strip() for cell in cells)
    for row, *cells in re.findall(
        r"^\| ([A-Z0-9][A-Za-z0-9-]+) \| (.+) \| (.+) \|$", (FOLDER / "not-served.md").read_text(encoding="utf-8"), re.M
    )
}
PACKAGE = Path(__file__).parents[2] / "cds_service"
# Rows are named by the code, and by the definitions of the regimens.
CODE = "".join(p.read_text(encoding="utf-8") for p in (*PACKAGE.rglob("*.py"), *PACKAGE.rglob("regimens.toml")))
SHOWN = examples_by_rule()


def test_the_knowledge_base_has_156_rows() -> None:
    assert (156, 156) == (len(ROWS), len(set(ROWS)))


def test_each_row_is_a_rule_that_is_used_or_says_why_not() -> None:
    used = {row for row in ROWS if row in RULES and (row in SHOWN or f'"{row}"' in CODE)}
    assert [] == [row for row in ROWS if (row in used) == (row in NOT_SERVED)]


def test_the_page_names_rows_of_the_knowledge_base_and_rules_that_exist() -> None:
    assert set() == set(NOT_SERVED) - set(ROWS)
    for row, (_, why) in NOT_SERVED.items():
        named = re.findall(r"\b(?:US|EU|GL|S\d)-[A-Z0-9-]+\*?", why)
        assert [] == [rule for rule in named if not rule.endswith("*") and rule not in RULES], row
