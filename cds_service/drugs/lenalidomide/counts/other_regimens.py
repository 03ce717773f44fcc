"""What the regimens outside MDS have in common: their form, eligibility, and what speaks against a start.

When: lenalidomide is ordered for myeloma or lymphoma.
Then: the indication on file is enough; counts at which the label interrupts end the start in a review, without a dose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from cds_service.clinical.facts import PatientFacts
from cds_service.clinical.recommendation import Input, Recommendation
from cds_service.dosing.count_rows import CountRow
from cds_service.dosing.regimen import Eligibility, LaterDoses, NextDoseRule, Regimen, StartChecks
from cds_service.dosing.renal import Band
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.tables import rows_at, schedule_of
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.start_counts import hold_counts
from cds_service.drugs.lenalidomide.indication import indication_of
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens


def eligible(patient: Patient) -> Eligibility:
    """A labelled indication outside MDS: the diagnosis alone decides; lines of earlier treatment cannot be read."""
    rule = patient.regimen.ids.indication
    patient.trace.say(rule, "not met", "the diagnosis is on file; earlier lines of treatment are not looked at")
    return Eligibility(inputs=indication_of(patient.facts).inputs)


def nothing_beside(_patient: Patient) -> list[Recommendation]:
    """The document has nothing on response or on other drugs in this indication."""
    return []


def regimen_outside_mds(
    rules: Rules,
    jurisdiction: str,
    start: str,
    table: Sequence[CountRow],
    bands: tuple[Band, ...],
    next_dose: NextDoseRule,
    *,
    cbc: str = "",
    eligibility: Callable[[Patient], Eligibility] = eligible,
    start_checks: Callable[[Patient], StartChecks] = hold_counts,
    response: Callable[[Patient], list[Recommendation]] = nothing_beside,
    later_doses: LaterDoses | None = None,
) -> Regimen:
    """The form of a regimen outside MDS; what it does not name is that of MDS in the same jurisdiction.

    Args: the rules in force; the rule of the start; the count rows, which hold at every dose and on every day; the bands of
    clearance; the rule of the count schedule, "" for that of MDS.
    """
    base = regimens(rules)[jurisdiction]
    return replace(
        base,
        ids=replace(
            base.ids, indication=f"{jurisdiction}-IND-OTHER", start=start, no_row="", row_lock=(), neutropenia=()
        ),
        bands=bands,
        cbc=schedule_of(rules, cbc, base.cbc) if cbc else base.cbc,
        rows=lambda _dose, line: rows_at(table, line),
        next_dose=next_dose,
        eligibility=eligibility,
        start_checks=start_checks,
        response=response,
        is_reduced=lambda _case, therapy: therapy.reduced_from is not None,
        later_doses=later_doses,
        resume_message="resume-step",
    )


def active_medication(facts: PatientFacts, *concepts: str, on: date) -> tuple[Input, ...]:
    """The active orders and statements of some drugs or classes, as inputs. Args: `on` today."""
    wanted = set(concepts)
    return tuple(
        Input("medication", m.text or ", ".join(sorted(m.concepts & wanted)), on=m.starts_on, reference=m.reference)
        for m in facts.medications
        if wanted & m.concepts
        and m.kind in ("order", "statement")
        and m.status in ("active", "unknown", "")
        and not m.is_draft
        and (m.bounds_end is None or m.bounds_end >= on)
    )
