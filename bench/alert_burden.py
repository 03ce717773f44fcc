"""How many cards a year of treatment shows, and how many of them answer something: python bench/alert_burden.py [--cards]

Four charts (`bench/years/`), 74 calls each, as an EHR makes them: the chart grows from day to day, prefetch is answered as
discovery asks. In run 1 the haematologist does what each critical card advises, on that day; in run 2 nobody acts, though the
rest of the year goes as written. Exit code 1 where a ceiling is passed, each of which is printed.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import math
import os
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from cds_service.api.wiring import KEY  # noqa: E402
from tests.support import resources as make  # noqa: E402
from tests.support.application import application  # noqa: E402
from tests.support.chart import ANALYTES, COMEDICATIONS, Chart  # noqa: E402
from tests.support.ehr import Ehr, FlaskTransport, apply  # noqa: E402
from tests.support.resources import Json  # noqa: E402

YEARS = HERE / "years"
NAMES = ("complete", "sparse", "menopause", "eu")
FIRST = date(2026, 1, 5)
ORDERED = range(0, 365, 28)
VIEWED = sorted({*ORDERED, 7, 14, 21, 35, 42, 49, 63, *range(70, 351, 28)})
EXTENSION = "org.cds-service.recommendation"
MOST_CARDS, LEAST_ANSWERING, MOST_ON_ORDERS = 25, 0.5, 4
IDLE = "allopurinol"
BUNDLED = ("order-select", "order-sign", "order-dispatch")

TESTS: Mapping[str, tuple[str, str, str, Any]] = {
    **{name: (*ANALYTES[key], unit, limit) for name, key, unit, limit in (
        ("platelets", "PLT", "10*3/uL", None), ("neutrophils", "ANC", "10*3/uL", None), ("hemoglobin", "HB", "g/dL", None),
        ("creatinine", "CREAT", "mg/dL", None), ("weight", "WEIGHT", "kg", None), ("height", "HEIGHT", "cm", None),
        ("alt", "ALT", "U/L", 40), ("ast", "AST", "U/L", 40), ("tsh", "TSH", "m[IU]/L", 4.2), ("temperature", "TEMP", "Cel", None),
    )},
    "ferritin": ("2276-4", "Ferritin [Mass/volume] in Serum or Plasma", "ng/mL", None),
    "tp53": ("21739-8", "TP53 gene targeted mutation analysis", "", None),
    "hbsag": ("5195-3", "Hepatitis B virus surface Ag", "", None),
    "hbcab": ("13952-7", "Hepatitis B virus core Ab", "", None),
}  # fmt: skip


def on(day: int) -> date:
    """The date of a day of the year."""
    return FIRST + timedelta(days=day)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a haematologist acts on: from `day` to the day before `until`, whatever is done."""

    day: int
    happened: str
    does: str
    actions: tuple[str, ...]
    until: int
    rules: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    drafted: tuple[Any, str] | None = None
    accepts: bool = False
    critical: bool = False
    after_hold: bool = False

    def is_open(self, day: int) -> bool:
        """Whether it still waits for an answer."""
        return self.day <= day < self.until

    def is_answered_by(self, card: Json) -> bool:
        """Whether a card, or a line under it, says it."""
        own = card["extension"][EXTENSION]
        return any(self._is_said(d["action"], d["rules"]) for d in (own, *own.get("alsoFound", ())))

    def _is_said(self, action: str, rules: Sequence[str]) -> bool:
        by_rule = not self.rules or any(rule.startswith(self.rules) for rule in rules)
        return action in self.actions and by_rule


@dataclass(frozen=True, slots=True)
class Year:
    """One chart as written: `data` as in its file."""

    name: str
    data: Json
    events: tuple[Event, ...]

    @property
    def law(self) -> str:
        """US or EU."""
        law: str = self.data["law"]
        return law


def year(name: str) -> Year:
    """The year of a file."""
    data = tomllib.loads((YEARS / f"{name}.toml").read_text(encoding="utf-8"))
    events = data.pop("event")
    lists = ("actions", "rules", "hooks", "drafted")
    return Year(name, data, tuple(Event(**{k: tuple(v) if k in lists else v for k, v in e.items()}) for e in events))


