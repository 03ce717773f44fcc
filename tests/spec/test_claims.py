"""Does every claim of the source documents have its rule, and is the page about them current?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cds_service.drugs.lenalidomide.rulebook import RULES
from tests.support.claims import EVERY_CLAIM, PAGE, claims, page, unserved
from tests.support.examples import every_example

TESTS = Path(__file__).parents[1]


def test_every_claim_stands_in_the_table_once_and_in_order() -> None:
    assert EVERY_CLAIM == [claim["id"] for claim in claims()]


def test_every_claim_is_served() -> None:
    assert [] == [unserved(claim) for claim in claims() if unserved(claim)]


def test_the_rules_that_serve_claims_are_in_force() -> None:
    assert set() == {rule for claim in claims() for rule in claim.get("rules", ())} - set(RULES)


def test_the_examples_that_show_claims_are_played() -> None:
    assert set() == {example for claim in claims() for example in claim.get("examples", ())} - set(every_example())


def test_the_tests_that_show_claims_exist() -> None:
    named = {test for claim in claims() for test in claim.get("tests", ())}
    assert [] == [name for name in sorted(named) if not _exists(*name.split("::"))]


def _exists(file: str, function: str) -> bool:
    return re.search(rf"^def {function}\(", (TESTS / file).read_text(encoding="utf-8"), re.MULTILINE) is not None


@pytest.mark.parametrize("without", ["rules", "examples"])
def test_a_claim_without_a_rule_or_without_an_example_is_not_served(without: str) -> None:
    served = {"id": "S9.1", "rules": ["US-MDS-START"], "examples": ["US-S01"]}
    assert "" == unserved(served)
    assert "S9.1" in unserved({key: value for key, value in served.items() if key != without})


def test_the_page_is_current() -> None:
    assert page(claims()) == PAGE.read_text(encoding="utf-8"), "run `python -m tests.regenerate`"
