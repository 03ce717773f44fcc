"""What is looked for before the words of a reaction are matched."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.drugs.lenalidomide.safety.reports import _BLISTER_STEMS, _BLISTERS, _REACTION, _REACTION_STEMS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "stems"), [(_REACTION, _REACTION_STEMS), (_BLISTERS, _BLISTER_STEMS)], ids=["reaction", "blisters"]
)
@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_whatever_matches_holds_one_of_the_stems(
    pattern: re.Pattern[str], stems: tuple[str, ...], data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(re.compile(pattern.pattern, re.IGNORECASE)))
    assert any(stem in text.casefold() for stem in stems)
