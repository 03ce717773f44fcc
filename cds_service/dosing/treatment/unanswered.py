"""A count that should have interrupted treatment, and nobody did: the next, better count does not make it good.

When: a usable count of the last weeks met an interruption row since the current dose began, the latest one no longer does,
and neither an interruption nor a lower dose since is on record; also where the order ended after that count without saying so.
Then: the clinician is asked to review it, with what the row lets resume at; no dose, nothing in one click.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from cds_service.clinical.blood_counts import distinct, extremes
from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.facts import Missing, Reading
from cds_service.clinical.recommendation import Action, Input, Recommendation, Urgency
from cds_service.dosing.build import decision
from cds_service.dosing.count_rows import LINES, CountRow
from cds_service.dosing.roles import Role
from cds_service.dosing.treatment.count_lines import Kind, Verdict
from cds_service.dosing.treatment.patient import Patient
from cds_service.dosing.treatment.requests import asked_for, not_known
from cds_service.dosing.treatment.sayings import count_words, course_inputs, course_words, resume_words
from cds_service.dosing.treatment.triggers import highest_trigger
from cds_service.dosing.treatment.verdicts import past_verdict

MESSAGES = ("unanswered", "unanswered-unclear")
MOST_LOOKED_AT = 60
PAUSED = ("on-hold", "stopped")


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier count that met a row, or may have: then `unknown` names the facts that would tell."""

    line: str
    verdict: Verdict
    unknown: tuple[str, ...] = ()


def unanswered(
    patient: Patient, found: Mapping[str, tuple[Verdict, ...]], held: set[str], due: date
) -> list[Recommendation]:
    """A review for each line with such a count.

    Args: today's verdicts by line, the lines that interrupt today (they need no review), the day of the next CBC.
    Missing: a line whose request for data asks for the same facts is left to that request.
    """
    past = []
    for line in LINES:
        asked = {u for v in found[line] for u in v.unknown}
        latest = None if line in held else _latest(patient, line, asked)
        past += [latest] if latest is not None else []
    said = "an earlier count met a row, no interruption is recorded" if past else "no earlier count was left unanswered"
    patient.trace.say(patient.rules.role(Role.UNANSWERED).id, "fired" if past else "not met", said)
    return [_review(patient, each, found[each.line], due) for each in past]


def by_either(first: Sequence[Recommendation], second: Sequence[Recommendation]) -> list[Recommendation]:
    """The reviews of two regimens of which one holds: each count once, and no dose of either."""
    reviews = {r.inputs[:1]: r for r in (*second, *first) if is_unanswered(r)}
    words = {"resume": "When and at which dose treatment resumes depends on which regimen it is."}
    return [replace(r, words={**r.words, **words}) for r in reviews.values()]


def is_unanswered(recommendation: Recommendation) -> bool:
    """Whether a recommendation is such a review."""
    return recommendation.message in MESSAGES


def _latest(patient: Patient, line: str, asked: set[str]) -> Past | None:
    """The latest count of a line that surely met a row; where there is none, the latest that may have."""
    # Two results of the latest time are one question, and it is asked elsewhere.
    moments = {(r.on, r.at) for r in patient.counts[line].decisive}
    first = _first_day(patient)
    earlier = [
        r for r in patient.facts.decisive(line) if first <= r.on <= patient.today and (r.on, r.at) not in moments
    ]
    # Most counts are above everything that any row asks for: they need no judging.
    limit = highest_trigger(patient, line)
    if limit is not None:
        earlier = [r for r in earlier if not r.amount.is_above(limit)]
    # More than any patient has in these weeks: what is left out is neither among the latest nor among the lowest.
    if len(earlier) > MOST_LOOKED_AT:
        half = MOST_LOOKED_AT // 2
        kept = {id(r) for r in (*earlier[-half:], *extremes(distinct(earlier), MOST_LOOKED_AT))}
        earlier = [r for r in earlier if id(r) in kept]
    possible: list[Past] = []
    for reading in reversed(earlier):
        if _was_answered(patient, reading):
            continue
        verdict = past_verdict(patient, line, reading)
        unknown = set(verdict.unknown) | ({"firstDose"} if _may_be_before(patient, reading) else set())
        if verdict.kind is Kind.HOLD and not unknown:
            return Past(line, verdict)
        if verdict.kind in (Kind.HOLD, Kind.UNKNOWN) and not unknown <= asked:
            possible.append(Past(line, verdict, tuple(sorted(unknown))))
    return possible[0] if possible else None


