"""Counts over time: the latest result, the baseline before treatment, and unbroken runs below a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from cds_service.clinical.facts import Reading

# More different amounts of one time than any laboratory reports: of more the extremes are kept.
MOST_AT_ONE_TIME = 20


def latest(series: Sequence[Reading]) -> tuple[Reading, ...]:
    """The result or results of the latest time, lowest first.

    More than one where different amounts carry the same time, or where one of a day has no time: which of them is later
    cannot be known. Equal amounts count once. Of more than 20 amounts the lowest and the highest are kept: a verdict on a
    count changes in one direction with it, so none between them says what no extreme says.
    Missing: an empty series gives an empty tuple.
    """
    if not series:
        return ()
    day = max([r.on for r in series])
    of_day = [r for r in series if r.on == day]
    if len(of_day) == 1:
        return (of_day[0],)
    timed = [r for r in of_day if r.at is not None]
    if len(timed) == len(of_day):
        moment = max(r.at for r in timed if r.at is not None)
        of_day = [r for r in timed if r.at == moment]
    return extremes(distinct(of_day), MOST_AT_ONE_TIME)


def extremes(readings: tuple[Reading, ...], most: int) -> tuple[Reading, ...]:
    """The readings, lowest first; of more than `most` the lowest and highest ones, by either end of those that are ranges."""
    if len(readings) <= most:
        return readings
    half = most // 2 - 1
    by_low = sorted(readings, key=lambda r: (r.amount.low is not None, r.amount.low or 0))
    kept = {id(r) for r in (*readings[:half], *readings[-half:], by_low[0], by_low[-1])}
    return tuple(r for r in readings if id(r) in kept)


def distinct(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """One reading per amount, the lowest first."""
    if len(readings) < 2:
        return tuple(readings)
    by_amount = {(r.amount.low, r.amount.high, r.amount.low_open, r.amount.high_open): r for r in reversed(readings)}
    return tuple(sorted(by_amount.values(), key=lambda r: (r.amount.high is None, r.amount.high or 0, r.reference)))


def baseline(series: Sequence[Reading], first_dose: date, days_before: int) -> tuple[Reading, ...]:
    """The latest result of a decisive series on or before the first-dose day and at most `days_before` days before it."""
    earliest = first_dose - timedelta(days=days_before)
    return latest([r for r in series if earliest <= r.on <= first_dose])


@dataclass(frozen=True, slots=True)
class Run:
    """An unbroken run of results below a threshold that reaches to the latest one. `days` from first draw to last."""

    first: Reading
    last: Reading
    days: int


def run_below(series: Sequence[Reading], threshold: Fraction | Decimal | int, ending: Reading) -> Run | None:
    """The unbroken run of results below a threshold up to `ending`, or None when `ending` is not below it.

    A result that is not surely below the threshold breaks the run, but for one of a time at which another one is.
    """
    if not ending.amount.is_below(threshold):
        return None
    first = ending
    for _, of_one_time in groupby(reversed([r for r in series if _comes_before(r, ending)]), lambda r: (r.on, r.at)):
        below = [r for r in of_one_time if r.amount.is_below(threshold)]
        if not below:
            break
        first = below[-1]
    return Run(first, ending, (ending.on - first.on).days)


def _comes_before(one: Reading, other: Reading) -> bool:
    if one.on != other.on:
        return one.on < other.on
    return one.at is not None and other.at is not None and one.at < other.at


def may_be_later(one: Reading, other: Reading) -> bool:
    """Whether a result may be as new as another one; of two of one day that do not both tell the time either may."""
    if one.on != other.on:
        return one.on > other.on
    return one.at is None or other.at is None or one.at >= other.at
