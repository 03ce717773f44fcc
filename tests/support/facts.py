"""Facts for tests of the pure rules: a patient in a few words, without FHIR."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Diagnosis, Event, Finding, PatientFacts, Reading
from cds_service.clinical.quantity import Interval
from cds_service.clinical.recommendation import Assessment
from cds_service.dosing.case import Case
from cds_service.drugs.lenalidomide import DRUG
from cds_service.fhir.words import hold_causes_in

START = date(2026, 1, 5)
TEN = Dose(Decimal(10))
FIVE = Dose(Decimal(5))
TWO_AND_A_HALF = Dose(Decimal("2.5"))
HYSTERECTOMY = Event(frozenset({"hysterectomy"}), "Hysterectomy", date(2010, 3, 1), "Procedure/hysterectomy")
UNITS = {"platelets": "/uL", "anc": "/uL", "creatinine": "mg/dL", "weight": "kg", "temperature": "Cel"}


def day(number: int) -> date:
    """The date of a treatment day; day 0 is 2026-01-05."""
    return START + timedelta(days=number)


def reading(fact: str, value: str | int | Interval, on: date, **more: object) -> Reading:
    """A final result in the canonical unit."""
    amount = value if isinstance(value, Interval) else Interval.of(Decimal(str(value)))
    shown = str(value) if not isinstance(value, Interval) else "range"
    unit = UNITS.get(fact, "1")
    return Reading(fact, amount, unit, shown, unit, on, None, f"Observation/{fact}-{on}-{shown}", **more)  # type: ignore[arg-type]


def order(
    dose: Dose | None, status: str = "active", since: date | None = START, until: date | None = None, **more: object
) -> MedicationRecord:
    """An order of the chart; what its reason names is read from the words."""
    more.setdefault("status_concepts", hold_causes_in(str(more.get("status_reason", ""))))
    return MedicationRecord(
        kind="order",
        reference=f"MedicationRequest/{dose.words if dose else 'unknown'}-{since}".replace(" ", "-"),
        concepts=frozenset({"lenalidomide"}),
        status=status,
        intent="order",
        dose=dose,
        starts_on=since,
        starts_by="bounds" if since else "",
        bounds_end=until,
        **more,  # type: ignore[arg-type]
    )


def draft(dose: Dose | None = TEN, reference: str = "MedicationRequest/draft-1", problem: str = "") -> MedicationRecord:
    """A draft order of the call, of 28 days."""
    return MedicationRecord(
        "order",
        reference,
        frozenset({"lenalidomide"}),
        "draft",
        "order",
        dose=dose,
        dose_problem=problem,
        days_supply=Decimal(28),
        is_draft=True,
    )


def mds(*concepts: str) -> Diagnosis:
    """An MDS diagnosis; by default with isolated del(5q)."""
    return Diagnosis(frozenset({"mds", *(concepts or ("mds-del5q",))}), "MDS", True, "Condition/mds")


def facts(*readings: Reading, orders: tuple[MedicationRecord, ...] = (), **more: object) -> PatientFacts:
    """A 72-year-old woman of 62 kg with creatinine 0.8 mg/dL and a TSH on file, transfusion dependent MDS with isolated
    del(5q), IPSS low."""
    on = max((r.on for r in readings), default=START)
    series: dict[str, tuple[Reading, ...]] = {}
    for each in (*readings, reading("creatinine", "0.8", on), reading("weight", 62, on), reading("tsh", 2, on)):
        held = series.get(each.fact, ())
        if each.fact in ("creatinine", "weight", "tsh") and held:
            continue
        series[each.fact] = tuple(sorted((*held, each), key=lambda r: r.on))
    values: dict[str, object] = {
        "born_from": date(1953, 6, 1),
        "born_to": date(1953, 6, 1),
        "sex": "female",
        "patient_reference": "Patient/p1",
        "diagnoses": (mds(),),
        "events": tuple(
            Event(frozenset({"rbc-transfusion"}), "RBC", on - timedelta(days=10 + n), f"Procedure/rbc-{n}")
            for n in range(4)
        ),
        "findings": {"ipss": (Finding("ipss", "low", START, None, "Condition/mds"),)},
    }
    with_uterus = bool(more.pop("with_uterus", False))
    values.update(more)
    if not with_uterus:
        # Beyond doubt without childbearing potential, so that a test of anything else need not say so.
        values["events"] = (*values["events"], HYSTERECTOMY)  # type: ignore[misc]
    return PatientFacts(readings=series, medications=orders, **values)  # type: ignore[arg-type]


def platelet_transfusion(on: date) -> Event:
    """A platelet transfusion."""
    return Event(frozenset({"platelet-transfusion"}), "platelets", on, f"Procedure/plt-{on}")


assessed: list[Assessment] = []
"""What was assessed in the test that runs, in order; tests/unit/drugs/conftest.py compares it with the test's snapshot."""


def assess_case(case: Case) -> Assessment:
    """The assessment of a call."""
    assessed.append(DRUG.assess(case))
    return assessed[-1]


def assess(of: PatientFacts, on: date, *orders: MedicationRecord, jurisdiction: str = "US") -> Assessment:
    """The assessment of a patient on a day, on order-sign where there are orders, else on patient-view."""
    now = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    return assess_case(Case(of, orders, "order-sign" if orders else "patient-view", on, now, jurisdiction))
