"""What do the sentences of each message say of an example, and which words fill sentences and reasons in all of them?

Each message stands here once, with the words of the first worked example that leads to it, and each shape of words once,
its numbers and dates left open, with the messages and rules that say it. The shapes are those of the worked examples and
of the charts of two tables, on which words stand that examples have no room for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from syrupy.assertion import SnapshotAssertion

from cds_service.cards.sentences import sentence
from cds_service.clinical.recommendation import Assessment, Recommendation
from cds_service.commands.checks.words import TABLES
from cds_service.commands.fixtures import fixtures
from cds_service.drugs.lenalidomide import DRUG
from tests.spec.much_at_once import assessments
from tests.support.decided import page, wordings
from tests.support.decisions import context
from tests.support.examples import choose, every_example, played

# Whole sentences that cards make themselves.
WHOLE = {"asked": "[asked]", "next_cbc": "[next CBC]", "resume_at": "[resume]", "dose_now": "[dose]"}


# What no chart leads to, and why it is there.
NOT_BY_A_CHART = {
    "check-failed": "an error in one of our own checks",
    "patient-missing": "every example and fixture has its Patient",
}
# What a fixture shows, and no example has room for.
BY_A_FIXTURE = {
    "acute-leukemia-start": "eu-acute-leukaemia-start",
    "breast-feeding": "breast-feeding-at-a-start",
    "combined-contraceptive": "eu-combined-contraceptive",
    "hepatitis-b-core": "hepatitis-b-core-antibody-at-a-start",
    "in-doubt": "liver-alt-without-unit",
    "indication-unseen": "operation-outcome-as-prefetch",
    "leukaemia-beside": "chronic-leukaemia-beside-mds",
    "start-offer": "order-select-before-a-dose-is-chosen",
    "start-planned": "start-planned-in-nine-days",
}
# Examples of each dose that is told while an order is chosen that says none yet.
CHOOSING = ("US-N17", "US-K09", "EU-L01", "X-US-P27", "SF-US-R18", "XO-MM07", "RX-US-MEMORY-01", "RX-US-MEMORY-02")


def _charts() -> Iterator[Assessment]:
    """What is decided on every example, on some while a dose is chosen, and on the charts of two tables."""
    yield from (played(identifier).assessment for identifier in every_example())
    yield from (choose(every_example()[identifier]) for identifier in CHOOSING)
    yield from assessments()


def _first_of_each() -> dict[str, Recommendation]:
    found: dict[str, Recommendation] = {}
    for one in (one for assessment in _charts() for one in assessment.recommendations):
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
    assert {*NOT_BY_A_CHART, *BY_A_FIXTURE} == {*messages} - said.keys()
    assert {*BY_A_FIXTURE.values()} <= {fixture.name for fixture in fixtures()}


def test_every_shape_of_words(snapshot: SnapshotAssertion) -> None:
    found: dict[str, set[str]] = {}
    for assessment in (*(played(identifier).assessment for identifier in every_example()), *assessments()):
        for shape, sayers in wordings(assessment).items():
            found.setdefault(shape, set()).update(sayers)
    assert page(found) == snapshot
