"""Whether treatment may start: who may, what speaks against it, and what it lacks.

When: a patient who does not take the drug gets an order for it.
Then: a start needs counts of the last 7 days and a clearance; what else speaks against it is the document's own.
"""

from __future__ import annotations

from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import cbc_proposals, decision
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.regimen import Eligibility
from cds_service.dosing.renal import CREATININE, WEIGHT, KidneyFunction, kidney_function
from cds_service.dosing.roles import Role
from cds_service.dosing.treatment.kidneys import kidney_tests
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.planned_start import start_days
from cds_service.dosing.words import LINE_NAMES

FACT_NAMES = {**LINE_NAMES, "birthDate": "birth date", "currentDose": "dose"}


def assess_start(patient: Patient) -> list[Recommendation]:
    """What speaks against a start, and what it lacks."""
    if patient.is_current:
        return []
    checks = patient.regimen.start_checks(patient)
    lacking = _lacking(patient, kidney_function(patient.case), bool(checks.blocking))
    return [*eligibility_of(patient).blocking, *checks.blocking, *checks.beside, *lacking]


def eligibility_of(patient: Patient) -> Eligibility:
    """Who may start, worked out once for all that ask."""
    return patient.once(patient.regimen.eligibility)


def _lacking(patient: Patient, kidneys: KidneyFunction, is_blocked: bool) -> list[Recommendation]:
    """Counts or kidney inputs that are missing, unusable or too old to start on; results in conflict where one blocks."""
    missing: list[Missing] = []
    inputs: list[Input] = []
    for line in LINES:
        found = patient.counts[line]
        if found.missing is not None:
            missing.append(found.missing)
        else:
            missing += [Missing.of(u) for u in found.refused[-1:]]
            missing += [
                Missing(
                    line,
                    "the latest count is an estimate or has a clumping remark",
                    patient.rules.role(Role.CLUMPING).id,
                )
            ] * bool(found.estimate)
            missing += [
                Missing(line, "a later result is only preliminary", patient.rules.role(Role.PRELIMINARY).id)
            ] * bool(found.preliminary)
        missing += [Missing(line, "two results at one time", patient.rules.role(Role.CONFLICT).id)] * (
            is_blocked and len({r.reference for r in found.decisive}) > 1
        )
        if found.is_older_than(start_days(patient.rules), patient.today):
            stale = patient.rules.role(Role.STALE).id
            missing.append(Missing(line, found.too_old(start_days(patient.rules)), stale))
        inputs += [Input.of(r) for r in (*found.decisive, *found.estimate, *found.preliminary)]
        inputs += [
            Input(u.fact, u.reported, u.reported_unit, "", u.on, u.reference) for u in found.refused if u.reported
        ]
    missing += (*kidneys.missing, *kidneys.stale)
    if not missing:
        return []
    rules = [m.rule for m in missing if m.rule in patient.rules]
    if kidneys.missing:
        rules.append(patient.rules.role(Role.CLEARANCE).id)
    rules = rules or [patient.rules.role(Role.STALE).id]
    for rule_id in rules:
        patient.trace.say(
            rule_id, "fired", "; ".join(f"{m.fact}: {m.reason}" for m in missing if m.rule in (rule_id, ""))
        )
    what = "; ".join(dict.fromkeys(f"{FACT_NAMES.get(m.fact, m.fact)}: {m.reason}" for m in missing))
    return [
        decision(
            patient,
            Action.REQUEST_DATA,
            Urgency.WARNING,
            rules,
            "start-data-missing",
            words={"what": what},
            inputs=[*inputs, *kidneys.inputs],
            missing=missing,
            proposals=(
                *(cbc_proposals(patient.case, patient.today) if any(m.fact in LINES for m in missing) else ()),
                *kidney_tests(patient, *(f for f in (CREATININE, WEIGHT) if any(m.fact == f for m in missing))),
            ),
        )
    ]
