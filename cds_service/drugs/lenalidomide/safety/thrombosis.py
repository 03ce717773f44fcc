"""Thrombosis: events under treatment, history before it, prophylaxis with dexamethasone, bleeding with low platelets
(US boxed warning, 5.4; EU SmPC 4.4).

When: a venous or arterial thromboembolic event is on file, myeloma is treated with dexamethasone, or an anticoagulant or
antiplatelet drug is active.
Then: EU an event under treatment holds it, US it is reviewed; an event before a start is said with the other risk factors
as they are, without a cut-off; dexamethasone without prophylaxis is said; a blood thinner with platelets of CTCAE grade 3
or 4 is reviewed.
"""

from __future__ import annotations

from collections.abc import Sequence

from cds_service.clinical.calendar import age_on
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Resume, Urgency
from cds_service.dosing.build import decision, stop_proposals
from cds_service.dosing.data_quality import available
from cds_service.dosing.grades import graded_on
from cds_service.dosing.words import capitalised, shown, shown_on
from cds_service.drugs.lenalidomide.safety.interactions import active
from cds_service.drugs.lenalidomide.safety.reports import Report
from cds_service.drugs.lenalidomide.safety.view import View, cbc_due_on_hold

EVENTS = frozenset({"vte", "ate"})
HISTORY = frozenset({"vte-history", "ate-history", *EVENTS})
THINNERS = ("anticoagulant", "antiplatelet")


def events(view: View, known: Sequence[Report]) -> list[Recommendation]:
    """Thromboembolic events under treatment that it has not been resumed after."""
    rule_id = view.choose("US-WP-VTE", "EU-VTE")
    if view.is_start:
        return []
    own = [r for r in known if r.concepts & EVENTS and r.is_active and r.when != "before" and not _is_past(view, r)]
    view.trace.say(
        rule_id, "fired" if own else "not met", "; ".join(r.words for r in own) or "no event under treatment"
    )
    if not own:
        return []
    if view.law == "EU" and not view.is_on_hold and own[-1].when == "during":
        return [_hold(view, rule_id, own)]
    undated = [Missing("thrombosisDate", "no date tells whether it was under treatment", rule_id)]
    return [
        decision(
            view.case,
            view.indication,
            Action.REVIEW,
            Urgency.WARNING,
            (rule_id,),
            "thrombosis-held" if view.is_on_hold else "thrombosis-review",
            words={"what": own[-1].words},
            inputs=[r.input for r in own],
            missing=undated if own[-1].when == "unknown" else (),
        )
    ]


def _is_past(view: View, report: Report) -> bool:
    """Whether treatment was resumed after the event: the decision has been made."""
    resumed = view.therapy.resumed_on
    return resumed is not None and report.on is not None and report.on < resumed


def _hold(view: View, rule_id: str, own: Sequence[Report]) -> Recommendation:
    due = cbc_due_on_hold(view)
    return decision(
        view.case,
        view.indication,
        Action.HOLD,
        Urgency.CRITICAL,
        (rule_id,),
        "thrombosis-hold",
        words={"what": own[-1].words, "due": due.isoformat()},
        resume=Resume("stable under anticoagulation, after weighing benefit and risk"),
        next_cbc_due=due,
        inputs=[r.input for r in own],
        note="May be restarted at the original dose once stable, with anticoagulation going on.",
        proposals=stop_proposals(view.case, due, view.therapy.references),
    )


def history(view: View) -> list[Recommendation]:
    """Before a start: an event on file, said with the other risk factors; without one there is nothing to say."""
    if not view.is_start or not view.case.orders:
        return []
    rule_id = view.choose("US-WP-VTE", "EU-VTE")
    past = _past_events(view)
    view.trace.say(rule_id, "fired" if past else "not met", "thromboembolic events before the start")
    if not past:
        return []
    inputs, factors = risk_factors(view)
    return [
        decision(
            view.case,
            view.indication,
            Action.INFORM,
            Urgency.INFO,
            (rule_id, "S2-VTE-RISK", "S4-VTE"),
            "thrombosis-risk",
            words={"what": "; ".join(i.value for i in past), "factors": factors},
            inputs=inputs,
        )
    ]


def _past_events(view: View) -> list[Input]:
    return [
        Input("thrombosis", d.text or "thromboembolic event", on=d.onset_from or d.recorded_on, reference=d.reference)
        for d in view.facts.has_diagnosis(*HISTORY, active_only=False)
    ]


def risk_factors(view: View) -> tuple[list[Input], str]:
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


def prophylaxis(view: View) -> list[Recommendation]:
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
    inputs, factors = risk_factors(view)
    return [
        decision(
            view.case,
            view.indication,
            Action.INFORM,
            Urgency.WARNING if view.is_start else Urgency.INFO,
            (rule_id, "US-WP-VTE", "S2-VTE-RISK", "S4-VTE"),
            "prophylaxis",
            words={"factors": factors},
            inputs=inputs,
            folds=bool(view.case.orders) and not view.is_start,
        )
    ]


def bleeding(view: View) -> list[Recommendation]:
    """A blood thinner with low platelets."""
    rule_id = "BLEEDING-REVIEW"
    drugs = active(view, *THINNERS)
    limit = view.numbers(rule_id)["platelets_below"]
    counts = available(view.case, "platelets").decisive
    low = [r for r in counts if r.amount.is_below(limit) is not False]
    view.trace.say(
        rule_id,
        "fired" if drugs.found and low else "not met",
        f"active: {drugs.names or 'none'}; platelets {'; '.join(shown(r) for r in counts) or 'not on file'}",
    )
    if not drugs.found or not low:
        return []
    return [
        decision(
            view.case,
            view.indication,
            Action.REVIEW,
            Urgency.WARNING,
            (rule_id, "CTCAE-V5"),
            "bleeding-review",
            words={
                "count": capitalised(f"platelets {shown(low[0])}"),
                "counts_on": capitalised(f"platelets {graded_on(view.case.rules, low[0])}"),
                "drugs": drugs.names,
            },
            inputs=[*(Input.of(r) for r in low), *drugs.found],
        )
    ]
