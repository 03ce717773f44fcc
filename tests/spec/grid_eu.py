"""The EU grid: its axes, the same patient as facts for the product and as plain numbers for the oracle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Event, Finding, PatientFacts
from cds_service.clinical.recommendation import Recommendation
from tests.spec import oracle_eu
from tests.spec.grid_points import (
    AFTER_HOLD,
    BASELINE_PLATELETS,
    DAYS,
    DRAWN_DAYS_AGO,
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
from tests.spec.oracle import Decision
from tests.support.facts import START, assess, day, draft, facts, order, platelet_transfusion, reading

BY_AVERAGE = {
    Fraction(1): {},
    Fraction(1, 2): {"every_days": 2},
    Fraction(2, 7): {"per_week": 2},
    Fraction(21, 28): {"on_days": 21, "cycle_days": 28},
}
"""How a share of taken days is written as a schedule."""
CLEARANCE_OF = {"EU-REN-GE50": Fraction(90), "EU-REN-MDS-30-50": Fraction(40), "EU-REN-MDS-LT30": Fraction(20)}
OWN, BETTER = Fraction(95), Fraction(120)
"""The clearance of the starting row, and one in the highest row wherever treatment began: the levels stay those of the starting dose."""
IN_BETWEEN = 10
"""Days of treatment at each level before a reduction."""
LAST_LEVEL_DAY = 29
MONTH_4 = date(START.year, START.month + 4, START.day)


def _levels() -> dict[str, tuple[Dose, str, int]]:
    """Every dose of the levels by name, with its renal row and level."""
    found = {}
    for row in oracle_eu.renal_rows():
        for level, (mg, average) in oracle_eu.levels(row).items():
            schedule: dict[str, int] = BY_AVERAGE[average / mg]
            found[f"{row} {level}"] = Dose(Decimal(str(float(mg))), **schedule), row, level
    return found


LEVELS = _levels()
OTHER_DOSES = ("10 mg once daily", "15 mg once daily", "5 mg every other day")
ORDERED = (*TODAY_DOSES, *(name for name in LEVELS if name.endswith(" 0")))
COUNTS = {
    "platelets": (15_000, 24_999, 25_000, 25_001, 49_999, 50_000, 150_000),
    "anc": (100, 499, 500, 501, 999, 1_000, 2_000),
}


def _dose(name: str) -> Dose:
    return LEVELS[name][0] if name in LEVELS else TODAY_DOSES[name]


def axes() -> Mapping[str, Mapping[str, Sequence[Any]]]:
    """The axes by kind of patient, each by the member of `Point` that it sets."""
    treated = {
        "dose": (*LEVELS, *OTHER_DOSES), "day": DAYS, "baseline_platelets": BASELINE_PLATELETS[::3],
        "transfused": (False, True), "temperature": TEMPERATURES, "days_ago": DRAWN_DAYS_AGO, **COUNTS,
    }  # fmt: skip
    held = {
        "dose": (*LEVELS, *OTHER_DOSES[:1]), "hold_day": (30, 60), "held_platelets": (24_999, 150_000),
        "held_anc": (499, 2_000), "between": (None, 24_999, 25_000, 49_999), "between_days": (6, 7, 8),
        "day": AFTER_HOLD, "transfused": (False, True), "temperature": TEMPERATURES[::3], "clearance": (OWN, BETTER),
        **COUNTS,
    }  # fmt: skip
    start = {
        "clearance": tuple(Fraction(n) for n in ("5", "29.9", "30", "30.1", "45", "49.9", "50", "50.1", "60", "95")),
        "dialysis": (False, True), "dose": ORDERED, **COUNTS,
    }  # fmt: skip
    response = {
        "day": (118, 119, 120, 121, 150), "units_before": (0, 4, 5, 10), "units_after": (0, 2, 3, 5, 6),
        "rise": ("-0.5", "0", "0.9", "1", "1.1"), "dose": ("EU-REN-GE50 0", "EU-REN-GE50 -1"),
    }  # fmt: skip
    return {"treated": treated, "held": held, "start": start, "response": response}


def makes_sense(point: Point) -> bool:
    """A count of a hold lies after the count that caused it; a reduced dose needs the days in which it was reduced."""
    level = LEVELS[point.dose][2] if point.dose in LEVELS else 0
    if point.kind == "held":
        return point.between is None or point.between_days < (point.day or 0)
    return point.kind == "start" or level == 0 or (point.day or 0) > LAST_LEVEL_DAY


def product(point: Point) -> tuple[Recommendation, ...]:
    """What the product says of a point."""
    if point.kind == "start":
        return _product_at_start(point)
    today = today_of(point)
    drawn = today - timedelta(days=point.days_ago)
    counts = [(drawn, point.platelets, point.anc)]
    if point.kind == "held":
        counts.append((day(point.hold_day), point.held_platelets, point.held_anc))
    if point.between is not None:
        counts.append((today - timedelta(days=point.between_days), point.between, point.anc))
    found = [reading(fact, n, on) for on, plt, anc in counts for fact, n in (("platelets", plt), ("anc", anc))]
    if point.baseline_platelets is not None:
        found.append(reading("platelets", point.baseline_platelets, START - timedelta(days=1)))
    if point.temperature is not None:
        found.append(reading("temperature", str(point.temperature), today))
    patient = facts(*oldest_first(found), orders=_orders(point), **forty_years_old(today))
    patient = _kidneys(patient, point, today)
    if point.transfused:
        patient = replace(patient, events=(*patient.events, platelet_transfusion(drawn - timedelta(days=1))))
    if point.kind == "response":
        patient = _course(patient, point, today)
    return assess(patient, today, jurisdiction="EU").recommendations


def _orders(point: Point) -> tuple[MedicationRecord, ...]:
    """The order in force or on hold, after one for each earlier level of its row."""
    dose, row, level = LEVELS.get(point.dose, (_dose(point.dose), "", 0))
    earlier = [LEVELS[f"{row} {-n}"][0] for n in range(-level)]
    begin = [day(n * IN_BETWEEN) for n in range(len(earlier) + 1)]
    over = [order(d, "stopped", begin[n], begin[n + 1] - timedelta(days=1)) for n, d in enumerate(earlier)]
    since = None if point.day is None else begin[-1]
    held = ("on-hold", since, day(point.hold_day)) if point.kind == "held" else ("active", since)
    return (*over, order(dose, *held))


def _kidneys(patient: PatientFacts, point: Point, today: date) -> PatientFacts:
    row = LEVELS[point.dose][1] if point.dose in LEVELS else "EU-REN-GE50"
    own = CLEARANCE_OF.get(row, Fraction(10))
    patient = with_clearance(patient, BETTER if point.clearance == BETTER else own, today)
    return on_dialysis(patient) if row == "EU-REN-MDS-DIAL" else patient


def _course(patient: PatientFacts, point: Point, today: date) -> PatientFacts:
    """Red cells in the 8 weeks before the first dose and before month 4, and the haemoglobin before and now."""

    def given(until: date, units: int) -> list[Event]:
        days = [until - timedelta(days=3 + 4 * n) for n in range(units)]
        return [Event(frozenset({"rbc-transfusion"}), "RBC", on, f"Procedure/rbc-{on}") for on in days]

    others = [e for e in patient.events if "rbc-transfusion" not in e.concepts]
    series = (
        reading("hemoglobin", "8.4", START - timedelta(days=1)),
        reading("hemoglobin", str(Decimal("8.4") + Decimal(point.rise)), today),
    )
    events = (*others, *given(START, point.units_before), *given(min(today, MONTH_4), point.units_after))
    return replace(patient, events=events, readings={**patient.readings, "hemoglobin": series})


def _product_at_start(point: Point) -> tuple[Recommendation, ...]:
    counts = (reading("platelets", point.platelets, START), reading("anc", point.anc, START))
    tests = {f: (Finding(f, "negative", START, None, f"Observation/{f}"),) for f in ("hbsag", "hbcab")}
    patient = with_clearance(facts(*counts, **forty_years_old(START)), point.clearance, START)
    patient = replace(patient, findings={**patient.findings, **tests})
    patient = on_dialysis(patient) if point.dialysis else patient
    return assess(patient, START, draft(_dose(point.dose)), jurisdiction="EU").recommendations


def expect(point: Point) -> tuple[Decision, date | None] | None:
    """What the oracle says, and the day of the next blood count by the table of the rulings."""
    if point.kind == "start":
        ordered = _dose(point.dose)
        asked = Fraction(ordered.mg), ordered.mg_per_day
        decision = oracle_eu.start(point.clearance, point.platelets, point.anc, asked, dialysis=point.dialysis)
        return decision, START + timedelta(days=7)
    if point.kind == "response":
        return _response(point), None
    _, row, level = LEVELS.get(point.dose, (None, "", 0))
    case = oracle_eu.EuCase(
        row=row,
        level=level,
        platelets=point.platelets,
        anc=point.anc,
        transfused=point.transfused,
        temperature=None if point.temperature is None else float(point.temperature),
    )
    if point.kind == "held":
        cause = oracle_eu.triggered(point.held_platelets, point.held_anc)
        if not cause:
            return None
        since = [(point.day or 0, point.held_platelets)]
        since += [(point.between_days, point.between)] if point.between is not None else []
        case = replace(case, held_by=tuple(sorted(cause)), since_hold=tuple(since))
    decision = oracle_eu.decide(case)
    return decision, _due(point, decision)


def _due(point: Point, decision: Decision) -> date:
    """The rulings' table of the next blood count; the earliest that applies."""
    today = today_of(point)
    last = today - timedelta(days=point.days_ago)
    early = point.day is None or last < START + timedelta(days=56)
    weekly = early or point.kind == "held" or decision.action == "hold"
    at_hold, since = (point.held_platelets, point.held_anc), (point.between, point.anc)
    before = (None, None) if point.kind != "held" else at_hold if point.between is None else since
    days = [last + timedelta(days=7 if weekly else 28), *soon(point, last, (25_000, 500), before)]
    return min([*days, today + timedelta(days=1)] if decision.is_urgent else days)


def _response(point: Point) -> Decision:
    """From the same day of the fourth month on, treatment without a response ends."""
    is_over = today_of(point) >= MONTH_4
    risen = Fraction("8.4") + Fraction(point.rise)
    facts_of = oracle_eu.Response(point.units_before, point.units_after, Fraction("8.4"), risen)
    actions = {True: "continue", False: "discontinue", None: "request-data"}
    action = actions[oracle_eu.has_response(facts_of)] if is_over else "continue"
    return Decision(action, frozenset({"EU-MDS-STOP4M"}))
