"""Kidneys under treatment: is the dose above the row of today's clearance, and can the clearance be told at all?

When: the drug is taken, resumed or renewed.
Then: a dose above the row is reduced to the same level of it where the document applies its table throughout, and reviewed with
the row's dose as an option where it leaves later changes to tolerance; never above the dose in force. A clearance that cannot
be told is said, graver where what is known speaks for a lower row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cds_service.clinical.exposure import Dose
from cds_service.clinical.quantity import plain
from cds_service.clinical.recommendation import (
    Action,
    AmendOrder,
    OrderTest,
    Proposal,
    ProposedAction,
    Recommendation,
    Test,
    Urgency,
)
from cds_service.dosing.build import decision, is_draft, replacement
from cds_service.dosing.orders import ordered_dose
from cds_service.dosing.renal import (
    CREATININE,
    WEIGHT,
    Band,
    KidneyFunction,
    filtration,
    kidney_function,
    most_clearance,
)
from cds_service.dosing.roles import Role
from cds_service.dosing.treatment.on_hold import outlook_of
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.sayings import course_inputs, course_words
from cds_service.dosing.treatment.schedule import next_count
from cds_service.dosing.words import capitalised, shown_on


@dataclass(frozen=True, slots=True)
class RowDose:
    """The dose that the row of today's clearance has in place of another; `dose` None: it has none, or more than one."""

    dose: Dose | None
    is_recommended: bool


def band_today(patient: Patient) -> Band | None:
    """The one band of the renal table that today's kidneys are in; None where that is not certain."""
    bands = _bands(patient)
    return bands[0] if len(bands) == 1 else None


def _bands(patient: Patient) -> tuple[Band, ...]:
    """The bands that today's kidneys may be in; none where they cannot be told."""
    table = patient.regimen.bands

    def work_out() -> tuple[Band, ...]:
        kidneys = kidney_function(patient.case)
        return () if kidneys.too_old else kidneys.bands(table)

    # A table lives as long as the process; to hash all its numbers would cost more than to look the bands up.
    return patient.facts.once((_bands, patient.today, id(table)), work_out)


def later_doses(patient: Patient) -> tuple[Dose, ...]:
    """The higher doses that the document allows by now."""
    band, later = band_today(patient), patient.regimen.later_doses
    return () if band is None or later is None else later(patient, band)


def bands_below(patient: Patient, dose: Dose | None) -> tuple[Band, ...]:
    """The bands of today's clearance where the dose is above all that they and the document's later doses allow."""
    bands = _bands(patient)
    is_lower = bool(bands) and dose is not None and _is_above(patient, bands, dose)
    for rule_id in (*patient.regimen.ids.renal_on_treatment, *(b.id for b in bands)):
        patient.trace.say(rule_id, "fired" if is_lower else "not met", "the dose against the band of today's clearance")
    return bands if is_lower else ()


def _is_above(patient: Patient, bands: Sequence[Band], dose: Dose) -> bool:
    return all(dose.exceeds(d) for d in (*(b.dose_beside(dose) for b in bands), *later_doses(patient)))


def clearance_now(kidneys: KidneyFunction) -> str:
    """Today's clearance, or dialysis, for the middle of a sentence; with the days of its values where they are not current."""
    if kidneys.on_dialysis:
        return "on dialysis"
    dated = f" (creatinine {kidneys.creatinine_on})" if kidneys.stale and kidneys.creatinine_on else ""
    return "clearance " + " or ".join(f"{plain(v, 1)} mL/min" for v in kidneys.clearances) + dated


def row_dose(patient: Patient, bands: Sequence[Band], dose: Dose) -> RowDose:
    """The dose of today's row in place of one: the same level where the document goes on by its table, else the row's only dose."""
    throughout = patient.regimen.renal_throughout
    if len(bands) != 1:
        return RowDose(None, throughout)
    row = bands[0]
    if throughout:
        ranks = {n for b in patient.regimen.bands for n, level in enumerate(b.levels) if level.same_as(dose)}
        found = [row.levels[n] for n in ranks if n < len(row.levels)]
    else:
        found = [row.dose_beside(dose)] if row.other is None else []
    is_one = len(found) == 1 and found[0].mg_per_day <= dose.mg_per_day
    return RowDose(found[0] if is_one else None, throughout)


def assess_kidneys(patient: Patient) -> list[Recommendation]:
    """The dose in force against today's clearance, and a clearance that cannot be told."""
    if not patient.is_current:
        return []
    above = _resuming(patient) if patient.therapy.state == "on-hold" else _on_treatment(patient)
    return [*above, *_not_checked(patient)]


def _resuming(patient: Patient) -> list[Recommendation]:
    """Counts that allow resuming, at a dose above that of today's clearance: reviewed; no dose is offered (ours)."""
    outlook = outlook_of(patient)
    bands = bands_below(patient, outlook.dose) if outlook.dose is not None else ()
    if outlook.resuming is None or not bands:
        return []
    resuming, kidneys, due = outlook.resuming, kidney_function(patient.case), next_count(patient).due
    return [
        decision(
            patient,
            Action.REVIEW,
            Urgency.WARNING,
            (*patient.regimen.ids.renal_on_treatment, *(b.id for b in bands), *resuming.rules),
            "resume-kidneys",
            words={**resuming.words, "clearance": clearance_now(kidneys), "due": due.isoformat()},
            next_cbc_due=due,
            inputs=[*kidneys.inputs, *resuming.inputs],
            missing=[*kidneys.stale, *resuming.missing],
            assumptions=resuming.assumptions,
            proposals=() if patient.case.orders else resuming.proposals,
        )
    ]


