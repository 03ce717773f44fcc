"""Do real and published FHIR data, as a chart and as a raw body, ever break the services?

The fast suite plays a fixed sample of each set; `-m slow` (and every run with CI=true) plays every file.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.application import client, is_standing
from tests.support.card_checks import check_response
from tests.support.ehr import Answer, Ehr, FlaskTransport
from tests.support.public_data import chart_of, data_folder, files, sets

TODAY = "2026-01-19"
WITH_DRAFTS = ("order-select", "order-sign")
SAMPLE = 1
LONGEST_SECONDS = 2.0

pytestmark = pytest.mark.skipif(not is_standing(), reason="the application does not stand yet")


@pytest.fixture(scope="module")
def ehr() -> Ehr:
    """A client of the application in demo mode."""
    return Ehr(FlaskTransport(client(jurisdiction="US", today=TODAY)), TODAY)


def faults(answer: Answer) -> list[str]:
    """What no answer may be: a server error, a stack trace, slow, cards that break the standard."""
    found = []
    if answer.status >= 500:
        found.append(f"status {answer.status}")
    if b"Traceback (most recent call last)" in answer.body:
        found.append("a stack trace")
    if answer.seconds >= LONGEST_SECONDS:
        found.append(f"{answer.seconds:.1f} s")
    if answer.status == 200:
        found += check_response(answer.json)
    return found


def _calls(ehr: Ehr, path: Path) -> Iterator[tuple[str, Answer]]:
    chart, raw = chart_of(path), path.read_bytes()
    for hook in sorted({service["hook"] for service in ehr.services}):
        drafts = [ehr.draft(chart, 10, "once daily")] if hook in WITH_DRAFTS else []
        yield f"{hook}, as chart", ehr.call(hook, chart, drafts)
        yield f"{hook}, as body", ehr.send(raw, ehr.service(hook)["id"])


def _play(ehr: Ehr, tally: Counter[str], paths: list[Path]) -> list[str]:
    wrong = []
    for path in paths:
        for name, answer in _calls(ehr, path):
            tally[f"{name}: {answer.status}"] += 1
            wrong += [f"{path.parent.name}/{path.name} {name}: {fault}" for fault in faults(answer)]
    return wrong


@pytest.mark.parametrize("name", sets())
def test_a_sample_of_the_set_breaks_nothing(name: str, ehr: Ehr, tally: Counter[str]) -> None:
    assert [] == _play(ehr, tally, files(name, SAMPLE))


@pytest.mark.slow
@pytest.mark.parametrize("name", sets())
def test_no_file_of_the_set_breaks_anything(
    name: str, ehr: Ehr, tally: Counter[str], pytestconfig: pytest.Config
) -> None:
    is_asked_for = "slow" in (pytestconfig.getoption("markexpr") or "") or os.environ.get("CI") == "true"
    if not is_asked_for:
        pytest.skip("the whole data: -m slow, or CI=true")
    assert [] == _play(ehr, tally, files(name))


def test_every_service_of_discovery_is_played(ehr: Ehr) -> None:
    hooks = [service["hook"] for service in ehr.services]
    assert {"patient-view", "order-select", "order-sign"} <= set(hooks)
    assert sorted(hooks) == sorted(set(hooks))


def test_the_data_are_there() -> None:
    assert data_folder().is_dir()
    assert len(sets()) > 30
