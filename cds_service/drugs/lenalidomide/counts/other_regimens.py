"""What the regimens outside MDS have in common: their form, eligibility, and what speaks against a start.

When: lenalidomide is ordered for myeloma or lymphoma.
Then: the indication on file is enough; counts at which the label interrupts end the start in a review, without a dose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from cds_service.clinical.facts import PatientFacts, Reading
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.rulebook import Rules
from cds_service.drugs.lenalidomide.build import decision
from cds_service.drugs.lenalidomide.counts.by_regimen import rows_at, schedule_of
from cds_service.drugs.lenalidomide.counts.rows import CountRow
from cds_service.drugs.lenalidomide.course.regimen import Eligibility, LaterDoses, NextDoseRule, Regimen, StartChecks
from cds_service.drugs.lenalidomide.course.sayings import count_words
from cds_service.drugs.lenalidomide.course.situation import LINES, Situation
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.mds_del5q.regimens import regimens
from cds_service.drugs.lenalidomide.renal import Band


def eligible(of: Situation, indication: Indication) -> Eligibility:
    """A labelled indication outside MDS: the diagnosis alone decides; lines of earlier treatment cannot be read."""
    rule = of.regimen.ids.indication
    of.trace.say(rule, "not met", "the diagnosis is on file; earlier lines of treatment are not looked at")
    return Eligibility(inputs=indication.inputs)


def hold_counts(of: Situation, _indication: Indication) -> StartChecks:
    """Counts at which the regimen interrupts treatment block its start: review, without a dose.

    Triggers with a duration or a fever are not looked at before a start.
    """
    low: list[Reading] = []
    rules: list[str] = []
    for line in LINES:
        for row in of.regimen.rows(None, line):
            limits = [
                t.below for t in row.triggers if t.below is not None and not t.for_days and t.with_temperature is None
            ]
            met = [r for r in of.counts[line].decisive for x in limits if r.amount.is_below(x) is not False]
            of.trace.say(row.id, "fired" if met else "not met", "counts before the start")
            rules += [row.id] if met else []
            low += met
    if not low:
        return StartChecks()
    return StartChecks((counts_review(of, tuple(dict.fromkeys(rules)), "start-hold-counts", low),))


def nothing_beside(_of: Situation) -> list[Recommendation]:
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
    eligibility: Callable[[Situation, Indication], Eligibility] = eligible,
    start_checks: Callable[[Situation, Indication], StartChecks] = hold_counts,
    response: Callable[[Situation], list[Recommendation]] = nothing_beside,
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
        cbc=schedule_of(rules, cbc) if cbc else base.cbc,
        rows=lambda _dose, line: rows_at(table, line),
        next_dose=next_dose,
        eligibility=eligibility,
        start_checks=start_checks,
        response=response,
        is_reduced=lambda _case, therapy: therapy.reduced_from is not None,
        later_doses=later_doses,
    )


def counts_review(of: Situation, rules: tuple[str, ...], message: str, low: Sequence[Reading]) -> Recommendation:
    """A review of low counts before a start; it carries no dose."""
    readings = list({r.reference: r for r in low}.values())
    return decision(
        of.case,
        of.indication,
        Action.REVIEW,
        Urgency.WARNING,
        rules,
        message,
        words=count_words(of, readings),
        inputs=[Input.of(r) for r in readings],
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
