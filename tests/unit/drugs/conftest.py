"""What the rules decide in a test of this folder is compared with the snapshot of that test, beside what the test asserts.

A test says what matters in it; the snapshot notices every other change of a decision there, and words that no worked
example shows. It holds the assessments in the order in which the test makes them. Each sentence of a decision stands under
its own document.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support import facts
from tests.support.decided import decisions, new_wordings
from tests.support.honest_sources import source_faults


@pytest.fixture(autouse=True)
def snapshot_of_the_test(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """The snapshot, at hand for each test whether it asks for it or not."""
    return snapshot


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run a test, then look at what was assessed in it."""
    facts.assessed.clear()
    result = yield
    if facts.assessed:
        assert [] == [fault for each in facts.assessed for one in each.recommendations for fault in source_faults(one)]
        said = ["\n".join([decisions(each), *new_wordings(each)]) for each in facts.assessed]
        assert "\n---\n".join(said) == pyfuncitem.funcargs["snapshot_of_the_test"]
    return result
