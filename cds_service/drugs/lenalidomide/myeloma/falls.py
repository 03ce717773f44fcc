"""Falls of the neutrophils under treatment, and whether neutropenia is the only toxicity (US-MM-ANC-1, US-MM-ANC-N).

When: neutrophils are below the row's threshold under lenalidomide for myeloma.
Then: it is the first fall or a later one; two low counts are one fall unless the count recovered or treatment began anew
between them, and all counts of one interruption are one fall.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Diagnosis, PatientFacts, Reading
from cds_service.clinical.recommendation import Input
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case

# A hold is written down on the day of the count or a few days after it.
HOLD_AFTER_COUNT = timedelta(days=7)
TOXICITIES = ("rash", "diarrhea", "vte", "ate", "bleeding", "angioedema", "anaphylaxis", "sjs", "ten", "dress")
NOT_OTHER = frozenset({"neutropenia", "fever", "myeloma", "mds", "mcl", "fl", "mzl", "cll"})


def falls(case: Case, therapy: Therapy, below: Decimal | int) -> tuple[tuple[Reading, ...], ...]:
    """The falls of the current course, oldest first; each is its low counts.

    Args: counts per microlitre. Missing: without a first-dose day every low count on file belongs to the course.
    """
    first = min(therapy.first_doses, default=None)
    series = [r for r in case.facts.decisive("anc") if r.on <= case.on and (first is None or r.on > first)]
    begun = [m.starts_on for m in case.facts.medications if _is_course(m, case.content.name)]
    held_from = therapy.hold_since - HOLD_AFTER_COUNT if therapy.hold_since is not None else None
    found: list[list[Reading]] = []
    recovered = True
    for reading in series:
        if not reading.amount.is_below(below):
            recovered = recovered or reading.amount.is_at_least(below) is True
            continue
        last = found[-1][-1].on if found else None
        same_hold = held_from is not None and last is not None and last >= held_from
        is_new = last is None or ((recovered or _restarted(begun, last, reading.on)) and not same_hold)
        if is_new:
            found.append([])
        found[-1].append(reading)
        recovered = False
    return tuple(tuple(fall) for fall in found)


def _is_course(record: MedicationRecord, drug: str) -> bool:
    return drug in record.concepts and record.kind in ("order", "statement") and not record.is_draft


def _restarted(begun: list[date | None], after: date, until: date) -> bool:
    return any(day is not None and after < day <= until for day in begun)


def other_toxicities(facts: PatientFacts, therapy: Therapy) -> tuple[Input, ...]:
    """Toxicities beside neutropenia that were recorded since the first dose; one without a date counts."""
    first = min(therapy.first_doses, default=None)
    found = [d for d in facts.diagnoses if d.is_active and _is_toxicity(d)]
    recent = [d for d in found if first is None or (day := d.onset_to or d.recorded_on) is None or day >= first]
    return tuple(Input("toxicity", d.text or "toxicity", on=d.onset_from, reference=d.reference) for d in recent)


def _is_toxicity(diagnosis: Diagnosis) -> bool:
    if diagnosis.concepts & NOT_OTHER:
        return False
    graded = any(
        "grade" in text.casefold() for text in (diagnosis.severity, *(s for pair in diagnosis.stages for s in pair))
    )
    return bool(diagnosis.concepts & set(TOXICITIES)) or graded
