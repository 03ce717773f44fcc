"""What the regimens outside MDS have in common: rule ids, eligibility, and what speaks against a start.

When: lenalidomide is ordered for myeloma or lymphoma.
Then: the indication on file is enough; counts at which the label interrupts end the start in a review, without a dose.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from cds_service.clinical.facts import PatientFacts, Reading
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.clinical.therapy import Therapy
from cds_service.drugs.contract import Case
from cds_service.drugs.lenalidomide.build import decision
from cds_service.drugs.lenalidomide.course.regimen import Eligibility, RuleIds, StartChecks
from cds_service.drugs.lenalidomide.course.sayings import count_words
from cds_service.drugs.lenalidomide.course.situation import LINES, Situation
from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.mds_del5q.us import AT_SIXTY

AT_CLEARANCE = {Fraction(60): AT_SIXTY}


def us_ids(start: str) -> RuleIds:
    """The rule ids of a US regimen outside MDS, beside its own rows."""
    return RuleIds(
        indication="US-IND-OTHER",
        start=start,
        reescalation="US-MDS-REESC",
        fever="US-MDS-FN-BELOW385",
        no_row="",
        both_lines=("US-MDS-BOTH",),
        row_lock=(),
        neutropenia=(),
        renal_on_treatment=("US-REN-ONTX",),
        renal_monitoring=("US-MON-RENAL",),
        leukaemia="US-IND-CLL",
    )


def eligible(of: Situation, indication: Indication) -> Eligibility:
    """A labelled indication outside MDS: the diagnosis alone decides; lines of earlier treatment cannot be read."""
    rule = of.regimen.ids.indication
    of.trace.say(rule, "not met", "the diagnosis is on file; earlier lines of treatment are not looked at")
    return Eligibility(inputs=indication.inputs)


def no_contradictions(_indication: Indication) -> list[str]:
    """Nothing beside the diagnosis speaks against the indication."""
    return []


def is_reduced(_case: Case, therapy: Therapy) -> bool:
    """Whether the course had a higher dose before."""
    return therapy.reduced_from is not None


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
        words=count_words(readings),
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
