"""One line of counts (platelets or neutrophils) against the interruption rows of a document.

When: a patient takes the drug and a count is there.
Then: the row that is met interrupts. Where a fact that chooses the row is not known (first dose, baseline, transfusions),
every possible reading is tried: if all agree, that is the answer; if they differ, the answer is unknown and says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

from cds_service.clinical.blood_counts import Run, run_below
from cds_service.clinical.facts import Reading
from cds_service.clinical.quantity import exact
from cds_service.dosing.count_rows import CountRow, Gap, Pending, Trigger

BASELINE_FACTS = {"platelets": "baselinePlatelets", "anc": "baselineAnc"}


class Kind(IntEnum):
    """What a count means for treatment, the gravest last."""

    FINE = 0
    PENDING = 1
    GAP = 2
    UNKNOWN = 3
    HOLD = 4


@dataclass(frozen=True, slots=True)
class World:
    """One possible reading of the chart: inside or after the first 4 weeks, with which baseline (None: not known)."""

    window: str
    baseline: Reading | None
    first_dose: date | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the triggers look at beside the count: platelet transfusions before it (None: not known) and the temperature.

    `pending` and `gap` are what the regimen says where no row is met. `runs` are the unbroken runs below a threshold, each
    looked for once over all worlds and doses.
    """

    series: Sequence[Reading]
    transfused: bool | None
    temperature: Reading | None
    pending: Pending | None = None
    gap: Gap | None = None
    runs: dict[tuple[Decimal | int, int], Run | None] = field(default_factory=dict, compare=False)

    def run_below(self, threshold: Decimal | int, ending: Reading) -> Run | None:
        """The unbroken run of results below a threshold up to one of them."""
        key = (threshold, id(ending))
        if key not in self.runs:
            self.runs[key] = run_below(self.series, threshold, ending)
        return self.runs[key]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one reading: its kind, the rules behind it, and which unknown facts stand in the way."""

    kind: Kind
    rules: tuple[str, ...]
    reading: Reading
    unknown: frozenset[str] = frozenset()
    run: Run | None = None
    baselines: tuple[Reading, ...] = ()
    row: CountRow | None = None


def judge(reading: Reading, rows: Sequence[CountRow], worlds: Sequence[World], around: Surroundings) -> Verdict:
    """The verdict on one reading over every possible world.

    Missing: where worlds disagree about a hold, kind is UNKNOWN and `unknown` names "firstDose", "baseline",
    "transfusions", "temperature" or "comparator".
    """
    # Of a world only the window and the baseline matter to a row: hundreds of possible first doses share a few of them.
    alike = {(w.window, id(w.baseline)): w for w in worlds}
    judged = {key: _judge_in(reading, rows, world, around) for key, world in alike.items()}
    verdicts = [*judged.values()]
    kinds = {v.kind for v in verdicts}
    rules = tuple(dict.fromkeys(r for v in verdicts for r in v.rules))
    baselines = tuple(dict.fromkeys(b for v in verdicts for b in v.baselines))
    if kinds == {Kind.HOLD}:
        row = _strictest(verdicts)
        run = next((v.run for v in verdicts if v.row is row), None)
        return Verdict(Kind.HOLD, rules, reading, run=run, baselines=baselines, row=row)
    if Kind.HOLD in kinds or Kind.UNKNOWN in kinds:
        unknown = frozenset().union(*(v.unknown for v in verdicts))
        if len(kinds) > 1:
            unknown |= {"firstDose"} if _differ_by_clock(worlds) else {"baseline"}
        return Verdict(Kind.UNKNOWN, rules, reading, unknown, baselines=baselines)
    return max(verdicts, key=lambda v: v.kind)


def _differ_by_clock(worlds: Sequence[World]) -> bool:
    clocks = {(w.window, w.first_dose) for w in worlds}
    return len(clocks) > 1


def _strictest(verdicts: Sequence[Verdict]) -> CountRow | None:
    """Of the rows that fired, the one that asks most before resuming."""
    rows = [v.row for v in verdicts if v.row is not None]
    return max(rows, key=lambda r: (exact(r.resume_at_least), r.without_bleeding), default=None)


def _judge_in(reading: Reading, rows: Sequence[CountRow], world: World, around: Surroundings) -> Verdict:
    fired: list[CountRow] = []
    possible: list[CountRow] = []
    unknown: set[str] = set()
    candidates = [(r, _is_in_band(r, world.baseline)) for r in rows if r.window in ("any", world.window)]
    candidates = [(r, member) for r, member in candidates if member is not False]
    for row, member in candidates:
        met, lacking = _is_met(row, reading, world, around)
        if met and member:
            fired.append(row)
        elif met is None:
            possible.append(row)
            unknown |= lacking
        elif met:
            possible.append(row)
    baselines = _named(world.baseline) if any(r.needs_baseline for r, _ in candidates) else ()
    undecided = [r for r, member in candidates if member is None]
    # The rows that the baseline chooses between cover every baseline: one of them holds when all of them are met.
    if fired or (undecided and not unknown and all(r in possible for r in undecided)):
        hits = fired or possible
        row = max(hits, key=lambda r: (exact(r.resume_at_least), r.without_bleeding))
        run = _lasted(row, reading, around)
        return Verdict(Kind.HOLD, tuple(r.id for r in hits), reading, run=run, baselines=baselines, row=row)
    if possible:
        if any(member is None for row, member in candidates if row in possible):
            unknown.add("baseline")
        return Verdict(Kind.UNKNOWN, tuple(r.id for r in possible), reading, frozenset(unknown), baselines=baselines)
    return _judge_unmet(reading, [r for r, _ in candidates], world, around, baselines)


def _lasted(row: CountRow, reading: Reading, around: Surroundings) -> Run | None:
    """The run of low counts that was long enough for a row; None where the row was met by something else."""
    runs = [
        (around.run_below(t.below, reading), t.for_days) for t in row.triggers if t.for_days and t.below is not None
    ]
    return next((run for run, days in runs if run is not None and run.days >= days), None)


def _named(baseline: Reading | None) -> tuple[Reading, ...]:
    """The baseline under its own fact name, for the card."""
    if baseline is None:
        return ()
    return (baseline._replace(fact=BASELINE_FACTS.get(baseline.fact, baseline.fact)),)


def pending_below(rows: Iterable[CountRow], pending: Pending | None) -> Decimal | int:
    """The count below which a row interrupts once it has lasted; where no row has such a count, the regimen's own."""
    limits = [t.below for r in rows for t in r.triggers if t.for_days and t.below is not None]
    return max(limits, default=pending.below if pending is not None else 0)


