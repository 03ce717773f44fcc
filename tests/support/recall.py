"""How much of what made-up charts hold is found, asked about or lost, and what is shown beside it.

Each chart is looked at on every day of its course, and each order signed, with what was known at that moment and no more.
What should be found comes from the course alone (`cds_service/synthetic/courses.toml`), never from the rules.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import msgspec

from cds_service.api.wiring import KEY
from cds_service.synthetic.chart import ZONE
from cds_service.synthetic.chart import Chart as Course
from cds_service.synthetic.courses import Finding
from cds_service.synthetic.export import OPENED, charts
from tests.support.application import application
from tests.support.chart import Chart
from tests.support.ehr import Ehr, FlaskTransport
from tests.support.resources import Json

EXTENSION = "org.cds-service.recommendation"
RANKS = ("critical", "warning", "info")
ASKING = frozenset({"request-data", "repeat-and-reassess", "review", "order-cbc", "order-lab", "order-pregnancy-test"})
_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the moment, its hook, the order that is signed, the decisions of its cards with their urgency."""

    at: datetime
    hook: str
    cards: tuple[Json, ...]

    @property
    def decisions(self) -> Iterator[Json]:
        """What each card says, and what is said under it."""
        for card in self.cards:
            own = card["extension"][EXTENSION]
            yield {**own, "urgency": card["indicator"]}
            yield from own.get("alsoFound", ())


@dataclass(slots=True)
class Tally:
    """What the charts of a run came to; `lost` and `extra` say the chart, the day and what it was."""

    charts: int = 0
    calls: int = 0
    found: int = 0
    asked: int = 0
    asked_less_urgently: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    cards: list[int] = field(default_factory=list)
    by_course: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, chart: Course, calls: Sequence[Call]) -> None:
        """Judge the calls of one chart."""
        self.charts += 1
        self.calls += len(calls)
        self.cards.append(sum(len(call.cards) for call in calls))
        for day, _, finding in chart.findings:
            answers = [c for c in calls if c.at.date() == day and c.hook == finding.hook]
            how = judged(finding, [d for c in answers for d in c.decisions])
            self.by_course[chart.course.name, how] += 1
            self.found += how == "found"
            self.asked += how == "asked"
            said = [f"{d['urgency']} {d['action']} {sorted(_facts(d))}" for c in answers for d in c.decisions]
            told = f"{chart.patient} {chart.course.name}, {day}: {finding.happened}; said: {said}"
            if how == "lost":
                self.lost.append(told)
            elif how == "asked less urgently":
                self.asked_less_urgently.append(told)
        for call in calls:
            opened = [f for day, until, f in chart.findings if day <= call.at.date() < until]
            for card in call.cards:
                said = list(Call(call.at, call.hook, (card,)).decisions)
                if card["indicator"] != "info" and not any(judged(f, said) == "found" for f in opened):
                    told = f"{call.at.date()} {call.hook}: {card['indicator']} {card['summary']}"
                    self.extra.append(f"{chart.patient} {chart.course.name}, {told}")


def judged(finding: Finding, decisions: Sequence[Json]) -> str:
    """How a finding is answered: "found", "asked", "asked less urgently" or "lost".

    Found is one of its actions on one of its facts, as urgent as it should be; asked is a question, or a test to be ordered,
    that names one of them. A line under a card names none: its action alone is too little to go by.
    """
    rank = RANKS.index(finding.urgency)
    about = [each for each in decisions if not _facts(each).isdisjoint(finding.facts)]
    urgent = [each for each in about if RANKS.index(each["urgency"]) <= rank]
    if any(each["action"] in finding.actions for each in urgent):
        return "found"
    if any(each["action"] in ASKING for each in urgent):
        return "asked"
    return "asked less urgently" if any(each["action"] in ASKING for each in about) else "lost"


def _facts(decision: Json) -> set[str]:
    return {each["fact"] for member in ("inputs", "missing") for each in decision.get(member, ())}


class Player:
    """A service under one law, with a site map or without, and an EHR that shows it made-up charts."""

    def __init__(self, law: str = "US", site_map: Path | None = None) -> None:
        self.law = law
        own = {"CDS_SITE_MAP": str(site_map)} if site_map else {}
        app = application(CDS_MODE="demo", CDS_JURISDICTION=law, CDS_TODAY="2025-01-01", **own)
        self._engine = app.extensions[KEY].engine
        with contextlib.redirect_stderr(io.StringIO()):
            self._ehr = Ehr(FlaskTransport(app.test_client()), "2025-01-01")

    def calls(self, chart: Course, *, every: bool) -> list[Call]:
        """The chart opened, and orders of the drug signed: on each of its days, or where something should be found."""
        told = {(day, finding.hook) for day, _, finding in chart.findings}
        days = {*(chart.views if every else ()), *(day for day, hook in told if hook == "patient-view")}
        opened = [(datetime.combine(day, OPENED, ZONE), "patient-view", None) for day in days]
        signed = [(state.known, "order-sign", state.resource) for state in chart.states if state.is_signing]
        signed = [each for each in signed if every or (each[0].date(), each[1]) in told]
        return [self._call(chart, *each) for each in sorted([*opened, *signed], key=lambda call: call[0])]

    def _call(self, chart: Course, at: datetime, hook: str, order: Json | None) -> Call:
        self._engine._settings = replace(self._engine._settings, today=at.date())
        self._ehr.today = str(at.date())
        known = Chart(chart.patient, [plain(each) for each in chart.at(at)])
        drafts = [{**plain(order), "status": "draft"}] if order else []
        request = self._ehr.request(hook, known, drafts)
        # The Medications that orders name, which an EHR with a FHIR server would let the service read.
        medications = [{"resource": plain(s.resource)} for s in chart.states if s.key[0] == "Medication"]
        request["prefetch"]["medications"] = {"resourceType": "Bundle", "type": "searchset", "entry": medications}
        with contextlib.redirect_stderr(io.StringIO()):
            answer = self._ehr.send(request, self._ehr.service(hook)["id"])
        return Call(at, hook, tuple(answer.cards))


def plain(resource: Json) -> Json:
    """The resource as an EHR holds it, numbers as JSON numbers."""
    result: Json = json.loads(_encode(resource))
    return result


def tally(patients: int, seed: int, *, clean: bool, player: Player) -> Tally:
    """Made-up charts played and judged; messy ones only where something should be found, for they may ask at any time."""
    result = Tally()
    for chart in charts(patients, seed, law=player.law, clean=clean):
        result.add(chart, player.calls(chart, every=clean))
    return result
