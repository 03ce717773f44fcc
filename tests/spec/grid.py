"""The independent oracle against the product on a grid of patients: `python -m tests.spec.grid [--all] [--jurisdiction US]`.

A point is one patient: on treatment, on hold, or about to start. `faults(point)` builds the same patient twice, as plain
numbers for `oracle.py` or `oracle_eu.py` and as facts for the product, and answers in what the two differ: action, rules (at least one in
common), dose, urgency of a fever, day of the next blood count. The fast suite plays a fixed sample; `--all` plays
every point (some minutes). A jurisdiction is one entry of `GRIDS`.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import gcd
from typing import Any

from cds_service.clinical.recommendation import Recommendation
from tests.spec import grid_eu, grid_us, oracle
from tests.spec.grid_points import ABOUT_THE_DOSE, BESIDE, Point

RESPONSE = "EU-MDS-STOP4M"


@dataclass(frozen=True)
class Grid:
    """The points of a jurisdiction and how one is judged."""

    axes: Callable[[], Mapping[str, Mapping[str, Sequence[Any]]]]
    expect: Callable[[Point], tuple[oracle.Decision, date | None] | None]
    product: Callable[[Point], tuple[Recommendation, ...]]


def points(jurisdiction: str, number: int | None = None, seed: int = 20260126) -> Iterator[Point]:
    """The points that make sense: all of them, or a fixed random sample of about `number`, each kind alike."""
    kinds = GRIDS[jurisdiction].axes()
    for kind, axes in kinds.items():
        chosen = random.Random(f"{seed}-{kind}")
        sampled = ([chosen.choice(axis) for axis in axes.values()] for _ in range((number or 0) // len(kinds)))
        for values in _thinned(list(axes.values())) if number is None else sampled:
            yield Point(kind, jurisdiction=jurisdiction, **dict(zip(axes, values, strict=True)))


def _thinned(axes: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """The whole product of the axes, thinned evenly to at most 200,000 points where it is larger."""
    total = 1
    for axis in axes:
        total *= len(axis)
    step = max(1, total // 200_000) | 1
    while gcd(step, total) > 1:
        step += 2
    return itertools.islice(itertools.product(*axes), 0, None, step)


def makes_sense(point: Point) -> bool:
    """Whether the two sides can describe this patient.

    A run below 500 needs a low count and lies after the first dose; a count of a hold lies after the count that caused it;
    a reduced dose needs the days in which it was reduced.
    """
    if point.jurisdiction == "EU":
        return grid_eu.makes_sense(point)
    if point.kind != "treated" or not point.days_below:
        return True
    return point.anc < 500 and point.day is not None and point.day > point.days_below


def faults(point: Point) -> list[str]:
    """In what the product differs from the oracle on this point; empty where they agree."""
    expected = GRIDS[point.jurisdiction].expect(point)
    if expected is None:
        return []
    decision, due = expected
    said = [r for r in _product(point) if r.action in ABOUT_THE_DOSE and not BESIDE.match(r.rules[0])]
    # A dose in force above the whole table is reviewed beside the counts; the oracle knows only the counts.
    said = [r for r in said if (point.kind, r.message) != ("treated", "dose-above-table")]
    # Where the first dose is not known, the count before today may have been one under treatment: a question of our own.
    said = [r for r in said if point.day is not None or r.message != "unanswered-unclear"]
    # Whether there is a response after 4 months is a decision of its own, with points of its own.
    said = [r for r in said if (r.rules[0] == RESPONSE) == (point.kind == "response")]
    return _differences(decision, due, said)


def _differences(decision: oracle.Decision, due: date | None, said: Sequence[Recommendation]) -> list[str]:
    actions = [str(r.action) for r in said]
    found = []
    urgent = "escalate-urgent" in actions
    if decision.is_urgent != urgent:
        found.append(f"urgent fever: oracle {decision.is_urgent}, product {urgent}")
    doses = {r.dose.mg for r in said if r.dose is not None}
    if decision.action == "continue":
        return found + [f"oracle continues, product says {action}" for action in actions if action != "continue"]
    right = {decision.dose_mg} if decision.dose_mg is not None else set()
    if {Fraction(mg) for mg in doses} != right:
        found.append(f"dose: oracle {decision.dose_mg}, product {sorted(doses)}")
    same = [r for r in said if r.action == decision.action]
    if not same:
        return [*found, f"action: oracle {decision.action}, product {actions or 'silent'}"]
    if decision.mg_per_day is not None and {r.dose.mg_per_day for r in same if r.dose} != {decision.mg_per_day}:
        found.append(f"mg per day: oracle {decision.mg_per_day}, product {[r.dose for r in same]}")
    if decision.rules and not any(set(r.rules) & decision.rules for r in same):
        found.append(f"rules: oracle {sorted(decision.rules)}, product {[r.rules for r in same]}")
    if due is not None and any(r.next_cbc_due != due for r in same):
        found.append(f"next CBC: oracle {due}, product {[str(r.next_cbc_due) for r in same]}")
    stops = {"hold", "remain-on-hold"} & set(actions)
    if stops and decision.action not in {"hold", "remain-on-hold"}:
        found.append(f"oracle {decision.action}, product also {sorted(stops)}")
    return found


def _product(point: Point) -> tuple[Recommendation, ...]:
    return GRIDS[point.jurisdiction].product(point)


GRIDS = {
    "US": Grid(grid_us.axes, grid_us.expect, grid_us.product),
    "EU": Grid(grid_eu.axes, grid_eu.expect, grid_eu.product),
}


def main() -> int:
    """Plays the grid and prints what differs; 1 where anything does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="every point, not a sample")
    parser.add_argument("--number", type=int, default=3_000, help="size of the sample")
    parser.add_argument("--jurisdiction", choices=sorted(GRIDS), help="one alone; both where it is not given")
    asked = parser.parse_args()
    played, differing, kinds = 0, 0, Counter[str]()
    chosen = [asked.jurisdiction] if asked.jurisdiction else sorted(GRIDS)
    for point in itertools.chain.from_iterable(points(j, None if asked.all else asked.number) for j in chosen):
        if not makes_sense(point):
            continue
        played += 1
        found = faults(point)
        if found:
            differing += 1
            kinds[found[0]] += 1
            if kinds[found[0]] == 1 and len(kinds) <= 40:
                print(point, *found, sep="\n    ")
    print(f"{played} points played, {differing} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
