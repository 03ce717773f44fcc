"""Clots: venous, arterial and superficial events, by their age and by what was already done (US boxed warning, 5.4;
EU SmPC 4.4).

When: a thromboembolic event is on file, or myeloma is treated with dexamethasone.
Then: an event of the last 90 days under treatment: EU hold, US a warning with a hold by one click; one whose renewal shows
that it was weighed, or an older one, is information at most; EU an older venous one without an anticoagulant is reviewed.
A superficial one is a warning without a hold. Before a start an event is a warning while it is recent, and later said with
the other risk factors, without a cut-off. Dexamethasone without prophylaxis is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from cds_service.clinical.calendar import age_on
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Resume, Urgency
from cds_service.dosing.build import decision, stop_proposals
from cds_service.dosing.data_quality import available
from cds_service.dosing.words import shown_on
from cds_service.drugs.lenalidomide.counts.active import active
from cds_service.drugs.lenalidomide.decisions import fires, inform, review
from cds_service.drugs.lenalidomide.safety.antithrombotics import (
    ANTICOAGULANT,
    THINNERS,
    anticoagulated,
    hold_option,
    renewed_after,
    surroundings,
)
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.reports import Report, reports
from cds_service.drugs.lenalidomide.safety.view import View, cbc_due_on_hold

AGE = "CLOT-AGE"
EVENTS = frozenset({"vte", "ate"})
SUPERFICIAL = "superficial-vte"
# The review and the hold, by whether anticoagulation is part of it.
MESSAGES = {
    True: ("thrombosis-review", "thrombosis-hold"),
    False: ("arterial-thrombosis-review", "arterial-thrombosis-hold"),
}
HISTORY = frozenset({"vte-history", "ate-history", *EVENTS})


class Stage(IntEnum):
    """What is still to be done about a clot, the least first."""

    OVER = 0
    WEIGHED = 1
    UNPROTECTED = 2
    BEFORE = 3
    UNKNOWN = 4
    RECENT = 5


@dataclass(frozen=True, slots=True)
class Clot:
    """One event with what is still to be done about it."""

    report: Report
    stage: Stage

    @property
    def is_venous(self) -> bool:
        """Whether it is an event of a vein; one that is both (a stroke by a clot in a cerebral vein) is."""
        return _is_venous(self.report)


def _is_venous(report: Report) -> bool:
    return not report.concepts.isdisjoint(("vte", "vte-history"))


def thrombosis(view: View) -> list[Recommendation]:
    """What thromboembolic events, a history of them and treatment with dexamethasone call for."""
    return [*_deep(view), *_superficial(view), *_history(view), *_prophylaxis(view)]


def _deep(view: View) -> list[Recommendation]:
    rule_id = view.choose("US-WP-VTE", "EU-VTE")
    # What is called history and has an onset of its own is an event of that day.
    clots = [Clot(r, _stage(view, r)) for r in reports(view) if r.concepts & (HISTORY if r.has_onset else EVENTS)]
    gravest = max((c.stage for c in clots), default=Stage.OVER)
    own = [c for c in clots if c.stage is gravest and gravest is not Stage.OVER]
    fires(view, rule_id, own, "; ".join(c.report.words for c in own) or "no event to weigh")
    stages = "; ".join(f"{c.report.words}: {c.stage.name.lower()}" for c in clots) or "no event on file"
    fires(view, AGE, clots, stages)
    if not own:
        return []
    return [_decide(view, rule_id, own)]


def _stage(view: View, report: Report) -> Stage:
    """What is still to be done about an event. Missing: without any date, or with a partial one, both ends are looked at."""
    ages = report.ages(view.today)
    if ages is None:
        return Stage.UNKNOWN if report.is_active and not view.is_start else Stage.OVER
    data = view.numbers(AGE)
    newest, oldest = ages
    if newest > data["event_days"]:
        return _stage_of_old(view, report)
    if not view.is_start and _is_weighed(view, report):
        return Stage.WEIGHED
    if view.is_start or report.when == "before":
        return Stage.BEFORE
    return Stage.UNKNOWN if oldest > data["event_days"] or report.when == "unknown" else Stage.RECENT


def _stage_of_old(view: View, report: Report) -> Stage:
    """An older event holds nothing; EU one of a vein under this course with no anticoagulant is still reviewed."""
    is_open = view.law == "EU" and _is_venous(report) and report.when != "before" and report.is_active
    if view.is_start or not is_open or active(view, ANTICOAGULANT).found:
        return Stage.OVER
    return Stage.UNPROTECTED


def _is_weighed(view: View, report: Report) -> bool:
    """Whether lenalidomide was given again long enough after the event, for a vein under an anticoagulant."""
    data = view.numbers(AGE)
    last = report.on_latest or report.on
    if last is None:
        return False
    renewals = renewed_after(view, last + timedelta(days=data["renewed_after_days_at_least"]))
    if not _is_venous(report):
        return bool(renewals)
    return any(anticoagulated(view, day, data["anticoagulated_days_at_least"]) for day in renewals)


def _decide(view: View, rule_id: str, own: Sequence[Clot]) -> Recommendation:
    last = own[-1]
    stage, is_venous = last.stage, any(c.is_venous for c in own)
    reviewed, held = MESSAGES[is_venous]
    if is_venous:
        view.trace.say("CLOT-VEIN", "fired", last.report.words)
    due = cbc_due_on_hold(view)
    shown = surroundings(view, *((ANTICOAGULANT,) if is_venous else THINNERS))
    rules = [rule_id, AGE, *(("CLOT-VEIN",) if is_venous else ())]
    inputs = [*(c.report.input for c in own), *shown.inputs]
    words = {"what": last.report.words, "shown": shown.words, "due": due.isoformat()}
    action, urgency, message = Action.REVIEW, Urgency.WARNING, reviewed
    offers = hold_option(view, due)
    missing: tuple[Missing, ...] = ()
    resume: Resume | None = None
    note = ""
    if stage is Stage.WEIGHED:
        action, urgency, message, offers = Action.INFORM, Urgency.INFO, "thrombosis-weighed", ()
    elif stage is Stage.UNPROTECTED:
        message = "thrombosis-unprotected"
    elif stage is Stage.BEFORE:
        message = "thrombosis-before-start" if view.is_start else message
    elif view.is_on_hold:
        return _on_hold(view, last, rules, words, inputs)
    elif stage is Stage.UNKNOWN:
        missing = (Missing("thrombosisDate", "no date tells whether it began on treatment", rule_id),)
        if view.law == "EU":
            action, urgency, message = Action.REQUEST_DATA, Urgency.CRITICAL, "thrombosis-undated"
    elif view.law == "EU":
        action, urgency, message = Action.HOLD, Urgency.CRITICAL, held
        offers = stop_proposals(view.case, due, view.therapy.references)
        resume = Resume("stable, after weighing benefit and risk")
        note = "May be restarted at the original dose once stable."
    return decision(
        view,
        action,
        urgency,
        rules,
        message,
        words=words,
        resume=resume,
        next_cbc_due=due if action is Action.HOLD else None,
        inputs=inputs,
        missing=missing,
        note=note,
        proposals=offers,
        causes={"vte" if c.is_venous else "ate" for c in own},
        folds=stage is Stage.WEIGHED,
        only_beside=stage is Stage.WEIGHED,
        withholds_dose=view.is_start,
    )


def _on_hold(
    view: View, clot: Clot, rules: Sequence[str], words: dict[str, str], inputs: Sequence[Input]
) -> Recommendation:
    """EU a clot of a vein keeps the hold until it was anticoagulated long enough; anything else is the clinician's decision."""
    needed = view.numbers(AGE)["anticoagulated_days_at_least"]
    waits = view.law == "EU" and clot.is_venous and not anticoagulated(view, view.today, needed)
    due = cbc_due_on_hold(view)
    urgency = Urgency.CRITICAL if view.case.orders else Urgency.INFO
    # A hold for it is understood by its reason: its way out offers the dose.
    is_over = view.law == "EU" and clot.is_venous and not waits and view.is_held_for("vte")
    return decision(
        view,
        Action.REMAIN_ON_HOLD if waits else Action.INFORM if is_over else Action.REVIEW,
        urgency if waits else Urgency.INFO if is_over else Urgency.WARNING,
        rules,
        "thrombosis-remain" if waits else "thrombosis-held" if view.law == "EU" else "thrombosis-held-us",
        words=words,
        next_cbc_due=due,
        inputs=inputs,
        proposals=stop_proposals(view.case, due, ()) if waits else (),
        folds=is_over,
    )


