"""Any patient with MDS: on treatment, on hold, reduced, or about to start; as plain facts and as a whole chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Event, Finding, PatientFacts
from cds_service.clinical.recommendation import Action, Assessment
from cds_service.dosing.case import Case
from cds_service.drugs.lenalidomide import DRUG
from tests.support.facts import START, assess, day, draft, facts, order, platelet_transfusion, reading
from tests.support.resources import Json

LAWS = ("US", "EU")
CYCLE = {"on_days": 21, "cycle_days": 28}
LEVELS = {
    "EU-REN-GE50": (
        Dose(Decimal(10), **CYCLE), Dose(Decimal(5)), Dose(Decimal("2.5")), Dose(Decimal("2.5"), every_days=2),
    ),
    "EU-REN-MDS-30-50": (Dose(Decimal(5), **CYCLE), Dose(Decimal("2.5")), Dose(Decimal("2.5"), every_days=2)),
    "EU-REN-MDS-LT30": (
        Dose(Decimal("2.5"), **CYCLE), Dose(Decimal("2.5"), every_days=2), Dose(Decimal("2.5"), per_week=2),
    ),
}  # fmt: skip
"""The EU dose levels by renal row, level 0 first."""
DOSES = {
    "US": (
        Dose(Decimal(10)), Dose(Decimal(5)), Dose(Decimal("2.5")), Dose(Decimal(15)), Dose(Decimal(10), **CYCLE),
        Dose(Decimal(5), every_days=2),
    ),
    "EU": (
        *(dose for levels in LEVELS.values() for dose in levels), Dose(Decimal(10)), Dose(Decimal(15), **CYCLE),
    ),
}  # fmt: skip
"""What may be taken or ordered; a patient's number picks one, whatever the law."""
PLATELETS = st.one_of(
    st.integers(1_000, 400_000), st.sampled_from((29_999, 30_000, 30_001, 49_999, 50_000, 50_001, 90_000))
)
ANC = st.one_of(st.integers(1, 9_000), st.sampled_from((499, 500, 501, 749, 750, 999, 1_000)))
WITHHELD = frozenset({
    Action.HOLD, Action.REMAIN_ON_HOLD, Action.DO_NOT_START, Action.DISCONTINUE, Action.PERMANENTLY_DISCONTINUE,
    Action.REQUEST_DATA, Action.REVIEW, Action.ESCALATE_URGENT, Action.REPEAT_AND_REASSESS,
})  # fmt: skip


@dataclass(frozen=True)
class Patient:
    """One patient. `state` is "start", "treated", "reduced" or "held"; days count from the first dose.

    `taken` and `drafted` number the doses of the law (`DOSES`); no draft where `drafted` is None.
    """

    state: str
    taken: int
    day: int
    platelets: int
    anc: int
    earlier_platelets: int
    earlier_anc: int
    baseline_platelets: int | None
    baseline_anc: int | None
    temperature: Decimal | None
    transfused: bool
    creatinine: Decimal
    weight: int
    age: int
    sex: str
    drafted: int | None
    law: str = "US"

    @property
    def dose(self) -> Dose:
        """What she takes, or took until the hold."""
        return DOSES[self.law][self.taken % len(DOSES[self.law])]

    @property
    def ordered(self) -> Dose | None:
        """What is drafted in the call."""
        return None if self.drafted is None else DOSES[self.law][self.drafted % len(DOSES[self.law])]

    @property
    def current(self) -> Dose:
        """The dose in force."""
        return DOSES[self.law][1] if self.state == "reduced" else self.dose

    @property
    def today(self) -> date:
        """The day of the call."""
        return START if self.state == "start" else day(self.day)


