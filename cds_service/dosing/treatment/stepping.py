"""The dose after a hold by the steps of a document's row: listed levels, so many mg less, or the clinician's choice.

When: the counts that caused a hold have recovered.
Then: the next lower level or the step of the row; at the last level or the floor there is no lower dose and the haematologist
decides; where the row lists no steps that reach the dose in force the clinician chooses, and no dose is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.quantity import exact, plain
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.count_rows import CountRow
from cds_service.dosing.regimen import NextDose
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.treatment.steps import choice, exhausted, is_daily, less_by


@dataclass(frozen=True, slots=True)
class Level:
    """One dose level, daily; `on_days` of `cycle_days` where the row names days of its own; `other` its second dose, if any."""

    mg: Decimal
    on_days: int | None = None
    cycle_days: int | None = None
    other: Dose | None = None

    def beside(self, taken: Dose) -> Dose:
        """The level in the days of the dose in force, but for days of its own."""
        level = replace(taken, mg=self.mg)
        return replace(level, on_days=self.on_days, cycle_days=self.cycle_days) if self.on_days else level

    @property
    def doses(self) -> tuple[Dose, ...]:
        """The level and its second dose, daily where the row names no days."""
        own = Dose(self.mg, on_days=self.on_days, cycle_days=self.cycle_days)
        return (own, *([self.other] if self.other is not None else []))


@dataclass(frozen=True, slots=True)
class Floor:
    """A dose below which there is none; `started_at_mg` where it goes by the dose that the course began with."""

    mg: Decimal | int
    started_at_mg: Decimal | int | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """How a row lowers the dose: `levels` from the highest, or `less_mg` at a time down to `floors`, or neither."""

    rule: str
    levels: tuple[Level, ...] = ()
    less_mg: Decimal | int | None = None
    floors: tuple[Floor, ...] = ()

    def higher(self, taken: Dose) -> Dose | None:
        """The next higher level; None at the highest, and where the dose is no daily one."""
        above = [d for level in self.levels if (d := level.beside(taken)).mg_per_day > taken.mg_per_day]
        return above[-1] if above and is_daily(taken) else None


@cache
def steps_of(rules: Rules, rule_id: str) -> Steps:
    """The steps of a row. Raises: RulebookError when no document in force has it."""
    data = rules[rule_id].data
    floors = tuple(Floor(f["floor_mg"], f.get("started_at_mg")) for f in data.get("floors", ()))
    levels = tuple(_level(level) for level in data.get("levels", ()))
    if "floor_on_days" in data:
        lowest = Level(Decimal(data["floor_mg"]), data["floor_on_days"], data["floor_cycle_days"])
        levels = (Level(lowest.mg), lowest)
    elif "floor_mg" in data:
        floors = (Floor(data["floor_mg"]),)
    return Steps(rule_id, levels, data.get("less_mg"), floors)


def _level(data: Mapping[str, Any]) -> Level:
    other = Dose(**{**data["or"], "mg": Decimal(data["or"]["mg"])}) if "or" in data else None
    return Level(Decimal(data["mg"]), data.get("on_days"), data.get("cycle_days"), other)


def lower_dose(
    steps: Steps,
    therapy: Therapy,
    rows: Sequence[CountRow],
    *,
    has_other_toxicity: bool,
    lowest: Sequence[Dose] = (),
    orders: Iterable[MedicationRecord] = (),
) -> NextDose:
    """The dose to resume at.

    Args: the therapy with the dose before the hold; the rows that caused it; whether another toxicity than of that line is on
        file; the lowest doses where another row names them; the drafts: of two doses of a level that of a draft's days counts.
    Missing: without a dose in force the clinician chooses.
    """
    ids = tuple(dict.fromkeys(r.id for r in rows)) or (steps.rule,)
    dose = therapy.dose
    is_alone = bool(rows) and all(r.same_dose for r in rows) and not has_other_toxicity
    if dose is not None and is_alone and therapy.reduced_from is None:
        return NextDose(dose, is_same=True)
    if steps.levels:
        return _by_level(steps, dose, ids, tuple(lowest) or steps.levels[-1].doses, orders)
    if steps.less_mg is not None:
        return _by_less(steps, steps.less_mg, dose, therapy.reduced_from or dose, ids)
    (floor,) = steps.floors
    if dose is not None and rows and exact(dose.mg) <= exact(floor.mg):
        return exhausted(ids)
    return choice(f"{plain(floor.mg)} mg daily")


def _by_level(
    steps: Steps, dose: Dose | None, ids: tuple[str, ...], lowest: Sequence[Dose], orders: Iterable[MedicationRecord]
) -> NextDose:
    words = " or ".join(each.words for each in lowest)
    # A list that begins below the dose in force leaves open what comes next.
    if dose is None or exact(dose.mg) > exact(steps.levels[0].mg):
        return choice(words)
    lower = [level for level in steps.levels if level.beside(dose).mg_per_day < dose.mg_per_day]
    if is_daily(dose) and lower:
        other, ordered = lower[0].other, {o.dose.every_days for o in orders if o.dose is not None}
        if other is not None and other.every_days in ordered:
            return NextDose(replace(dose, mg=other.mg, every_days=other.every_days))
        return NextDose(lower[0].beside(dose))
    return choice(words) if all(dose.exceeds(each) for each in lowest) else exhausted(ids)


def _by_less(
    steps: Steps, less_mg: Decimal | int, dose: Dose | None, started: Dose | None, ids: tuple[str, ...]
) -> NextDose:
    """So many mg less, whichever line or lines caused the hold; a floor may go by the dose that the course began with."""
    if dose is None or started is None:
        first, *others = steps.floors
        more = [f"{plain(f.mg)} mg daily when started at {plain(f.started_at_mg or 0)} mg" for f in others]
        return choice(", or ".join([f"{plain(first.mg)} mg daily", *more]))
    floor = next(
        (f.mg for f in steps.floors if f.started_at_mg is None or exact(f.started_at_mg) == exact(started.mg)), None
    )
    if floor is not None:
        return less_by(dose, less_mg, floor, ids)
    if exact(dose.mg) <= exact(less_mg):
        return exhausted(ids)
    named = " or ".join(plain(f.started_at_mg) for f in steps.floors if f.started_at_mg is not None)
    highest = plain(max(f.mg for f in steps.floors))
    return choice(f"{highest} mg daily; the label names a floor only for a start at {named} mg")
