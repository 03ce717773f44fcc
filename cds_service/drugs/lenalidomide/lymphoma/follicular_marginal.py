"""Follicular and marginal zone lymphoma with a rituximab product by the US label (2.4, 2.6): 20 mg on days 1-21 of 28.

When: neutrophils or platelets fall; or 12 cycles are over.
Then: interrupt, and resume at 5 mg less than the previous dose, not below 5 mg when started at 20 mg nor below 2.5 mg when
started at 10 mg; after 12 cycles the treatment is reviewed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from cds_service.clinical.facts import Missing
from cds_service.clinical.quantity import exact, plain
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.build import decision
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import CountRow
from cds_service.dosing.regimen import Eligibility, NextDose, Regimen
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.tables import bands_of, rows_of
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.sayings import course_inputs, course_words
from cds_service.dosing.treatment.steps import choice, exhausted, later_doses, less_by
from cds_service.drugs.lenalidomide.counts.other_regimens import active_medication, eligible, regimen_outside_mds

START, PLATELETS, NEUTROPHILS = "US-FL-START", "US-FL-PLT", "US-FL-ANC"


def _next_dose(case: Case, therapy: Therapy, rows: Sequence[CountRow]) -> NextDose:
    """One step, whichever line or lines caused the hold; the floor goes by the dose that the course began with."""
    ids = tuple(r.id for r in rows) or (PLATELETS,)
    step = case.rules[PLATELETS].data
    dose = therapy.dose
    if dose is None:
        first, *others = [(plain(f["floor_mg"]), plain(f["started_at_mg"])) for f in step["floors"]]
        return choice(
            ", or ".join([f"{first[0]} mg daily", *(f"{mg} mg daily when started at {at} mg" for mg, at in others)])
        )
    started = therapy.reduced_from or dose
    floor = next((f["floor_mg"] for f in step["floors"] if exact(f["started_at_mg"]) == exact(started.mg)), None)
    if floor is not None:
        return less_by(dose, step["less_mg"], floor, ids)
    if exact(dose.mg) <= exact(step["less_mg"]):
        return exhausted(ids)
    named = " or ".join(plain(f["started_at_mg"]) for f in step["floors"])
    highest = plain(max(f["floor_mg"] for f in step["floors"]))
    return choice(f"{highest} mg daily; the label names a floor only for a start at {named} mg")


def _eligible(patient: Patient) -> Eligibility:
    """Without active rituximab the start goes on and the card says so."""
    found = eligible(patient)
    rituximab = active_medication(patient.facts, "rituximab", on=patient.today)
    found.inputs += rituximab
    if not rituximab:
        reason = patient.facts.unseen.get("medicationRequests", "no active rituximab product found")
        found.not_found.append(Missing("rituximab", reason, START))
    return found


def _beside_treatment(patient: Patient) -> list[Recommendation]:
    """After the last cycle of the label: review."""
    first = min(patient.therapy.first_doses, default=None)
    start = patient.rules[START].data
    over = first is not None and patient.today - first >= timedelta(days=start["cycles_at_most"] * start["cycle_days"])
    if not over:
        return []
    patient.trace.say(START, "fired", f"{start['cycles_at_most']} cycles are over")
    numbers = {"cycles": str(start["cycles_at_most"]), "days": str(start["cycle_days"])}
    return [
        decision(
            patient.case,
            patient.indication,
            Action.REVIEW,
            Urgency.WARNING,
            (START,),
            "cycles-exceeded",
            words=course_words(patient) | numbers,
            inputs=course_inputs(patient),
        )
    ]


def us_follicular_marginal(rules: Rules) -> Regimen:
    """The regimen of the US label in force."""
    return regimen_outside_mds(
        rules,
        "US",
        START,
        rows_of(rules, PLATELETS, NEUTROPHILS),
        bands_of(rules, START, "US-REN-FLMZL"),
        _next_dose,
        cbc="US-MON-CBC-FL",
        eligibility=_eligible,
        response=_beside_treatment,
        later_doses=later_doses,
    )
