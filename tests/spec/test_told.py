"""Do the rules say of each worked example, word by word, what was read and kept in `told/`? See tests/spec/told.py."""

from __future__ import annotations

import pytest

from tests.spec.told import FILES, NAMES, decisions, golden_decisions, golden_reasons, reasons, told
from tests.support.honest_sources import source_faults


@pytest.mark.parametrize("identifier", NAMES)
def test_the_decisions_and_reasons_are_the_golden_ones(identifier: str) -> None:
    said = told(identifier)
    assert golden_decisions(NAMES[identifier])[identifier] == decisions(said), "python -m tests.spec.told"
    assert set() == reasons(said) - golden_reasons(), "python -m tests.spec.told"


@pytest.mark.parametrize("identifier", NAMES)
def test_every_sentence_stands_under_its_own_document(identifier: str) -> None:
    assert [] == [fault for one in told(identifier).recommendations for fault in source_faults(one)]


@pytest.mark.slow
def test_no_golden_word_is_left_of_what_is_no_longer_said() -> None:
    assert list(NAMES) == [identifier for name in FILES for identifier in golden_decisions(name)]
    assert golden_reasons() == set().union(*(reasons(told(identifier)) for identifier in NAMES))
