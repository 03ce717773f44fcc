"""One patient's chart, clean: every state of every resource with the instant from which it was known.

A chart is played from a course by a random source alone: the same source gives the same chart. An order is active, then
completed by the next one, or on hold and then stopped; each is a state of its own, so that the chart of any day can be seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Final

from cds_service.synthetic.courses import EVER, Amount, Course, Finding
from cds_service.synthetic.vocabulary import Json, capsule, coded, coding, quantity, system

# The clock of the hospital that writes the clean chart.
ZONE: Final = timezone(timedelta(hours=-5))
# Treatment begins on a day of these.
EARLIEST, LATEST = date(2024, 1, 8), date(2025, 9, 1)
# Unit and last digit of each result; counts are in thousands.
MEASURED: Final[Mapping[str, tuple[str, str]]] = {
    "platelets": ("10*3/uL", "1"),
    "anc": ("10*3/uL", "0.01"),
    "hemoglobin": ("g/dL", "0.1"),
    "creatinine": ("mg/dL", "0.01"),
    "alt": ("U/L", "1"),
    "ast": ("U/L", "1"),
    "tsh": ("m[IU]/L", "0.01"),
    "ferritin": ("ug/L", "1"),
    "blasts": ("%", "1"),
    "weight": ("kg", "0.1"),
    "height": ("cm", "1"),
    "temperature": ("Cel", "0.1"),
}
LIMITS: Final[Mapping[str, Decimal | int]] = {"alt": 40, "ast": 40, "tsh": Decimal("4.2")}
VITAL: Final = frozenset({"weight", "height", "temperature"})
COUNTS: Final = ("platelets", "anc", "hemoglobin")
# By this a result lies from the straight line between the days that a course names, at most.
NOISE: Final = 0.03


@dataclass(frozen=True, slots=True)
class State:
    """A resource as it stood from an instant on; `about` is the fact or diagnosis that it tells, "" where it is none."""

    known: datetime
    resource: Json
    about: str = ""

    @property
    def is_signing(self) -> bool:
        """Whether an order of the drug was signed here; orders of other drugs have no supply."""
        return self.resource.get("status") == "active" and "dispenseRequest" in self.resource

    @property
    def key(self) -> tuple[str, str]:
        """What the states of one resource share: its type and id."""
        return self.resource["resourceType"], self.resource["id"]


@dataclass(slots=True)
class Chart:
    """All states of one patient's resources, what should be found, and the days on which the chart is looked at."""

    patient: str
    course: Course
    begun: date
    states: list[State] = field(default_factory=list)
    findings: list[tuple[date, date, Finding]] = field(default_factory=list)
    views: list[date] = field(default_factory=list)

    def at(self, moment: datetime) -> list[Json]:
        """The resources as they were known just before a moment."""
        known: dict[tuple[str, str], Json] = {}
        for state in sorted(self.states, key=lambda each: each.known):
            if state.known < moment:
                known[state.key] = state.resource
        return list(known.values())


def play(course: Course, patient: str, source: Random) -> Chart:
    """The chart of a course. Args: the patient's id; where chance comes from, which the call uses up in part."""
    begun = EARLIEST + timedelta(days=source.randrange((LATEST - EARLIEST).days))
    return _Player(course, source, Chart(patient, course, begun)).played()