def written(year: Year) -> list[tuple[int, Json]]:
    """All that comes into the chart whatever is done, with its day; later states of a resource after earlier ones."""
    who = f"year-{year.name}"
    found = [(-10_000, {"resourceType": "Patient", "id": who, **year.data["patient"]})]
    for day, *values in year.data["counts"]:
        found += [(day, _result(who, n, day, v)) for n, v in zip(("platelets", "neutrophils", "hemoglobin"), values, strict=True)
                  if not math.isnan(v)]  # fmt: skip
    for name, series in year.data["results"].items():
        found += [(day, _result(who, name, day, value)) for day, value in series]
    for day, iscn in year.data["karyotypes"]:
        text = "Chromosome analysis result in ISCN expression"
        found.append((day, make.observation(who, f"karyotype-{day}", "62356-1", text, str(on(day)), valueString=iscn)))
    transfusion = make.concept(make.SNOMED, "116863004", "Transfusion of red blood cells")
    for day, units in year.data["transfusions"]:
        found += [(day, make.procedure(who, f"rbc-{day}-{n}", transfusion, str(on(day)))) for n in range(units)]
    for each in year.data["condition"]:
        found += list(_condition(who, each))
    for each in year.data.get("medicine", ()):
        drug, day = each["drug"], each["day"]
        code = {"apixaban": "1364430", **COMEDICATIONS}[drug]
        order = make.comedication(who, f"{drug.split()[0]}-{day}", drug, code, str(on(day)))
        found += [(day, order), *([(each["ended"], {**order, "status": "completed"})] if "ended" in each else [])]
    return sorted(found, key=lambda pair: pair[0])


def _result(who: str, name: str, day: int, value: Any) -> Json:
    code, text, unit, limit = TESTS[name]
    more: Json = {"valueQuantity": make.quantity(value, unit)} if unit else {"valueCodeableConcept": {"text": value}}
    if limit is not None:
        more["referenceRange"] = [{"high": make.quantity(limit, unit)}]
    at = f"{on(day)}T08:00:00Z" if name == "temperature" else str(on(day))
    return make.observation(who, f"{name}-{day}".replace("--", "-before-"), code, text, at, **more)


def _condition(who: str, each: Json) -> Iterator[tuple[int, Json]]:
    day = each["day"]
    code = make.concept(make.ICD10CM, each["code"], each["text"])
    more: Json = {"recordedDate": str(on(day))}
    if "ipss" in each:
        more["stage"] = [{"type": {"text": "IPSS"}, "summary": {"text": each["ipss"]}}]
    if "grade" in each:
        more["severity"] = {"text": f"CTCAE grade {each['grade']}"}
    found = make.condition(who, f"{each['code']}-{day}".replace("--", "-before-"), code, str(on(day)), **more)
    yield day, found
    if "ended" in each:
        resolved = {"coding": [{**found["clinicalStatus"]["coding"][0], "code": "resolved"}]}
        yield each["ended"], {**found, "clinicalStatus": resolved, "abatementDateTime": str(on(each["ended"]))}


@dataclass(frozen=True, slots=True)
class Called:
    """One call and its cards; `concerns` whether it is about lenalidomide."""

    day: int
    hook: str
    cards: tuple[Json, ...]
    concerns: bool = True


