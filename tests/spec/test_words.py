"""What do the sentences of each message say of an example, and which words fill sentences and reasons in all of them?

Each message stands here once, with the words of the first worked example that leads to it, and each shape of words once,
its numbers and dates left open, with the messages and rules that say it. The shapes are those of the worked examples and
of the charts of two tables, on which words stand that examples have no room for.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product, starmap

import pytest
from syrupy.assertion import SnapshotAssertion

from cds_service.cards.sentences import sentence
from cds_service.clinical.recommendation import Recommendation
from cds_service.commands.checks.words import TABLES
from cds_service.drugs.lenalidomide import DRUG
from tests.support.decided import page, wordings
from tests.support.decisions import context
from tests.support.examples import every_example, played
from tests.unit.drugs import test_piled_charts, test_rare_charts

pytestmark = pytest.mark.xdist_group("examples")


# Whole sentences that cards make themselves.
WHOLE = {"next_cbc": "[next CBC]", "resume_at": "[resume]", "dose_now": "[dose]"}


def _first_of_each() -> dict[str, Recommendation]:
    found: dict[str, Recommendation] = {}
    for identifier in every_example():
        for one in played(identifier).assessment.recommendations:
            found.setdefault(one.message, replace(one, words={**WHOLE, **one.words}))
    return found


def test_the_sentences_of_each_message(snapshot: SnapshotAssertion) -> None:
    call, said = context(messages=DRUG.messages), _first_of_each()
    messages = sorted({key.rpartition(".")[0] for key in DRUG.messages} - {*TABLES})
    for message in messages:
        keys = [key for key in DRUG.messages if key.rpartition(".")[0] == message]
        one = said.get(message)
        lines = [f"{key}: {sentence(one, key, call, str) if one else DRUG.messages[key]}" for key in keys]
        assert "\n".join(lines) == snapshot(name=message)
    assert set() == said.keys() - set(messages)


def test_every_shape_of_words(snapshot: SnapshotAssertion) -> None:
    found: dict[str, set[str]] = {}
    for assessment in (
        *(played(identifier).assessment for identifier in every_example()),
        *map(test_piled_charts.assessed, test_piled_charts.LINES),
        *starmap(test_rare_charts.assessed, product(test_rare_charts.CASES, test_rare_charts.JURISDICTIONS)),
    ):
        for shape, sayers in wordings(assessment).items():
            found.setdefault(shape, set()).update(sayers)
    assert page(found) == snapshot
