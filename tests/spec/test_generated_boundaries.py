"""Is every number of the source files exact: below, at and above it, in every unit that can write it, through whole calls?

A number that no probe takes stands in `boundary_reasons.toml`, with the reason; the completeness test fails on any other.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.spec.boundary_patients import STEPS, UNITS, nearest, written
from tests.spec.boundary_probes import Probe, count_probes
from tests.spec.boundary_probes_days import (
    fever_probes,
    gap_probes,
    phase_probes,
    pregnancy_course_probes,
    response_probes,
    schedule_probes,
    stale_probes,
    window_probes,
)
from tests.spec.boundary_probes_start import (
    clearance_probes,
    freshness_probes,
    other_probes,
    pregnancy_probes,
    start_count_probes,
)

PROBES = [
    *count_probes(), *clearance_probes(), *start_count_probes(), *freshness_probes(), *pregnancy_probes(), *other_probes(),
    *fever_probes(), *gap_probes(), *window_probes(), *stale_probes(), *schedule_probes(), *phase_probes(),
    *response_probes(), *pregnancy_course_probes(),
]  # fmt: skip
SIDES = ("below", "at", "above")


def _cases() -> list[Any]:
    cases = []
    for probe in PROBES:
        step = Fraction(probe.step or STEPS[probe.quantity])
        for side, sign, expected in zip(SIDES, (-1, 0, 1), probe.expected, strict=True):
            for unit in UNITS[probe.quantity]:
                value = written(probe.number + sign * step, probe.quantity, unit)
                if value is None and sign:
                    value = nearest(probe.number, probe.quantity, unit, up=sign > 0)
                if value is not None:
                    name = f"{probe.rule}-{probe.path}-{side}-{unit}"
                    cases.append(pytest.param(probe, value, unit, expected == "T", id=name))
    return cases


@pytest.mark.parametrize(("probe", "value", "unit", "expected"), _cases())
def test_each_side_of_a_number_is_decided_as_it_says(probe: Probe, value: float, unit: str, expected: bool) -> None:
    assert expected == probe.effect(value, unit)