@dataclass
class Run:
    """One year with the service."""

    year: Year
    heeded: bool
    ehr: Ehr
    engine: Any
    calls: list[Called] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chart = Chart(f"year-{self.year.name}")
        self.waiting = written(self.year)
        self.orders = {day: (mg, schedule) for day, mg, schedule in self.year.data["orders"]}

    def play(self) -> None:
        """All calls of the year."""
        for day in sorted({*VIEWED, *ORDERED}):
            self._grow(day)
            self.engine._settings = replace(self.engine._settings, today=on(day))
            self.ehr.today = str(on(day))
            if day in VIEWED:
                self._called(day, "patient-view", [])
                if self._has_encounters:
                    self._called(day, "encounter-start", [])
            if day in ORDERED:
                self._order(day)

    @property
    def _has_encounters(self) -> bool:
        return "encounter-start" in os.environ.get("CDS_SERVICES", "").split(",")

    def _grow(self, day: int) -> None:
        while self.waiting and self.waiting[0][0] <= day:
            self._put(self.waiting.pop(0)[1])

    def _put(self, resource: Json) -> None:
        key = (resource["resourceType"], resource["id"])
        kept = [r for r in self.chart.resources if (r["resourceType"], r["id"]) != key]
        self.chart.resources[:] = [*kept, copy.deepcopy(resource)]

    def _order(self, day: int) -> None:
        """A prescription on its way: chosen, signed, sent out. Who waits with lenalidomide orders something else."""
        after = self._called(day, "order-select", [self._draft(day)])
        after = self._called(day, "order-sign", after or [self._other(day)])
        signed = [self._sign(day, each) for each in after]
        self._called(day, "order-dispatch", [each for each in signed if each["resourceType"] == "MedicationRequest"])

    def _draft(self, day: int) -> Json:
        mistaken = next((e.drafted for e in self.year.events if e.drafted and e.day == day), None)
        if self._is_held(day):
            return self._other(day)
        draft = self.ehr.draft(self.chart, *(mistaken or self.orders[day]))
        draft["id"] = f"lenalidomide-{day}"
        return draft

    def _is_held(self, day: int) -> bool:
        """Whether capsules are held and the plan of the day is not to go on with them."""
        held = [o for o in _lenalidomide(self.chart) if o["status"] == "on-hold"]
        waits = any(e.critical and e.is_open(day) for e in self.year.events)
        return bool(held) and waits

    def _other(self, day: int) -> Json:
        """A draft of another medicine."""
        order = make.comedication(self.chart.patient_id, f"{IDLE}-{day}", IDLE, "519", str(on(day)))
        return {**order, "status": "draft"}

    def _sign(self, day: int, draft: Json) -> Json:
        """The order as signed; a new one of lenalidomide takes the place of the last one."""
        order = {**copy.deepcopy(draft), "status": "active", "authoredOn": str(on(day))}
        if "lenalidomide" in str(order.get("medicationCodeableConcept")):
            for old in _lenalidomide(self.chart):
                if old["status"] in ("active", "on-hold"):
                    self._put({**old, "status": "completed" if old["status"] == "active" else "stopped"})
            instruction = order["dosageInstruction"][0]
            instruction.setdefault("timing", {}).setdefault("repeat", {})["boundsPeriod"] = {
                "start": str(on(day)),
                "end": str(on(day + 27)),
            }
        self._put(order)
        return order

    def _called(self, day: int, hook: str, drafts: list[Json]) -> list[Json]:
        """Make a call; the drafts after whatever the haematologist accepted."""
        answer = self.ehr.call(hook, self.chart, drafts)
        concerns = hook not in BUNDLED or any("lenalidomide" in str(d.get("medicationCodeableConcept")) for d in drafts)
        self.calls.append(Called(day, hook, tuple(answer.cards), concerns))
        for card in answer.cards:
            if self._is_accepted(day, card):
                drafts = self._accept(card, drafts, day)
        return drafts

    def _is_accepted(self, day: int, card: Json) -> bool:
        if card["indicator"] == "critical":
            return self.heeded
        return any(e.accepts and e.is_open(day) and e.is_answered_by(card) for e in self.year.events)

    def _accept(self, card: Json, drafts: list[Json], day: int) -> list[Json]:
        """Take the recommended suggestion of a card, or all where any may be taken; a test ordered is an order of the chart."""
        offered = sorted(card.get("suggestions", ()), key=lambda s: not s.get("isRecommended", False))
        taken = offered if card.get("selectionBehavior") == "any" else offered[:1]
        for suggestion in taken:
            drafts = apply(suggestion, drafts, self.chart)
        for number, test in enumerate(d for d in drafts if d["resourceType"] == "ServiceRequest"):
            self._put({**test, "status": "active", "id": f"test-{day}-{number}", "authoredOn": str(on(day))})
        return [d for d in drafts if d["resourceType"] != "ServiceRequest"]


def _lenalidomide(chart: Chart) -> list[Json]:
    return [r for r in chart.of("MedicationRequest") if "lenalidomide" in str(r.get("medicationCodeableConcept"))]


