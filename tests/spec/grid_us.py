"""The US grid: its axes, the same patient as facts for the product and as plain numbers for the oracle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.recommendation import Recommendation
from tests.spec import oracle
from tests.spec.grid_points import (
    AFTER_HOLD,
    ANC,
    BASELINE_ANC,
    BASELINE_PLATELETS,
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
    forty_years_old,
    oldest_first,
    on_dialysis,
    soon,
    today_of,
    with_clearance,
)
from tests.support.facts import START, assess, day, draft, facts, order, platelet_transfusion, reading


def axes() -> Mapping[str, Mapping[str, Sequence[Any]]]:
    """The axes by kind of patient, each by the member of `Point` that it sets."""
    doses = tuple(TODAY_DOSES)
    treated = {
        "dose": doses, "day": DAYS, "baseline_platelets": BASELINE_PLATELETS, "baseline_anc": BASELINE_ANC,
        "platelets": PLATELETS, "anc": ANC, "transfused": (False, True), "temperature": TEMPERATURES,
        "days_below": DAYS_BELOW, "creatinine": CREATININES, "days_ago": DRAWN_DAYS_AGO,
    }  # fmt: skip
    held = {
        "dose": doses, "hold_day": HOLD_DAYS, "baseline_platelets": BASELINE_PLATELETS[1:],
        "baseline_anc": BASELINE_ANC[1:], "held_platelets": (29_999, 45_000, 150_000), "held_anc": (499, 740, 2_000),
        "day": AFTER_HOLD, "platelets": PLATELETS, "anc": ANC, "transfused": (False, True),
        "temperature": TEMPERATURES[::3],
    }  # fmt: skip
    start = {
        "clearance": CLEARANCES, "dialysis": (False, True), "platelets": (15_000, 49_999, 50_000, 150_000),
        "anc": (499, 500, 2_000), "dose": doses,
    }  # fmt: skip
    return {"treated": treated, "held": held, "start": start}


def product(point: Point) -> tuple[Recommendation, ...]:
    """What the product says of a point."""
    if point.kind == "start":
        return _product_at_start(point)
    today = today_of(point)
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
    patient = facts(*oldest_first(found), orders=orders, sex="male")
    if point.transfused:
        given = (platelet_transfusion(drawn - timedelta(days=1)),)
        patient = replace(patient, events=(*patient.events, *given))
    return assess(patient, today, jurisdiction=point.jurisdiction).recommendations


def _product_at_start(point: Point) -> tuple[Recommendation, ...]:
    counts = (reading("platelets", point.platelets, START), reading("anc", point.anc, START))
    patient = with_clearance(facts(*counts, **forty_years_old(START)), point.clearance, START)
    patient = on_dialysis(patient) if point.dialysis else patient
    return assess(patient, START, draft(TODAY_DOSES[point.dose])).recommendations


def expect(point: Point) -> tuple[oracle.Decision, date | None] | None:
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
    has_rows = oracle.has_own_rows(then)
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
    today = today_of(point)
    last = today - timedelta(days=point.days_ago)
    early = point.day is None or last < START + timedelta(days=56)
    days = [last + timedelta(days=7 if early or point.kind == "held" or decision.action == "hold" else 28)]
    before = (point.held_platelets, point.held_anc) if point.kind == "held" else (None, None)
    days += soon(point, last, (50_000 if point.transfused else 30_000, 500), before)
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
