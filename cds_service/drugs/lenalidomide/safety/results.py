"""Results that we order are read: thyroid, ferritin, hepatitis B (US label 5.13; SmPC 4.4; guidelines).

When: lenalidomide is ordered, taken or on hold.
Then: TSH outside its limits, and ferritin above the limit of the guideline with red cell transfusions on file, are
information. A positive HBsAg or HBV DNA, or hepatitis B on file, is reviewed; anti-HBc positive alone is information at a start.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from cds_service.clinical.facts import Finding, Reading
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.data_quality import available
from cds_service.dosing.words import shown_on
from cds_service.drugs.lenalidomide.safety.view import View

HBV_RULE = "HBV-RESULTS"
_LOW, _HIGH = ("L", "LL", "LU"), ("H", "HH", "HU")
_POSITIVE = "positive"
CARRIED = {"hbsag": "HBsAg", "hbvDna": "HBV DNA"}


def results(view: View) -> list[Recommendation]:
    """What the results that are ordered under lenalidomide say."""
    return [*_thyroid(view), *_ferritin(view), *_hepatitis_b(view)]


def _is_recent(view: View, reading: Reading) -> bool:
    return view.today - reading.on <= timedelta(days=view.numbers("RESULTS-READ")["days"])


def _thyroid(view: View) -> list[Recommendation]:
    """The latest TSH outside the laboratory's limits, by its range or its flag; without either nothing can be said."""
    rule = view.choose("US-MON-TSH", "EU-MON-TSH")
    found = [r for r in available(view.case, "tsh").decisive if _is_recent(view, r)]
    outside = [r for r in found if _is_outside(r)]
    if outside:
        view.trace.say(rule, "fired", "; ".join(shown_on(r) for r in outside))
    return (
        [_told(view, (rule, "RESULTS-READ"), "tsh-outside", f"TSH {shown_on(outside[-1])}", outside)] if outside else []
    )


def _is_outside(reading: Reading) -> bool:
    above = reading.upper_limit is not None and reading.amount.is_above(reading.upper_limit)
    below = reading.lower_limit is not None and reading.amount.is_below(reading.lower_limit)
    return bool(above or below) or reading.flag in (*_LOW, *_HIGH)


def _ferritin(view: View) -> list[Recommendation]:
    """A ferritin above the guideline's limit where red cells were transfused: iron overload."""
    limit = view.numbers("GL-IRON")["ferritin_above"]
    found = [r for r in available(view.case, "ferritin").decisive if _is_recent(view, r)]
    high = [r for r in found if r.amount.is_above(limit)]
    transfused = view.facts.events_of("rbc-transfusion")
    if not high or not transfused:
        return []
    view.trace.say("GL-IRON", "fired", "; ".join(shown_on(r) for r in high))
    return [_told(view, ("GL-IRON", "RESULTS-READ"), "ferritin-high", f"Ferritin {shown_on(high[-1])}", high)]


def _told(view: View, rules: Sequence[str], message: str, what: str, found: Sequence[Reading]) -> Recommendation:
    return decision(
        view.case,
        view.indication,
        Action.INFORM,
        Urgency.INFO,
        rules,
        message,
        words={"what": what},
        inputs=[Input.of(r) for r in found],
        folds=bool(view.case.orders),
    )


def _hepatitis_b(view: View) -> list[Recommendation]:
    latest = {fact: found[-1] for fact in (*CARRIED, "hbcab") if (found := view.facts.findings.get(fact))}
    carried = [_input(f) for fact, f in latest.items() if fact in CARRIED and f.value == _POSITIVE]
    # A diagnosis speaks where no later result denies it.
    denied = max(
        (f.on for fact, f in latest.items() if fact in CARRIED and f.value != _POSITIVE and f.on), default=None
    )
    carried += [
        Input("hepatitisB", d.text or "hepatitis B", on=d.recorded_on, reference=d.reference)
        for d in view.facts.has_diagnosis("hepatitis-b")
        if denied is None or d.recorded_on is None or d.recorded_on > denied
    ]
    core = latest.get("hbcab")
    core_alone = core is not None and core.value == _POSITIVE and not carried and view.is_start
    rules = (HBV_RULE, *(("EU-MON-HBV",) if view.law == "EU" else ()))
    view.trace.say(HBV_RULE, "fired" if carried or core_alone else "not met", "hepatitis B on file and in its tests")
    if carried:
        what = " and ".join(dict.fromkeys(_words(i) for i in carried))
        return [_of_hepatitis(view, rules, Action.REVIEW, "hepatitis-b-positive", what, carried)]
    if core_alone and core is not None:
        told = [_input(core)]
        return [_of_hepatitis(view, rules, Action.INFORM, "hepatitis-b-core", "anti-HBc positive", told)]
    return []


def _input(finding: Finding) -> Input:
    return Input(finding.fact, finding.value, on=finding.on, reference=finding.reference)


def _words(found: Input) -> str:
    return f"{CARRIED[found.fact]} {found.value}" if found.fact in CARRIED else found.value


def _of_hepatitis(
    view: View, rules: Sequence[str], action: Action, message: str, what: str, inputs: Sequence[Input]
) -> Recommendation:
    return decision(
        view.case,
        view.indication,
        action,
        Urgency.WARNING if action is Action.REVIEW else Urgency.INFO,
        rules,
        message,
        words={"found": what},
        inputs=inputs,
    )