class _Player:
    """Plays one course into one chart."""

    def __init__(self, course: Course, source: Random, chart: Chart) -> None:
        self.course, self.source, self.chart = course, source, chart
        self.sex = course.sex or source.choice(("female", "male"))
        self.numbers: dict[str, int] = {}
        self.said: dict[tuple[int, str], Decimal] = {}

    def played(self) -> Chart:
        """The whole chart."""
        self._person()
        self._disease()
        self._counts()
        self._other_results()
        self._orders()
        self._childbearing()
        course, chart = self.course, self.chart
        for finding in course.findings:
            chart.findings.append((self._day(finding.day), self._day(finding.until), self._told(finding)))
        ends = [day for day in (*course.drawn_on(), *course.views) if 0 < day <= course.ends]
        chart.views = sorted({self._day(day) for day in ends})
        return chart

    # ------------------------------------------------------------------ who it is
    def _person(self) -> None:
        age = int(self._amount(self.course.ages, "1"))
        born = self.chart.begun - timedelta(days=age * 365 + self.source.randrange(20, 330))
        number = self.chart.patient.rpartition("-")[2]
        name = {"use": "official", "family": "Synthetic", "given": [f"Patient {number}"]}
        self._put(-900, "Patient", id=self.chart.patient, name=[name], gender=self.sex, birthDate=str(born))
        self._result("weight", -3, self._amount(self.course.weight_kg, "0.1"))
        self._result("height", -3, self._amount("158-172" if self.sex == "female" else "168-184", "1"))
        if self.sex == "female" and not self.course.tests and "menopause" not in self.course.lacks:
            self._condition("menopause", -7000, "Postmenopausal state")

    def _disease(self) -> None:
        course = self.course
        stage = {"stage": [{"type": {"text": "IPSS"}, "summary": {"text": course.stage}}]} if course.stage else {}
        self._condition(course.diagnosis, -200, course.words, **stage)
        if course.karyotype and "karyotype" not in course.lacks:
            chromosomes = "46,XX" if self.sex == "female" else "46,XY"
            self._finding("karyotype", -20, valueString=f"{chromosomes},{course.karyotype}/{chromosomes}[2]")
            self._finding("tp53", -20, valueCodeableConcept=self._answer("negative"))
        given = [(day, "rbc-transfusion") for day, units in course.transfusions for _ in range(units)]
        for day, concept in (*given, *course.procedures):
            if day <= course.ends:
                at = self._at(day, 13)
                done = {"status": "completed", "code": coded(concept, "snomed"), "performedDateTime": _text(at)}
                self._put_at(at, "Procedure", concept, **done)
        for day, concept, words in course.conditions:
            self._condition(concept, day, words)
        for day, name in course.medicines:
            at = self._at(day, 15)
            dose = {"text": "as directed in the protocol"}
            self._put_at(
                at,
                "MedicationRequest",
                name,
                status="active",
                intent="order",
                medicationCodeableConcept=coded(name, "rxnorm"),
                authoredOn=_text(at),
                dosageInstruction=[dose],
            )

    def _condition(self, concept: str, day: int, words: str, **more: object) -> None:
        at = self._at(day, 10)
        code = coded(concept, "icd10cm")
        assert code is not None, f"{concept} has no code of a diagnosis"
        self._put_at(
            at,
            "Condition",
            concept,
            clinicalStatus=_status("clinical", "active"),
            verificationStatus=_status("verification", "confirmed"),
            code={**code, "text": words},
            onsetDateTime=str(at.date()),
            recordedDate=_text(at),
            **more,
        )

    # ------------------------------------------------------------------ results
    def _counts(self) -> None:
        rows = sorted(self.course.counts, key=lambda row: row[0])
        known = {
            row[0]: [self._amount(v, MEASURED[f][1]) for f, v in zip(COUNTS, row[1:], strict=True)] for row in rows
        }
        for day in self.course.drawn_on():
            if day > self.course.ends:
                continue
            values = known.get(day) or [self._between(known, day, place) for place in range(len(COUNTS))]
            for fact, value in zip(COUNTS, values, strict=True):
                self._result(fact, day, value)

    def _between(self, known: Mapping[int, list[Decimal]], day: int, place: int) -> Decimal:
        before, after = next(((a, b) for a, b in pairwise(known) if a < day < b), (max(known), max(known)))
        first, last = known[before][place], known[after][place]
        share = Decimal(day - before) / (after - before) if after > before else Decimal(0)
        drift = Decimal(f"{1 + self.source.uniform(-NOISE, NOISE):.3f}")
        return ((first + (last - first) * share) * drift).quantize(Decimal(MEASURED[COUNTS[place]][1]))

    def _other_results(self) -> None:
        """What every chart of a patient in treatment has, unless the course says it: kidneys, liver, thyroid, hepatitis B."""
        course = self.course
        renewed = range(0, course.ends + 1, 28)
        usual: dict[str, list[tuple[int, Amount]]] = {
            "creatinine": [(day or -3, "0.60-0.75") for day in renewed],
            "alt": [(day or -3, "18-30") for day in renewed],
            "ast": [(day or -3, "17-28") for day in renewed],
            "tsh": [(-6, "1.2-3.0"), (84, "1.2-3.0")],
            "ferritin": [(-6, "320-640"), (84, "320-640")],
        }
        for fact, series in {**usual, **course.results}.items():
            for day, amount in series:
                if day <= course.ends:
                    self._result(fact, day, self._amount(amount, MEASURED[fact][1]))
        for fact in ("hbsag", "hbcab"):
            self._finding(fact, -6, valueCodeableConcept=self._answer("negative"))

    def _result(self, fact: str, day: int, value: Decimal) -> None:
        self.said[day, fact] = value
        unit = MEASURED[fact][0]
        more: Json = {"valueQuantity": quantity(value, unit)}
        if fact in LIMITS:
            more["referenceRange"] = [{"high": quantity(LIMITS[fact], unit)}]
        self._finding(fact, day, **more)

    def _finding(self, fact: str, day: int, **value: object) -> None:
        at = self._at(day, 8)
        known = at + timedelta(hours=0 if fact in VITAL else 3)
        self._put_at(
            known,
            "Observation",
            fact,
            status="final",
            category=[_status("category", "vital-signs" if fact in VITAL else "laboratory")],
            code=coded(fact, "loinc"),
            effectiveDateTime=_text(at),
            issued=_text(known),
            **value,
        )

    # ------------------------------------------------------------------ treatment
    def _orders(self) -> None:
        """Each order is active until the next one is signed, or until the day after a hold was due."""
        days = [*(day for day, _ in self.course.orders), EVER]
        for (day, mg), following in zip(self.course.orders, days[1:], strict=True):
            at = self._at(day, 15)
            order = self._order(Decimal(mg), day, at)
            self._put_state(at, order)
            held = next((h for h in self.course.holds if day <= h[0] < following), None)
            if held:
                seen, resumed, reason = held
                order = _ended(order, self._day(seen))
                order["statusReason"] = {"text": f"held: {reason}"}
                self._put_state(self._at(seen + 1, 9), {**order, "status": "on-hold"})
                if following < EVER:
                    self._put_state(self._at(resumed, 15), {**order, "status": "stopped"})
            elif following < EVER:
                self._put_state(self._at(following, 15), {**order, "status": "completed"})

    def _order(self, mg: Decimal, day: int, at: datetime) -> Json:
        course = self.course
        is_resumed = bool(course.resumed) and any(resumed <= day for _, resumed, _ in course.holds)
        is_daily = (course.resumed if is_resumed else course.days) == "daily"
        words = "once daily" if is_daily else "once daily on days 1-21 of 28"
        bounds = {"start": str(self._day(day)), "end": str(self._day(day + 27))}
        supply = {"value": 28, "unit": "days", "system": system("ucum"), "code": "d"}
        capsules = {"value": 28 if is_daily else 21, "unit": "capsule"}
        return {
            "resourceType": "MedicationRequest",
            "id": self._id("MedicationRequest"),
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": capsule(self.course.drug, mg),
            "subject": {"reference": f"Patient/{self.chart.patient}"},
            "authoredOn": _text(at),
            "dosageInstruction": [
                {
                    "text": f"{mg} mg by mouth {words}",
                    "timing": {"repeat": {"boundsPeriod": bounds, "frequency": 1, "period": 1, "periodUnit": "d"}},
                    "doseAndRate": [{"doseQuantity": quantity(mg, "mg")}],
                }
            ],
            "dispenseRequest": {"numberOfRepeatsAllowed": 0, "quantity": capsules, "expectedSupplyDuration": supply},
        }

    def _childbearing(self) -> None:
        if not self.course.tests:
            return
        since = {"start": str(self._day(-60))}
        self._finding("contraception", -60, valueCodeableConcept={"text": "intrauterine device and male condom"})
        self.chart.states[-1].resource.pop("effectiveDateTime")
        self.chart.states[-1].resource["effectivePeriod"] = since
        sensitivity = [{"code": {"text": "analytical sensitivity"}, "valueQuantity": {"value": 25, "unit": "mIU/mL"}}]
        for day, answer in self.course.tests:
            self._finding("pregnancyTest", day, valueCodeableConcept=self._answer(answer), component=sensitivity)

    # ------------------------------------------------------------------ small change
    def _answer(self, words: str) -> Json:
        answer = coded(f"result-{words}", "snomed")
        assert answer is not None
        return {**answer, "text": words}

    def _amount(self, amount: Amount, digit: str) -> Decimal:
        """The number, or one of its range; to the last digit that is reported."""
        if isinstance(amount, str):
            low, _, high = amount.partition("-")
            steps = int((Decimal(high) - Decimal(low)) / Decimal(digit))
            return (Decimal(low) + self.source.randint(0, steps) * Decimal(digit)).quantize(Decimal(digit))
        return Decimal(amount).quantize(Decimal(digit))

    def _told(self, finding: Finding) -> Finding:
        """The finding with the values of its day in its words."""
        values = {fact: value for (day, fact), value in self.said.items() if day == finding.day}
        if finding.day == 0:
            values = {fact: value for (_, fact), value in self.said.items()} | values
        words = finding.happened.format_map({**values, "neutrophils": values.get("anc")})
        return Finding(**{**{f: getattr(finding, f) for f in Finding.__slots__}, "happened": words})

    def _day(self, day: int) -> date:
        return self.chart.begun + timedelta(days=min(day, EVER))

    def _at(self, day: int, hour: int) -> datetime:
        minutes = self.source.randrange(60)
        return datetime.combine(self._day(day), time(hour, minutes), ZONE)

    def _id(self, kind: str) -> str:
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return f"{self.chart.patient}-{kind[:3].lower()}-{self.numbers[kind]}"

    def _put(self, day: int, kind: str, **members: object) -> None:
        self.chart.states.append(State(self._at(day, 9), {"resourceType": kind, **members}))

    def _put_at(self, known: datetime, kind: str, about: str, **members: object) -> None:
        subject = {"reference": f"Patient/{self.chart.patient}"}
        resource = {"resourceType": kind, "id": self._id(kind), "subject": subject, **members}
        self.chart.states.append(State(known, resource, about))

    def _put_state(self, known: datetime, resource: Json) -> None:
        self.chart.states.append(State(known, resource))


def _ended(order: Json, day: date) -> Json:
    """The order with its period cut short."""
    instruction = order["dosageInstruction"][0]
    repeat = instruction["timing"]["repeat"]
    bounds = {**repeat["boundsPeriod"], "end": str(day)}
    return {**order, "dosageInstruction": [{**instruction, "timing": {"repeat": {**repeat, "boundsPeriod": bounds}}}]}


def _status(name: str, code: str) -> Json:
    return {"coding": [coding(name, code)]}


def _text(at: datetime) -> str:
    return at.isoformat()
