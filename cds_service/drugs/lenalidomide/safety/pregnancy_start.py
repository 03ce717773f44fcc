"""Pregnancy prevention before the first prescription, put together: potential, tests, contraception.

When: an order would start lenalidomide.
Then: a requirement that is not met does not let it start (critical); one that the chart leaves open is asked for.
"""

from __future__ import annotations

from cds_service.clinical.calendar import months_later
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.drugs.lenalidomide.decisions import ask, fires, inform
from cds_service.drugs.lenalidomide.safety.childbearing import AGE, Childbearing, Potential, rule_of
from cds_service.drugs.lenalidomide.safety.contraception import combined_pill, contraception, contraception_inputs
from cds_service.drugs.lenalidomide.safety.draws import tests_of
from cds_service.drugs.lenalidomide.safety.pregnancy_tests import Requirement, test_inputs, tests_before_start
from cds_service.drugs.lenalidomide.safety.view import View, order_test, stop_actions


def prevention_before_start(view: View, found: Childbearing) -> list[Recommendation]:
    """What stands in the way of a start, and beside it; empty when nothing does or the patient cannot become pregnant."""
    if found.potential is Potential.NO:
        return []
    return [*_required(view, found), *beside_prevention(view, found)]


def _required(view: View, found: Childbearing) -> list[Recommendation]:
    """What of tests and contraception is lacking."""
    asked = [*tests_before_start(view), contraception(view, found.is_sterilised)]
    open_ones = [r for r in asked if r.is_met is not True]
    _trace(view, asked)
    if not open_ones:
        # Everything that potential would ask for is there: whether she has it changes nothing.
        return _remarks(view, found, asked)
    if found.potential is Potential.TELL:
        return [potential_told(view, found)]
    if found.potential is not Potential.YES:
        return [potential_unclear(view, found)]
    if any(r.is_met is False for r in open_ones):
        return [_do_not_start(view, found, open_ones)]
    return [_ask(view, found, open_ones)]


def beside_prevention(view: View, found: Childbearing) -> list[Recommendation]:
    """What stands beside tests and contraception: breast-feeding, and in the EU a combined oral contraceptive."""
    since = months_later(view.today, -view.numbers(AGE)["evidence_months"])
    fed = [
        d
        for d in view.facts.has_diagnosis("breast-feeding")
        if (d.onset_to or d.recorded_on) is None or (d.onset_to or d.recorded_on or since) >= since
    ]
    pills = combined_pill(view) if view.case.orders else []
    fires(view, "LACTATION", fed, "breast-feeding on file" if fed else "none on file")
    result = [
        decision(
            view,
            Action.REVIEW if view.is_start else Action.INFORM,
            Urgency.WARNING,
            ("LACTATION",),
            "breast-feeding",
            words={"what": d.text or "breast-feeding"},
            inputs=[Input("breastFeeding", d.text, on=d.onset_to or d.recorded_on, reference=d.reference)],
        )
        for d in fed[-1:]
    ]
    return result + [
        decision(
            view,
            Action.INFORM,
            Urgency.WARNING,
            ("EU-CONTRA-COC",),
            "combined-contraceptive",
            words={"what": pill.value},
            inputs=[pill],
        )
        for pill in pills[-1:]
    ]


def _remarks(view: View, found: Childbearing, asked: list[Requirement]) -> list[Recommendation]:
    """What is worth knowing of requirements that are met."""
    remarked = [r for r in asked if r.is_remarked]
    if not remarked:
        return []
    rules, words = [r.rule for r in remarked], _words(remarked, found)
    return [inform(view, rules, "prevention-remarks", words=words, inputs=_inputs(view, found), folds=True)]


def _trace(view: View, asked: list[Requirement]) -> None:
    for rule_id in dict.fromkeys(r.rule for r in asked):
        own = [r for r in asked if r.rule == rule_id]
        met = {r.is_met for r in own}
        outcome = "fired" if False in met else "unknown" if None in met else "not met"
        view.trace.say(rule_id, outcome, "; ".join(f"{r.name}: {r.why}" for r in own))


def _inputs(view: View, found: Childbearing) -> list[Input]:
    return [*test_inputs(tests_of(view.case)[-3:]), *contraception_inputs(view), *found.inputs]


def _rules(view: View, open_ones: list[Requirement]) -> list[str]:
    first = sorted(open_ones, key=lambda r: r.is_met is None)
    box = ["US-BOX-EMBRYO"] if view.law == "US" else ["EU-CI"]
    return [
        *(r.rule for r in first),
        *(r.reason_rule for r in first if r.reason_rule in view.case.rules),
        rule_of(view),
        *box,
    ]


def _words(open_ones: list[Requirement], found: Childbearing) -> dict[str, str]:
    return {
        "which": ", ".join(r.name for r in open_ones),
        "what": "; ".join(f"{r.name}: {r.why}" for r in open_ones),
        "potential": found.why,
    }


def _do_not_start(view: View, found: Childbearing, open_ones: list[Requirement]) -> Recommendation:
    tests = [r for r in open_ones if r.name != "contraception"]
    return decision(
        view,
        Action.DO_NOT_START,
        Urgency.CRITICAL,
        _rules(view, open_ones),
        "prevention-not-met",
        words=_words(open_ones, found),
        inputs=_inputs(view, found),
        missing=[r.missing for r in open_ones],
        proposals=stop_actions(view, with_test=bool(tests)),
    )


def _ask(view: View, found: Childbearing, open_ones: list[Requirement]) -> Recommendation:
    """What the chart leaves open; a result that cannot be read is asked about as gravely as none at all."""
    tests = [r for r in open_ones if r.name != "contraception"]
    return decision(
        view,
        Action.REQUEST_DATA,
        Urgency.CRITICAL if any(r.is_unread for r in open_ones) else Urgency.WARNING,
        _rules(view, open_ones),
        "prevention-unclear",
        words=_words(open_ones, found),
        inputs=_inputs(view, found),
        missing=[r.missing for r in open_ones],
        proposals=order_test(view, view.today) if tests else (),
    )


def potential_unclear(view: View, found: Childbearing) -> Recommendation:
    """Ask whether the patient can become pregnant: every other question of pregnancy prevention hangs on it."""
    return ask(
        view,
        (rule_of(view), AGE),
        "potential-unclear",
        words={"what": found.why},
        inputs=found.inputs,
        missing=found.missing,
        proposals=order_test(view, view.today),
    )


def potential_told(view: View, found: Childbearing) -> Recommendation:
    """Say that nothing settles whether the patient can become pregnant, at an age at which she hardly can."""
    return inform(
        view,
        (AGE, rule_of(view)),
        "potential-told",
        words={"what": found.why},
        inputs=found.inputs,
        missing=found.missing,
        folds=True,
    )
