"""A draft above what its document gives, said where the right dose cannot be offered because something else is open.

When: an order cannot be judged whole: data are missing, a review stands before a start, a hepatitis B status is unknown.
Then: what does not depend on that is still said. A draft above every dose of the indication, or of the renal rows that
today's clearance allows, is a review that names the highest of them; no dose goes with it and nothing is amended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from cds_service.clinical.exposure import Dose
from cds_service.clinical.quantity import plain
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.renal import Band, KidneyFunction, most_clearance
from cds_service.dosing.roles import Role
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.sayings import clearance_words

ANY_WEIGHT = "any_weight_at_most"


def above_table(patient: Patient, said: Sequence[Recommendation]) -> list[Recommendation]:
    """Drafts above every dose that the document gives for the indication by now. Args: what is said; each order once."""
    later = patient.regimen.later_doses
    raised = tuple(d for b in patient.regimen.bands for d in (later(patient, b) if later is not None else ()))
    return _above(patient, patient.regimen.bands, raised, "order-above-table", dict, (), said)


def above_bands(patient: Patient, kidneys: KidneyFunction, said: Sequence[Recommendation]) -> list[Recommendation]:
    """Drafts above every dose of the rows that today's kidneys may be in; where no clearance is current, of the table.

    Missing: a weight alone leaves the rows that the creatinine reaches at any weight.
    """
    bands, at_most = () if kidneys.stale else kidneys.bands(patient.regimen.bands), ""
    if not bands and not kidneys.stale and {m.fact for m in kidneys.missing} == {"weight"}:
        bands, at_most = _at_any_weight(patient)
    if not bands:
        return above_table(patient, said)

    def words() -> dict[str, str]:
        return {"clearance": at_most or clearance_words(patient.regimen.bands, kidneys)}

    return _above(patient, bands, (), "order-above-band", words, kidneys.inputs, said)


def _at_any_weight(patient: Patient) -> tuple[tuple[Band, ...], str]:
    """The rows that the creatinine reaches at any weight, and that clearance in words; none where it reaches them all."""
    most = most_clearance(patient.case, ANY_WEIGHT)
    every = tuple(b for b in patient.regimen.bands if not b.dialysis)
    reached = tuple(b for b in every if most is not None and b.begins_below(most))
    if most is None or reached == every:
        return (), ""
    heaviest = patient.rules.role(Role.CLEARANCE).number(ANY_WEIGHT)
    return reached, f"clearance at most {plain(most, 1)} mL/min up to {heaviest} kg"


def instead_of_dose(found: Iterable[Recommendation]) -> list[Recommendation]:
    """Reviews of drafts that are too high, said only where no dose may be spoken of."""
    return [replace(r, instead_of_dose=True) for r in found]


def _above(
    patient: Patient,
    bands: Sequence[Band],
    raised: Sequence[Dose],
    message: str,
    words: Callable[[], dict[str, str]],
    inputs: Sequence[Input],
    said: Sequence[Recommendation],
) -> list[Recommendation]:
    spoken = {r.order for r in said}
    found = []
    for order in patient.case.orders:
        dose = order.dose
        doses = [(b.dose_beside(dose), b.id) for b in bands] + [(d, patient.regimen.ids.start) for d in raised]
        if dose is None or order.reference in spoken or not doses or not all(dose.exceeds(d) for d, _ in doses):
            continue
        highest, rule = max(doses, key=lambda each: (each[0].mg_per_day, each[0].mg_per_dosing_day))
        start = patient.regimen.ids.start
        rules = (start, rule) if message == "order-above-table" else (rule, start)
        for rule_id in rules:
            patient.trace.say(rule_id, "fired", f"a draft is above {highest.words}")
        ordered = Input("orderedDose", dose.words, on=order.authored_on, reference=order.reference)
        found.append(
            decision(
                patient,
                Action.REVIEW,
                Urgency.WARNING,
                rules,
                message,
                words={
                    **words(),
                    "ordered": dose.words,
                    "ordered_brief": dose.brief,
                    "new_dose": highest.words,
                    "new_dose_brief": highest.brief,
                },
                inputs=[ordered, *inputs],
                order=order.reference,
            )
        )
    return found
