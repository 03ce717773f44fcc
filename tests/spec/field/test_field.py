"""Situations from the field, written without sight of the code, are answered as a careful haematologist wants them."""

from __future__ import annotations

import pytest

from tests.spec.field.charts import situations
from tests.spec.reported.judged import ask, faults


@pytest.mark.parametrize("name", situations())
def test_the_situation_is_answered_as_expected(name: str) -> None:
    case, body = situations()[name]
    assert faults(case.expect, ask(case, body), case.today) == []
