"""A patient who takes the drug: do today's counts interrupt treatment?

When: an order or statement of the drug is active.
Then: a count that meets a row of the document interrupts; below the table, in its gap, or with an
unknown that matters, the clinician is asked; low neutrophils with fever bring the next count forward.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Resume, Urgency
from cds_service.dosing.build import cbc_proposals, decision, stop_proposals
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.grades import grade
from cds_service.dosing.roles import Role
from cds_service.dosing.temperature import unusable_temperatures
from cds_service.dosing.treatment.count_lines import Kind, Verdict, pending_below
from cds_service.dosing.treatment.judgement import judgement
from cds_service.dosing.treatment.low_counts import falling_cards
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.requests import about_one_dose, data_requests, uncertain
from cds_service.dosing.treatment.sayings import (
    count_words,
    course_inputs,
    course_words,
    lasting_words,
    resume_words,
    temperature_inputs,
    transfusion_inputs,
)
from cds_service.dosing.treatment.schedule import next_count
from cds_service.dosing.treatment.unanswered import unanswered
from cds_service.dosing.treatment.verdicts import possible_doses
from cds_service.dosing.words import per_microlitre, shown_on


def assess_on_treatment(patient: Patient) -> list[Recommendation]:
    """The recommendations on today's counts."""
    judged, due = judgement(patient), next_count(patient).due
    _trace(patient, judged.verdicts)
    result: list[Recommendation] = []
    if judged.holds:
        result.append(hold(patient, judged.holds, due))
    for line in LINES:
        result += uncertain(patient, line, judged.verdicts[line], due)
    gaps = [r for v in judged.gaps[:1] for r in _gap(patient, v, due)]
    result += [r for r in gaps if not judged.holds or r.action is not Action.REVIEW]
    result += [_pending(patient, v, due) for v in judged.pending[:1]]
    result += unanswered(patient, judged.verdicts, {v.reading.fact for v in judged.holds}, due)
    result += [verify(patient, v, due) for v in judged.preliminary[:1]]
    fine = [line for line in LINES if all(v.kind is Kind.FINE for v in judged.verdicts[line])]
    result += data_requests(patient, due) + falling_cards(patient, fine, due)
    return about_one_dose(patient, result)


def hold(patient: Patient, holds: Sequence[Verdict], due: date) -> Recommendation:
    """Interrupt: the rows that are met, and when and at which dose their document lets treatment resume."""
    rows = [v.row for v in holds if v.row is not None]
    following = patient.regimen.next_dose(patient.case, patient.therapy, rows)
    if following.dose is not None and len(possible_doses(patient)) > 1:
        # Which row counts depends on the dose that is taken, and so does the dose to resume at.
        following = replace(following, dose=None)
    has_none = bool(following.no_row)
    rules = [r for v in holds for r in v.rules]
    if has_none:
        rules = [*following.rules, *rules]
        patient.trace.say(following.rules[0], "fired", following.no_row)
    readings = [v.reading for v in holds]
    inputs = [Input.of(r) for r in readings] + [Input.of(b) for v in holds for b in v.baselines]
    if any(v.reading.fact == "anc" for v in holds):
        rules += patient.regimen.ids.neutropenia
        inputs += temperature_inputs(patient)
    inputs += transfusion_inputs(patient, holds)
    resume = None if has_none else Resume(resume_words(rows), following.dose)
    words = (
        count_words(patient, readings)
        | course_words(patient)
        | {"resume": resume.when if resume else "", "due": due.isoformat(), "lasting": lasting_words(holds)}
    )
    open_dose = "the next lower dose" if following.is_choice else "a dose level that the chart leaves open"
    words["resume_dose"] = following.dose.words if following.dose else open_dose
    return decision(
        patient,
        Action.HOLD,
        Urgency.CRITICAL,
        rules,
        "hold-no-row" if has_none else "hold",
        words=words | {"no_row": following.no_row},
        resume=resume,
        next_cbc_due=due,
        inputs=inputs + course_inputs(patient),
        missing=following.missing,
        note=following.note,
        proposals=stop_proposals(patient.case, due, patient.therapy.references),
    )


def _hours(patient: Patient) -> str:
    """How long a temperature speaks, in hours."""
    return str(patient.rules.role(Role.TEMPERATURE).number("temperature_hours"))


