"""Does the product decide as the independent oracle does, over thousands of patients?

The fast suite plays a fixed sample; every point is played by `pytest -m slow tests/spec/test_oracle_grid.py` or
`python -m tests.spec.grid --all`.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

from tests.spec import grid, oracle_eu
from tests.spec.grid import GRIDS, faults, makes_sense, points
from tests.spec.grid_points import Point
from tests.support.facts import START

SAMPLE = dict.fromkeys(GRIDS, 4_500) if os.environ.get("CI") else {"US": 1_000, "EU": 500}
"""Enough for every decision and every row of the tables."""


def _differing(chosen: list[Point]) -> list[str]:
    return [f"{point}: {'; '.join(found)}" for point in chosen if (found := faults(point))]


@pytest.mark.parametrize("jurisdiction", sorted(GRIDS))
def test_the_product_agrees_with_the_oracle_on_a_fixed_sample(jurisdiction: str) -> None:
    chosen = [p for p in points(jurisdiction, SAMPLE[jurisdiction]) if makes_sense(p)]
    assert [] == _differing(chosen)[:10]
    assert len(chosen) > SAMPLE[jurisdiction] * 2 / 3


@pytest.mark.slow
@pytest.mark.parametrize("jurisdiction", sorted(GRIDS))
def test_the_product_agrees_with_the_oracle_on_the_whole_grid(
    jurisdiction: str, request: pytest.FixtureRequest
) -> None:
    if "slow" not in str(request.config.getoption("-m")):
        pytest.skip("takes minutes; asked for by -m slow")
    played = differing = 0
    first: list[str] = []
    for point in points(jurisdiction):
        if not makes_sense(point):
            continue
        played += 1
        found = faults(point)
        differing += bool(found)
        if found and len(first) < 10:
            first.append(f"{point}: {'; '.join(found)}")
    assert [] == first, f"{differing} of {played} differ"
    assert played >= 100_000


DECISIONS = {
    "US": {"continue", "hold", "remain-on-hold", "resume-reduced", "request-data", "review", "repeat-and-reassess",
           "escalate-urgent", "start"},
    "EU": {"continue", "hold", "remain-on-hold", "resume-reduced", "request-data", "escalate-urgent", "start",
           "do-not-start", "discontinue"},
}  # fmt: skip


@pytest.mark.parametrize("jurisdiction", sorted(GRIDS))
def test_the_sample_meets_every_decision_that_the_tables_can_give(jurisdiction: str) -> None:
    expected = Counter(
        decided[0].action
        for point in points(jurisdiction, SAMPLE[jurisdiction])
        if makes_sense(point) and (decided := GRIDS[jurisdiction].expect(point)) is not None
    )
    assert DECISIONS[jurisdiction] == set(expected)


@pytest.mark.parametrize("jurisdiction", sorted(GRIDS))
def test_the_sample_meets_every_row_of_the_tables(jurisdiction: str) -> None:
    rules: set[str] = set()
    for point in points(jurisdiction, SAMPLE[jurisdiction]):
        decided = GRIDS[jurisdiction].expect(point)
        rules |= decided[0].rules if decided is not None else set()
    tables = grid.oracle.tables()
    eu = tables["eu_mds"]
    rows = {
        "US": {row["id"] for line in ("platelets", "anc") for row in tables["us_mds"][line]}
        | {row["id"] for row in tables["us_renal"]["MDS"]},
        "EU": {eu[part]["id"] for part in ("must_not_start", "platelets", "anc", "exhausted", "stop_4_months")}
        | set(oracle_eu.renal_rows()),
    }
    assert set() == rows[jurisdiction] - rules


def test_a_difference_is_seen() -> None:
    held = Point("treated", platelets=49_999)
    assert [] == faults(held)
    decision, due = GRIDS["US"].expect(held) or (None, None)
    assert decision is not None
    said = [r for r in grid._product(held) if r.action == "hold"]
    assert ["rules: oracle ['US-MDS-ANC-5MG'], product [('US-MDS-PLT-W4-HI',)]"] == grid._differences(
        replace(decision, rules=frozenset({"US-MDS-ANC-5MG"})), due, said
    )
    assert grid._differences(decision, START, said)
    assert grid._differences(grid.oracle.Decision("continue"), None, said)
    assert grid._differences(replace(decision, is_urgent=True), due, said)
    assert grid._differences(replace(decision, action="resume-reduced", dose_mg=Fraction(5)), due, said)
