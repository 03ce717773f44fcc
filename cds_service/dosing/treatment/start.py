"""The first dose: eligibility, counts, kidneys, dose.

When: a patient who does not take the drug gets an order for it.
Then: the dose of the renal band, on counts of the last 7 days; what else speaks against a start is the document's own.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from cds_service.clinical.facts import Missing
from cds_service.clinical.kidney import body_mass_index
from cds_service.clinical.quantity import plain
from cds_service.clinical.recommendation import Action, AmendOrder, Input, Proposal, Recommendation, Urgency
from cds_service.dosing.build import cbc_proposals, decision, is_draft
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.data_quality import available
from cds_service.dosing.orders import check_orders, ordered_dose, several_orders
from cds_service.dosing.regimen import Eligibility
from cds_service.dosing.renal import Band, KidneyFunction, kidney_function
from cds_service.dosing.roles import Role
from cds_service.dosing.treatment.kidneys import kidney_tests
from cds_service.dosing.treatment.monitoring import CREATININE, WEIGHT
from cds_service.dosing.treatment.order_above import above_bands
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.planned_start import counts_too_old_at_start, start_days
from cds_service.dosing.treatment.sayings import clearance_words
from cds_service.dosing.words import LINE_NAMES

FACT_NAMES = {**LINE_NAMES, "birthDate": "birth date"}


def assess_start(patient: Patient) -> list[Recommendation]:
    """The recommendations on an order that would start treatment."""
    eligible = patient.regimen.eligibility(patient)
    kidneys = kidney_function(patient.case)
    checks = patient.regimen.start_checks(patient)
    lacking = _lacking(patient, kidneys, bool(checks.blocking))
    several = several_orders(patient.case, patient.indication)
    result = [*eligible.blocking, *checks.blocking, *checks.beside, *lacking, *several]
    if any(r.action is Action.DO_NOT_START for r in result):
        return result
    is_about_data = all(r.action is Action.REQUEST_DATA for r in checks.blocking)
    if eligible.blocking or not is_about_data:
        return [*result, *above_bands(patient, kidneys, result)]
    if checks.blocking or lacking:
        return [*result, *above_bands(patient, kidneys, result)]
    bands = kidneys.bands(patient.regimen.bands)
    if len(bands) != 1:
        return [*result, _ambiguous_band(patient, kidneys, bands), *above_bands(patient, kidneys, result)]
    kept = _remembered(patient, kidneys, bands[0])
    if kept:
        return [*result, *kept, *counts_too_old_at_start(patient)]
    dosed = [*_dose(patient, eligible, kidneys, bands[0]), *_by_adjusted_weight(patient, kidneys, bands[0])]
    return [*result, *dosed, *counts_too_old_at_start(patient)]


def _dose(patient: Patient, eligible: Eligibility, kidneys: KidneyFunction, band: Band) -> list[Recommendation]:
    ids, cbc = patient.regimen.ids, patient.regimen.cbc
    for other in patient.regimen.bands:
        patient.trace.say(
            other.id, "fired" if other is band else "not met", clearance_words(patient.regimen.bands, kidneys)
        )
    right = band.dose_beside(ordered_dose(patient.case))
    patient.trace.say(ids.start, "fired", f"start at {right.words}")
    due = patient.today + timedelta(days=cbc.every_first)
    is_full = right.mg == patient.rules.number(ids.start, "dose_mg")
    rules = [ids.start, band.id, cbc.rule] if is_full else [band.id, ids.start, cbc.rule]
    percent = patient.rules.role(Role.CLEARANCE).number("near_cut_off_percent")
    near = kidneys.near_cut_offs(patient.regimen.bands, percent)
    assumptions = ["Actual body weight was used for the clearance."] if not kidneys.on_dialysis else []
    assumptions += eligible.remarks
    beside = [remark for value, remark in patient.regimen.at_clearance.items() if value in kidneys.clearances]
    if near:
        beside.insert(
            0, f"Within {percent}% of the cut-off {' and '.join(near)} mL/min: a small change moves the dose."
        )
    words = {
        "clearance": clearance_words(patient.regimen.bands, kidneys),
        "close": " ".join(beside),
        "due": due.isoformat(),
        **patient.regimen.start_words(patient),
    }
    inputs = [
        *kidneys.inputs,
        *(Input.of(r) for line in LINES for r in patient.counts[line].decisive),
        *eligible.inputs,
    ]
    found = check_orders(
        patient.case,
        patient.indication,
        right,
        Action.START,
        "start",
        rules,
        words,
        inputs,
        due,
        eligible.not_found,
        assumptions,
    )
    spoken = {r.order for r in found}
    silent = [o for o in patient.case.orders if o.reference not in spoken]
    if silent and eligible.not_found:
        found.append(
            decision(
                patient.case,
                patient.indication,
                Action.START,
                Urgency.INFO,
                rules,
                "start-as-ordered",
                words={
                    **words,
                    "new_dose": right.words,
                    "new_dose_brief": right.brief,
                    "what": " and ".join(m.fact for m in eligible.not_found),
                },
                dose=right,
                next_cbc_due=due,
                inputs=inputs,
                missing=eligible.not_found,
                assumptions=assumptions,
                order=silent[0].reference,
                proposals=cbc_proposals(patient.case, due),
            )
        )
    return found


def _remembered(patient: Patient, kidneys: KidneyFunction, band: Band) -> list[Recommendation]:
    """A draft above the last dose of a course that is over and was reduced or held for toxicity; the row's dose goes no higher."""
    memory, rule = patient.therapy.remembered, patient.rules.role(Role.MEMORY)
    is_recent = memory is not None and patient.today - memory.on <= timedelta(days=rule.number("days"))
    if memory is None or not is_recent or memory.dose.exceeds(band.dose_beside(memory.dose)):
        return []
    # While no dose is chosen yet, the one that would be offered counts.
    intended = [o.dose or (band.dose if o.says_no_dose else None) for o in patient.case.orders]
    if not any(dose is not None and dose.exceeds(memory.dose) for dose in intended):
        return []
    patient.trace.say(rule.id, "fired", f"last dose {memory.dose.words} until {memory.on}")
    due = patient.today + timedelta(days=patient.regimen.cbc.every_first)
    words = {"clearance": clearance_words(patient.regimen.bands, kidneys), "due": due.isoformat(),
             "dose": memory.dose.words, "until": memory.on.isoformat(), "reason": memory.reason or "not recorded"}  # fmt: skip
    found = check_orders(
        patient.case, patient.indication, memory.dose,
        Action.REDUCE if memory.is_reduced else Action.REVIEW,
        "reduce-remembered" if memory.is_reduced else "remembered-hold",
        (patient.regimen.ids.reescalation, rule.id), words, kidneys.inputs, due,
    )  # fmt: skip
    # At the dose at which it was held nobody knows that it is borne.
    return found if memory.is_reduced else [replace(r, dose=None, proposals=()) for r in found]


