"""Courses of treatment in a few words, on which tests pile parts of charts: what a part is made of, and the call it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds_service.clinical.cytogenetics import Karyotype
from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Diagnosis, Event, Finding, Reading, Unusable
from cds_service.clinical.quantity import Interval
from cds_service.dosing.case import Case
from tests.support.facts import FIVE, TEN, day, draft, facts, mds, order, reading
from tests.support.other_indications import DEXAMETHASONE, RITUXIMAB, TWENTY, TWENTY_FIVE

Part = Callable[[int], tuple[Any, ...]]


def ill(*concepts: str, text: str = "", active: bool = True, **more: Any) -> Diagnosis:
    """A condition; without a day unless one is given."""
    return Diagnosis(frozenset(concepts), text, active, f"Condition/{concepts[0]}-{text}", **more)


def done(*concepts: str, on: date | None = None, text: str = "", kind: str = "Procedure", **more: Any) -> Event:
    """An event."""
    return Event(frozenset(concepts), text, on, f"{kind}/{concepts[0]}-{on}", **more)


def found(fact: str, value: str, on: date | None, **more: Any) -> Finding:
    """A finding."""
    return Finding(fact, value, on, None, f"Observation/{fact}-{value}-{on}", **more)


def refused(fact: str, on: date | None, **more: Any) -> Unusable:
    """A result that cannot be used."""
    values = {"reason": "unit not known", "rule": "GEN-UNIT", "reported": "39", "reported_unit": "degrees", **more}
    return Unusable(fact, reference=f"Observation/{fact}-u-{on}", on=on, **values)


def takes(
    *concepts: str, text: str = "", since: int | None = -30, until: int | None = None, **more: Any
) -> MedicationRecord:
    """Another drug."""
    values: dict[str, Any] = {"kind": "order", "status": "active", "intent": "order", **more}
    return MedicationRecord(
        reference=f"MedicationRequest/{concepts[0]}-{since}-{text}",
        concepts=frozenset(concepts),
        text=text,
        starts_on=day(since) if since is not None else None,
        bounds_end=day(until) if until is not None else None,
        **values,
    )


def own(dose: Dose | None, status: str, since: int | None, until: int | None = None, **more: Any) -> MedicationRecord:
    """An earlier or further record of lenalidomide."""
    start, end = day(since) if since is not None else None, day(until) if until is not None else None
    return replace(order(dose, status, start, end), **more)


def a_range(low: int | str, high: int | str) -> Interval:
    """A result reported as a range."""
    return Interval(Fraction(low), Fraction(high))


MDS = Diagnosis(frozenset({"mds", "mds-del5q"}), "MDS", True, "Condition/mds")


def readings(*given: tuple[str, Any, int], **more: Any) -> Part:
    return lambda on: tuple(reading(fact, value, day(on + ago), **more) for fact, value, ago in given)


def fixed(*given: Any) -> Part:
    return lambda on: given


def unseen(*keys: str) -> Part:
    """Facts that were searched for and could not be obtained."""
    return lambda on: tuple(("unseen", key) for key in keys)


def who(**values: Any) -> Part:
    """Who the patient is."""
    return lambda on: (values,)


def tested(value: str, ago: int, **more: Any) -> Part:
    sensitivity = (("analytical sensitivity", "25 mIU/mL"),)
    return lambda on: (found("pregnancyTest", value, day(on - ago), **{"components": sensitivity, **more}),)


BASE = (reading("platelets", 180_000, day(-3)), reading("anc", 2_400, day(-3)))
FELL = (reading("platelets", 20_000, day(14)), reading("anc", 2_000, day(14)))


def _ill(concept: str) -> Diagnosis:
    return Diagnosis(frozenset({concept}), concept, True, f"Condition/{concept}", recorded_on=day(-200))


def _counted(platelets: Any, neutrophils: Any, on: int) -> tuple[Reading, Reading]:
    return reading("platelets", platelets, day(on)), reading("anc", neutrophils, day(on))


def _course(disease: Diagnosis, dose: Dose, *beside: Any) -> dict[str, tuple[int, Part]]:
    held = (disease, *beside, *BASE, *FELL, order(dose, "on-hold", day(0), day(14)))
    taken = (disease, *beside, *BASE, order(dose))
    low = _counted(150_000, 450, 14)
    higher = replace(dose, mg=dose.mg + 5)
    return {
        "start": (0, fixed(disease, *beside, *BASE, draft(dose))),
        "start too high": (0, fixed(disease, *beside, *BASE, draft(higher))),
        "start, low": (0, fixed(disease, *beside, *_counted(24_000, 450, -1), draft(dose))),
        "never taken": (0, fixed(disease, *beside, *BASE)),
        "taken": (20, fixed(*taken, *_counted(150_000, 2_400, 20))),
        "taken, low": (20, fixed(*taken, *_counted(24_000, 700, 20))),
        "taken, low before": (20, fixed(*taken, *_counted(24_000, 450, 12), *_counted(150_000, 2_400, 20))),
        "late": (130, fixed(*taken, *_counted(150_000, 2_400, 130))),
        "late, ordered again": (130, fixed(*taken, *_counted(150_000, 2_400, 130), draft(dose))),
        "late, ordered higher": (130, fixed(*taken, *_counted(150_000, 2_400, 130), draft(higher))),
        "taken, not counted": (20, fixed(disease, *beside, order(dose))),
        "held, not counted": (21, fixed(disease, *beside, held[-1])),
        "late, low": (130, fixed(*taken, *_counted(28_000, 480, 130))),
        "held": (21, fixed(*held, *_counted(150_000, 2_400, 21))),
        "held for neutrophils": (21, fixed(*taken[:-1], *low, held[-1], *_counted(150_000, 2_400, 21))),
        "held since when": (21, fixed(*held[:-1], order(dose, "on-hold", day(0)), *_counted(150_000, 2_400, 21))),
        "held at once": (
            21,
            fixed(
                *taken[:-1], *_counted(20_000, 450, 0), order(dose, "on-hold", day(0)), *_counted(150_000, 2_400, 21)
            ),
        ),
        "held, both low": (21, fixed(*held[:-1], *_counted(20_000, 450, 14), held[-1], *_counted(28_000, 450, 21))),
        "held, still low": (21, fixed(*held, *_counted(24_000, 2_000, 21))),
        "low from the start": (
            20,
            fixed(disease, *beside, *_counted(52_000, 900, -3), order(dose), *_counted(29_000, 640, 20)),
        ),
        "held from the start": (
            21,
            fixed(
                disease,
                *beside,
                *_counted(52_000, 900, -3),
                *_counted(24_000, 440, 14),
                held[-1],
                *_counted(42_000, 640, 21),
            ),
        ),
        "dispensed": (
            20,
            fixed(
                *taken[:-1],
                own(dose, "completed", 0, kind="dispense", starts_by="dispensed"),
                *_counted(150_000, 2_400, 20),
            ),
        ),
        "first dose unknown": (20, fixed(*taken[:-1], order(dose, since=None), *_counted(42_000, 700, 20))),
        "no baseline": (20, fixed(disease, *beside, order(dose), *_counted(27_000, 700, 20))),
        "ordered again": (40, fixed(*taken, *_counted(150_000, 2_400, 40), draft(dose))),
        "ordered higher": (40, fixed(*taken, *_counted(150_000, 2_400, 40), draft(higher))),
        "ordered when low": (20, fixed(*taken, *_counted(24_000, 700, 20), draft(dose))),
        "ordered on hold": (21, fixed(*held, *_counted(150_000, 2_400, 21), draft(dose))),
        "stopped": (40, fixed(*taken[:-1], order(dose, "stopped", day(0), day(25)), *_counted(150_000, 2_400, 40))),
        "ordered after a stop": (
            40,
            fixed(*taken[:-1], order(dose, "stopped", day(0), day(25)), *_counted(150_000, 2_400, 40), draft(dose)),
        ),
    }


COURSES: Mapping[str, tuple[int, Part]] = {
    f"{name} {state}": course
    for name, states in {
        "MDS": _course(MDS, TEN),
        "MDS 5 mg": _course(MDS, FIVE),
        "MDS 2.5 mg every other day": _course(MDS, Dose(Decimal("2.5"), every_days=2)),
        "MDS without its subtype": _course(mds("mds"), TEN),
        "myeloma": _course(_ill("myeloma"), TWENTY_FIVE, DEXAMETHASONE),
        "myeloma alone": _course(_ill("myeloma"), TEN),
        "maintenance": _course(_ill("myeloma"), TEN, done("autologous-transplant", on=day(-90))),
        "mantle cell": _course(_ill("mcl"), TWENTY_FIVE),
        "follicular": _course(_ill("fl"), TWENTY, RITUXIMAB),
        "marginal zone": _course(_ill("mzl"), TWENTY),
        "myeloma 2.5 mg": _course(_ill("myeloma"), replace(TWENTY, mg=Decimal("2.5")), DEXAMETHASONE),
        "maintenance 5 mg": _course(_ill("myeloma"), FIVE, done("autologous-transplant", on=day(-90), text="ASCT")),
        "mantle cell 5 mg": _course(_ill("mcl"), replace(TWENTY, mg=Decimal(5))),
        "mantle cell every other day": _course(_ill("mcl"), Dose(Decimal(10), every_days=2)),
        "follicular 5 mg": _course(_ill("fl"), replace(TWENTY, mg=Decimal(5)), RITUXIMAB),
        "myeloma 10 mg": _course(_ill("myeloma"), replace(TWENTY, mg=Decimal(10)), DEXAMETHASONE),
        "marginal zone 10 mg": _course(_ill("mzl"), replace(TWENTY, mg=Decimal(10)), RITUXIMAB),
        "unknown disease": _course(_ill("other"), TEN),
    }.items()
    for state, course in states.items()
}


def chart(course: str, parts: Sequence[Part], jurisdiction: str) -> Case:
    """A course of treatment with parts piled on it, as a call."""
    on, base = COURSES[course]
    given = [*base(on), *(each for part in parts for each in part(on))]
    of = {
        kind: tuple(g for g in given if isinstance(g, kind)) for kind in (Reading, Diagnosis, Event, MedicationRecord)
    }
    values: dict[str, Any] = {}
    for each in given:
        if isinstance(each, dict):
            values.update(each)
    of_call = values.pop("case", {})
    findings: dict[str, tuple[Finding, ...]] = {}
    for each in (g for g in given if isinstance(g, Finding)):
        findings[each.fact] = tuple(sorted((*findings.get(each.fact, ()), each), key=lambda f: f.on or date.min))
    unusable: dict[str, tuple[Unusable, ...]] = {}
    for each in (g for g in given if isinstance(g, Unusable)):
        unusable[each.fact] = (*unusable.get(each.fact, ()), each)
    if course.startswith("MDS"):
        values.setdefault("events", tuple(done("rbc-transfusion", on=day(on - 10 - n)) for n in range(4)))
        if "ipssR" not in findings:
            findings.setdefault("ipss", (found("ipss", "low", day(-30)),))
    values["events"] = (*values.get("events", ()), *of[Event])
    patient = facts(
        *of[Reading],
        orders=tuple(m for m in of[MedicationRecord] if not m.is_draft),
        diagnoses=of[Diagnosis],
        findings=findings,
        unusable=unusable,
        unseen={g[1]: "the server did not answer" for g in given if isinstance(g, tuple) and g[:1] == ("unseen",)},
        karyotypes=tuple(
            g for g in given if isinstance(g, tuple) and not isinstance(g, Reading) and isinstance(g[0], Karyotype)
        ),
        **values,
    )
    orders = tuple(m for m in of[MedicationRecord] if m.is_draft)
    now = datetime.combine(day(on), time(12), UTC)
    return Case(patient, orders, "order-sign" if orders else "patient-view", day(on), now, jurisdiction, **of_call)
