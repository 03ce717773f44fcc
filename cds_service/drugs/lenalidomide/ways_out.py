"""Holds that counts did not cause: the cause as the reason of the status says it, and the way out that its row has.

When: treatment is on hold and the reason names another cause than counts.
Then: by the row of the cause, recovered, not recovered, or asked; recovery that is not recorded is never assumed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from cds_service.clinical.blood_counts import latest
from cds_service.clinical.facts import Diagnosis, Reading
from cds_service.clinical.recommendation import Input
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.data_quality import available
from cds_service.dosing.regimen import NextDose, WayOut
from cds_service.dosing.renal import kidney_function
from cds_service.dosing.rulebook import Rule
from cds_service.dosing.treatment.kidneys import band_today
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.words import shown_on
from cds_service.drugs.lenalidomide.decisions import fires
from cds_service.drugs.lenalidomide.indication import indication_of
from cds_service.drugs.lenalidomide.safety.pregnancy_course import ABNORMAL
from cds_service.drugs.lenalidomide.safety.reports import Report, course, day_wanted, grades_in, reports
from cds_service.drugs.lenalidomide.safety.view import View

PREFIX = "HOLD-"
# The words of a reaction by which a reason names it; short ones, grades and the flags of readers name nothing.
_NAME = re.compile(r"\b(?!grade\b|ctcae\b|known\b|severe\b|acute\b)[^\W\d]{5,}\b(?![^(]*\))")


def ways_out(patient: Patient) -> tuple[WayOut, ...]:
    """The ways out of the causes that the reason of the hold names; none where it names counts alone or nothing known."""
    if patient.therapy.state != "on-hold":
        return ()
    every = [r for r in patient.rules.by_id.values() if r.id.startswith(PREFIX)]
    rules = [r for r in every if _is_for(patient, r)]
    for rule in every:
        is_named = rule in rules
        why = "the reason of the hold names its cause" if is_named else "the reason of the hold names another cause"
        fires(patient, rule.id, is_named, why)
    return tuple(_way(patient, rule) for rule in rules)


def _is_for(patient: Patient, rule: Rule) -> bool:
    """Whether the reason names a cause of the rule, at the grade that it is for where it is for one."""
    if not patient.therapy.hold_concepts & frozenset(rule.data["causes"]):
        return False
    # Of several grades the highest: the dose is the lower one then.
    grade, data = max(grades_in(patient.therapy.hold_reason), default=None), rule.data
    if "held_grade_at_most" in data:
        return grade is not None and grade <= data["held_grade_at_most"]
    return "held_grade_at_least" not in data or grade is None or grade >= data["held_grade_at_least"]


def _way(patient: Patient, rule: Rule) -> WayOut:
    way = RECOVERIES[rule.data["recovery"]](patient, rule)
    named, data = patient.therapy.hold_concepts, rule.data
    is_after = bool(named & frozenset(data.get("without_dose_after", ())))
    has_none = is_after or patient.regimen.jurisdiction in data.get("without_dose_in", ())
    dose = None if has_none else way.dose or _dose(patient, data.get("dose", ""))
    return replace(way, dose=dose, is_recommended=bool(data.get("is_recommended")))


def _dose(patient: Patient, kind: str) -> NextDose | None:
    """The dose that a row names: the same, or the next lower one as after a fall of counts."""
    therapy, regimen = patient.therapy, patient.regimen
    if kind == "same" and therapy.dose is not None:
        return NextDose(therapy.dose, is_same=True)
    if kind != "next-lower":
        return None
    rows = [row for line in LINES for row in regimen.rows(therapy.dose, line)]
    following = regimen.next_dose(patient.case, therapy, rows)
    return following if following.dose is not None and not following.is_same else None


def _found(patient: Patient, rule: Rule, met: bool | None, asked: str, inputs: tuple[Input, ...] = ()) -> WayOut:
    row = rule.data.get("by_label", {}).get(patient.regimen.jurisdiction)
    rules = (row, rule.id) if row else (rule.id,)
    return WayOut(rules, patient.therapy.hold_reason, met, "" if met else asked, inputs=inputs)


def _grade(patient: Patient, rule: Rule) -> WayOut:
    """By the latest report of each reaction that treatment is held for: its grade, 0 where it is resolved. Missing: asked."""
    disease = replace(indication_of(patient.facts), name=patient.indication)
    law = patient.regimen.jurisdiction
    view = View(patient.case, patient.indication, patient.therapy, patient.trace, law, disease)
    about = course(r for r in reports(view) if _is_about(r, rule) and r.when != "before")
    every = [dated for group in about if (dated := tuple(r for r in group if r.on is not None))]
    most = rule.number("grade_at_most")
    # Another reaction that was never grave says nothing of the one that is held for.
    groups = [g for g in every if _is_held_for(patient, g, most)] or every
    answers = [_is_over(patient, group, most) for group in groups]
    latest_ones = [group[-1] for group in groups]
    inputs = tuple(r.input for r in latest_ones)
    wanted = {r.key: day_wanted(next(g for g in about if r in g), r) for r in latest_ones}
    note = " ".join(filter(None, wanted.values()))
    if False in answers:
        open_ones = [r.words for r, is_over in zip(latest_ones, answers, strict=True) if is_over is False]
        return replace(_found(patient, rule, False, f"{'; '.join(open_ones)}, not recovered", inputs), note=note)
    ungraded = [r.words for r, is_over in zip(latest_ones, answers, strict=True) if is_over is None and r.grade is None]
    what = ungraded[-1] if ungraded else "the toxicity"
    met = True if answers and None not in answers else None
    return replace(_found(patient, rule, met, f"the grade of {what} today", inputs), note=note)


def _is_held_for(patient: Patient, group: Sequence[Report], most: int) -> bool:
    """Whether a reaction was grave, or is one that the reason of the hold names."""
    reason = patient.therapy.hold_reason.casefold()
    is_named = any(word in reason for r in group for word in _NAME.findall(r.text.casefold()))
    is_grave = any(r.grade is not None and r.grade > most for r in group)
    return is_named or is_grave or any(r.concepts & patient.therapy.hold_concepts for r in group)


def _is_over(patient: Patient, group: Sequence[Report], most: int) -> bool | None:
    report, since = group[-1], patient.therapy.hold_since
    grade = report.grade if report.is_active else 0
    if grade is None or grade > most:
        return None if grade is None else False
    # A low grade from before the hold says nothing of today.
    was_higher = any(r.grade is not None and r.grade > most for r in group[:-1])
    is_later = report.on is not None and since is not None and report.on > since
    return True if not report.is_active or is_later or (since is None and was_higher) else None


def _is_about(report: Report, rule: Rule) -> bool:
    """Whether a report of the chart is of the cause; the reason of the hold itself tells nothing of today."""
    if report.reference.startswith("Medication") or report.is_blood_count:
        return False
    causes = frozenset(rule.data["causes"])
    is_named = any(cause.replace("-", " ") in report.text.casefold() for cause in causes)
    return bool(report.concepts & causes) or is_named or ("toxicity" in causes and report.grade is not None)


def _liver(patient: Patient, rule: Rule) -> WayOut:
    """By the latest ALT and AST: at or below the limit, or at or below the latest value of the days before treatment."""
    since = patient.therapy.hold_since or _last_raised(patient)
    latest_ones = [r for fact in ("alt", "ast") for r in available(patient.case, fact).decisive]
    values = [r for r in latest_ones if since is not None and r.on >= since]
    inputs = tuple(Input.of(r) for r in values)
    if {r.fact for r in values} != {"alt", "ast"}:
        return _found(patient, rule, None, "ALT and AST since the hold", inputs)
    answers = [_is_normal(patient, rule, r) for r in values]
    words = " and ".join(f"{r.fact.upper()} {shown_on(r)}" for r in values)
    if False in answers:
        return _found(patient, rule, False, f"{words}, not recovered", inputs)
    return _found(patient, rule, None if None in answers else True, f"the limit of normal of {words}", inputs)


def _is_normal(patient: Patient, rule: Rule, reading: Reading) -> bool | None:
    firsts, limits = patient.therapy.first_doses, [reading.upper_limit] if reading.upper_limit else []
    if firsts:
        oldest = min(firsts) - timedelta(days=rule.number("days_before_at_most"))
        before = latest([r for r in patient.facts.decisive(reading.fact) if oldest <= r.on <= min(firsts)])
        limits += [b.amount.low for b in before if b.amount.low is not None]
    return reading.amount.is_at_most(max(limits)) if limits else None


def _last_raised(patient: Patient) -> date | None:
    """The day of the last ALT or AST above its limit: where the day of the hold is not known, what is newer came after it."""
    readings = [r for fact in ("alt", "ast") for r in patient.facts.decisive(fact) if r.on <= patient.today]
    return max((r.on for r in readings if r.upper_limit and r.amount.is_above(r.upper_limit)), default=None)


def _anticoagulation(patient: Patient, rule: Rule) -> WayOut:
    """By the anticoagulant that is active: how long it has been taken."""
    active = [
        (m, (patient.today - m.starts_on).days)
        for m in patient.facts.medications
        if "anticoagulant" in m.concepts and m.status == "active" and not m.is_draft and m.starts_on is not None
    ]
    inputs = tuple(Input("medication", m.text, on=m.starts_on, reference=m.reference) for m, _ in active)
    needed, longest = rule.number("anticoagulated_days"), max((days for _, days in active), default=None)
    if longest is None:
        return _found(patient, rule, None, f"an anticoagulant of {needed} days", inputs)
    return _found(patient, rule, longest >= needed, f"anticoagulated for {longest} days", inputs)


def _bleeding(patient: Patient, rule: Rule) -> WayOut:
    """By the bleeding on file, over for some days, and the platelets. Missing: none on file, or an end without a day, is asked."""
    firsts, needed = patient.therapy.first_doses, rule.number("ended_days")
    bleeds = [d for d in patient.facts.diagnoses if "bleeding" in d.concepts and _is_since(d, firsts)]
    counts = patient.counts["platelets"].decisive
    inputs = (*(_bleed(d) for d in bleeds), *(Input.of(r) for r in counts))
    enough = [r.amount.is_at_least(rule.number("platelets_at_least")) for r in counts]
    if any(d.is_active for d in bleeds):
        return _found(patient, rule, False, "bleeding is recorded as active", inputs)
    if False in enough:
        return _found(patient, rule, False, "platelets are too low to resume after bleeding", inputs)
    ends = [d.ended_on for d in bleeds if d.ended_on is not None]
    if any((patient.today - end).days < needed for end in ends):
        return _found(patient, rule, False, f"bleeding ended less than {needed} days ago", inputs)
    is_told = bool(bleeds and enough) and len(ends) == len(bleeds) and None not in enough
    return _found(patient, rule, True if is_told else None, "the day on which the bleeding ended", inputs)


def _bleed(diagnosis: Diagnosis) -> Input:
    """A bleed with the day on which it ended; without one as it is on file."""
    ended = diagnosis.ended_on
    return Input("bleeding", f"{diagnosis.text}{', ended' * bool(ended)}", on=ended, reference=diagnosis.reference)


def _is_since(diagnosis: Diagnosis, firsts: tuple[date, ...]) -> bool:
    """Whether a problem may have begun under treatment; one without a day may."""
    began = diagnosis.onset_to or diagnosis.recorded_on
    return began is None or not firsts or diagnosis.is_active or began >= min(firsts)


def _pregnancy_test(patient: Patient, rule: Rule) -> WayOut:
    """By the pregnancy tests since the hold. Missing: a hold of no known day has no test since."""
    since = patient.therapy.hold_since
    tests = [f for f in patient.facts.findings.get("pregnancyTest", ()) if f.on and since and f.on >= since]
    inputs = tuple(Input("pregnancyTest", f.value, on=f.on, reference=f.reference) for f in tests[-1:])
    if not tests:
        return _found(patient, rule, None, "a pregnancy test since the hold", inputs)
    if tests[-1].value != "negative":
        return _found(patient, rule, False, f"the pregnancy test is {tests[-1].value}", inputs)
    if ABNORMAL not in patient.therapy.hold_concepts:
        return _found(patient, rule, True, "", inputs)
    bleeds = [d for d in patient.facts.diagnoses if ABNORMAL in d.concepts]
    is_explained = bool(bleeds) and not any(d.is_active for d in bleeds)
    return _found(patient, rule, True if is_explained else None, "whether the bleeding is explained", inputs)


def _kidneys(patient: Patient, rule: Rule) -> WayOut:
    """By today's clearance: the dose of its row, never above the one before the hold. One from before the hold is asked again."""
    band, taken, since = band_today(patient), patient.therapy.dose, patient.therapy.hold_since
    is_earlier = since is not None and any(r.on < since for r in available(patient.case, "creatinine").decisive)
    if band is None or is_earlier:
        return _found(patient, rule, None, "a current creatinine and weight")
    inputs = tuple(kidney_function(patient.case).inputs)
    dose, way = band.dose_beside(taken), replace(_found(patient, rule, True, "", inputs), is_by_table=True)
    if taken is not None and dose.mg_per_day >= taken.mg_per_day:
        return replace(way, dose=NextDose(taken, (band.id,), is_same=True))
    return replace(way, dose=NextDose(dose, (band.id,)))


def _excluded(patient: Patient, rule: Rule) -> WayOut:
    """By the problems on file: while one of the cause stands as active, it is not excluded."""
    found = [d for d in patient.facts.diagnoses if d.is_active and d.concepts & frozenset(rule.data["causes"])]
    inputs = tuple(Input("diagnosis", d.text, on=d.onset_from, reference=d.reference) for d in found)
    return _found(patient, rule, not found, "; ".join(f"{d.text} is not excluded" for d in found), inputs)


def _never(patient: Patient, rule: Rule) -> WayOut:
    """No recovery ends this hold."""
    return replace(_found(patient, rule, False, "the cause does not end"), is_final=True)


RECOVERIES: Mapping[str, Callable[[Patient, Rule], WayOut]] = {
    "grade": _grade,
    "liver": _liver,
    "anticoagulation": _anticoagulation,
    "bleeding": _bleeding,
    "pregnancy-test": _pregnancy_test,
    "kidneys": _kidneys,
    "excluded": _excluded,
    "never": _never,
    "review": lambda patient, rule: _found(patient, rule, True, ""),
}
"""How the recovery of a cause is looked for, by the name that its row gives it."""