@dataclass(frozen=True, slots=True)
class Tally:
    """What one run comes to."""

    run: Run

    @property
    def events(self) -> list[Event]:
        """The events of the run: what follows from a hold is none where nobody held."""
        return [e for e in self.run.year.events if self.run.heeded or not e.after_hold]

    @property
    def cards(self) -> list[tuple[Called, Json]]:
        """Every card with its call."""
        return [(call, card) for call in self.run.calls for card in call.cards]

    @property
    def answering(self) -> int:
        """The cards that answer an event that is open."""
        return sum(
            any(e.is_open(call.day) and e.is_answered_by(card) for e in self.events) for call, card in self.cards
        )

    @property
    def on_orders(self) -> list[tuple[Called, Json]]:
        """The cards that an order hook shows."""
        return [(call, card) for call, card in self.cards if call.hook in BUNDLED]

    def unanswered(self) -> list[Event]:
        """The events that their first call does not answer."""
        return [e for e in self.events if not any(map(e.is_answered_by, self._first(e)))]

    def _first(self, event: Event) -> tuple[Json, ...]:
        may_know = (c for c in self.run.calls if c.day >= event.day and (not event.hooks or c.hook in event.hooks))
        return next(may_know).cards

    def not_standing(self) -> list[str]:
        """In a run that nobody acts in: calls on which the card of an open critical event is missing."""
        return [
            f"day {call.day} {call.hook}: {event.happened}"
            for event in self.events
            if event.critical
            for call in self.run.calls
            if call.concerns and event.is_open(call.day) and not any(_is_critical(event, card) for card in call.cards)
        ]

    def come_again(self) -> list[str]:
        """In a run that is acted in: critical cards of an event after the first one."""
        found = []
        for event in self.events:
            shown = [call for call, card in self.cards if event.is_open(call.day) and _is_critical(event, card)]
            found += [f"day {call.day} {call.hook}: {event.happened}" for call in shown[1:] if event.critical]
        return found

    def over(self) -> list[str]:
        """The ceilings that are passed."""
        number = len(self.cards)
        found = [f"day {e.day}: {e.happened}: not answered on the first call" for e in self.unanswered()]
        if self.run.heeded:
            found += [f"{number} cards, at most {MOST_CARDS}"] if number > MOST_CARDS else []
            found += (
                [f"{self.answering} of {number} cards answer an event"]
                if self.answering < LEAST_ANSWERING * number
                else []
            )
            if self.run.year.name == "complete" and len(self.on_orders) > MOST_ON_ORDERS:
                found.append(f"{len(self.on_orders)} cards on order hooks, at most {MOST_ON_ORDERS}")
            found += [f"comes again though heeded: {each}" for each in self.come_again()]
        else:
            found += [f"does not stand though unheeded: {each}" for each in self.not_standing()]
        return found

    def print(self, with_cards: bool) -> None:
        """The table of the run."""
        rules = Counter(_name(card) for _, card in self.cards)
        urgencies = Counter(card["indicator"] for _, card in self.cards)
        of_each = ", ".join(f"{urgencies[u]} {u}" for u in ("critical", "warning", "info"))
        answered = len(self.events) - len(self.unanswered())
        how = "critical cards heeded" if self.run.heeded else "nobody acts"
        print(f"\n{self.run.year.name}, {self.run.year.law}, {how}: {len(self.run.calls)} calls")
        print(
            f"  {len(self.cards)} cards ({of_each}), {len(self.on_orders)} on order hooks; {self.answering} answer an event;"
        )
        print(f"  {answered} of {len(self.events)} events answered on the first call")
        for name, number in rules.most_common():
            print(f"  {number:>3}  {name}")
        if with_cards:
            for call, card in self.cards:
                answers = any(e.is_open(call.day) and e.is_answered_by(card) for e in self.events)
                also = [f"{a['action']} {a['rules'][0]}" for a in card["extension"][EXTENSION].get("alsoFound", ())]
                line = f"d{call.day:<4}{call.hook:<15}{card['indicator']:<9}{'+' if answers else '-'} {card['summary']}"
                print(f"    {line}  {', '.join(also)}")
        for each in self.over():
            print(f"  OVER: {each}")


def _is_critical(event: Event, card: Json) -> bool:
    return card["indicator"] == "critical" and event.is_answered_by(card)


def _name(card: Json) -> str:
    own = card["extension"][EXTENSION]
    return f"{card['indicator']:<9} {own['action']:<20} {own['rules'][0]}"


def tallies(names: Sequence[str] = NAMES) -> Iterator[Tally]:
    """Both runs of each chart. One application for each jurisdiction; its clock is set to the day of the call."""
    for law in ("US", "EU"):
        years = [each for each in map(year, names) if each.law == law]
        services = {key: os.environ[key] for key in ("CDS_SERVICES",) if key in os.environ}
        settings = {"CDS_MODE": "demo", "CDS_JURISDICTION": law, "CDS_TODAY": str(FIRST), **services}
        app = application(**settings) if years else None
        for each in years:
            for heeded in (True, False):
                with contextlib.redirect_stderr(io.StringIO()):  # the log of requests
                    ehr = Ehr(FlaskTransport(app.test_client()), str(FIRST))
                    run = Run(each, heeded, ehr, app.extensions[KEY].engine)
                    run.play()
                yield Tally(run)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--charts", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--cards", action="store_true", help="print every card; + where it answers an open event")
    arguments = parser.parse_args()
    is_over = False
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("CDS_DATA_DIR", folder)
        for tally in tallies(arguments.charts):
            tally.print(arguments.cards)
            is_over = is_over or bool(tally.over())
    raise SystemExit(is_over)


if __name__ == "__main__":
    main()
