"""Does every claim of the source documents have its rule, and is the page about them current?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.spec.test_examples import EVERY
from tests.support.claims import EVERY_CLAIM, PAGE, Claim, claims, page, unserved
from tests.support.rules import RULES

TESTS = Path(__file__).parents[1]
each_claim = pytest.mark.parametrize("claim", claims(), ids=lambda c: c["id"])


def test_every_claim_stands_in_the_table_once_and_in_order() -> None:
    assert EVERY_CLAIM == [claim["id"] for claim in claims()]


@each_claim
def test_the_claim_is_served(claim: Claim) -> None:
    assert "" == unserved(claim)


@each_claim
def test_the_rules_that_serve_the_claim_are_in_force(claim: Claim) -> None:
    assert set() == set(claim.get("rules", ())) - set(RULES)


@each_claim
def test_the_examples_that_show_the_claim_are_played(claim: Claim) -> None:
    assert set() == set(claim.get("examples", ())) - set(EVERY)


@each_claim
def test_the_tests_that_show_the_claim_exist(claim: Claim) -> None:
    for name in claim.get("tests", ()):
        file, _, function = name.partition("::")
        assert re.search(rf"^def {function}\(", (TESTS / file).read_text(encoding="utf-8"), re.MULTILINE), name


@pytest.mark.parametrize("without", ["rules", "examples"])
def test_a_claim_without_a_rule_or_without_an_example_is_not_served(without: str) -> None:
    served = {"id": "S9.1", "rules": ["US-MDS-START"], "examples": ["US-S01"]}
    assert "" == unserved(served)
    assert "S9.1" in unserved({key: value for key, value in served.items() if key != without})


def test_the_page_is_current() -> None:
    assert page(claims()) == PAGE.read_text(encoding="utf-8"), "run `python -m tests.support.claims`"
