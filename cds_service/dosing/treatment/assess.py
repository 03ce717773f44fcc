"""Where the patient stands (start, on treatment, on hold) and everything that follows from it in one call."""

from __future__ import annotations

from dataclasses import replace

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.build import decision, order_cbc
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.orders import check_orders, ordered_dose, several_orders
from cds_service.dosing.precedence import ABOUT_DOSE
from cds_service.dosing.regimen import Regimen
from cds_service.dosing.renal import Band, kidney_function
from cds_service.dosing.trace import Trace
from cds_service.dosing.treatment.kidneys import (
    band_today,
    bands_below,
    clearance_now,
    kidneys_not_checked,
    kidneys_on_treatment,
    later_doses,
)
from cds_service.dosing.treatment.monitoring import CbcDue, cbc_card, left_out_card
from cds_service.dosing.treatment.on_hold import assess_on_hold, stop_of_held
from cds_service.dosing.treatment.on_treatment import assess_on_treatment
from cds_service.dosing.treatment.order_above import above_bands, above_table, without_dose
from cds_service.dosing.treatment.patient import Patient, patient_by
from cds_service.dosing.treatment.requests import stale_counts
from cds_service.dosing.treatment.sayings import course_inputs, course_words
from cds_service.dosing.treatment.start import assess_start
from cds_service.dosing.treatment.unanswered import without_one_click

# Decisions that lead to taking the drug: none of them stands beside a stop.
TAKING = (Action.RESUME_REDUCED, Action.RESUME_SAME, Action.REDUCE, Action.INFORM)
HOLDING = (Action.HOLD, Action.REMAIN_ON_HOLD)


def assess_course(
    case: Case, therapy: Therapy, indication: str, trace: Trace, regimen: Regimen
) -> list[Recommendation]:
    """The recommendations for a patient, by the regimen that the indication and the jurisdiction name."""
    patient = patient_by(case, therapy, trace, indication, regimen)
    if therapy.state in ("none", "ended"):
        return assess_start(patient)
    response = regimen.response(patient)
    if therapy.state == "on-hold":
        found, cbc, resume_dose = assess_on_hold(patient)
        if resume_dose is not None and (bands := bands_below(patient, resume_dose)):
            found = _resume_at_fallen_kidneys(patient, found, bands, cbc)
        elif case.orders and resume_dose is not None:
            found = _resume_order(patient, found, resume_dose, cbc)
        found = found if any(r.action in HOLDING for r in found) else [*found, *above_table(patient, found)]
    else:
        found, cbc, holds = assess_on_treatment(patient)
        if case.orders and not holds:
            about_orders = _continuing_order(patient, cbc)
            is_open = any(r.action is Action.REQUEST_DATA for r in found)
            found += without_dose(about_orders) if is_open else without_one_click(found, about_orders)
            found += above_bands(patient, kidney_function(patient.case), found) if is_open else []
        found += _above_table(patient, cbc) or kidneys_on_treatment(patient, cbc)
    if any(r.action is Action.DISCONTINUE for r in response):
        found = [r for r in found if r.action not in TAKING and r.message not in ABOUT_DOSE]
    stale = tuple(m for line in LINES for m in stale_counts(patient, patient.counts[line]))
    found = [*response, *found, *several_orders(case, indication)]
    return [*found, *cbc_card(patient, cbc, stale), *left_out_card(patient), *kidneys_not_checked(patient)]


def _resume_order(patient: Patient, found: list[Recommendation], dose: Dose, cbc: CbcDue) -> list[Recommendation]:
    """The draft that resumes treatment against the dose of the table: the same dose needs no card."""
    resuming = next(r for r in found if r.action in (Action.RESUME_REDUCED, Action.RESUME_SAME))
    others = [r for r in found if r is not resuming] + _ask_for_bleeding(patient, resuming, dose)
    return others + check_orders(
        patient.case, patient.indication, dose, resuming.action, resuming.message, resuming.rules, resuming.words,
        resuming.inputs, cbc.due, resuming.missing, resuming.assumptions,
        is_recommended=all(w.is_recommended for w in patient.regimen.ways_out(patient)),
        also=(*stop_of_held(patient, dose), order_cbc(patient.case, cbc.due)),
    )  # fmt: skip


def _ask_for_bleeding(patient: Patient, resuming: Recommendation, dose: Dose) -> list[Recommendation]:
    """A draft of exactly the dose to resume at, by a row that asks for no bleeding: counts cannot show it."""
    if resuming.message != "resume-ask-bleeding":
        return []
    as_due = [o for o in patient.case.orders if o.dose is not None and o.dose.same_as(dose)]
    return [
        replace(
            resuming,
            action=Action.INFORM,
            urgency=Urgency.INFO,
            message="resume-as-ordered-ask-bleeding",
            order=order.reference,
            proposals=(),
        )
        for order in as_due
    ]


