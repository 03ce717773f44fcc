"""Pregnancy tests and contraception during treatment and its interruptions (US label 8.3; EU SmPC 4.4).

When: a woman who can become pregnant takes lenalidomide or has it on hold.
Then: US: weekly while the last test lies before day 28, then every 4 weeks, every 2 weeks with irregular periods. EU:
every 4 weeks, none of these after confirmed tubal sterilisation. A missed period or abnormal bleeding (US) holds treatment until a test is
negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.clinical.calendar import treatment_day
from cds_service.clinical.facts import Diagnosis, Finding, Missing, Unusable
from cds_service.clinical.recommendation import Action, Input, Recommendation, Test, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.words import capitalised
from cds_service.drugs.lenalidomide.decisions import fires
from cds_service.drugs.lenalidomide.safety.childbearing import AGE, Childbearing, Potential
from cds_service.drugs.lenalidomide.safety.contraception import contraception, contraception_inputs
from cds_service.drugs.lenalidomide.safety.draws import PregnancyTest, tests_of
from cds_service.drugs.lenalidomide.safety.pregnancy_start import beside_prevention, potential_unclear
from cds_service.drugs.lenalidomide.safety.pregnancy_tests import FACT, test_inputs
from cds_service.drugs.lenalidomide.safety.view import (
    PREGNANCY_TEST,
    View,
    cbc_due_on_hold,
    kept_away,
    order_test,
    stop_actions,
)

ABNORMAL = "abnormal-uterine-bleeding"
REGULAR, IRREGULAR = "regular", ("irregular", "none", "amenorrhea", "amenorrhoea")


@dataclass(frozen=True, slots=True)
class _Due:
    """The next test: its day, the last one, and a day before which it is due only if periods are irregular."""

    due: date
    last: PregnancyTest | None
    is_due_if_irregular: bool = False


def prevention_on_treatment(view: View, found: Childbearing) -> list[Recommendation]:
    """Tests that are due or overdue, a missed period, unclear results, contraception that does not suffice."""
    if found.potential is Potential.NO:
        return []
    beside = beside_prevention(view, found)
    if found.potential is Potential.TELL:
        return beside
    if found.potential is not Potential.YES and not _is_tested(view):
        return [potential_unclear(view, found), *beside]
    result = _missed_period(view)
    unclear = _unclear_result(view)
    result += unclear or ([] if result else _test_due(view, found))
    return [*result, *_contraception(view, found), *beside]


def _is_tested(view: View) -> bool:
    """Whether a pregnancy test of the last weeks is on file: then its dates say what is next, whoever she is."""
    oldest = view.today - timedelta(days=view.numbers(AGE)["tested_within_days"])
    return any(t.finding.on is not None and t.finding.on >= oldest for t in _negative(view))


def _rule(view: View) -> str:
    return view.choose("US-PREG-ONTX", "EU-PREG-TEST")


def _negative(view: View) -> list[PregnancyTest]:
    """Negative tests that count, oldest first: not preliminary, and not known to be too insensitive."""
    limit = view.numbers(view.choose("US-PREG-INIT", "EU-PREG-TEST"))["sensitivity_at_most"]
    return [
        t
        for t in tests_of(view.case)
        if t.value == "negative" and t.finding.on is not None and (t.sensitivity is None or t.sensitivity <= limit)
    ]


def _test_due(view: View, found: Childbearing) -> list[Recommendation]:
    rule_id = _rule(view)
    if view.law == "EU" and found.is_sterilised:
        view.trace.say(rule_id, "not applicable", "confirmed tubal sterilisation")
        return []
    if FACT in view.facts.unseen and not _negative(view):
        view.trace.say(rule_id, "unknown", view.facts.unseen[FACT])
        return [_ask(view, view.facts.unseen[FACT], [])]
    next_test = _next(view)
    is_drafted = PREGNANCY_TEST in view.case.pending_tests
    if (next_test.due > view.today and not next_test.is_due_if_irregular) or is_drafted:
        view.trace.say(rule_id, "not met", f"next test due {next_test.due}{', already ordered' if is_drafted else ''}")
        return []
    view.trace.say(rule_id, "fired", f"next test due {next_test.due}")
    return [_order(view, rule_id, next_test)]


def _next(view: View) -> _Due:
    negative = _negative(view)
    last = negative[-1] if negative else None
    firsts = view.therapy.first_doses
    if last is None or last.finding.on is None:
        return _Due(min((*firsts, view.today)), None)
    on = last.finding.on
    data = view.numbers(_rule(view))
    if view.law == "EU":
        return _Due(on + timedelta(days=data["every_days"]), last)
    if not firsts or any(treatment_day(on, f) < data["first_days"] for f in firsts):
        return _Due(on + timedelta(days=data["every_days_first"]), last)
    menses = _menses(view)
    value = menses.value.strip().casefold() if menses is not None else ""
    regular = _Due(on + timedelta(days=data["every_days_regular"]), last)
    irregular = _Due(on + timedelta(days=data["every_days_irregular"]), last)
    if value == REGULAR:
        return regular
    if value in IRREGULAR:
        return irregular
    is_between = irregular.due <= view.today < regular.due
    return _Due(regular.due, last, is_due_if_irregular=is_between)


def _menses(view: View) -> Finding | None:
    """What is recorded of the periods; an active diagnosis of irregular ones goes before any word."""
    for patient in view.facts.has_diagnosis("irregular-menses"):
        return Finding("menses", IRREGULAR[0], patient.recorded_on or patient.onset_from, None, patient.reference)
    found = view.facts.findings.get("menses", ())
    return found[-1] if found else None


def _order(view: View, rule_id: str, next_test: _Due) -> Recommendation:
    overdue = next_test.due < view.today
    last = next_test.last.dated if next_test.last is not None else "none on file"
    menses = _menses(view)
    inputs = test_inputs([next_test.last] if next_test.last is not None else [])
    inputs += [Input("menses", menses.value, on=menses.on, reference=menses.reference)] if menses is not None else []
    missing = []
    if next_test.is_due_if_irregular:
        missing.append(Missing("menses", "regular or irregular is not recorded", rule_id))
    message = "pregnancy-test-irregular" if missing else "pregnancy-test-overdue" if overdue else "pregnancy-test-due"
    return decision(
        view,
        Action.ORDER_PREGNANCY_TEST,
        Urgency.WARNING if overdue else Urgency.INFO,
        (rule_id,),
        message,
        words={"due": next_test.due.isoformat(), "last": last},
        test=Test(PREGNANCY_TEST, next_test.due, overdue),
        inputs=inputs,
        missing=missing,
        proposals=order_test(view, next_test.due),
    )


def _unclear_result(view: View) -> list[Recommendation]:
    """A result as new as the last negative one that is indeterminate or cannot be used."""
    negative = _negative(view)
    last = negative[-1].finding.on if negative else None
    unsure = [t for t in tests_of(view.case) if t.value == "indeterminate"]
    open_tests = [t for t in unsure if last is None or t.finding.on is None or t.finding.on >= last]
    refused = [u for u in view.facts.refused(FACT) if u.on is not None and (last is None or u.on >= last)]
    if not open_tests and not refused:
        return []
    reason = "indeterminate result" if open_tests else refused[-1].reason
    inputs = test_inputs(open_tests[-1:])
    inputs += [Input(FACT, u.reported, u.reported_unit, on=u.on, reference=u.reference) for u in refused[-1:]]
    # One that says nothing at all may be positive.
    is_grave = any(u.as_finding is None for u in refused)
    unread = refused[-1] if refused and not open_tests else None
    return [_ask(view, reason, inputs, unread, is_grave=is_grave)]


def _ask(
    view: View, reason: str, inputs: list[Input], unread: Unusable | None = None, *, is_grave: bool = False
) -> Recommendation:
    reason_rule = unread.rule if unread is not None else ""
    rule_id = _rule(view)
    view.trace.say(rule_id, "unknown", reason)
    return decision(
        view,
        Action.REQUEST_DATA,
        Urgency.CRITICAL if is_grave else Urgency.WARNING,
        (rule_id, *((reason_rule,) if reason_rule in view.case.rules else ())),
        "pregnancy-test-unclear",
        words={"what": reason},
        inputs=inputs,
        missing=[Missing(FACT, reason, reason_rule or rule_id, unread)],
        proposals=order_test(view, view.today),
    )


def _missed_period(view: View) -> list[Recommendation]:
    """Amenorrhoea, in the US also abnormal bleeding, that began under treatment and that no negative test has followed yet."""
    evaluated = ("amenorrhea", *([ABNORMAL] if view.law == "US" else []))
    missed = [d for d in view.facts.has_diagnosis(*evaluated) if _is_new(view, d)]
    rule_id = view.choose("US-PREG-MISS", "EU-PREG-TEST")
    if not missed:
        if view.law == "US":
            view.trace.say(rule_id, "not met", "no missed period under treatment on file")
        return []
    view.trace.say(rule_id, "fired", "a missed period under treatment, and no negative test since")
    patient = missed[-1]
    is_bleeding = ABNORMAL in patient.concepts
    since = patient.onset_from or patient.recorded_on
    what = "Abnormal bleeding" if is_bleeding else "Missed period"
    fact = "abnormalBleeding" if is_bleeding else "missedPeriod"
    inputs = [Input(fact, patient.text, on=since, reference=patient.reference)]
    if view.law == "EU":
        return [
            decision(
                view,
                Action.ORDER_PREGNANCY_TEST,
                Urgency.WARNING,
                (rule_id,),
                "missed-period-test",
                test=Test(PREGNANCY_TEST, view.today, overdue=False),
                inputs=inputs,
                proposals=order_test(view, view.today),
            )
        ]
    action, urgency, _ = kept_away(view)
    return [
        decision(
            view,
            action,
            urgency,
            (rule_id,),
            "missed-period",
            words={"what": what, "sign": capitalised(patient.text) or what, "since": (since or view.today).isoformat()},
            next_cbc_due=cbc_due_on_hold(view),
            test=Test(PREGNANCY_TEST, view.today, overdue=False),
            inputs=inputs,
            note="Resumed after a negative test; pregnancy counselling goes with it.",
            proposals=stop_actions(view, with_test=True, is_hold=True),
        )
    ]


def _is_new(view: View, diagnosis: Diagnosis) -> bool:
    """Whether it began under treatment (or at an unknown time) and no negative test was drawn on that day or later."""
    began = diagnosis.onset_to or diagnosis.recorded_on
    firsts = view.therapy.first_doses
    if began is not None and firsts and began < min(firsts):
        return False
    since = began or view.today
    return not any(t.finding.on is not None and t.finding.on >= since for t in _negative(view))


def _contraception(view: View, found: Childbearing) -> list[Recommendation]:
    """Contraception recorded as insufficient: review. Nothing, or too little to tell, is asked for where an order is written."""
    asked = contraception(view, found.is_sterilised)
    too_short = asked.is_met is False and asked.why.startswith("only since")
    fires(view, asked.rule, asked.is_met is False and not too_short, asked.why)
    if asked.is_met is False and not too_short:
        action, message = Action.REVIEW, "contraception-lacking"
    elif asked.is_met is None and asked.is_lacking and view.case.orders:
        is_recorded = bool(view.facts.findings.get("contraception"))
        action, message = Action.REQUEST_DATA, "contraception-one" if is_recorded else "contraception-not-recorded"
    else:
        return []
    return [
        decision(
            view,
            action,
            Urgency.WARNING,
            (asked.rule,),
            message,
            words={"what": asked.why},
            inputs=contraception_inputs(view),
            missing=[asked.missing],
        )
    ]
