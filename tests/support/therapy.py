"""The lenalidomide orders of a vignette: what is taken, what was taken before, and what is on hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from tests.support import resources as make
from tests.support.resources import Json

EU_LEVELS = {
    "EU-REN-GE50": ((10, "days 1-21 of 28"), (5, "days 1-28"), (2.5, "days 1-28"), (2.5, "every other day")),
    "EU-REN-MDS-30-50": ((5, "days 1-21 of 28"), (2.5, "days 1-28"), (2.5, "every other day")),
    "EU-REN-MDS-LT30": ((2.5, "days 1-21 of 28"), (2.5, "every other day"), (2.5, "twice a week")),
    "EU-REN-MDS-DIAL": ((2.5, "days 1-21 of 28"), (2.5, "every other day"), (2.5, "twice a week")),
}
"""Dose levels 0, -1, -2 …: a vignette that names only the level means this dose (EU SmPC 4.2 as transcribed)."""


def regimen_schedule(vignette: Mapping[str, Any]) -> str:
    """The regimen's own schedule: days 1-21 of 28 in the EU and for myeloma combinations, MCL and FL/MZL, else daily."""
    known = vignette.get("indication") or {}
    combination = known.get("disease") == "MM" and "maintenance" not in (known.get("regimen") or "")
    if combination or known.get("disease") in {"MCL", "FL", "MZL"} or vignette.get("jurisdiction") == "EU":
        return "days 1-21 of 28"
    return "once daily"


def current_dose(vignette: Mapping[str, Any]) -> tuple[Any, str]:
    """The dose in mg and the schedule that the vignette's patient takes, or took until the hold."""
    therapy = vignette["therapy"]
    dose = therapy.get("dose_mg", therapy.get("dose_mg_before_hold"))
    schedule = therapy.get("schedule", therapy.get("schedule_before_hold"))
    level = therapy.get("dose_level", therapy.get("dose_level_before_hold"))
    if dose is None and level is not None:
        dose, of_level = EU_LEVELS[therapy.get("renal_row", "EU-REN-GE50")][-level]
        schedule = schedule or of_level
    return dose, schedule or regimen_schedule(vignette)


def therapy_resources(who: str, vignette: Mapping[str, Any]) -> Iterable[Json]:
    """The orders, oldest first; nothing where the vignette has no therapy."""
    therapy = vignette.get("therapy")
    if not therapy:
        return
    dose, schedule = current_dose(vignette)
    start = _day(therapy.get("start_date"))
    since = _day(therapy.get("current_dose_since"))
    yield from _earlier_falls(who, vignette, dose, schedule)
    if start:
        start += timedelta(days=14 * _falls(vignette))
    if start and since and since > start:
        previous = therapy.get("previous_dose_mg", 10)
        yield make.lenalidomide_order(
            who,
            "order-earlier",
            previous,
            therapy.get("previous_schedule", schedule),
            status=therapy.get("previous_status", "stopped"),
            start=start,
            end=since - timedelta(days=1),
        )
        start = since
    for number, gap in enumerate(therapy.get("gaps") or ()):
        stop = _day(gap["from_"])
        identifier = f"order-before-gap-{number}"
        yield make.lenalidomide_order(who, identifier, dose, schedule, status="stopped", start=start, end=stop)
        start = _day(gap["to"])
    held = _day(therapy.get("hold_since"))
    yield make.lenalidomide_order(
        who,
        "order-current",
        dose,
        schedule,
        status=therapy["status"],
        start=start,
        end=held if therapy["status"] != "active" else None,
        reason=therapy.get("status_reason"),
    )


def _earlier_falls(who: str, vignette: Mapping[str, Any], dose: Any, schedule: str) -> Iterable[Json]:
    """Each earlier fall of the neutrophils: its count, the hold, and (the next order) the resumption."""
    count = _falls(vignette)
    start = _day((vignette.get("therapy") or {}).get("start_date"))
    if not count or not start:
        return
    for number in range(count):
        begun = start + timedelta(days=14 * number)
        fallen = begun + timedelta(days=7)
        identifier = f"order-fall-{number}"
        yield make.lenalidomide_order(who, identifier, dose, schedule, status="stopped", start=begun, end=fallen)
        value = {"valueQuantity": make.quantity(800, "/uL")}
        text = "Neutrophils [#/volume] in Blood by Automated count"
        yield make.observation(who, f"anc-fall-{number}", "751-8", text, str(fallen), **value)


def _falls(vignette: Mapping[str, Any]) -> int:
    return int((vignette.get("prior") or {}).get("neutropenia_episodes", 0))


def _day(value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(str(value)[:10])