def _continuing_order(patient: Patient, cbc: CbcDue) -> list[Recommendation]:
    """A draft beside current treatment: never above the dose in force after a reduction, else never above the table."""
    therapy = patient.therapy
    if therapy.dose is None:
        return []
    band = band_today(patient)
    ids = patient.regimen.ids
    is_above = bool(_above_table(patient, cbc))
    if is_above and band is None:
        return []
    is_within = band is not None and not therapy.dose.exceeds(band.dose_beside(therapy.dose))
    if band is not None and (is_above or (is_within and not patient.regimen.is_reduced(patient.case, therapy))):
        right, rules = band.dose_beside(ordered_dose(patient.case)), [band.id, ids.start]
    else:
        right, rules = therapy.dose, [ids.reescalation]
    allowed = later_doses(patient) if is_above else (therapy.dose, *later_doses(patient))
    orders = [o for o in patient.case.orders if o.dose is None or not any(o.dose.same_as(d) for d in allowed)]
    above = any(o.dose is not None and o.dose.exceeds(right) for o in orders)
    patient.trace.say(
        rules[0], "fired" if above else "not met", f"dose in force {therapy.dose.words}; at most {right.words}"
    )
    if not orders:
        return []
    words = course_words(patient) | {"due": cbc.due.isoformat()}
    checked = check_orders(
        patient.case, patient.indication, right, Action.REDUCE, "reduce", rules, words, course_inputs(patient), cbc.due
    )
    unchanged = {o.reference for o in patient.case.orders if o not in orders}
    return [r for r in checked if r.order not in unchanged] + _raised(patient, cbc, orders, right, checked)


def _raised(
    patient: Patient, cbc: CbcDue, orders: list[MedicationRecord], right: Dose, checked: list[Recommendation]
) -> list[Recommendation]:
    """A draft above the dose in force that the table would allow: no reduction is on file, and none may have been read."""
    dose = patient.therapy.dose
    if dose is None:
        return []
    said = {r.order for r in checked}
    ordered = [(o.reference, o.dose) for o in orders if o.dose is not None and o.reference not in said]
    return [
        decision(
            patient.case,
            patient.indication,
            Action.REVIEW,
            Urgency.WARNING,
            (patient.regimen.ids.reescalation,),
            "dose-raised",
            words=course_words(patient)
            | {
                "ordered": higher.words,
                "ordered_brief": higher.brief,
                "dose_brief": dose.brief,
            },
            next_cbc_due=cbc.due,
            inputs=course_inputs(patient),
            order=order,
        )
        for order, higher in ordered
        if higher.exceeds(dose)
    ]


def _above_table(patient: Patient, cbc: CbcDue) -> list[Recommendation]:
    """A current dose above every dose that the document gives for this indication: reviewed, whatever the counts say."""
    dose = patient.therapy.dose
    known = (*(b.dose for b in patient.regimen.bands), *later_doses(patient))
    if dose is None or not known or not all(dose.exceeds(d) for d in known):
        return []
    rule_id = patient.regimen.ids.start
    patient.trace.say(rule_id, "fired", f"current dose {dose.words} is above every dose of the table")
    return [
        decision(
            patient.case,
            patient.indication,
            Action.REVIEW,
            Urgency.WARNING,
            (rule_id,),
            "dose-above-table",
            words=course_words(patient) | {"dose_brief": dose.brief},
            next_cbc_due=cbc.due,
            inputs=course_inputs(patient),
        )
    ]


def _resume_at_fallen_kidneys(
    patient: Patient, found: list[Recommendation], bands: tuple[Band, ...], cbc: CbcDue
) -> list[Recommendation]:
    """Counts that allow resuming, at a dose above that of today's clearance: reviewed; no dose is offered (ours)."""
    resuming = next(r for r in found if r.action in (Action.RESUME_REDUCED, Action.RESUME_SAME))
    kidneys = kidney_function(patient.case)
    review = decision(
        patient.case,
        patient.indication,
        Action.REVIEW,
        Urgency.WARNING,
        (*patient.regimen.ids.renal_on_treatment, *(b.id for b in bands), *resuming.rules),
        "resume-kidneys",
        words={**resuming.words, "clearance": clearance_now(kidneys), "due": cbc.due.isoformat()},
        next_cbc_due=cbc.due,
        inputs=[*kidneys.inputs, *resuming.inputs],
        missing=[*kidneys.stale, *resuming.missing],
        assumptions=resuming.assumptions,
        proposals=() if patient.case.orders else resuming.proposals,
    )
    return [*(r for r in found if r is not resuming), review]