def _no_temperature(patient: Patient, rule_id: str) -> Missing:
    """Why there is no temperature: not to be seen, refused, or none taken."""
    if "temperature" in patient.facts.unseen:
        return Missing("temperature", patient.facts.unseen["temperature"], rule_id)
    unusable = unusable_temperatures(patient.case, patient.regimen.ids.fever)
    if unusable:
        return unusable[-1]
    return Missing("temperature", f"none in the last {_hours(patient)} h", rule_id)


def _pending(patient: Patient, verdict: Verdict, due: date) -> Recommendation:
    missing = [] if patient.temperature is not None else [_no_temperature(patient, verdict.rules[0])]
    limit = per_microlitre(pending_below(patient.regimen.rows(patient.therapy.dose, "anc"), patient.regimen.pending))
    since = verdict.run.first.on if verdict.run is not None else verdict.reading.on
    words = count_words(patient, [verdict.reading])
    return decision(
        patient,
        Action.REPEAT_AND_REASSESS,
        Urgency.WARNING,
        verdict.rules,
        "anc-pending",
        words=words | course_words(patient) | {"since": since.isoformat(), "limit": limit, "due": due.isoformat()},
        next_cbc_due=due,
        inputs=[Input.of(verdict.reading), *temperature_inputs(patient)],
        missing=missing,
        proposals=cbc_proposals(patient.case, due),
    )


def _gap(patient: Patient, verdict: Verdict, due: date) -> list[Recommendation]:
    """Two decisions: what to do with the dose is the clinician's review, the early count is monitoring."""
    words = count_words(patient, [verdict.reading]) | course_words(patient) | {"due": due.isoformat()}
    inputs = [Input.of(verdict.reading), *(Input.of(b) for b in verdict.baselines), *course_inputs(patient)]
    rules = verdict.rules
    review = decision(
        patient,
        Action.REVIEW,
        Urgency.WARNING,
        rules,
        "platelet-gap",
        words=words,
        next_cbc_due=due,
        inputs=inputs,
    )
    repeat = decision(
        patient,
        Action.REPEAT_AND_REASSESS,
        Urgency.WARNING,
        rules,
        "platelet-gap-repeat",
        words=words,
        next_cbc_due=due,
        inputs=[i for i in inputs if i not in course_inputs(patient)],
        proposals=cbc_proposals(patient.case, due),
    )
    return [review, repeat]


def verify(patient: Patient, verdict: Verdict, due: date) -> Recommendation:
    """A preliminary result that would matter: confirm it today; it never holds, starts or resumes by itself.

    One of CTCAE grade 4 cannot wait for that: until it is confirmed no capsule is taken.
    """
    is_grave = grade(patient.rules, verdict.reading) == 4
    patient.trace.say(patient.rules.role(Role.PRELIMINARY).id, "fired", "a preliminary result would change treatment")
    return decision(
        patient,
        Action.REPEAT_AND_REASSESS,
        Urgency.CRITICAL if is_grave else Urgency.WARNING,
        (patient.rules.role(Role.PRELIMINARY).id, *verdict.rules),
        "preliminary",
        words=count_words(patient, [verdict.reading]) | course_words(patient) | {"due": due.isoformat()},
        next_cbc_due=due,
        inputs=[Input.of(verdict.reading)],
        missing=[Missing(verdict.reading.fact, "preliminary", patient.rules.role(Role.PRELIMINARY).id)],
        proposals=cbc_proposals(patient.case, due),
    )


def _trace(patient: Patient, found: Mapping[str, tuple[Verdict, ...]]) -> None:
    """What each row said, for people who ask why it did not fire."""
    names = {
        Kind.HOLD: "fired",
        Kind.PENDING: "fired",
        Kind.GAP: "fired",
        Kind.UNKNOWN: "unknown",
        Kind.FINE: "not met",
    }
    for line in LINES:
        for row in patient.regimen.rows(patient.therapy.dose, line):
            patient.trace.say(row.id, "not applicable", "another row holds for this treatment day and baseline")
        if patient.regimen.ids.no_row:
            why = "no trigger is met at a dose that the document has no row for"
            patient.trace.say(patient.regimen.ids.no_row, "not met", why)
        for verdict in found[line]:
            for rule_id in verdict.rules:
                lacking = f"; not known: {', '.join(sorted(verdict.unknown))}" if verdict.unknown else ""
                patient.trace.say(rule_id, names[verdict.kind], f"{line} {shown_on(verdict.reading)}{lacking}")
