"""Each check decides alone what it decides beside all others: on 2,000 charts in the slow suite, on some of them always."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace

import pytest

from cds_service.clinical.recommendation import Recommendation
from cds_service.dosing.check import Check
from cds_service.drugs.lenalidomide import checks
from cds_service.drugs.lenalidomide.safety.view import View
from tests.independence.alone import digest
from tests.independence.charts import charts, decided

NAMES = sorted(found.name for found in pkgutil.iter_modules(checks.__path__))
SAMPLE, WHOLE = 80, 2000


def together(number: int) -> dict[str, list[str]]:
    """A digest for each check and chart, all checks asked about one patient."""
    found: dict[str, list[str]] = {name: [] for name in NAMES}
    for case in charts(number):
        of_chart = decided(checks.every_check(), case)
        for name in NAMES:
            found[name].append(digest(of_chart[checks.one_check(name).name]))
    return found


@pytest.fixture(scope="module")
def beside_all() -> dict[str, list[str]]:
    """What all decide on the 2,000 charts."""
    return together(WHOLE)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_check_in_a_process_of_its_own_decides_the_same(name: str, beside_all: dict[str, list[str]]) -> None:
    command = [sys.executable, "-m", "tests.independence.alone", name, str(WHOLE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr[-2000:]
    assert beside_all[name] == done.stdout.split()
    silent = digest([])
    assert any(each != silent for each in beside_all[name]), f"{name} decides nothing on any of the charts"


@pytest.mark.parametrize("number", [SAMPLE, pytest.param(150, marks=pytest.mark.slow)])
def test_on_a_sample_each_check_decides_the_same_alone_and_in_any_order(number: int) -> None:
    every = checks.every_check()
    for case in charts(number, seed=7):
        beside, reversed_ = decided(every, case), decided(every[::-1], case)
        assert beside == reversed_
        for check in every:
            assert beside[check.name] == decided([check], case)[check.name]


def test_the_names_of_checks_and_files_agree() -> None:
    assert NAMES == [check.name.replace("-", "_") for check in checks.every_check()]


def planted(last_seen: list[View]) -> tuple[Check[View], Check[View]]:
    """A check that leaves a word behind, and one that is silent where it was left."""
    (writer, reader) = (checks.one_check("supply"), checks.one_check("counts"))

    def write(view: View) -> Iterable[Recommendation]:
        last_seen.append(view)
        return writer.assess(view)

    def read(view: View) -> Iterable[Recommendation]:
        return [] if any(seen is view for seen in last_seen) else reader.assess(view)

    return replace(writer, assess=write), replace(reader, assess=read)


def test_a_dependency_between_two_checks_is_caught() -> None:
    writer, reader = planted([])
    apart = [
        decided([writer, reader], case)[reader.name] != decided([reader], case)[reader.name]
        for case in charts(SAMPLE, seed=7)
    ]
    assert any(apart)
