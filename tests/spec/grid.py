"""The independent oracle against the product on a grid of patients: `python -m tests.spec.grid [--all] [--jurisdiction US]`.

A point is one patient: on treatment, on hold, or about to start. `faults(point)` builds the same patient twice, as plain
numbers for `oracle.py` and as facts for the product, and answers in what the two differ: action, rules (at least one in
common), dose, urgency of a fever, day of the next blood count. The fast suite plays a fixed sample; `--all` plays
every point (some minutes). A jurisdiction is one entry of `GRIDS`.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Reading
from cds_service.clinical.recommendation import Recommendation
from tests.spec import oracle
from tests.spec.grid_points import (
    ABOUT_THE_DOSE,
    AFTER_HOLD,
    ANC,
    BASELINE_ANC,
    BASELINE_PLATELETS,
    BESIDE,
    CLEARANCES,
    CREATININES,
    DAYS,
    DAYS_BELOW,
    DRAWN_DAYS_AGO,
    HOLD_DAYS,
    PLATELETS,
    TEMPERATURES,
    TODAY_DOSES,
    Point,
)
from tests.support.facts import START, assess, day, draft, facts, order, platelet_transfusion, reading


@dataclass(frozen=True)
class Grid:
    """The points of a jurisdiction and how one is judged."""

    points: Callable[[], Sequence[tuple[str, Sequence[Sequence[Any]]]]]
    expect: Callable[[Point], tuple[oracle.Decision, date | None] | None]


def us_axes() -> Sequence[tuple[str, Sequence[Sequence[Any]]]]:
    """The axes of the US grid by kind, in the order of the members that `_us_point` reads."""
    treated = (
        tuple(TODAY_DOSES), DAYS, BASELINE_PLATELETS, BASELINE_ANC, PLATELETS, ANC, (False, True), TEMPERATURES,
        DAYS_BELOW, CREATININES, DRAWN_DAYS_AGO,
    )  # fmt: skip
    held = (
        tuple(TODAY_DOSES), HOLD_DAYS, BASELINE_PLATELETS[1:], BASELINE_ANC[1:], (29_999, 45_000, 150_000),
        (499, 740, 2_000), AFTER_HOLD, PLATELETS, ANC, (False, True), TEMPERATURES[::3],
    )  # fmt: skip
    start = (CLEARANCES, (False, True), (15_000, 49_999, 50_000, 150_000), (499, 500, 2_000), tuple(TODAY_DOSES))
    return (("treated", treated), ("held", held), ("start", start))


def _point(kind: str, values: Sequence[Any], jurisdiction: str) -> Point:
    names = {
        "treated": "dose day baseline_platelets baseline_anc platelets anc transfused temperature days_below creatinine days_ago",
        "held": "dose hold_day baseline_platelets baseline_anc held_platelets held_anc day platelets anc transfused temperature",
        "start": "clearance dialysis platelets anc dose",
    }[kind].split()
    return Point(kind, jurisdiction=jurisdiction, **dict(zip(names, values, strict=True)))


def points(jurisdiction: str, number: int | None = None, seed: int = 20260126) -> Iterator[Point]:
    """The points that make sense: all of them, or a fixed random sample of about `number`, each kind alike."""
    kinds = GRIDS[jurisdiction].points()
    for kind, axes in kinds:
        total = 1
        for axis in axes:
            total *= len(axis)
        if number is None:
            yield from (_point(kind, values, jurisdiction) for values in _thinned(axes))
            continue
        chosen = random.Random(f"{seed}-{kind}")
        for _ in range(number // len(kinds)):
            yield _point(kind, [chosen.choice(axis) for axis in axes], jurisdiction)


def _thinned(axes: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """The whole product of the axes, thinned evenly to at most 200,000 points where it is larger."""
    total = 1
    for axis in axes:
        total *= len(axis)
    step = max(1, total // 200_000) | 1
    return itertools.islice(itertools.product(*axes), 0, None, step)


def makes_sense(point: Point) -> bool:
    """Whether the two sides can describe this patient: a run below 500 needs a low count and lies after the first dose."""
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
    if not any(set(r.rules) & decision.rules for r in same):
        found.append(f"rules: oracle {sorted(decision.rules)}, product {[r.rules for r in same]}")
    if due is not None and any(r.next_cbc_due != due for r in same):
        found.append(f"next CBC: oracle {due}, product {[str(r.next_cbc_due) for r in same]}")
    stops = {"hold", "remain-on-hold"} & set(actions)
    if stops and decision.action not in {"hold", "remain-on-hold"}:
        found.append(f"oracle {decision.action}, product also {sorted(stops)}")
    return found


def _today(point: Point) -> date:
    """The day of the call. A hold is looked at `day` days after it began."""
    if point.kind == "held":
        return day(point.hold_day + (point.day or 0))
    return day((14 if point.day is None else point.day) + point.days_ago)


def _product(point: Point) -> tuple[Recommendation, ...]:
    if point.kind == "start":
        return _product_at_start(point)
    today = _today(point)
    drawn = today - timedelta(days=point.days_ago)
    dose = TODAY_DOSES[point.dose]
    found = [reading("platelets", point.platelets, drawn), reading("anc", point.anc, drawn)]
    before = START - timedelta(days=1)
    if point.baseline_platelets is not None:
        found.append(reading("platelets", point.baseline_platelets, before))
    if point.baseline_anc is not None:
        found.append(reading("anc", point.baseline_anc, before))
    if point.days_below:
        found.append(reading("anc", point.anc, drawn - timedelta(days=point.days_below)))
    if point.temperature is not None:
        found.append(reading("temperature", str(point.temperature), today))
    orders: tuple[MedicationRecord, ...] = (order(dose, since=None if point.day is None else START),)
    if point.kind == "held":
        held = day(point.hold_day)
        found += [reading("platelets", point.held_platelets, held), reading("anc", point.held_anc, held)]
        orders = (order(dose, "on-hold", START, held),)
    found.append(reading("creatinine", point.creatinine, today))
    patient = facts(*_oldest_first(found), orders=orders, sex="male")
    if point.transfused:
        given = (platelet_transfusion(drawn - timedelta(days=1)),)
        patient = replace(patient, events=(*patient.events, *given))
    return assess(patient, today, jurisdiction=point.jurisdiction).recommendations


def _oldest_first(readings: Sequence[Reading]) -> list[Reading]:
    return sorted(readings, key=lambda r: r.on)


def _product_at_start(point: Point) -> tuple[Recommendation, ...]:
    """A man of exactly 40 years and 72 kg, whose clearance is 100 / creatinine."""
    creatinine = Fraction(100) / point.clearance
    exact = reading("creatinine", "1", START)
    more: dict[str, Any] = {"sex": "male", "born_from": date(1986, 1, 1), "born_to": date(1986, 1, 1)}
    patient = facts(
        reading("platelets", point.platelets, START),
        reading("anc", point.anc, START),
        exact._replace(amount=type(exact.amount).of(creatinine)),
        reading("weight", 72, START),
        **more,
    )
    if point.dialysis:
        condition = replace(patient.diagnoses[0], concepts=frozenset({"dialysis-dependence"}), reference="Condition/d")
        patient = replace(patient, diagnoses=(*patient.diagnoses, condition))
    return assess(patient, START, draft(TODAY_DOSES[point.dose])).recommendations


def us_expect(point: Point) -> tuple[oracle.Decision, date | None] | None:
    """What the oracle says, and the day of the next blood count by the table of the rulings."""
    if point.kind == "start":
        return _us_start(point)
    case = _case(point)
    if point.kind == "treated":
        decision = oracle.decide(case)
        return decision, _due(point, decision)
    then = replace(case, day=point.hold_day, platelets=point.held_platelets, anc=point.held_anc, temperature=None,
                   transfused=False, days_below=0)  # fmt: skip
    rows = oracle.triggered(then)
    if not rows:
        return None
    has_rows = then.schedule == "once daily" and then.dose_mg in (5, 10)
    cause = tuple(sorted(row["id"] for row in rows)) if has_rows else ("US-MDS-SILENT-25",)
    day_now = point.hold_day + (point.day or 0)
    decision = oracle.decide(replace(case, day=day_now, held_by=cause))
    return decision, _due(point, decision)


def _case(point: Point) -> oracle.Case:
    dose = TODAY_DOSES[point.dose]
    return oracle.Case(
        dose_mg=float(dose.mg),
        average_mg_per_day=float(dose.mg_per_day),
        schedule="once daily" if dose.words.endswith("once daily") else dose.words,
        day=point.day,
        baseline_platelets=point.baseline_platelets,
        baseline_anc=point.baseline_anc,
        platelets=point.platelets,
        anc=point.anc,
        transfused=point.transfused,
        temperature=None if point.temperature is None else float(point.temperature),
        days_below=point.days_below,
    )


def _due(point: Point, decision: oracle.Decision) -> date | None:
    """The rulings' table of the next blood count; the earliest that applies."""
    today = _today(point)
    last = today - timedelta(days=point.days_ago)
    early = point.day is None or last < START + timedelta(days=56)
    days = [last + timedelta(days=7 if early or point.kind == "held" or decision.action == "hold" else 28)]
    if decision.is_urgent:
        days.append(today + timedelta(days=1))
    if point.kind == "treated" and oracle.is_in_gap(_case(point)):
        days.append(last + timedelta(days=3))
    if point.kind == "treated" and oracle.is_pending(_case(point)):
        days.append(last - timedelta(days=point.days_below) + timedelta(days=7))
    return min(days)


def _us_start(point: Point) -> tuple[oracle.Decision, date | None]:
    if point.platelets < 50_000 or point.anc < 500:
        return oracle.Decision("review", frozenset({"US-MDS-SILENT-START"})), None
    rule, dose_mg = oracle.starting_dose(point.clearance, dialysis=point.dialysis)
    ordered = TODAY_DOSES[point.dose]
    right = Dose(Decimal(str(float(dose_mg))))
    if ordered.exceeds(right):
        return oracle.Decision("start", frozenset({rule}), dose_mg), START + timedelta(days=7)
    return oracle.Decision("continue"), None


GRIDS = {"US": Grid(us_axes, us_expect)}


def main() -> int:
    """Plays the grid and prints what differs; 1 where anything does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="every point, not a sample")
    parser.add_argument("--number", type=int, default=3_000, help="size of the sample")
    parser.add_argument("--jurisdiction", default="US", choices=sorted(GRIDS))
    asked = parser.parse_args()
    played, differing, kinds = 0, 0, Counter[str]()
    for point in points(asked.jurisdiction, None if asked.all else asked.number):
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
