"""The reported situations are answered as expected, and so are their siblings: other spellings of the same facts.

A sibling whose meaning leaves nothing open is answered as the original, or at least asked about at its urgency; none is
silent. The fast suite plays the originals and every so many siblings, the slow one all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice

import pytest

from tests.spec.reported.edits import ABSENT, concept, edited, quantity
from tests.spec.reported.judged import (
    ASKED,
    SAME,
    SILENT,
    WRONG,
    Answer,
    Case,
    ask,
    attempts,
    cases,
    faults,
    judge,
    original,
    sent,
)
from tests.spec.reported.siblings import EVERYWHERE, SIBLINGS, Sibling

# A prime, so that each situation and each kind of edit has its turn.
STRIDE = 61
LEAST_SAME = 0.9
"""Of the siblings with a complete meaning, the share that is answered as the original."""
Attempt = tuple[Case, Sibling | str]


@pytest.mark.parametrize("short", cases())
def test_the_situation_is_answered_as_expected(short: str) -> None:
    case = cases()[short]
    assert faults(case.expect, ask(case, original(case)), case.today) == []


def test_each_situation_has_ten_siblings_and_each_differs() -> None:
    assert SIBLINGS.keys() == cases().keys()
    for short, case in cases().items():
        requests = {sent(case, sibling) for sibling in SIBLINGS[short]}
        assert len(requests - {edited(case.request, ())}) >= 10, short
    assert len(EVERYWHERE) >= 10


def test_every_so_many_siblings_are_answered_as_the_original(capsys: pytest.CaptureFixture[str]) -> None:
    _play(islice(attempts(), 0, None, STRIDE), capsys)


@pytest.mark.slow
def test_siblings_are_answered_as_the_original(capsys: pytest.CaptureFixture[str]) -> None:
    _play(attempts(), capsys)


def _play(tried: Iterable[Attempt], capsys: pytest.CaptureFixture[str]) -> None:
    counted: Counter[str] = Counter()
    complete: Counter[str] = Counter()
    bad: list[str] = []
    for case, sibling in tried:
        kind, why = judge(case, sibling, ask(case, sent(case, sibling)))
        name = sibling if isinstance(sibling, str) else sibling.name
        counted[kind] += 1
        if isinstance(sibling, str) or sibling.is_complete:
            complete[kind] += 1
        if kind in (SILENT, WRONG):
            bad.append(f"{kind}{', unsafe' if case.is_unsafe else ''}: {case.name} {name}: {why}")
    with capsys.disabled():
        share = 100 * complete[SAME] / complete.total()
        print(
            f"\nsiblings: {dict(counted)}; of {complete.total()} with a complete meaning {share:.1f} % as the original"
        )
    assert bad == []
    assert complete[SAME] >= LEAST_SAME * complete.total()


def test_an_edit_changes_one_place_and_numbers_keep_their_notation() -> None:
    request = {
        "prefetch": {
            "platelets": {"entry": [{"resource": {"id": "a", "valueQuantity": {"value": 1}, "status": "final"}}]}
        }
    }
    changed = edited(
        request,
        [("prefetch/platelets/#a/valueQuantity", quantity("4.20E+1 K/uL")), ("prefetch/platelets/#a/status", ABSENT)],
    )
    assert b'{"id": "a", "valueQuantity": {"value": 4.20E+1, "unit": "K/uL"}}' in changed
    assert request["prefetch"]["platelets"]["entry"][0]["resource"]["status"] == "final"
    assert concept("= words here") == {"text": "words here"}


def test_silence_and_a_weaker_question_are_told_from_the_same_answer() -> None:
    case = next(each for each in cases().values() if each.expect == {"min": "critical", "mentions": ["platelets"]})
    card = {
        "summary": "platelets",
        "indicator": "critical",
        "extension": {"org.cds-service.recommendation": {"action": "hold"}},
    }
    asks = {
        "summary": "?",
        "indicator": "critical",
        "extension": {"org.cds-service.recommendation": {"action": "request-data"}},
    }
    kinds = [
        judge(case, "x", Answer(200, {"cards": cards}))[0]
        for cards in ([card], [asks], [], [{**asks, "indicator": "info"}])
    ]
    assert kinds == [SAME, ASKED, SILENT, WRONG]
    assert judge(case, "x", Answer(500, {}))[0] == WRONG
