"""Erythroid response: red cell units in windows, stretches without transfusion, hematologic improvement (HI-E) by IWG.

A unit is one transfusion day entry. A window of some days ends on its last day, which belongs to it; the day before its
first day does not. Answers are True, False, or None where the values leave them open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from cds_service.clinical.facts import Reading
from cds_service.clinical.quantity import exact


@dataclass(frozen=True, slots=True)
class Burden:
    """Red cell units in two windows of equal length: `before` ends on the first-dose day, `after` on a later day."""

    before: int
    after: int
    days: int

    @property
    def has_halved(self) -> bool:
        """Whether the units fell by half or more; without any unit before there is nothing to halve."""
        return self.before > 0 and 2 * (self.before - self.after) >= self.before


@dataclass(frozen=True, slots=True)
class Independence:
    """A stretch without red cell transfusion: its first day, its length, and the transfusion that ended it (None: none)."""

    since: date
    days: int
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Criteria2018:
    """The numbers of the IWG 2018 criteria that sort patients by red cell units in 16 weeks."""

    window_days: int
    low_from: int
    low_to: int
    high_from: int
    high_from_in_8_weeks: int


def units_in(transfused: Sequence[date], until: date, days: int) -> int:
    """Red cell units in the window of some days that ends on a day."""
    earliest = until - timedelta(days=days)
    return sum(1 for on in transfused if earliest < on <= until)


def burden(transfused: Sequence[date], first_dose: date, until: date, days: int) -> Burden:
    """Units before the first dose against units up to a day.

    Raises: ValueError when the second window would reach back before the first dose: the two would overlap.
    """
    if until - first_dose < timedelta(days=days):
        raise ValueError("the window after the start is not over yet")
    return Burden(units_in(transfused, first_dose, days), units_in(transfused, until, days), days)


def independences(
    transfused: Sequence[date], first_dose: date, today: date, least_days: int
) -> tuple[Independence, ...]:
    """The stretches without transfusion since the first dose that lasted long enough, oldest first.

    A stretch begins on the day after a transfusion, the first one on the first-dose day (a transfusion of that very day
    moves it on), and counts both its ends; a last one reaches to today.
    """
    days = sorted({on for on in transfused if first_dose <= on <= today})
    found: list[Independence] = []
    since = first_dose
    for on in days:
        length = (on - since).days
        if length >= least_days:
            found.append(Independence(since, length, on))
        since = on + timedelta(days=1)
    length = (today - since).days + 1
    if length >= least_days:
        found.append(Independence(since, length))
    return tuple(found)


def has_risen(before: Sequence[Reading], after: Sequence[Reading], rise: Fraction, least_days: int) -> bool | None:
    """Whether hemoglobin rose by so much over its value before treatment and stayed there for some days.

    Args: the value or values before, g/dL; the results under treatment, oldest first; the rise, g/dL.
    Missing: without a value before it is open, and where a range leaves a result on both sides.
    """
    if not before or not all(r.amount.is_exact for r in before):
        return None
    answers = {_stays_above(after, exact(r.amount.value) + rise, least_days) for r in before}
    return answers.pop() if len(answers) == 1 else None


def _stays_above(series: Sequence[Reading], limit: Fraction, least_days: int) -> bool | None:
    since: date | None = None
    is_open = False
    for reading in series:
        is_above = reading.amount.is_at_least(limit)
        is_open = is_open or is_above is None
        if not is_above:
            since = None
            continue
        since = since or reading.on
        if reading.on - since >= timedelta(days=least_days):
            return True
    return None if is_open else False


def hi_e_2006(units: Burden | None, risen: bool | None, fewer_units: int) -> bool | None:
    """Erythroid improvement by IWG 2006: hemoglobin rose, or that many units fewer in 8 weeks than before.

    Args: `units` None where transfusions are not known.
    """
    fell = None if units is None else units.before - units.after >= fewer_units
    if risen or fell:
        return True
    return None if risen is None or fell is None else False


def burden_group_2018(transfused: Sequence[date], first_dose: date, criteria: Criteria2018) -> str:
    """ "none" (NTD), "low" (LTB) or "high" (HTB) by the units in the 16 weeks before; "" where the criteria name no group."""
    units = units_in(transfused, first_dose, criteria.window_days)
    half = criteria.window_days // 2
    ends = [first_dose - timedelta(days=back) for back in range(half + 1)]
    most_in_8_weeks = max(units_in(transfused, end, half) for end in ends)
    if units >= criteria.high_from or most_in_8_weeks >= criteria.high_from_in_8_weeks:
        return "high"
    if units == 0:
        return "none"
    before = first_dose - timedelta(days=criteria.window_days)
    episodes = len({on for on in transfused if before < on <= first_dose})
    return "low" if criteria.low_from <= units <= criteria.low_to and episodes >= 2 else ""


def hi_e_2018(
    group: str, has_independence: bool, risen: bool | None, over_16_weeks: Burden | None
) -> tuple[bool | None, str]:
    """Erythroid improvement by IWG 2018 and which kind: "major" or "minor" in a high burden, else "".

    Args: the burden group; whether there were 8 weeks without transfusion; whether hemoglobin rose for 8 weeks; units over
    16 weeks, None while they are not over.
    """
    if group == "none":
        return risen, ""
    if group == "low":
        return has_independence, ""
    if group == "high":
        if has_independence:
            return True, "major"
        if over_16_weeks is None:
            return None, ""
        return over_16_weeks.has_halved, "minor" if over_16_weeks.has_halved else ""
    return None, ""
