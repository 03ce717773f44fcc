"""Tests that are due: thyroid, liver, creatinine, weight, ferritin and what the disease adds; before a start those that the document
wants and that are not on file (US label 5.8, 5.13; EU SmPC 4.4; guidelines; the intervals are ours where no source gives one).

When: the chart of a patient under treatment or on hold is opened; or an order that starts treatment is signed.
Then: what is due is one information with one suggestion for all of it, for four weeks from the day it falls due and then a
week of every five, so that no rhythm of visits misses it; by the due day alone. What is ordered already is not asked for; an
order of which nothing has come for long is none. On an order hook under treatment: nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, OrderTest, Proposal, Recommendation, Test, Urgency
from cds_service.clinical.response import units_in
from cds_service.dosing.build import decision
from cds_service.dosing.data_quality import available
from cds_service.dosing.renal import CREATININE, WEIGHT
from cds_service.drugs.lenalidomide.decisions import fires
from cds_service.drugs.lenalidomide.indication import indication_of
from cds_service.drugs.lenalidomide.safety.laws import safety_check
from cds_service.drugs.lenalidomide.safety.view import View

TSH, ALT, AST, FERRITIN, TP53_TEST, KARYOTYPE = "tsh", "alt", "ast", "ferritin", "tp53", "karyotype"
# The tests that tell the hepatitis B status, and their short names.
HEPATITIS_B = {"hbsag": "HBsAg", "hbcab": "anti-HBc"}
RULE = "REMINDERS"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due: its words, why, the rules behind it, the tests to order, and the day on which it fell due."""

    what: str
    why: str
    rules: tuple[str, ...]
    tests: tuple[str, ...]
    on: date
    inputs: tuple[Input, ...] = ()


def reminders(view: View) -> list[Recommendation]:
    """One information for all that is due; empty when all is recent or already ordered in this call."""
    if view.is_start:
        return _said(view, "start-tests", _before_start(view)) if view.case.hook == "order-sign" else []
    numbers = view.numbers(RULE)
    tsh = view.choose("US-MON-TSH", "EU-MON-TSH")
    weight_days = view.numbers("GEN-STALE")["weight_days_on_treatment"]
    due = [
        _due(view, "TSH", _every(view, numbers["thyroid_days"], TSH), (tsh, RULE), (TSH,)),
        _liver(view),
        # Without any creatinine or weight the kidneys are not checked, which has a card of its own.
        _again(view, CREATININE, numbers["creatinine_days"], (RULE,)),
        _again(view, WEIGHT, weight_days, ("GEN-STALE", RULE)),
        _ferritin(view),
        _karyotype(view),
    ]
    shown = [d for d in due if d is not None and _is_shown(view, d)]
    return _said(view, "reminders", shown) if view.case.opens_chart else []


def _is_shown(view: View, due: Due) -> bool:
    """Whether a reminder is shown on this day, by the days since it fell due."""
    days, numbers = (view.today - due.on).days, view.numbers(RULE)
    return 0 <= days < numbers["shown_days"] or (
        days >= 0 and days % numbers["again_every_days"] < numbers["again_days"]
    )


def _said(view: View, message: str, due: Sequence[Due]) -> list[Recommendation]:
    lacking = [d for d in due if not set(d.tests) & view.case.pending_tests and not _is_ordered(view, d)]
    if not lacking:
        return []
    what, tests = ", ".join(d.what for d in lacking), [test for d in lacking for test in d.tests]
    return [
        decision(
            view,
            Action.ORDER_LAB,
            Urgency.INFO,
            [rule for d in lacking for rule in d.rules],
            message,
            words={"what": what, "why": "; ".join(d.why for d in lacking)},
            test=Test(tests[0], view.today, overdue=False),
            inputs=[i for d in lacking for i in d.inputs],
            missing=[Missing.of(unread) for test in tests for unread in available(view.case, test).refused[-1:]],
            said_with=[d.rules[0] for d in lacking],
            proposals=(Proposal("order-due", tuple(OrderTest(test, view.today) for test in tests)),),
        )
    ]


def _is_ordered(view: View, due: Due) -> bool:
    """Whether all of it is ordered already: not long ago, and since the latest result. Missing: without results since ever."""
    earliest = view.today - timedelta(days=view.numbers(RULE)["ordered_days_at_most"])
    for test in due.tests:
        ordered, last = view.facts.test_orders.get(test), _last_result(view, test)
        if ordered is None or ordered < earliest or (last is not None and ordered <= last):
            return False
    return True


def _before_start(view: View) -> list[Due]:
    """What the document wants before the first dose and is not on file, with a TP53 test in MDS where anything is ordered."""
    numbers = view.numbers(RULE)
    found = []
    last = _last_result(view, "tsh")
    if (last is None or last <= view.today - timedelta(days=numbers["thyroid_days"])) and not _is_unseen(view, "tsh"):
        rule = view.choose("US-MON-TSH", "EU-MON-TSH")
        view.trace.say(rule, "fired", _age_words("TSH", last))
        found.append(Due("TSH", _age_words("TSH", last), (rule,), (TSH,), view.today))
    if view.law == "EU":
        found += _hepatitis_b(view)
    has_tp53 = view.facts.findings.get("tp53") or view.facts.refused("tp53") or _is_unseen(view, "tp53")
    if found and view.indication.startswith("mds") and not has_tp53:
        found.append(Due("TP53 test", "TP53: no test on file", ("GL-ESMO-TP53",), (TP53_TEST,), view.today))
    return found