patients = st.builds(
    Patient,
    state=st.sampled_from(("start", "treated", "treated", "reduced", "held")),
    taken=st.integers(0, 11),
    day=st.one_of(st.integers(8, 70), st.integers(71, 400), st.sampled_from((28, 29, 56, 57))),
    platelets=PLATELETS,
    anc=ANC,
    # Half of the earlier counts are low enough to have caused a hold in either jurisdiction.
    earlier_platelets=st.one_of(st.integers(5_000, 24_000), PLATELETS),
    earlier_anc=st.one_of(st.integers(50, 499), ANC),
    baseline_platelets=st.one_of(st.none(), PLATELETS),
    baseline_anc=st.one_of(st.none(), ANC),
    temperature=st.one_of(st.none(), st.decimals("36", "40", places=1)),
    transfused=st.booleans(),
    creatinine=st.decimals("0.4", "6", places=2),
    weight=st.integers(35, 140),
    age=st.integers(52, 95),
    sex=st.sampled_from(("male", "female")),
    drafted=st.one_of(st.none(), st.integers(0, 11)),
    law=st.sampled_from(LAWS),
)


def chart_of(one: Patient) -> PatientFacts:
    """The facts of a patient: counts of today and of a week ago, a baseline the day before the first dose."""
    today = one.today
    found = [reading("platelets", one.platelets, today), reading("anc", one.anc, today)]
    born = date(today.year - one.age, 6, 1)
    found += [reading("creatinine", str(one.creatinine), today), reading("weight", one.weight, today)]
    if one.temperature is not None:
        found.append(reading("temperature", str(one.temperature), today))
    orders: tuple[Any, ...] = ()
    if one.state != "start":
        earlier = today - timedelta(days=7)
        found += [reading("platelets", one.earlier_platelets, earlier), reading("anc", one.earlier_anc, earlier)]
        if one.baseline_platelets is not None:
            found.append(reading("platelets", one.baseline_platelets, START - timedelta(days=1)))
        if one.baseline_anc is not None:
            found.append(reading("anc", one.baseline_anc, START - timedelta(days=1)))
    if one.state == "treated":
        orders = _course(one, "active", None)
    if one.state == "reduced":
        half = today - timedelta(days=4)
        full, less = DOSES[one.law][:2]
        orders = (order(full, "stopped", START, half - timedelta(days=2)), order(less, "active", half))
    if one.state == "held":
        orders = _course(one, "on-hold", today - timedelta(days=7))
    patient = facts(*sorted(found, key=lambda r: r.on), orders=orders, sex=one.sex, born_from=born, born_to=born)
    if one.transfused:
        patient = replace(patient, events=(*patient.events, platelet_transfusion(today - timedelta(days=2))))
    return _european(patient) if one.law == "EU" else patient


def _course(one: Patient, status: str, until: date | None) -> tuple[Any, ...]:
    """The order in force or on hold; in the EU after the starting dose of its renal row, where it is a lower level."""
    levels = next((row for row in LEVELS.values() if any(d is one.dose for d in row[1:])), None)
    if one.law == "US" or levels is None:
        return (order(one.dose, status, START, until),)
    return (order(levels[0], "stopped", START, day(3)), order(one.dose, status, day(4), until))


def _european(patient: PatientFacts) -> PatientFacts:
    """Hepatitis B negative, and a response: red cells before the start and none under treatment."""
    negative = {f: (Finding(f, "negative", START, None, f"Observation/{f}"),) for f in ("hbsag", "hbcab")}
    others = [e for e in patient.events if "rbc-transfusion" not in e.concepts]
    given = [
        Event(frozenset({"rbc-transfusion"}), "RBC", START - timedelta(days=10 + n), f"Procedure/rbc-{n}")
        for n in range(4)
    ]
    return replace(patient, findings={**patient.findings, **negative}, events=(*others, *given))


def assessed(one: Patient, of: PatientFacts | None = None, on: date | None = None) -> Assessment:
    """The assessment of a patient, with the draft where one is ordered; a start always has one."""
    ordered = one.ordered or (DOSES[one.law][0] if one.state == "start" else None)
    drafts = (draft(ordered),) if ordered is not None else ()
    return assess(of or chart_of(one), on or one.today, *drafts, jurisdiction=one.law)


def case_on(one: Patient, hook: str) -> Case:
    """The call of a hook with an order of the patient at a site that is served on every hook; sent out, it is signed."""
    ordered = draft(one.ordered or DOSES[one.law][0])
    is_sent = hook == "order-dispatch"
    own = replace(ordered, authored_on=one.today, status="active" if is_sent else "draft")
    now = datetime(one.today.year, one.today.month, one.today.day, 12, tzinfo=UTC)
    signed = frozenset({own.reference}) if is_sent else frozenset()
    return Case(chart_of(one), (own,), hook, one.today, now, one.law, signed=signed, served=frozenset(DRUG.hooks))