def _superficial(view: View) -> list[Recommendation]:
    """A superficial clot of the last weeks: a warning, and no hold."""
    limit = view.numbers(AGE)["event_days"]
    own = [
        r
        for r in reports(view)
        if SUPERFICIAL in r.concepts
        and not r.concepts & EVENTS
        and (ages[0] <= limit if (ages := r.ages(view.today)) else r.is_active)
    ]
    if not fires(view, "CLOT-SUPERFICIAL", own, "; ".join(r.words for r in own) or "none"):
        return []
    shown = surroundings(view, ANTICOAGULANT)
    rules = ("CLOT-SUPERFICIAL", view.choose("US-WP-VTE", "EU-VTE"))
    words, inputs = {"what": own[-1].words, "shown": shown.words}, [*(r.input for r in own), *shown.inputs]
    return [review(view, rules, "thrombosis-superficial", words=words, inputs=inputs)]


def _history(view: View) -> list[Recommendation]:
    """Before a start: an event on file, said with the other risk factors; without one there is nothing to say."""
    if not view.is_start or not view.case.orders:
        return []
    rule_id = view.choose("US-WP-VTE", "EU-VTE")
    past = _past_events(view)
    if not fires(view, rule_id, past, "thromboembolic events before the start"):
        return []
    inputs, factors = _risk_factors(view)
    words = {"what": "; ".join(i.value for i in past), "factors": factors}
    return [inform(view, (rule_id, "S2-VTE-RISK", "S4-VTE"), "thrombosis-risk", words=words, inputs=inputs)]


