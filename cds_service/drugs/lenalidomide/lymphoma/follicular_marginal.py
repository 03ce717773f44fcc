"""Follicular and marginal zone lymphoma with a rituximab product by the US label (2.4, 2.6): 20 mg on days 1-21 of 28.

When: neutrophils or platelets fall; or 12 cycles are over.
Then: interrupt, and resume at 5 mg less than the previous dose, not below 5 mg when started at 20 mg nor below 2.5 mg when
started at 10 mg; after 12 cycles the treatment is reviewed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from cds_service.clinical.facts import Missing
from cds_service.clinical.quantity import exact
from cds_service.clinical.recommendation import Action, Recommendation, Urgency
from cds_service.clinical.therapy import Therapy
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.build import decision
from cds_service.drugs.lenalidomide.counts.by_regimen import bands_of, rows_of
from cds_service.drugs.lenalidomide.counts.other_regimens import active_medication, eligible, regimen_outside_mds
from cds_service.drugs.lenalidomide.counts.rows import CountRow
from cds_service.drugs.lenalidomide.counts.steps import choice, exhausted, later_doses, less_by
from cds_service.drugs.lenalidomide.course.regimen import Eligibility, NextDose
from cds_service.drugs.lenalidomide.course.sayings import course_inputs, course_words
from cds_service.drugs.lenalidomide.course.situation import Situation
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.rulebook import RULES

TABLE = rows_of("US-FL-PLT", "US-FL-ANC")
STEP = RULES["US-FL-PLT"].data
START = RULES["US-FL-START"].data


def _next_dose(_case: Case, therapy: Therapy, rows: Sequence[CountRow]) -> NextDose:
    """One step, whichever line or lines caused the hold; the floor goes by the dose that the course began with."""
    ids = tuple(r.id for r in rows) or ("US-FL-PLT",)
    dose = therapy.dose
    if dose is None:
        return choice("5 mg daily, or 2.5 mg daily when started at 10 mg")
    started = therapy.reduced_from or dose
    floor = next((f["floor_mg"] for f in STEP["floors"] if exact(f["started_at_mg"]) == exact(started.mg)), None)
    if floor is not None:
        return less_by(dose, STEP["less_mg"], floor, ids)
    if exact(dose.mg) <= exact(STEP["less_mg"]):
        return exhausted(ids)
    return choice("5 mg daily; the label names a floor only for a start at 20 or 10 mg")


def _eligible(of: Situation, indication: Indication) -> Eligibility:
    """Without active rituximab the start goes on and the card says so."""
    found = eligible(of, indication)
    rituximab = active_medication(of.facts, "rituximab", on=of.today)
    found.inputs += rituximab
    if not rituximab:
        reason = of.facts.unseen.get("medicationRequests", "no active rituximab product found")
        found.not_found.append(Missing("rituximab", reason, "US-FL-START"))
    return found


def _beside_treatment(of: Situation) -> list[Recommendation]:
    """After the last cycle of the label: review."""
    first = min(of.therapy.first_doses, default=None)
    over = first is not None and of.today - first >= timedelta(days=START["cycles_at_most"] * START["cycle_days"])
    if not over:
        return []
    of.trace.say("US-FL-START", "fired", f"{START['cycles_at_most']} cycles are over")
    numbers = {"cycles": str(START["cycles_at_most"]), "days": str(START["cycle_days"])}
    return [
        decision(
            of.case,
            of.indication,
            Action.REVIEW,
            Urgency.WARNING,
            ("US-FL-START",),
            "cycles-exceeded",
            words=course_words(of) | numbers,
            inputs=course_inputs(of),
        )
    ]


US_FOLLICULAR_MARGINAL = regimen_outside_mds(
    "US",
    "US-FL-START",
    TABLE,
    bands_of("US-FL-START", "US-REN-FLMZL"),
    _next_dose,
    cbc="US-MON-CBC-FL",
    eligibility=_eligible,
    response=_beside_treatment,
    later_doses=later_doses,
)
