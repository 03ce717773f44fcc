"""The dose of each order of the call, and the dose in force, against what the document gives.

When: an order starts, goes on with or resumes treatment, or a dose is in force.
Then: a draft above its right dose is given that dose, or a review that it is too high where no dose may be spoken of; a dose in
force above the whole table is reviewed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.dosing.build import decision, order_cbc
from cds_service.dosing.orders import check_orders, ordered_dose
from cds_service.dosing.renal import kidney_function
from cds_service.dosing.treatment.kidneys import band_today, later_doses
from cds_service.dosing.treatment.on_hold import outlook_of, stop_of_held
from cds_service.dosing.treatment.order_above import above_bands, above_table, instead_of_dose
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.sayings import course_inputs, course_words
from cds_service.dosing.treatment.schedule import next_count
from cds_service.dosing.treatment.start_dose import start_dose


def assess_dose(patient: Patient) -> list[Recommendation]:
    """The decisions on the drafts of the call, and on a dose in force above every one of the table."""
    if not patient.is_current:
        return start_dose(patient)
    due = next_count(patient).due
    if patient.therapy.state == "on-hold":
        return _resuming(patient, due) if patient.case.orders else []
    above = _above_whole_table(patient, due)
    return [*_continuing(patient, due, bool(above)), *above] if patient.case.orders else above


def _continuing(patient: Patient, due: date, is_above: bool) -> list[Recommendation]:
    """The drafts beside treatment, and which of them are too high where no dose may be spoken of."""
    said = _beside_treatment(patient, due, is_above)
    withheld = [
        replace(r, action=Action.REVIEW, message="order-above-in-force", dose=None, proposals=())
        for r in said
        if r.message == "reduce"
    ]
    reviewed = [*withheld, *(r for r in said if r.action is Action.REVIEW)]
    withheld += above_bands(patient, kidney_function(patient.case), reviewed)
    return [*said, *instead_of_dose(withheld)]


def _resuming(patient: Patient, due: date) -> list[Recommendation]:
    """The drafts that resume treatment against the dose of the table: the same dose needs no card."""
    resuming, dose = outlook_of(patient).resuming, outlook_of(patient).dose
    said: list[Recommendation] = []
    if resuming is not None and dose is not None:
        said = _ask_for_bleeding(patient, resuming, dose) + check_orders(
            patient, dose, resuming.action, resuming.message, resuming.rules, resuming.words,
            resuming.inputs, due, resuming.missing, resuming.assumptions,
            is_recommended=all(w.is_recommended for w in patient.regimen.ways_out(patient)),
            also=(*stop_of_held(patient, dose), order_cbc(patient.case, due)),
        )  # fmt: skip
    spoken = {r.order for r in said}
    above = above_table(patient, ())
    return [*said, *(replace(r, instead_of_dose=r.order in spoken) for r in above)]


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


def _beside_treatment(patient: Patient, due: date, is_above: bool) -> list[Recommendation]:
    """A draft beside current treatment: never above the dose in force after a reduction, else never above the table."""
    therapy = patient.therapy
    if therapy.dose is None:
        return []
    band = band_today(patient)
    ids = patient.regimen.ids
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
    words = course_words(patient) | {"due": due.isoformat()}
    checked = check_orders(patient, right, Action.REDUCE, "reduce", rules, words, course_inputs(patient), due)
    unchanged = {o.reference for o in patient.case.orders if o not in orders}
    return [r for r in checked if r.order not in unchanged] + _raised(patient, due, orders, right, checked)


def _raised(
    patient: Patient, due: date, orders: list[MedicationRecord], right: Dose, checked: list[Recommendation]
) -> list[Recommendation]:
    """A draft above the dose in force that the table would allow: no reduction is on file, and none may have been read."""
    dose = patient.therapy.dose
    if dose is None:
        return []
    said = {r.order for r in checked}
    ordered = [(o.reference, o.dose) for o in orders if o.dose is not None and o.reference not in said]
    return [
        decision(
            patient,
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
            next_cbc_due=due,
            inputs=course_inputs(patient),
            order=order,
        )
        for order, higher in ordered
        if higher.exceeds(dose)
    ]


def _above_whole_table(patient: Patient, due: date) -> list[Recommendation]:
    """A current dose above every dose that the document gives for this indication: reviewed, whatever the counts say."""
    dose = patient.therapy.dose
    known = (*(b.dose for b in patient.regimen.bands), *later_doses(patient))
    if dose is None or not known or not all(dose.exceeds(d) for d in known):
        return []
    rule_id = patient.regimen.ids.start
    patient.trace.say(rule_id, "fired", f"current dose {dose.words} is above every dose of the table")
    return [
        decision(
            patient,
            Action.REVIEW,
            Urgency.WARNING,
            (rule_id,),
            "dose-above-table",
            words=course_words(patient) | {"dose_brief": dose.brief},
            next_cbc_due=due,
            inputs=course_inputs(patient),
        )
    ]