def _past_events(view: View) -> list[Input]:
    return [
        Input("thrombosis", d.text or "thromboembolic event", on=d.onset_from or d.recorded_on, reference=d.reference)
        for d in view.facts.has_diagnosis(*HISTORY, active_only=False)
    ]


def _risk_factors(view: View) -> tuple[list[Input], str]:
    """What the sources name as risk factors, as it stands on file, as inputs and in words; no source gives a cut-off.

    Events, drugs, age, sex, platelets, hemoglobin. Missing: what is not on file is left out.
    """
    said = [*_past_events(view), *active(view, "esa", "estrogen", "dexamethasone").found]
    facts = view.facts
    born = {b for b in (facts.born_from, facts.born_to) if b is not None and b <= view.today}
    ages = sorted({age_on(view.today, b) for b in born})
    person = [Input("age", " or ".join(str(a) for a in ages), "a")] if ages else []
    person += [Input("sex", facts.sex)] if facts.sex else []
    counts = [r for f in ("platelets", "hemoglobin") for r in available(view.case, f).decisive]
    words = [*(i.value for i in said), *(f"{i.fact} {i.value}" for i in person)]
    words += [f"{r.fact} {shown_on(r)}" for r in counts]
    return [*said, *person, *(Input.of(r) for r in counts)], "; ".join(words) or "none"


def _prophylaxis(view: View) -> list[Recommendation]:
    """Myeloma with dexamethasone without an anticoagulant or antiplatelet drug: a warning at a start, else information."""
    rule_id = "US-BOX-VTE"
    drugs = active(view, "dexamethasone")
    is_combination = view.indication == "myeloma-combination" and bool(drugs.found)
    if not is_combination or view.law != "US":
        view.trace.say(rule_id, "not applicable", "not myeloma with dexamethasone")
        return []
    covered = active(view, *THINNERS)
    view.trace.say(rule_id, "not met" if covered.found else "fired", f"prophylaxis: {covered.names or 'none on file'}")
    if covered.found:
        return []
    inputs, factors = _risk_factors(view)
    return [
        decision(
            view,
            Action.INFORM,
            Urgency.WARNING if view.is_start else Urgency.INFO,
            (rule_id, "US-WP-VTE", "S2-VTE-RISK", "S4-VTE"),
            "prophylaxis",
            words={"factors": factors},
            inputs=inputs,
            folds=bool(view.case.orders) and not view.is_start,
        )
    ]


CHECK = safety_check("thrombosis", "clots", thrombosis)