def _hepatitis_b(view: View) -> list[Due]:
    """The tests without a result; none where the status is on file as a diagnosis or a positive result."""
    results = {fact: view.facts.findings.get(fact, ())[-1:] for fact in HEPATITIS_B}
    is_positive = any(f.value == "positive" for found in results.values() for f in found)
    if is_positive or view.facts.has_diagnosis("hepatitis-b"):
        return []
    lacking = tuple(fact for fact, found in results.items() if not any(f.value == "negative" for f in found))
    fires(view, "EU-MON-HBV", lacking, f"no usable result: {', '.join(lacking)}")
    if not lacking:
        return []
    names = " and ".join(HEPATITIS_B[fact] for fact in lacking)
    return [Due(f"hepatitis B ({names})", f"{names}: no usable result", ("EU-MON-HBV",), lacking, view.today)]


def _last_result(view: View, *facts: str) -> date | None:
    """The day of the latest draw of any of some facts; None when there is none."""
    days = [available(view.case, fact).drawn_on for fact in facts]
    return max((d for d in days if d is not None), default=None)


def _is_unseen(view: View, *facts: str) -> bool:
    """Whether the search for one of some facts could not be obtained: then nothing is said to be due."""
    return any(fact in view.facts.unseen for fact in facts)


def _age_words(name: str, last: date | None) -> str:
    return f"{name}: {f'last {last.isoformat()}' if last is not None else 'none on file'}"


def _since_start(view: View) -> date:
    """The day since which a test is due that nobody has on file: the first dose, or today where that is not known."""
    return min(view.therapy.first_doses, default=view.today)


def _every(view: View, days: int, *facts: str) -> tuple[date, str] | None:
    """The day on which a test falls due that is repeated every some days, and its age in words; None where nobody can tell."""
    if _is_unseen(view, *facts):
        return None
    last = _last_result(view, *facts)
    return (_since_start(view) if last is None else last + timedelta(days=days)), (last.isoformat() if last else "")


def _again(view: View, test: str, days: int, rules: tuple[str, ...]) -> Due | None:
    """A test that is repeated, once there is one."""
    has_any = _last_result(view, test) is not None
    return _due(view, test, _every(view, days, test) if has_any else None, rules, (test,))


def _liver(view: View) -> Due | None:
    """Before the first dose, within 60 days after it, then every 120 days."""
    data = view.numbers("S4-LFT")
    due = _every(view, data["every_days"], "alt", "ast")
    last, firsts = _last_result(view, "alt", "ast"), view.therapy.first_doses
    if due is not None and last is not None and firsts and last <= max(firsts):
        due = (min(due[0], max(firsts) + timedelta(days=data["first_within_days"])), due[1])
    rules = ("S4-LFT", *(("US-MON-LFT",) if view.law == "US" else ()))
    return _due(view, "liver enzymes", due, rules, (ALT, AST))


def _ferritin(view: View) -> Due | None:
    """In MDS, while regularly transfused; what a high one says is a check of its own."""
    if not view.indication.startswith("mds"):
        view.trace.say("GL-IRON", "not applicable", "not given for MDS")
        return None
    ours = view.numbers(RULE)
    days = [e.on for e in view.facts.events_of("rbc-transfusion") if e.on is not None]
    is_regular = units_in(days, view.today, ours["regular_days"]) >= ours["regular_units_at_least"]
    due = _every(view, view.numbers("GL-IRON")["every_days"], "ferritin")
    return _due(view, "ferritin", due if is_regular else None, ("GL-IRON",), (FERRITIN,))


def _karyotype(view: View) -> Due | None:
    """In MDS, a year after the last one or after the first dose."""
    if not view.disease.is_mds or _is_unseen(view, "karyotype"):
        return None
    last = max((finding.on for _, finding in view.facts.karyotypes if finding.on is not None), default=None)
    due = (last or _since_start(view)) + timedelta(days=view.numbers(RULE)["karyotype_days"])
    if due > view.today:
        return None
    words = f"karyotype: {f'last {last.isoformat()}' if last is not None else 'none with a date on file'}"
    view.trace.say(RULE, "fired", words)
    karyotype = indication_of(view.facts).karyotype
    return Due("karyotype", words, (RULE,), (KARYOTYPE,), due, (karyotype,) if karyotype is not None else ())


def _due(
    view: View, name: str, due: tuple[date, str] | None, rules: tuple[str, ...], tests: tuple[str, ...]
) -> Due | None:
    last = due[1] if due is not None else ""
    words = f"{name}: {f'last {last}' if last else 'none on file'}"
    is_due = fires(view, rules[0], due is not None and due[0] <= view.today, words)
    return Due(name, words, rules, tests, due[0]) if due is not None and is_due else None


CHECK = safety_check("reminders", "tests that are due", reminders)