def _first_day(patient: Patient) -> date:
    """The first day of the counts that are looked at: recent, and after the current dose began, as far as that is known."""
    ended = _ended(patient)
    earliest = patient.today - timedelta(days=patient.rules.role(Role.UNANSWERED).number("days"))
    if ended is not None and ended.bounds_end is not None:
        earliest = min(
            earliest, ended.bounds_end - timedelta(days=patient.rules.role(Role.UNANSWERED).number("days_before_end"))
        )
    begun = [d for d in (patient.therapy.dose_since, min(patient.therapy.first_doses, default=None)) if d is not None]
    return max([earliest, *(d + timedelta(days=1) for d in begun)])


def _may_be_before(patient: Patient, reading: Reading) -> bool:
    """Whether the current dose may have begun after a count: then it is no count under this dose."""
    therapy = patient.therapy
    return therapy.dose_since is None or not all(reading.on > d for d in therapy.first_doses)


def _was_answered(patient: Patient, reading: Reading) -> bool:
    """Whether an interruption since a count is on record, or stands against another record and is asked about."""
    therapy = patient.therapy
    if any(r.status in PAUSED for r in therapy.conflicting):
        return True
    if therapy.resumed_on is None or therapy.resumed_on <= reading.on:
        return False
    return any(
        r.status in PAUSED and not r.is_draft and (r.bounds_end is None or r.bounds_end >= reading.on)
        for r in patient.facts.medications
        if patient.case.content.name in r.concepts
    )


def _ended(patient: Patient) -> MedicationRecord | None:
    """The order that ended, where the call's order is taken to go on with it."""
    kinds = ("order", "statement")
    current = frozenset(patient.therapy.references)
    behind = [r for r in patient.facts.medications if r.kind in kinds and r.reference in current]
    return behind[-1] if behind and all(r.status == "completed" for r in behind) else None


def _review(patient: Patient, past: Past, now: Sequence[Verdict], due: date) -> Recommendation:
    verdict = past.verdict
    rows = [r for r in patient.regimen.rows(patient.therapy.dose, past.line) if r.id in verdict.rules]
    rows = [verdict.row] if verdict.row is not None else rows
    rule_ids = tuple(r.id for r in rows) or verdict.rules
    missing: list[Missing] = not_known(patient, past.line, past.unknown)
    readings = [verdict.reading, *(v.reading for v in now)]
    words = count_words(patient, [verdict.reading]) | course_words(patient) | _resume_words(patient, rows)
    words |= {
        "on": verdict.reading.on.isoformat(),
        "row": ", ".join(rule_ids),
        "now": count_words(patient, [v.reading for v in now])["counts_on"] or "not on file",
        "record": _record_words(patient),
        "due": due.isoformat(),
        "what": asked_for(patient, past.unknown),
    }
    return decision(
        patient,
        Action.REVIEW,
        Urgency.WARNING,
        (patient.rules.role(Role.UNANSWERED).id, *rule_ids, *(m.rule for m in missing)),
        "unanswered-unclear" if past.unknown else "unanswered",
        words=words,
        next_cbc_due=due,
        inputs=[*(Input.of(r) for r in readings), *(Input.of(b) for b in verdict.baselines), *course_inputs(patient)],
        missing=missing,
    )


def _resume_words(patient: Patient, rows: Sequence[CountRow]) -> dict[str, str]:
    following = patient.regimen.next_dose(patient.case, patient.therapy, rows)
    if following.no_row:
        return {"resume": f"The {following.no_row}: the haematologist decides."}
    open_dose = "the next lower dose" if following.is_choice else "a dose level that the chart leaves open"
    dose = following.dose.words if following.dose is not None else open_dose
    return {"resume": f"After an interruption by that row treatment resumes when {resume_words(rows)}, at {dose}."}


def _record_words(patient: Patient) -> str:
    """What the chart says since that count: nothing, or that the order ended and not whether as an interruption."""
    ended = _ended(patient)
    if ended is None:
        return "No interruption and no lower dose since is on record"
    on = f" on {ended.bounds_end.isoformat()}" if ended.bounds_end is not None else ""
    reason = f" ({ended.status_reason[:80]})" if ended.status_reason else ""
    return (
        f"The order ended{on}{reason}; whether as an interruption is not recorded, and no lower dose since is on record"
    )
