"""Pregnancy: on file, by a positive test, or by tests that contradict each other.

When: lenalidomide is ordered, taken or on hold.
Then: a pregnancy does not let it start and stops it at once (US label 4.1; EU SmPC 4.3); a positive test that a negative
one followed within 4 weeks is clarified first, and so is a number of hCG that is neither.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import chain
from typing import Final

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.drugs.lenalidomide.decisions import ask_urgently
from cds_service.drugs.lenalidomide.safety.childbearing import Potential, childbearing
from cds_service.drugs.lenalidomide.safety.draws import HCG, PregnancyTest, tests_of
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.pregnancy_tests import FACT, test_inputs
from cds_service.drugs.lenalidomide.safety.view import View, order_test, stop_actions

# One is enough to stop; a chart that brings thousands makes no answer of megabytes.
MOST_ON_FILE: Final = 20


def pregnancy(view: View) -> list[Recommendation]:
    """What a pregnancy, or tests in conflict about one, call for; empty when nothing speaks for one."""
    rule_id = view.choose("US-CI-PREG", "EU-CI")
    reading = view.numbers("PREGNANCY-READING")
    tests = [t for t in tests_of(view.case) if t.value in ("negative", "positive")]
    positive = [t for t in tests if t.value == "positive" and _is_recent(view, t, reading["positive_speaks_days"])]
    later = [t for t in tests if t.value == "negative" and any(_is_not_before(t, p) for p in positive[-1:])]
    on_file = _on_file(view)
    if on_file or (positive and not later):
        what = [i.value or "pregnancy on file" for i in on_file] + [
            f"Pregnancy test {t.dated}" for t in positive[-1:] if not later
        ]
        view.trace.say(rule_id, "fired", "; ".join(what))
        dated = [Input(FACT, t.dated, on=t.finding.on, reference=t.finding.reference) for t in positive[-1:]]
        return [_stop(view, rule_id, what[0], [*on_file, *dated])]
    if positive and _is_recent(view, positive[-1], reading["conflict_days"]):
        view.trace.say("GEN-CONFLICT", "fired", "a positive pregnancy test, and a negative one beside or after it")
        return [_conflict(view, rule_id, [positive[-1], later[-1]])]
    open_tests = _borderline(view)
    if open_tests:
        view.trace.say(HCG, "fired", open_tests[-1].dated)
        return [_repeat(view, rule_id, open_tests[-1])]
    view.trace.say(rule_id, "not met", "no pregnancy on file and no positive test")
    return []


def _borderline(view: View) -> list[PregnancyTest]:
    """The latest number of hCG that is neither negative nor positive, in a patient who may be pregnant; undated, it may be it."""
    tests = [t for t in tests_of(view.case) if t.value in ("negative", "positive", "borderline")]
    days: int = view.numbers("PREGNANCY-READING")["positive_speaks_days"]
    newest = [t for t in tests if t.drawn is None or t is tests[-1]]
    found = [t for t in newest if t.value == "borderline" and _is_recent(view, t, days)]
    return [] if found and childbearing(view).potential in (Potential.NO, Potential.TELL) else found


def _repeat(view: View, rule_id: str, test: PregnancyTest) -> Recommendation:
    hours: int = view.numbers(HCG)["repeat_hours"]
    due = (test.finding.on or view.today) + timedelta(hours=hours)
    return ask_urgently(
        view,
        (HCG, rule_id),
        "pregnancy-borderline",
        words={"what": test.dated, "due": due.isoformat()},
        inputs=test_inputs([test]),
        missing=[Missing(FACT, "neither negative nor positive", HCG)],
        proposals=order_test(view, due),
    )


def _is_recent(view: View, test: PregnancyTest, days: int) -> bool:
    return test.finding.on is None or view.today - test.finding.on <= timedelta(days=days)


def _is_not_before(one: PregnancyTest, other: PregnancyTest) -> bool:
    return one.drawn is not None and other.drawn is not None and one.drawn.latest >= other.drawn.earliest


def _on_file(view: View) -> list[Input]:
    """A pregnancy among the active Conditions, the latest recorded pregnancy status, or the latest result that only a pregnancy has."""
    found = [
        Input("pregnancy", d.text, on=d.onset_from or d.recorded_on, reference=d.reference)
        for d in view.facts.has_diagnosis("pregnant", "pregnancy-test-positive")
        if _speaks(view, d.onset_from or d.recorded_on)
    ]
    found += [
        Input("pregnancy", e.text, on=e.on, reference=e.reference)
        for e in view.facts.events_of("pregnant")
        if _speaks(view, e.on) and not _has_ended_since(view, e.on)
    ]
    noted = (view.facts.findings.get(fact, ())[-1:] for fact in ("pregnancyStatus", "pregnancySign"))
    for status in chain.from_iterable(noted):
        is_pregnant = "pregnant" in status.concepts or status.value.strip().casefold() == "pregnant"
        if is_pregnant and _speaks(view, status.on):
            found.append(Input("pregnancy", status.value, on=status.on, reference=status.reference))
    return found[-MOST_ON_FILE:]


def _has_ended_since(view: View, on: date | None) -> bool:
    """Whether the end of a pregnancy is recorded on or after a day."""
    ends = (d.onset_from or d.recorded_on for d in view.facts.has_diagnosis("pregnancy-ended", active_only=False))
    return on is not None and any(end is not None and end >= on for end in ends)


def _speaks(view: View, on: date | None) -> bool:
    """Whether a pregnancy noted on a day can still last. An undated one can."""
    days: int = view.numbers("PREGNANCY-READING")["positive_speaks_days"]
    return on is None or view.today - on <= timedelta(days=days)


def _stop(view: View, rule_id: str, what: str, inputs: list[Input]) -> Recommendation:
    note = "" if view.is_start else "Refer to an obstetrician experienced in reproductive toxicity."
    if not view.is_start and view.law == "US":
        note += " Report the exposure to FDA MedWatch and to the REMS program."
    message = "pregnant-start" if view.is_start else "pregnant-stop"
    if view.facts.sex == "male":
        message = "pregnant-start-male" if view.is_start else "pregnant-stop-male"
        inputs = [*inputs, Input("sex", "male", reference=view.facts.patient_reference)]
    return decision(
        view,
        Action.DO_NOT_START if view.is_start else Action.DISCONTINUE,
        Urgency.CRITICAL,
        (rule_id, *(("US-BOX-EMBRYO",) if view.law == "US" else ())),
        message,
        words={"what": what},
        inputs=inputs,
        note=note,
        proposals=stop_actions(view),
        causes=("pregnant",),
    )


def _conflict(view: View, rule_id: str, tests: list[PregnancyTest]) -> Recommendation:
    return ask_urgently(
        view,
        ("PREGNANCY-READING", "GEN-CONFLICT", rule_id),
        "pregnancy-conflict",
        words={"what": "; ".join(t.words if len({t.finding.on for t in tests}) == 1 else t.dated for t in tests)},
        inputs=test_inputs(tests),
        missing=[Missing(FACT, "a positive and a negative result contradict each other", "GEN-CONFLICT")],
        proposals=order_test(view, view.today),
    )


CHECK = safety_check("pregnancy", "pregnancy", pregnancy, withholds=True)
