"""The body temperature of the last hours: the highest one decides, and what cannot be used is told.

How long a temperature counts stands in the row of the role "temperature"; from which one it is fever, and below which
neutrophils that is urgent, in the row of the regimen's fever rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from cds_service.clinical.facts import Missing, Reading
from cds_service.dosing.case import Case
from cds_service.dosing.data_quality import available
from cds_service.dosing.roles import Role
from cds_service.dosing.rulebook import Rules


def temperature_window(rules: Rules) -> timedelta:
    """How long a temperature counts."""
    return timedelta(hours=rules.role(Role.TEMPERATURE).number("temperature_hours"))


def recent_temperature(case: Case, fever_rule: str) -> Reading | None:
    """The highest temperature of the last hours: one that is fever, else one that may be, else the highest of the others."""
    window = temperature_window(case.rules)
    recent = [
        r
        for r in case.facts.decisive("temperature")
        if (case.now - r.at if r.at is not None else case.on - r.on) <= window
    ]
    limit = case.rules.number(fever_rule, "temperature_at_least")
    certainty = {True: 2, None: 1, False: 0}
    return max(recent, key=lambda r: (certainty[r.amount.is_at_least(limit)], r.amount.low or 0), default=None)


def temperature_near(case: Case, day: date) -> Reading | None:
    """The highest temperature of the two days up to a past day: the fever that a past hold rested on."""
    window = temperature_window(case.rules)
    near: Sequence[Reading] = [r for r in case.facts.decisive("temperature") if timedelta(0) <= day - r.on <= window]
    return max((r for r in near if r.amount.low is not None), key=lambda r: r.amount.low or 0, default=None)


def is_fever(case: Case, fever_rule: str) -> bool:
    """Whether the highest temperature of the last hours is certainly fever."""
    highest = recent_temperature(case, fever_rule)
    return (
        highest is not None
        and highest.amount.is_at_least(case.rules.number(fever_rule, "temperature_at_least")) is True
    )


def low_neutrophils(case: Case, fever_rule: str) -> tuple[Reading, ...]:
    """The latest neutrophils where they are, or may be, below the limit of the fever rule; preliminary ones only where they are."""
    limit = case.rules.number(fever_rule, "anc_below")
    found = available(case, "anc")
    low = [r for r in found.decisive if r.amount.is_below(limit) is not False]
    return (*low, *(r for r in found.preliminary if r.amount.is_below(limit)))


def unusable_temperatures(case: Case, fever_rule: str) -> tuple[Missing, ...]:
    """Why a temperature of the last hours, or of an unknown day, does not tell whether there is fever."""
    limit = case.rules.number(fever_rule, "temperature_at_least")
    earliest = case.on - temperature_window(case.rules)
    found = available(case, "temperature")
    gaps = [Missing.of(u, fever_rule) for u in found.refused if u.on is None or u.on >= earliest]
    gaps += [
        Missing("temperature", "preliminary", case.rules.role(Role.PRELIMINARY).id)
        for r in found.preliminary
        if r.on >= earliest and r.amount.is_at_least(limit) is not False
    ]
    highest = recent_temperature(case, fever_rule)
    if highest is not None and highest.amount.is_at_least(limit) is None:
        gaps.append(Missing("temperature", "reported as a range", case.rules.role(Role.COMPARATOR).id))
    return tuple(dict.fromkeys(gaps))