def _judge_unmet(
    reading: Reading,
    rows: Sequence[CountRow],
    world: World,
    around: Surroundings,
    baselines: tuple[Reading, ...],
) -> Verdict:
    """No row is met: a first low neutrophil count is pending, a platelet count in the table's gap is reviewed."""
    if reading.fact == "anc" and any(t.for_days for r in rows for t in r.triggers):
        limit = pending_below(rows, around.pending)
        low = reading.amount.is_below(limit)
        lasting = tuple(dict.fromkeys(r.pending_rule for r in rows if any(t.for_days for t in r.triggers)))
        if low:
            run = around.run_below(limit, reading)
            return Verdict(Kind.PENDING, lasting, reading, run=run, baselines=baselines)
        if low is None:
            return Verdict(Kind.UNKNOWN, lasting, reading, frozenset({"comparator"}), baselines=baselines)
    gap = around.gap
    if gap is not None and reading.fact == gap.line and any(r.needs_baseline for r in rows):
        in_gap = _any(_trigger_met(t, reading, world, around)[0] for t in gap.triggers)
        low_baseline = world.baseline is None or world.baseline.amount.is_below(gap.baseline_below) is not False
        if in_gap and low_baseline:
            return Verdict(Kind.GAP, (gap.rule,), reading, baselines=baselines)
    return Verdict(Kind.FINE, tuple(r.id for r in rows), reading, baselines=baselines)


def _is_in_band(row: CountRow, baseline: Reading | None) -> bool | None:
    """Whether the baseline chooses this row; None when the baseline is not known or lies on both sides."""
    if not row.needs_baseline:
        return True
    if baseline is None:
        return None
    low = True if row.baseline_at_least is None else baseline.amount.is_at_least(row.baseline_at_least)
    high = True if row.baseline_below is None else baseline.amount.is_below(row.baseline_below)
    return _all((low, high))


def _is_met(row: CountRow, reading: Reading, world: World, around: Surroundings) -> tuple[bool | None, set[str]]:
    answers = [_trigger_met(t, reading, world, around, row) for t in row.triggers]
    met = _any(a for a, _ in answers)
    lacking = set().union(*(names for a, names in answers if a is None)) if met is None else set()
    return met, lacking


def _trigger_met(
    trigger: Trigger, reading: Reading, world: World, around: Surroundings, row: CountRow | None = None
) -> tuple[bool | None, set[str]]:
    """Whether one trigger holds; None with the names of what is not known."""
    parts: list[bool | None] = []
    lacking: set[str] = set()
    if trigger.below is not None:
        below = reading.amount.is_below(trigger.below)
        parts.append(below)
        lacking |= {"comparator"} if below is None else set()
    if trigger.at_most_fraction_of_baseline is not None:
        fell, why = _fell_to(trigger.at_most_fraction_of_baseline, reading, world.baseline, row)
        parts.append(fell)
        lacking |= {why} if fell is None else set()
    if trigger.with_platelet_transfusions:
        parts.append(around.transfused)
        lacking |= {"transfusions"} if around.transfused is None else set()
    if trigger.for_days is not None:
        run = around.run_below(trigger.below, reading) if trigger.below is not None else None
        parts.append(run is not None and run.days >= trigger.for_days)
    if trigger.with_temperature is not None:
        # Without a temperature the fever row is not met; the pending rule asks for one.
        limit, measured = trigger.with_temperature, around.temperature
        fever = measured.amount.is_at_least(limit) if measured is not None else False
        parts.append(fever)
        lacking |= {"temperature"} if fever is None else set()
    return _all(parts), lacking


def _fell_to(
    fraction: Decimal, reading: Reading, baseline: Reading | None, row: CountRow | None
) -> tuple[bool | None, str]:
    """Whether the count fell to the fraction of the baseline or below; a baseline not known is any value of the row's band."""
    share = exact(fraction)
    if baseline is not None:
        low, high = baseline.amount.low, baseline.amount.high
    else:
        low = exact(row.baseline_at_least) if row is not None and row.baseline_at_least is not None else Fraction(0)
        high = exact(row.baseline_below) if row is not None and row.baseline_below is not None else None
        if high is not None and reading.amount.is_at_least(share * high):
            return False, ""
    if low is not None and reading.amount.is_at_most(share * low):
        return True, ""
    if high is not None and reading.amount.is_above(share * high):
        return False, ""
    if baseline is not None and baseline.amount.is_exact and not reading.amount.is_exact:
        return None, "comparator"
    return None, "baseline"


def _any(answers: Iterable[bool | None]) -> bool | None:
    seen = list(answers)
    return True if True in seen else (None if None in seen else False)


def _all(answers: Iterable[bool | None]) -> bool | None:
    seen = list(answers)
    return False if False in seen else (None if None in seen else True)
