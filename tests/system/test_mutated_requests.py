"""Does any damaged request lead to a 500, a slow answer or a traceback? A sample; `python -m tests.system.mutate` plays 100 000."""

from __future__ import annotations

from tests.support.mutation import mutated
from tests.system.mutate import play

SAMPLE = 250


def test_no_damaged_request_makes_the_service_fail() -> None:
    played = play(0, SAMPLE)
    assert [] == played.faults
    assert played.statuses[200] > SAMPLE / 4
    assert played.statuses[400] > SAMPLE / 50


def test_a_number_gives_the_same_request_again() -> None:
    assert mutated(7) == mutated(7)
    assert mutated(7)[1] != mutated(8)[1]
