"""What the clinician is asked for when the chart does not decide: conflicting, unknown, refused, stale or missing data.

When: a fact that changes the decision is not known, or results contradict each other.
Then: one card says what is lacking and what hangs on it; it never carries a dose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from cds_service.clinical.dispensed import DISPENSE_COVERS
from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.facts import Missing, Reading, Unusable
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import by_rules, cbc_proposals, decision
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.data_quality import Available
from cds_service.dosing.grades import grade
from cds_service.dosing.roles import Role
from cds_service.dosing.treatment.count_lines import BASELINE_FACTS, Kind, Verdict
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.sayings import count_words, course_inputs, course_words
from cds_service.dosing.treatment.verdicts import would_interrupt, would_with_baseline
from cds_service.dosing.words import LINE_NAMES, per_microlitre, shown_on

NEEDED = "not known, and the decision depends on it"
# What is unknown → the role of the rule that asks, the fact as the contract names it, what is asked for.
_ASKS = {
    "firstDose": (Role.FIRST_WEEKS, "firstDose", "the first-dose date of this course"),
    "baseline": (Role.BASELINE, "", "the baseline count before the first dose"),
    "transfusions": (
        Role.PLATELET_TRANSFUSIONS,
        "transfusions",
        "whether platelets were transfused in the last {days} days",
    ),
    "comparator": (Role.COMPARATOR, "", "the exact result"),
    "temperature": (Role.COMPARATOR, "temperature", "the exact temperature"),
    "currentDose": (Role.CONFLICT, "currentDose", "the dose that the patient takes now"),
}


def uncertain(patient: Patient, line: str, verdicts: tuple[Verdict, ...], due: date) -> list[Recommendation]:
    """Requests for the facts on which the verdicts of a line differ; results in conflict ask for themselves."""
    asked: list[Recommendation] = []
    if len({v.kind for v in verdicts}) > 1:
        asked.append(_conflict(patient, line, verdicts, min(due, patient.today)))
    unknown = sorted({u for v in verdicts if v.kind is Kind.UNKNOWN for u in v.unknown})
    if unknown:
        asked.append(_unknown(patient, line, [v for v in verdicts if v.kind is Kind.UNKNOWN], unknown, due))
    return asked


def _conflict(patient: Patient, line: str, verdicts: tuple[Verdict, ...], due: date) -> Recommendation:
    patient.trace.say(
        patient.rules.role(Role.CONFLICT).id, "fired", f"{line}: results of one time that decide differently"
    )
    grave = any(v.kind is Kind.HOLD for v in verdicts)
    readings = [v.reading for v in verdicts]
    what = _of_one_time(readings)
    return decision(
        patient,
        Action.REQUEST_DATA,
        Urgency.CRITICAL if grave else Urgency.WARNING,
        (patient.rules.role(Role.CONFLICT).id,),
        "conflict-critical" if grave else "conflict",
        words=count_words(patient, list({shown_on(r): r for r in readings}.values()))
        | course_words(patient)
        | {"line": LINE_NAMES[line], "results": what},
        next_cbc_due=due,
        inputs=[Input.of(r) for r in readings] + course_inputs(patient),
        missing=[Missing(line, what, patient.rules.role(Role.CONFLICT).id)],
        proposals=cbc_proposals(patient.case, due),
    )


def _of_one_time(readings: Sequence[Reading]) -> str:
    """Results that contradict each other, in words: two of them, one that came twice, or one that its unit lets read in two ways."""
    if len({r.reference for r in readings}) > 1 or not all(r.amount.is_exact for r in readings):
        return "two results at one time"
    if len({(r.reported, r.reported_unit) for r in readings}) > 1:
        return f"the same result came as {' and as '.join(per_microlitre(r.amount.value) for r in readings)}"
    return f"one result that reads as {' or '.join(per_microlitre(r.amount.value) for r in readings)}"


def not_known(patient: Patient, line: str, unknown: Sequence[str]) -> list[Missing]:
    """The facts that a decision on a line depends on, each with the rule that asks for it."""
    return [
        _baseline_gap(patient, line)
        if role is Role.BASELINE
        else Missing(
            fact or line,
            "reported as a range" if role is Role.COMPARATOR else NEEDED,
            patient.rules.role(role).id,
        )
        for role, fact, _ in (_ASKS[u] for u in unknown)
    ]


def _baseline_gap(patient: Patient, line: str) -> Missing:
    """A baseline that is not known; where a count of the days before the first dose cannot be used, that one."""
    rule = patient.rules.role(Role.BASELINE)
    unread = [
        u
        for u in patient.facts.refused(line)
        for first in patient.therapy.first_doses
        if not u.is_other_test
        and (u.on is None or timedelta(0) <= first - u.on <= timedelta(days=rule.number("days_before_at_most")))
    ]
    reason = f"{unread[-1].reason}, and the decision depends on it" if unread else NEEDED
    return Missing(BASELINE_FACTS[line], reason, rule.id, unread[-1] if unread else None)


def asked_for(patient: Patient, unknown: Sequence[str]) -> str:
    """What is asked for, in words: "the baseline count before the first dose and the exact result"."""
    days = patient.rules.role(Role.PLATELET_TRANSFUSIONS).number("days")
    return " and ".join(_ASKS[u][2].format(days=days) for u in unknown)


def _unknown(patient: Patient, line: str, verdicts: list[Verdict], unknown: list[str], due: date) -> Recommendation:
    missing = not_known(patient, line, unknown)
    for gap, each in zip(missing, unknown, strict=True):
        patient.trace.say(gap.rule, "fired", f"the decision on {line} depends on {asked_for(patient, [each])}")
    rules = [gap.rule for gap in missing] + [r for v in verdicts for r in v.rules]
    return decision(
        patient,
        Action.REQUEST_DATA,
        Urgency.CRITICAL if _is_grave(patient, line, verdicts) else Urgency.WARNING,
        rules,
        "unknown",
        words=count_words(patient, [v.reading for v in verdicts])
        | course_words(patient)
        | {"what": asked_for(patient, unknown)},
        next_cbc_due=due,
        inputs=[Input.of(v.reading) for v in verdicts]
        + [Input.of(b) for v in verdicts for b in v.baselines]
        + course_inputs(patient),
        missing=missing,
    )


def _is_grave(patient: Patient, line: str, verdicts: list[Verdict]) -> bool:
    """Whether the answer cannot wait: platelets of CTCAE grade 4, a count that interrupts at one of the possible doses, or one
    that would by a baseline which is there and cannot be used.
    """
    if any(would_with_baseline(patient, line, v.reading) for v in verdicts):
        return True
    if line == "platelets" and any(grade(patient.rules, v.reading) == 4 for v in verdicts):
        return True
    return any(v.row is not None for v in verdicts)


def data_requests(patient: Patient, due: date, stale_matters: bool = False) -> list[Recommendation]:
    """One request for everything about the counts that is refused, only estimated, missing or, at signing, stale."""
    missing: list[Missing] = []
    inputs: list[Input] = []
    for line in LINES:
        found = patient.counts[line]
        lacking = _lacking(patient, found)
        inputs += [
            Input(u.fact, u.reported, u.reported_unit, "", u.on, u.reference) for u in found.refused if u.reported
        ]
        inputs += [Input.of(r) for r in (*found.estimate, *(found.preliminary if found.missing else ()))]
        if patient.case.orders or stale_matters or _was_left_out(patient, found):
            lacking += stale_counts(patient, found)
        missing += lacking + (_set_aside(found) if lacking else [])
    missing += _dose_problem(patient)
    if not missing:
        return []
    rules = [m.rule for m in missing if m.rule in patient.rules] or [patient.regimen.cbc.rule]
    for rule_id in rules:
        patient.trace.say(rule_id, "fired", "; ".join(f"{m.fact}: {m.reason}" for m in missing if m.rule == rule_id))
    return [
        decision(
            patient,
            Action.REQUEST_DATA,
            Urgency.CRITICAL if _cannot_wait(patient) else Urgency.WARNING,
            rules,
            "data-missing",
            words=course_words(patient) | {"what": _what(missing)},
            next_cbc_due=min(due, patient.today) if any(m.fact in LINES for m in missing) else due,
            inputs=inputs + course_inputs(patient),
            missing=missing,
            proposals=cbc_proposals(patient.case, patient.today) if any(m.fact in LINES for m in missing) else (),
        )
    ]


def _cannot_wait(patient: Patient) -> bool:
    """Whether a count that is not used would interrupt, or more was dispensed than is ordered."""
    ordered = (patient.therapy.dose,) if patient.therapy.dose is not None else patient.regimen.table_doses
    more = any(all(d.exceeds(each) for each in ordered) for d in _dispensed(patient))
    return more or any(would_interrupt(patient, line) for line in LINES)


def _dispensed(patient: Patient) -> list[Dose]:
    """The doses that were dispensed otherwise than ordered; where the ordered one is not known, those dispensed of late."""
    records: Iterable[MedicationRecord] = patient.therapy.conflicting
    if patient.therapy.dose is None and not patient.therapy.conflicting:
        earliest = patient.today - DISPENSE_COVERS
        own = (r for r in patient.facts.medications if patient.case.content.name in r.concepts)
        records = (r for r in own if r.starts_on is not None and earliest <= r.starts_on <= patient.today)
    return [r.dose for r in records if r.kind == "dispense" and r.dose is not None]


def _what(missing: list[Missing]) -> str:
    names = {"currentDose": "current dose"}
    return "; ".join(dict.fromkeys(f"{LINE_NAMES.get(m.fact, names.get(m.fact, m.fact))}: {m.reason}" for m in missing))


def _lacking(patient: Patient, found: Available) -> list[Missing]:
    if found.missing is not None:
        others = [u for u in found.refused if u is not found.missing.entry]
        return [found.missing, *map(Missing.of, others[-1:])]
    lacking = [Missing.of(u) for u in found.refused[-1:]]
    lacking += [
        Missing(
            found.fact, "the latest count is an estimate or has a clumping remark", patient.rules.role(Role.CLUMPING).id
        )
    ] * bool(found.estimate)
    return lacking


def _set_aside(found: Available) -> list[Missing]:
    """A result of another specimen that may be taken for the one that is lacking."""
    return [Missing.of(u, reason=f"set aside: {u.reason}") for u in found.set_aside[-1:] if found.decisive]


def _was_left_out(patient: Patient, found: Available) -> bool:
    """Whether the other line was drawn later than this one: then no overdue CBC will ask for it."""
    days = [d for line in LINES if (d := patient.counts[line].drawn_on) is not None]
    return found.drawn_on is not None and found.drawn_on < max(days)


def stale_counts(patient: Patient, found: Available) -> list[Missing]:
    """What is too old to start, resume or sign on: 7 days in the first 8 weeks or on a hold, 31 days later."""
    firsts, first_weeks = patient.therapy.first_doses, timedelta(days=patient.regimen.cbc.first_days)
    early = patient.therapy.state != "active" or not firsts or any(patient.today < f + first_weeks for f in firsts)
    days: int = patient.rules.role(Role.STALE).number("count_days_first_8_weeks" if early else "count_days_later")
    if not found.is_older_than(days, patient.today):
        return []
    return [Missing(found.fact, found.too_old(days), patient.rules.role(Role.STALE).id)]


def about_one_dose(patient: Patient, found: list[Recommendation]) -> list[Recommendation]:
    """One card where several ask for nothing but the dose that is taken now: what hangs on it, and why it is not known."""
    asking = [r for r in found if r.action is Action.REQUEST_DATA and {m.fact for m in r.missing} == {"currentDose"}]
    depending = [r for r in asking if r.message == "unknown"]
    if len(asking) < 2 or not depending:
        return found
    reasons = [m for r in asking if r not in depending for m in r.missing]
    first = min(depending, key=lambda r: r.urgency.rank)
    counts = [r.words["count"] for r in depending]
    dated = [r.words["counts_on"] for r in depending]
    named = by_rules(patient.case, first, (rule for r in (first, *asking) for rule in r.rules))
    merged = replace(
        named,
        words={**named.words, "count": " and ".join(counts), "counts_on": " and ".join(dated)},
        inputs=tuple(dict.fromkeys(i for r in asking for i in r.inputs)),
        missing=tuple(dict.fromkeys(reasons)) or first.missing,
    )
    return [merged if r is first else r for r in found if r is first or r not in asking]


def _dose_problem(patient: Patient) -> list[Missing]:
    therapy = patient.therapy
    if therapy.conflicting:
        paused = any(r.status in ("on-hold", "stopped") for r in therapy.conflicting)
        told = "one record says that treatment paused, another that it goes on" if paused else (
            f"dispensed {' and '.join(dict.fromkeys(d.words for d in dispensed))}, ordered {therapy.dose.words}"
            if (dispensed := _dispensed(patient)) and therapy.dose is not None
            else "two active orders or statements with different doses"
        )  # fmt: skip
        return [Missing("currentDose", told, patient.rules.role(Role.CONFLICT).id)]
    if therapy.dose is None:
        return [_unread_dose(patient)]
    return []


def _unread_dose(patient: Patient) -> Missing:
    """A dose that is not known; the record behind treatment that does not tell it is named by its medicine and its day."""
    therapy, rule = patient.therapy, patient.rules.role(Role.CONFLICT).id
    reason = therapy.dose_problem or "not stated"
    if dispensed := _dispensed(patient):
        reason = f"{reason}; dispensed {' and '.join(dict.fromkeys(d.words for d in dispensed))}"
    behind = [m for m in patient.facts.medications if m.reference in therapy.references]
    return without_dose(behind, reason, rule)


def without_dose(records: Iterable[MedicationRecord], reason: str, rule: str) -> Missing:
    """A current dose that is not known; the last of some records that tells none is named by its medicine and its day."""
    fact, silent = "currentDose", [m for m in records if m.dose is None and m.text]
    entries = [Unusable(fact, reason, rule, m.reference, m.authored_on or m.starts_on, m.text) for m in silent]
    return Missing(fact, reason, rule, entries[-1] if entries else None)