def taken_per_day(one: Patient, said: Assessment) -> Fraction:
    """The mg per day that the patient takes when the advice is followed; none where the dose is withheld or in question.

    A draft above the dose in force that the table allows is in question for that alone: it counts as it is ordered.
    """
    # Kidneys that fell under treatment leave the dose in force; before a resume they leave the hold.
    others = [r for r in said.recommendations if r.message not in ("kidneys-fell", "dose-raised")]
    if any(r.action in WITHHELD for r in others):
        return Fraction(0)
    doses = [r.dose.mg_per_day for r in said.recommendations if r.dose is not None]
    if doses:
        return min(doses)
    ordered = one.ordered or (DOSES[one.law][0] if one.state == "start" else None)
    if ordered is not None:
        return ordered.mg_per_day
    return Fraction(0) if one.state == "held" else one.current.mg_per_day


def shifted(value: Any, by: timedelta) -> Any:
    """The same facts with every date moved."""
    if isinstance(value, date):
        return value + by
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: shifted(getattr(value, f.name), by) for f in fields(value) if f.init})
    if hasattr(value, "_replace"):
        return value._replace(**{name: shifted(each, by) for name, each in value._asdict().items()})
    if isinstance(value, tuple):
        return tuple(shifted(item, by) for item in value)
    if isinstance(value, dict):
        return {key: shifted(item, by) for key, item in value.items()}
    return value


def decisions(said: Assessment) -> set[tuple[Any, ...]]:
    """What is decided, without dates and references."""
    return {(r.action, r.urgency, r.rules, r.dose.words if r.dose else "") for r in said.recommendations}


def vignette(one: Patient, today: str) -> Json:
    """The patient as a vignette of the examples, dated so that today is `today`."""
    on = date.fromisoformat(today)
    begun = on - timedelta(days=one.day)
    therapy: Json | None = None
    dose = int(one.dose.mg) if one.dose.mg == int(one.dose.mg) else float(one.dose.mg)
    schedule = one.dose.words.partition(" mg ")[2].removeprefix("once daily on ")
    if one.state in ("treated", "reduced"):
        therapy = {"status": "active", "dose_mg": dose, "schedule": schedule, "start_date": str(begun)}
    if one.state == "held":
        held = str(on - timedelta(days=7))
        therapy = {"status": "on-hold", "dose_mg_before_hold": dose, "schedule_before_hold": schedule,
                   "start_date": str(begun), "hold_since": held}  # fmt: skip
    labs = [_lab("PLT", one.platelets, on), _lab("ANC", one.anc, on)]
    if therapy:
        earlier = on - timedelta(days=7)
        labs = [_lab("PLT", one.earlier_platelets, earlier), _lab("ANC", one.earlier_anc, earlier), *labs]
    if one.temperature is not None:
        labs.append({"date": today, "analyte": "TEMP", "value": float(one.temperature), "unit": "Cel"})
    return {
        "id": "any", "as_of": today, "jurisdiction": one.law,
        "patient": {"age": one.age, "sex": "male", "weight_kg": one.weight,
                    "creatinine": {"value": float(one.creatinine), "unit": "mg/dL", "date": str(on)}},
        "indication": {"disease": "MDS", "cytogenetics": "del(5q) isolated", "ipss": "Low",
                       "transfusion_dependent": True},
        "labs": labs,
        **({"therapy": therapy} if therapy else {}),
        "baseline": {"plt": one.baseline_platelets, "anc": one.baseline_anc, "unit": "/uL", "date": str(begun)},
    }  # fmt: skip


def _lab(analyte: str, value: int, on: date) -> Json:
    return {"analyte": analyte, "value": value, "unit": "/uL", "date": str(on)}


def removable(of: PatientFacts, names: Sequence[str]) -> list[PatientFacts]:
    """The chart without one result, for each result of the named facts."""
    return [
        replace(of, readings={**of.readings, name: tuple(r for r in of.readings[name] if r is not gone)})
        for name in names
        for gone in of.readings.get(name, ())
    ]
