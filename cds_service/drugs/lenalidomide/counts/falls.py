"""Falls of a line of counts under treatment, and whether it is the only toxicity: they choose among the rows of a regimen.

When: a regimen has one row for the first fall of a line and another for each later one, or resumes otherwise with another
toxicity.
Then: the rows of today's fall hold; two low counts are one fall unless the count recovered or treatment began anew between
them, and all counts of one interruption are one fall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Diagnosis, PatientFacts, Reading
from cds_service.clinical.recommendation import Input
from cds_service.clinical.therapy import Therapy
from cds_service.dosing.case import Case
from cds_service.dosing.count_rows import LINES, CountRow

# A hold is written down on the day of the count or a few days after it.
HOLD_AFTER_COUNT = timedelta(days=7)
TOXICITIES = ("rash", "diarrhea", "vte", "ate", "bleeding", "angioedema", "anaphylaxis", "sjs", "ten", "dress")
NOT_OTHER = frozenset({"neutropenia", "fever", "myeloma", "mds", "mcl", "fl", "mzl", "cll"})


def rows_in_play(case: Case, therapy: Therapy, rows: Sequence[CountRow]) -> tuple[CountRow, ...]:
    """The rows for today's number of falls, each with the count to resume at where platelets fell too."""
    fall = {line: _fall(case, therapy, [r for r in rows if r.line == line and r.fall]) for line in LINES}
    found = tuple(r for r in rows if r.fall in ("", fall[r.line]))
    return tuple(with_other_toxicity(r) for r in found) if platelets_fell(case, therapy, rows) else found


def with_other_toxicity(row: CountRow) -> CountRow:
    """The row as it resumes beside another toxicity of the blood."""
    if row.resume_with_other_toxicity is None:
        return row
    return replace(row, resume_at_least=row.resume_with_other_toxicity)


def platelets_fell(case: Case, therapy: Therapy, rows: Sequence[CountRow]) -> bool:
    """Whether a platelet count of this interruption, or of the last week, lies below what interrupts."""
    limits = [t.below for r in rows if r.line == "platelets" for t in r.triggers if t.below is not None]
    since = (therapy.hold_since or case.on) - HOLD_AFTER_COUNT
    recent = [r for r in case.facts.decisive("platelets") if since <= r.on <= case.on]
    return any(r.amount.is_below(limit) for r in recent for limit in limits)


def _fall(case: Case, therapy: Therapy, rows: Sequence[CountRow]) -> str:
    """ "first" or "later"; "" for a line whose rows do not ask."""
    limits = {row.fall: trigger.below for row in rows for trigger in row.triggers if trigger.below is not None}
    if not limits:
        return ""
    return "later" if len(falls(case, therapy, rows[0].line, limits["first"], limits["later"])) > 1 else "first"


def falls(
    case: Case, therapy: Therapy, line: str, first_below: Decimal | int, later_below: Decimal | int
) -> tuple[tuple[Reading, ...], ...]:
    """The falls of a line in the current course, oldest first; each is its low counts.

    Args: the limits of the first fall and of each later one, per microlitre.
    Missing: without a first-dose day every low count on file belongs to the course.
    """
    first = min(therapy.first_doses, default=None)
    series = [r for r in case.facts.decisive(line) if r.on <= case.on and (first is None or r.on > first)]
    begun = [m.starts_on for m in case.facts.medications if _is_course(m, case.content.name)]
    held_from = therapy.hold_since - HOLD_AFTER_COUNT if therapy.hold_since is not None else None
    found: list[list[Reading]] = []
    recovered = True
    for reading in series:
        below = later_below if found else first_below
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
    """Toxicities beside low counts that were recorded since the first dose; one without a date counts."""
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
