"""The courses of treatment of `courses.toml`, ready to be played: what happens on which day, and what should be found."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

# A number, or any number of a range: "18-26".
Amount = int | Decimal | str
# Values of one fact by day.
Series = Sequence[tuple[int, Amount]]
EVER: Final = 999


@dataclass(frozen=True, slots=True)
class Finding:
    """What should be found from `day` to the day before `until`, and what answers it.

    A decision answers it with one of `actions` when it names one of `facts` among what it rests on or lacks. `hook` is where
    it is looked for; `urgency` the least that its card has. `{platelets}` and the like in `happened` are values of the day.
    """

    day: int
    until: int
    happened: str
    actions: tuple[str, ...]
    urgency: str
    facts: tuple[str, ...]
    hook: str = "patient-view"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One course: its disease, the person's range of ages and weights, and everything by day of treatment.

    `law` is US or EU. `days` is "daily" or "21 of 28", `resumed` the same after a hold, "" where nothing changes. `draws` are
    the days of blood counts as (from, to, every); `holds` are (seen, resumed, reason); `lacks` names what is not in the chart;
    `views` are days on which it is opened without a result.
    """

    name: str
    weight: int
    drug: str
    diagnosis: str
    words: str
    days: str
    ends: int
    counts: Sequence[tuple[int, Amount, Amount, Amount]]
    orders: Sequence[tuple[int, Decimal | int]]
    draws: Sequence[tuple[int, int, int]]
    law: str = "US"
    resumed: str = ""
    findings: tuple[Finding, ...] = ()
    stage: str = ""
    karyotype: str = ""
    sex: str = ""
    ages: Amount = "62-76"
    weight_kg: Amount = "66-92"
    gap: tuple[int, int] = (0, 0)
    holds: Sequence[tuple[int, int, str]] = ()
    transfusions: Sequence[tuple[int, int]] = ()
    results: Mapping[str, Series] = field(default_factory=dict)
    conditions: Sequence[tuple[int, str, str]] = ()
    medicines: Sequence[tuple[int, str]] = ()
    procedures: Sequence[tuple[int, str]] = ()
    tests: Sequence[tuple[int, str]] = ()
    views: Sequence[int] = ()
    lacks: Sequence[str] = ()

    def drawn_on(self) -> list[int]:
        """The days of blood counts: by the schedule, and wherever the course says a value."""
        due = {day for first, last, every in self.draws for day in range(first, min(last, self.ends) + 1, every)}
        said = {row[0] for row in self.counts}
        return sorted(day for day in due | said if day in said or not self.gap[0] <= day < self.gap[1])


@cache
def courses(law: str = "US") -> tuple[Course, ...]:
    """Every course of the file under a law, in its order."""
    content = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"), parse_float=Decimal)
    every = (_course(each, content["disease"][each.pop("disease")]) for each in content["course"])
    return tuple(course for course in every if course.law == law)


def _course(own: dict[str, Any], disease: Mapping[str, Any]) -> Course:
    """A course with what it does not say taken from its disease; its draws are added to those of the disease."""
    findings = [_finding(**row) for row in own.pop("finding", ())]
    draws = [*disease["draws"], *own.pop("draws", ())]
    return Course(**{**disease, **own, "draws": draws, "findings": tuple(findings)})


def _finding(*, actions: Sequence[str], facts: Sequence[str], **others: Any) -> Finding:
    return Finding(actions=tuple(actions), facts=tuple(facts), **others)
