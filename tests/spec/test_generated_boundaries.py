"""Is every number of the source files exact: below, at and above it, in every unit that can write it, through whole calls?

A number that no probe takes stands in `boundary_reasons.toml`, with the reason; the completeness test fails on any other.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import cds_service
from tests.spec.boundary_patients import STEPS, UNITS, nearest, written
from tests.spec.boundary_probes import Probe, count_probes, numbers
from tests.spec.boundary_probes_beside import (
    cycle_probes,
    dependence_probes,
    grade_probes,
    reminder_probes,
    response_probes_us,
    supply_probes,
)
from tests.spec.boundary_probes_days import (
    fever_probes,
    gap_probes,
    phase_probes,
    pregnancy_course_probes,
    response_probes,
    schedule_probes,
    stale_probes,
    unanswered_probes,
    window_probes,
)
from tests.spec.boundary_probes_safety import bleeding_probes, clot_probes, liver_probes, other_safety_probes
from tests.spec.boundary_probes_start import (
    clearance_probes,
    freshness_probes,
    other_probes,
    pregnancy_probes,
)
from tests.spec.boundary_probes_start_counts import start_count_probes
from tests.spec.boundary_probes_state import state_probes
from tests.support.rules import RULES

FAMILIES = (
    count_probes, clearance_probes, start_count_probes, freshness_probes, pregnancy_probes, other_probes, fever_probes,
    gap_probes, window_probes, stale_probes, schedule_probes, phase_probes, response_probes, pregnancy_course_probes,
    grade_probes, supply_probes, reminder_probes, dependence_probes, cycle_probes, response_probes_us, unanswered_probes,
    state_probes,
    clot_probes, bleeding_probes, liver_probes, other_safety_probes,
)  # fmt: skip
PROBES = [probe for family in FAMILIES for probe in family()]
SIDES = ("below", "at", "above")


def _sides(probe: Probe, units: list[str]) -> Iterator[tuple[str, float, str, bool]]:
    """Values just below, at and just above the number of a probe, in each of these units: the side, the value, the unit, what is right."""
    step = Fraction(probe.step or STEPS[probe.quantity])
    for side, sign, expected in zip(SIDES, (-1, 0, 1), probe.expected, strict=True):
        for unit in units:
            value = written(probe.number + sign * step, probe.quantity, unit)
            if value is None and sign:
                value = nearest(probe.number, probe.quantity, unit, up=sign > 0)
            if value is not None:
                yield side, value, unit, expected == "T"


def _wrong(probe: Probe, units: list[str]) -> list[tuple[str, float, str]]:
    """The sides of a number that are not decided as the probe says, in these units."""
    tried = list(_sides(probe, units))
    assert {side for side, *_ in tried} >= set(SIDES[::2])
    return [(side, value, unit) for side, value, unit, expected in tried if expected != probe.effect(value, unit)]


@pytest.mark.sampled(every=6)
@pytest.mark.parametrize("turn", range(len(PROBES)), ids=lambda turn: f"{PROBES[turn].rule}-{PROBES[turn].path}")
def test_each_side_of_a_number_is_decided_as_it_says(turn: int) -> None:
    """In the unit whose turn it is: each unit of a quantity has its turn at other numbers."""
    probe = PROBES[turn]
    units = list(UNITS[probe.quantity])
    assert [] == _wrong(probe, [units[turn % len(units)]])


@pytest.mark.slow
def test_each_side_of_a_number_is_decided_as_it_says_in_every_unit() -> None:
    assert [] == [
        (probe.rule, probe.path, *wrong) for probe in PROBES for wrong in _wrong(probe, list(UNITS[probe.quantity]))
    ]


REASONS = tomllib.loads((Path(__file__).parent / "boundary_reasons.toml").read_text(encoding="utf-8"))["reason"]
CLAIMED = {f"{probe.rule} {probe.path}" for probe in PROBES}


def _unclaimed(rules: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The numbers of some rules that neither a probe nor a reason takes."""
    every = [f"{rule} {path}" for rule, data in rules.items() for path in numbers(data)]
    return [n for n in every if n not in CLAIMED and not any(re.fullmatch(r["number"], n) for r in REASONS)]


def test_every_number_of_every_rule_has_generated_tests_or_a_reason() -> None:
    assert [] == _unclaimed({rule.id: rule.data for rule in RULES.values()})


def test_no_rule_decides_by_a_figure() -> None:
    """A figure is shown and nothing else, so it has no boundary: only what shows or checks a sentence reads it."""
    package = Path(cds_service.__file__).parent
    readers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"\.figures\b|\"figures\"", path.read_text(encoding="utf-8"))
    }
    assert readers <= {
        "commands/rules.py",
        "commands/checks/sentences.py",
        "drugs/sentences.py",
        "dosing/rulebook.py",
        "drugs/source_files.py",
        "knowledge/plan.py",
    }


def test_a_number_that_is_added_is_missed() -> None:
    data = {**RULES["US-MDS-PLT-A4"].data, "resume": {"at_least": 30_000, "for_days": 7}, "weeks": [4]}
    assert ["US-MDS-PLT-A4 resume.for_days", "US-MDS-PLT-A4 weeks[0]"] == _unclaimed({"US-MDS-PLT-A4": data})


@pytest.mark.parametrize("reason", REASONS, ids=lambda r: r["number"])
def test_a_reason_is_needed_and_the_test_that_it_names_exists(reason: dict[str, str]) -> None:
    every = {f"{rule.id} {path}" for rule in RULES.values() for path in numbers(rule.data)}
    assert [n for n in every - CLAIMED if re.fullmatch(reason["number"], n)]
    file, _, function = reason.get("shown", "").partition("::")
    if file:
        text = (Path(__file__).parents[1] / file).read_text(encoding="utf-8")
        assert re.search(rf"^def {function}\(", text, re.MULTILINE)


def test_the_probes_take_their_numbers_from_the_rules() -> None:
    for probe in PROBES:
        assert f"{probe.rule} {probe.path}" in {f"{probe.rule} {p}" for p in numbers(RULES[probe.rule].data)}
        assert set(probe.expected) == {"T", "F"}