def _on_treatment(patient: Patient) -> list[Recommendation]:
    """The dose in force above the row of today's clearance; a draft that already is within it is silent."""
    dose, orders = patient.therapy.dose, patient.case.orders
    bands = bands_below(patient, dose)
    if not bands or dose is None:
        return []
    if orders and all(o.dose is not None and not _is_above(patient, bands, o.dose) for o in orders):
        return []
    kidneys, target = kidney_function(patient.case), row_dose(patient, bands, dose)
    is_reduced = target.is_recommended and target.dose is not None
    clearance = clearance_now(kidneys)
    option = target.dose
    table = f"Here the table gives {option.words}" if option is not None else "Here the table leaves the dose open"
    return [
        decision(
            patient,
            Action.REDUCE if is_reduced else Action.REVIEW,
            Urgency.WARNING,
            _rules(patient, bands),
            "kidneys-reduce" if is_reduced else "kidneys-dialysis" if kidneys.on_dialysis else "kidneys-fell",
            words=course_words(patient)
            | {
                "clearance": clearance[:1].upper() + clearance[1:],
                "table": table,
                "new_dose": option.words if option is not None else "",
                "new_dose_brief": option.brief if option is not None else "",
            },
            dose=option if is_reduced else None,
            next_cbc_due=next_count(patient).due,
            inputs=[*kidneys.inputs, *course_inputs(patient)],
            missing=kidneys.stale,
            order=orders[0].reference if len(orders) == 1 else "",
            proposals=dose_proposals(patient, option, target.is_recommended, f"{clearance} on {dose.words}")
            if option is not None
            else kidney_tests(patient, *(() if kidneys.on_dialysis else (CREATININE,))),
        )
    ]


def _rules(patient: Patient, bands: Sequence[Band]) -> list[str]:
    """What kidneys that fell are judged by; on dialysis the row stands first, because no creatinine tells more."""
    rows, ours = [b.id for b in bands], list(patient.regimen.ids.renal_on_treatment)
    return [*rows, *ours] if kidney_function(patient.case).on_dialysis else [*ours, *rows]


def dose_proposals(patient: Patient, dose: Dose, is_recommended: bool, why: str) -> tuple[Proposal, ...]:
    """How a dose is put in place of the one in force: the draft amended, else a new draft in place of the chart's order.

    Args: `why` stands in the reason of the order that is stopped. A creatinine goes with it, and is a choice alone too;
    on dialysis it tells nothing.
    """
    orders = patient.case.orders
    is_asked = CREATININE not in patient.case.pending_tests and not kidney_function(patient.case).on_dialysis
    test: tuple[ProposedAction, ...] = (OrderTest(CREATININE, patient.today),) if is_asked else ()
    alone = kidney_tests(patient, CREATININE) if is_asked else ()
    if orders:
        if len(orders) > 1 or not orders[0].reference or not is_draft(patient.case, orders[0]):
            return alone
        amend = AmendOrder(orders[0].reference, dose)
        return (Proposal("amend-option", (amend, *test), is_recommended), *alone)
    replaced = replacement(patient.case, patient.therapy.references, dose, why)
    return (Proposal("replace", (*replaced, *test), is_recommended), *alone) if replaced else alone


def kidney_tests(patient: Patient, *wanted: str) -> tuple[Proposal, ...]:
    """The tests that a clearance lacks, to be ordered today; nothing that the call orders already."""
    tests = [t for t in wanted if t not in patient.case.pending_tests]
    return tuple(Proposal(f"order-{t}", (OrderTest(t, patient.today),)) for t in tests)


def _not_checked(patient: Patient) -> tuple[Recommendation, ...]:
    """No clearance under treatment: an information, a warning where what is known speaks for a row below the dose."""
    kidneys = kidney_function(patient.case)
    lacking = (*kidneys.missing, *kidneys.too_old)
    rules = (*patient.regimen.ids.renal_monitoring, patient.rules.role(Role.STALE).id)
    if kidneys.on_dialysis or not lacking or CREATININE in patient.case.pending_tests:
        patient.trace.say(rules[0], "not met", "creatinine and weight are recent enough, or the patient is on dialysis")
        return ()
    patient.trace.say(rules[0], "fired", "; ".join(f"{m.fact}: {m.reason}" for m in lacking))
    less = _speaks_for_less(patient)
    facts = tuple(dict.fromkeys(m.fact for m in lacking))
    return (
        decision(
            patient,
            Action.ORDER_LAB,
            Urgency.WARNING if less else Urgency.INFO,
            rules,
            "kidneys-not-checked" if less else "creatinine-due",
            words=course_words(patient) | {"facts": " and ".join(facts), "known": capitalised(" and ".join(less))},
            test=Test(CREATININE, patient.today, overdue=False),
            inputs=kidneys.inputs,
            missing=lacking,
            proposals=kidney_tests(patient, *(f for f in (CREATININE, WEIGHT) if f in facts)),
        ),
    )


def _speaks_for_less(patient: Patient) -> list[str]:
    """What lies in a row below the dose, in words: the newest creatinine even at a high weight, a recent eGFR."""
    dose, most = ordered_dose(patient.case) or patient.therapy.dose, most_clearance(patient.case)
    known = [(most, "the newest creatinine, even at a high weight")]
    known += [(r.amount.high, f"an eGFR of {shown_on(r)}") for r in filtration(patient.case)]
    rows = [
        ([b for b in patient.regimen.bands if value is not None and b.holds(value)], words) for value, words in known
    ]
    return [
        words for row, words in rows if dose is not None and row and all(dose.exceeds(b.dose_beside(dose)) for b in row)
    ]