def _by_adjusted_weight(patient: Patient, kidneys: KidneyFunction, band: Band) -> list[Recommendation]:
    """In obesity: the dose by adjusted weight where it is a lower one, as the second option."""
    rows = [b for b in patient.regimen.bands if any(b.holds(v) for v in kidneys.adjusted)]
    lower = [b for b in rows if band.dose.mg_per_day > b.dose.mg_per_day]
    if len(rows) != 1 or not lower:
        return []
    order = patient.case.orders[0]
    other, rule = lower[0].dose_beside(order.dose), patient.rules.role(Role.CLEARANCE).id
    weight, height = (available(patient.case, fact).decisive[0].amount.value for fact in ("weight", "height"))
    amend = Proposal("amend-lower", (AmendOrder(order.reference, other),))
    is_one = len(patient.case.orders) == 1 and bool(order.reference) and is_draft(patient.case, order)
    patient.trace.say(rule, "fired", "another row by adjusted weight")
    return [
        decision(
            patient.case,
            patient.indication,
            Action.INFORM,
            Urgency.INFO,
            (rule, band.id, lower[0].id),
            "start-obesity",
            words={
                "bmi": plain(body_mass_index(weight, height), 0),
                "clearance": " or ".join(f"{plain(v, 1)} mL/min" for v in kidneys.clearances),
                "adjusted": " or ".join(plain(v, 1) for v in kidneys.adjusted),
                "new_dose": band.dose.words,
                "new_dose_brief": band.dose.brief,
                "other_dose": other.brief,
            },
            inputs=[*kidneys.inputs, *(Input.of(r) for r in available(patient.case, "height").decisive)],
            order=order.reference,
            proposals=(amend,) if is_one else (),
        )
    ]


def _lacking(patient: Patient, kidneys: KidneyFunction, is_blocked: bool) -> list[Recommendation]:
    """Counts or kidney inputs that are missing, unusable or too old to start on; results in conflict where one blocks."""
    missing: list[Missing] = []
    inputs: list[Input] = []
    for line in LINES:
        found = patient.counts[line]
        if found.missing is not None:
            missing.append(found.missing)
        else:
            missing += [Missing(line, u.reason, u.rule) for u in found.refused[-1:]]
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
            is_blocked and len(found.decisive) > 1
        )
        if found.is_older_than(start_days(patient.rules), patient.today):
            missing.append(
                Missing(
                    line, f"older than {start_days(patient.rules)} days ({found.on})", patient.rules.role(Role.STALE).id
                )
            )
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
    rules = rules or [patient.regimen.ids.start]
    for rule_id in rules:
        patient.trace.say(
            rule_id, "fired", "; ".join(f"{m.fact}: {m.reason}" for m in missing if m.rule in (rule_id, ""))
        )
    what = "; ".join(dict.fromkeys(f"{FACT_NAMES.get(m.fact, m.fact)}: {m.reason}" for m in missing))
    return [
        decision(
            patient.case,
            patient.indication,
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


def _ambiguous_band(patient: Patient, kidneys: KidneyFunction, bands: tuple[Band, ...]) -> Recommendation:
    """The chart allows clearances in more than one band (partial birth date, sex not stated, two results): ask."""
    rule = patient.rules.role(Role.CLEARANCE).id
    return decision(
        patient.case,
        patient.indication,
        Action.REQUEST_DATA,
        Urgency.WARNING,
        (rule, *(b.id for b in bands)),
        "start-clearance-ambiguous",
        words={"clearance": clearance_words(patient.regimen.bands, kidneys)},
        inputs=kidneys.inputs,
        missing=[
            Missing(
                "creatinineClearance",
                "birth date, sex, creatinine or weight leave more than one dose open",
                patient.rules.role(Role.CLEARANCE).id,
            )
        ],
    )
