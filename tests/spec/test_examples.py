"""Does each worked example, ours and the handed-down ones, lead to the expected card, and to the decisions of its snapshot?"""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.decided import decisions
from tests.support.examples import HANDED_DOWN, every_example, examples, load, play, played
from tests.support.honest_sources import source_faults
from tests.support.judgement import IDEAS

EXAMPLES = every_example()
# The handed-down list leaves out two actions of the contract.
ACTIONS = frozenset(load(HANDED_DOWN)["conventions"]["actions"]) | {"reduce", "assess_response"}

# What is played once is looked at again by tests/spec/test_words.py.


@pytest.mark.parametrize("identifier", EXAMPLES)
def test_the_example_leads_to_the_expected_card(identifier: str, snapshot: SnapshotAssertion) -> None:
    found = played(identifier)
    assert [] == found.faults, f"{identifier} {EXAMPLES[identifier]['title']}"
    assert [] == [fault for one in found.assessment.recommendations for fault in source_faults(one)]
    assert decisions(found.assessment) == snapshot


# What the chart asks beside a renewal is asked where it is signed, and not before (dosing/moments.py).
AT_SIGNATURE = ("SF-US-T23", "FX-US-UNA-01", "FX-EU-UNA-03", "FX-US-STATE-01")
# Neither are tests before a start offered before.
CHOSEN = [
    k
    for k, e in EXAMPLES.items()
    if e.get("order") and e["expected"]["action"] != "order_lab" and k not in AT_SIGNATURE
]


@pytest.mark.slow
@pytest.mark.parametrize("identifier", CHOSEN)
def test_an_order_being_chosen_leads_to_the_expected_card_too(identifier: str) -> None:
    assert [] == play(EXAMPLES[identifier], "order-select").faults


@pytest.mark.parametrize("identifier", AT_SIGNATURE)
def test_what_a_renewal_leaves_to_its_signature_is_named_and_not_lost(identifier: str) -> None:
    found = play(EXAMPLES[identifier], "order-select")
    rules = {rule for left in found.assessment.left for rule in left.decision.rules}
    assert {"order-sign"} == {left.hook for left in found.assessment.left}
    assert rules & set(EXAMPLES[identifier]["expected"]["rule_ids"])


def test_the_examples_have_the_form_that_the_player_understands() -> None:
    wrong = {
        identifier: expected
        for identifier, expected in ((key, example["expected"]) for key, example in EXAMPLES.items())
        if expected["action"] not in ACTIONS
        or not expected["rule_ids"]
        or set(expected.get("must_not") or ()) - set(IDEAS)
    }
    assert {} == wrong


def test_our_examples_say_why_they_expect_what_they_expect() -> None:
    ours = EXAMPLES.keys() - examples(HANDED_DOWN).keys()
    assert [] == [identifier for identifier in sorted(ours) if not EXAMPLES[identifier]["why"].strip()]
