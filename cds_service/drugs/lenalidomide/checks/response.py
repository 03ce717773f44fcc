"""Erythroid response under lenalidomide for MDS: assessment, no response, loss of it, what is known about stopping
(IWG 2006 and 2018; HARMONY).

When: the chart of a patient is opened who has taken lenalidomide for 8 weeks or longer.
Then: at the assessment points the transfusion burden before and after, independence and HI-E are shown; without a response
after 4 months the US label has no stop rule, and that is said; a transfusion after 8 weeks without is a loss of response;
for a responder the HARMONY figures are information in the cycle after each 12, never a suggestion to stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cds_service.clinical.blood_counts import baseline
from cds_service.clinical.calendar import age_on, months_later
from cds_service.clinical.quantity import exact
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.clinical.response import (
    Burden,
    Criteria2018,
    Independence,
    burden,
    burden_group_2018,
    has_risen,
    hi_e_2006,
    hi_e_2018,
    independences,
    units_in,
)
from cds_service.dosing.build import decision
from cds_service.dosing.data_quality import available
from cds_service.dosing.words import counted, shown_on
from cds_service.drugs.lenalidomide.decisions import fires, inform
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.view import View

ANSWER = {True: "met", False: "not met", None: "cannot be told"}
GROUPS = {"none": "not transfused", "low": "low burden", "high": "high burden", "": "burden not classified"}
ASSESSMENT = ("GL-NCCN-ASSESS", "IWG-2006", "IWG-2018", "S2-RESPONSE-POINTS")


@dataclass(frozen=True, slots=True)
class Course:
    """The response so far. `day` is the treatment day; `stretches` those of 8 weeks or more without transfusion."""

    first: date
    day: int
    before: int
    units: Burden
    stretches: tuple[Independence, ...]
    improved_2006: bool | None
    group: str
    improved_2018: bool | None
    kind_2018: str

    @property
    def independent(self) -> Independence | None:
        """The stretch without transfusion that reaches to today."""
        return self.stretches[-1] if self.stretches and self.stretches[-1].ended_on is None else None

    @property
    def is_responding(self) -> bool | None:
        """Whether there is an erythroid response: independence after transfusion need, half the units, or HI-E."""
        if self.units.has_halved or self.improved_2006 or (self.before and self.independent):
            return True
        return self.improved_2006

    @property
    def words(self) -> str:
        """Burden, independence and both criteria in words."""
        weeks = self.units.days // 7
        since = self.independent
        independent = f"; transfusion independent since {since.since} ({length(since)})" if since else ""
        kind = f" {self.kind_2018}" if self.kind_2018 else ""
        return (
            f"{counted(self.units.before, 'red cell unit')} in the {weeks} weeks before the start, {self.units.after} in"
            f" the last {weeks} weeks{independent}; HI-E IWG 2006 {ANSWER[self.improved_2006]}, IWG 2018"
            f" ({GROUPS[self.group]}){kind} {ANSWER[self.improved_2018]}"
        )


def length(stretch: Independence) -> str:
    """The length of a stretch in words."""
    return f"{stretch.days // 7} weeks"


def responses(view: View) -> list[Recommendation]:
    """What the response so far gives to say.

    Missing: without one certain first dose, or with transfusions that were not seen or have no day, nothing is judged.
    """
    if view.is_start or not view.case.opens_chart:
        return []
    firsts = view.therapy.first_doses
    events = view.facts.events_of("rbc-transfusion")
    if len(firsts) != 1 or "transfusions" in view.facts.unseen or any(e.on is None for e in events):
        view.trace.say("IWG-2006", "unknown", "first dose or transfusions not known for certain")
        return []
    window: int = view.numbers("IWG-2006")["window_days"]
    if (view.today - firsts[0]).days < window:
        view.trace.say("IWG-2006", "not met", f"before {window // 7} weeks of treatment")
        return []
    course = _course(view, firsts[0], sorted(e.on for e in events if e.on is not None))
    view.trace.say("IWG-2006", "fired", course.words)
    view.trace.say("IWG-2018", "fired" if course.group else "unknown", course.words)
    lost = _lost(view, course)
    if lost:
        return lost
    return [*(_no_response(view, course) or _due(view, course)), *_stopping(view, course)]


def _course(view: View, first: date, transfused: Sequence[date]) -> Course:
    old, new = view.numbers("IWG-2006"), view.numbers("IWG-2018")
    until, days = view.today, new["window_days"]
    units = burden(transfused, first, until, old["window_days"])
    longer = burden(transfused, first, until, days) if (until - first).days >= days else None
    stretches = independences(transfused, first, until, old["independence_days"])
    series = [r for r in view.facts.decisive("hemoglobin") if r.on <= until]
    start = baseline(series, first, old["baseline_days_before"])
    rise = exact(old["hemoglobin_rise_at_least"])
    risen = has_risen(start, [r for r in series if r.on > first], rise, old["window_days"])
    criteria = Criteria2018(
        new["window_days"], new["low_from"], new["low_to"], new["high_from"], new["high_from_in_8_weeks"]
    )
    group = burden_group_2018(transfused, first, criteria)
    improved, kind = hi_e_2018(group, bool(stretches), risen, longer)
    improved_2006 = hi_e_2006(units, risen, old["fewer_units_at_least"])
    before = units_in(transfused, first, days)
    return Course(first, (until - first).days, before, units, stretches, improved_2006, group, improved, kind)


def _words(course: Course) -> dict[str, str]:
    return {
        "response": course.words,
        "course": f"Treatment day {course.day}, first dose {course.first}",
        "week": str(course.day // 7),
        "weeks": str(course.day // 7),
    }


def _inputs(view: View, course: Course) -> list[Input]:
    hemoglobin = [Input.of(r) for r in available(view.case, "hemoglobin").decisive]
    return [
        Input("rbcTransfusions", f"{course.units.before} before the start, {course.units.after} now"),
        Input("firstDose", course.first.isoformat(), on=course.first),
        *hemoglobin,
    ]


def _due(view: View, course: Course) -> list[Recommendation]:
    """At the points at which the studies looked; once it is judged and there is a response, only beside other decisions."""
    judged_from: int = view.numbers("GL-NCCN-ASSESS")["judged_from_days"]
    points = view.numbers("S2-RESPONSE-POINTS")["points"]
    due = any(p["from_day"] <= course.day <= p["to_day"] for p in points)
    if not fires(view, "GL-NCCN-ASSESS", due, f"treatment day {course.day}"):
        return []
    return [
        decision(
            view,
            Action.ASSESS_RESPONSE,
            Urgency.INFO,
            ASSESSMENT,
            "response-due",
            words=_words(course),
            inputs=_inputs(view, course),
            assumptions=["All red cell units count: the hemoglobin before each transfusion is not looked at."],
            folds=True,
            only_beside=course.is_responding is True and course.day >= judged_from,
        )
    ]


def _no_response(view: View, course: Course) -> list[Recommendation]:
    """US: 4 months without a response; the label has no rule for it, and the card says so."""
    rule_id = "GL-US-NOSTOP4M"
    if view.law != "US":
        view.trace.say(rule_id, "not applicable", "the SmPC has a stop rule of its own")
        return []
    is_time = view.today >= months_later(course.first, view.numbers(rule_id)["months"])
    fired = is_time and course.is_responding is False
    unknown = is_time and course.is_responding is None
    view.trace.say(rule_id, "fired" if fired else "unknown" if unknown else "not met", course.words)
    if not fired:
        return []
    return [
        inform(
            view, (rule_id, "GL-NCCN-ASSESS"), "no-response-no-rule", words=_words(course), inputs=_inputs(view, course)
        )
    ]


def _lost(view: View, course: Course) -> list[Recommendation]:
    """Transfused again, lately, after 8 weeks or more without: a warning while it is new, then a line under another card."""
    rule_id = "RESPONSE-LOST"
    last = course.stretches[-1] if course.stretches else None
    again = last.ended_on if last is not None else None
    numbers = view.numbers(rule_id)
    fired = again is not None and (view.today - again).days <= numbers["recent_days"]
    if not fires(view, rule_id, fired, course.words) or last is None or again is None:
        return []
    is_new = (view.today - again).days <= numbers["warned_days"]
    return [
        decision(
            view,
            Action.ASSESS_RESPONSE,
            Urgency.WARNING if is_new else Urgency.INFO,
            (rule_id, "IWG-2006"),
            "response-lost",
            words={**_words(course), "length": length(last)},
            inputs=[*_inputs(view, course), Input("transfusedAgain", again.isoformat(), on=again)],
            folds=not is_new,
            only_beside=not is_new,
        )
    ]


def _stopping(view: View, course: Course) -> list[Recommendation]:
    """The HARMONY figures with the patient's own predictors, in the cycle after each year of them; no word on it on hold."""
    rule_id = "GL-HARMONY"
    data = view.numbers(rule_id)
    since, cycles = course.independent, course.day // data["cycle_days"]
    is_time = cycles >= data["cycles_at_least"] and cycles % data["cycles_at_least"] == 0
    fired = since is not None and bool(course.before) and is_time and not view.is_on_hold
    if not fires(view, rule_id, fired, course.words) or since is None:
        return []
    predictors = (
        f"Predictors of longer independence after stopping: {data['cycles_at_least']} cycles or more met ({cycles});"
        f" without a cut-off in the source: {course.before} units in 16 weeks before the start, age {_age(view)},"
        f" hemoglobin {_hemoglobin(view)}"
    )
    words = {**_words(course), "length": length(since), "predictors": predictors}
    return [inform(view, (rule_id,), "stopping-information", words=words, inputs=_inputs(view, course), folds=True)]


def _age(view: View) -> str:
    born = view.facts.born_from
    if born is None or born != view.facts.born_to:
        return "unknown"
    return str(age_on(view.today, born))


def _hemoglobin(view: View) -> str:
    found = available(view.case, "hemoglobin").decisive
    return shown_on(found[-1]) if found else "unknown"


CHECK = safety_check("response", "response", responses, applies=lambda view: view.disease.is_mds)
