"""The dose of an order that would start treatment.

When: a patient who does not take the drug gets an order for it.
Then: the dose of the renal row of today's clearance, never above the last one of a course that was reduced or held for toxicity;
where the row has two doses or the clearance leaves several rows open, what the clinician chooses or is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from cds_service.clinical.facts import Missing
from cds_service.clinical.kidney import body_mass_index
from cds_service.clinical.quantity import plain
from cds_service.clinical.recommendation import Action, AmendOrder, Input, Proposal, Recommendation, Urgency
from cds_service.dosing.build import cbc_proposals, decision, is_draft
from cds_service.dosing.count_rows import LINES
from cds_service.dosing.data_quality import available
from cds_service.dosing.orders import check_orders, ordered_dose
from cds_service.dosing.renal import Band, KidneyFunction, kidney_function
from cds_service.dosing.roles import Role
from cds_service.dosing.treatment.order_above import above_bands, instead_of_dose
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.planned_start import counts_too_old_at_start
from cds_service.dosing.treatment.requests import without_dose
from cds_service.dosing.treatment.sayings import clearance_words
from cds_service.dosing.treatment.start import FACT_NAMES, eligibility_of


def start_dose(patient: Patient) -> list[Recommendation]:
    """The decisions on drafts that would start treatment.

    Missing: without a current clearance a draft above every row that is possible, or above the table, is reviewed.
    """
    kidneys = kidney_function(patient.case)
    bands = kidneys.bands(patient.regimen.bands)
    found = _two_doses(patient, kidneys, bands)
    if not found and not kidneys.missing and not kidneys.stale:
        if len(bands) == 1:
            return _right_dose(patient, kidneys, bands[0])
        found = [_ambiguous_band(patient, kidneys, bands)]
    return [*found, *above_bands(patient, kidneys, found)]


def _right_dose(patient: Patient, kidneys: KidneyFunction, band: Band) -> list[Recommendation]:
    found = _remembered(patient, kidneys, band)
    found = found or [*_dose(patient, kidneys, band), *_by_adjusted_weight(patient, kidneys, band)]
    return [*found, *instead_of_dose(above_bands(patient, kidneys, ())), *counts_too_old_at_start(patient)]


def _two_doses(patient: Patient, kidneys: KidneyFunction, bands: Sequence[Band]) -> list[Recommendation]:
    """An order above a renal row that has two doses: reviewed with both."""
    if len(bands) != 1 or bands[0].other is None:
        return []
    band, options = bands[0], f"{bands[0].dose.words} or {bands[0].other.words}"
    ordered = [(o.reference, o.dose) for o in patient.case.orders if o.dose is not None]
    return [
        decision(
            patient,
            Action.REVIEW,
            Urgency.WARNING,
            (band.id,),
            "start-two-doses",
            words={"ordered_brief": dose.brief, "options": options},
            note=f"{options}, clinician chooses.",
            inputs=kidneys.inputs,
            order=order,
        )
        for order, dose in ordered
        if dose.exceeds(band.dose_beside(dose))
    ]


def _dose(patient: Patient, kidneys: KidneyFunction, band: Band) -> list[Recommendation]:
    ids, cbc, eligible = patient.regimen.ids, patient.regimen.cbc, eligibility_of(patient)
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
    # Which weight is used is said where it could change the dose; in obesity it has a card of its own.
    assumptions = ["Actual body weight was used for the clearance."] if near and not kidneys.on_dialysis else []
    beside = [remark for value, remark in patient.regimen.at_clearance.items() if value in kidneys.clearances]
    if near:
        beside.insert(0, f"Within {percent}% of the cut-off {' and '.join(near)} mL/min, at which the dose changes.")
    words = {
        "clearance": clearance_words(patient.regimen.bands, kidneys),
        # It is named where it changes the dose.
        "by_clearance": "" if is_full else f"; {clearance_words(patient.regimen.bands, kidneys)}",
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
        patient,
        right,
        Action.START,
        "start",
        rules,
        words,
        inputs,
        due,
        eligible.not_found,
        assumptions,
        said_with=eligible.said_with,
    )
    spoken = {r.order for r in found}
    silent = [o for o in patient.case.orders if o.reference not in spoken]
    if silent and eligible.not_found:
        found.append(
            decision(
                patient,
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
                said_with=eligible.said_with,
                order=silent[0].reference,
                proposals=cbc_proposals(patient.case, due),
            )
        )
    return found


def _remembered(patient: Patient, kidneys: KidneyFunction, band: Band) -> list[Recommendation]:
    """A draft above the last dose of a course that is over and was reduced or held for toxicity; the row's dose goes no higher."""
    memory, rule = patient.therapy.remembered, patient.rules.role(Role.MEMORY)
    is_recent = memory is not None and patient.today - memory.on <= timedelta(days=rule.number("days"))
    if memory is None or not is_recent:
        return []
    if not memory.is_last:
        own = (m for m in patient.facts.medications if patient.case.content.name in m.concepts)
        gap = without_dose(own, "the last one of the earlier course is not known", rule.id)
        return [
            decision(
                patient, Action.REQUEST_DATA, Urgency.WARNING,
                (rule.id, patient.regimen.ids.reescalation), "start-data-missing",
                words={"what": f"{FACT_NAMES[gap.fact]}: {gap.reason}"}, inputs=kidneys.inputs, missing=[gap],
            )
        ]  # fmt: skip
    if memory.dose.exceeds(band.dose_beside(memory.dose)):
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
        patient, memory.dose,
        Action.REDUCE if memory.is_reduced else Action.REVIEW,
        "reduce-remembered" if memory.is_reduced else "remembered-hold",
        (rule.id, patient.regimen.ids.reescalation), words, kidneys.inputs, due,
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
            patient,
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


def _ambiguous_band(patient: Patient, kidneys: KidneyFunction, bands: tuple[Band, ...]) -> Recommendation:
    """The chart allows clearances in more than one band (partial birth date, sex not stated, two results): ask."""
    rule = patient.rules.role(Role.CLEARANCE).id
    return decision(
        patient,
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
