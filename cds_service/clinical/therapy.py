"""Doses and interruptions over time: what the patient takes now, since when, and what is uncertain about it.

Built from the drug's orders, statements, dispenses and administrations. Nothing is smoothed over: several possible
first-dose days stay several, two active orders with different doses stay a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from cds_service.clinical.exposure import Dose, MedicationRecord

# Project choices about how charts record a course; docs/rules says so.
REFILL_GAP = timedelta(days=7)  # a completed order followed within a week is the next fill of the same course
NEW_COURSE_GAP = timedelta(days=28)  # a completed order followed later than this ended that course
DISPENSE_COVERS = timedelta(days=60)  # without orders, a dispense this recent shows current treatment

ORDER_INTENTS = ("order", "original-order", "reflex-order", "filler-order", "instance-order", "")
ENDED_WORDS = ("treatment ended", "completed therapy", "therapy completed", "progress", "death", "died", "deceased")
START_RANK = {"taken": 0, "bounds": 1, "validity": 2, "dispensed": 3, "authored": 4}


@dataclass(frozen=True, slots=True)
class Therapy:
    """The drug over time, as of today.

    `state`: "none", "active", "on-hold" or "ended". `first_doses` are the days that may be day 0 of the current course,
    the likeliest first: empty when unknown, several when the chart leaves more than one reading. `dose` is the current
    dose, on a hold the dose before it; None with `dose_problem` when it is not known. `conflicting` are active records
    whose doses differ. `reduced_from` is an earlier, higher dose of this course. `references` are the records behind
    the current state.
    """

    state: str = "none"
    first_doses: tuple[date, ...] = ()
    dose: Dose | None = None
    dose_problem: str = ""
    dose_since: date | None = None
    hold_since: date | None = None
    hold_reason: str = ""
    resumed_on: date | None = None
    reduced_from: Dose | None = None
    has_unexplained_gap: bool = False
    conflicting: tuple[MedicationRecord, ...] = ()
    references: tuple[str, ...] = ()


def therapy_of(records: Iterable[MedicationRecord], drug: str, today: date) -> Therapy:
    """The drug's therapy as of today.

    Args: records of any medication and kind, drafts among them are ignored; today as a date.
    Missing: no record of the drug gives state "none".
    Source: inputs and rulings of the project ("dose changes", "interruption", "First dose").
    """
    own = [r for r in records if drug in r.concepts and not r.is_draft]
    episodes = sorted((e for e in own if _is_episode(e)), key=_episode_key)
    if not episodes:
        return _from_supplies([r for r in own if r.kind in ("dispense", "administration")], today)
    course = _current_course(episodes, today)
    therapy = _state(course, today)
    if therapy.state in ("none", "ended"):
        return therapy
    return _with_history(therapy, course, own, today)


def _is_episode(record: MedicationRecord) -> bool:
    if record.kind == "order":
        return record.intent in ORDER_INTENTS and record.status in (
            "active",
            "on-hold",
            "stopped",
            "completed",
            "unknown",
        )
    if record.kind == "statement":
        return record.status in ("active", "on-hold", "stopped", "completed", "unknown", "")
    return False


def _start(record: MedicationRecord) -> date | None:
    return record.starts_on or record.authored_on


def _episode_key(record: MedicationRecord) -> tuple[bool, date, date, str]:
    """Oldest first; a record without any date counts as the newest, because it may describe today."""
    start = _start(record)
    return (start is None, start or date.max, record.bounds_end or date.max, record.reference)


def _has_ended(record: MedicationRecord) -> bool:
    """Whether the record says that treatment ended rather than paused."""
    reason = record.status_reason.casefold()
    return record.status == "completed" or any(word in reason for word in ENDED_WORDS)


def _is_over(record: MedicationRecord, others: Iterable[MedicationRecord], today: date) -> bool:
    """Whether an active record has run out and another one took its place."""
    if record.bounds_end is None or record.bounds_end >= today:
        return False
    return any(o is not record and (_start(o) or date.min) >= record.bounds_end - REFILL_GAP for o in others)


def _current_course(episodes: list[MedicationRecord], today: date) -> list[MedicationRecord]:
    """The episodes since the last ended therapy. A completed order with the next one close behind did not end it."""
    first = 0
    for index in range(1, len(episodes)):
        before, after = episodes[index - 1], episodes[index]
        start, end = _start(after), before.bounds_end
        if start is None or not _has_ended(before) or any(e.status == "active" for e in episodes[first:index]):
            continue
        explicit = before.status != "completed" or any(w in before.status_reason.casefold() for w in ENDED_WORDS)
        if explicit or (end is not None and start - end > NEW_COURSE_GAP):
            first = index
    return episodes[first:]


def _state(course: list[MedicationRecord], today: date) -> Therapy:
    active = [e for e in course if e.status in ("active", "unknown", "")]
    current = [e for e in active if not _is_over(e, active, today)]
    paused = [e for e in course if e.status == "on-hold" or (e.status == "stopped" and not _has_ended(e))]
    # A record that has not begun yet does not describe today.
    begun = [e for e in current if (_start(e) or date.min) <= today] or current
    if begun:
        latest = begun[-1]
        begun_on = _start(latest)
        later_pauses = [
            p for p in paused if p.status == "on-hold" and begun_on is not None and (_start(p) or date.min) > begun_on
        ]
        rivals = [e for e in (*begun, *later_pauses) if e is not latest and _differs(e, latest)]
        return Therapy(
            state="active",
            dose=latest.dose,
            dose_problem=latest.dose_problem,
            dose_since=begun_on,
            conflicting=(*rivals, latest) if rivals else (),
            references=tuple(e.reference for e in begun),
        )
    last = course[-1]
    if last.status in ("on-hold", "stopped") and not _has_ended(last):
        since = last.bounds_end if last.bounds_end is not None and last.bounds_end <= today else None
        return Therapy(
            state="on-hold",
            dose=last.dose,
            dose_problem=last.dose_problem,
            dose_since=_start(last),
            hold_since=since,
            hold_reason=last.status_reason,
            references=(last.reference,),
        )
    return Therapy(state="ended", references=(last.reference,))


def _differs(one: MedicationRecord, other: MedicationRecord) -> bool:
    if one.dose is None or other.dose is None:
        return one.status == "on-hold" or (one.kind == other.kind and one.dose_problem != other.dose_problem)
    return not one.dose.same_as(other.dose) or "on-hold" in (one.status, other.status)


def _with_history(
    therapy: Therapy, course: list[MedicationRecord], own: list[MedicationRecord], today: date
) -> Therapy:
    """First-dose days, reductions, resumes and unexplained gaps of the course."""
    firsts = _first_doses(course, own, today)
    restarts: list[date] = []
    resumed_on: date | None = None
    reduced_from: Dose | None = None
    ambiguous = False
    since = therapy.dose_since
    for before, after in pairwise(course):
        start, end = _start(after), before.bounds_end
        if before.dose is None or after.dose is None or before.kind != after.kind:
            continue
        paused = before.status in ("on-hold", "stopped")
        gap = start - end if start is not None and end is not None else None
        if before.dose.same_as(after.dose):
            if gap is not None and gap > (timedelta(days=1) if paused else REFILL_GAP) and start is not None:
                ambiguous, resumed_on = True, start
                restarts.append(start)
            elif after.reference in therapy.references and therapy.dose is not None and therapy.state == "active":
                since = _start(before) if since == start else since
        elif before.dose.exceeds(after.dose):
            reduced_from = before.dose if reduced_from is None or before.dose.exceeds(reduced_from) else reduced_from
            if start is not None and (paused or (gap is not None and gap > timedelta(days=1))):
                resumed_on = start
        elif start is not None:
            # The window of the label counts from the start at this dose; an increase may restart it.
            restarts.append(start)
    ordered = (*firsts, *(r for r in restarts if r not in firsts and r <= today))
    return replace(
        therapy,
        first_doses=ordered if firsts else (),
        resumed_on=resumed_on,
        reduced_from=reduced_from
        if therapy.dose is not None and reduced_from and reduced_from.exceeds(therapy.dose)
        else None,
        has_unexplained_gap=ambiguous,
        dose_since=since,
    )


def _first_doses(course: list[MedicationRecord], own: list[MedicationRecord], today: date) -> tuple[date, ...]:
    """The first-dose day by the best evidence, then other evidence of the same weeks that disagrees with it."""
    begin = min((s for s in (_start(e) for e in course) if s is not None), default=None)
    supplies = [
        r
        for r in own
        if r.kind in ("dispense", "administration") and r.status not in ("stopped", "declined", "not-done")
    ]
    found: dict[str, date] = {}
    for record in (*course, *supplies):
        if record.starts_on is None or record.starts_on > today:
            continue
        if (
            record.kind in ("dispense", "administration")
            and begin is not None
            and record.starts_on < begin - NEW_COURSE_GAP
        ):
            continue
        found[record.starts_by] = min(record.starts_on, found.get(record.starts_by, record.starts_on))
    for record in course:
        if record.starts_on is None and record.authored_on is not None and record.authored_on <= today:
            found["authored"] = min(record.authored_on, found.get("authored", record.authored_on))
    ranked = [found[k] for k in sorted(found, key=lambda k: START_RANK.get(k, 9)) if k != "authored" or len(found) == 1]
    if not ranked:
        return ()
    best = ranked[0]
    others = [d for d in dict.fromkeys(ranked[1:]) if d != best and abs(d - best) <= timedelta(days=60)]
    return (best, *others)


def _from_supplies(supplies: list[MedicationRecord], today: date) -> Therapy:
    """Therapy that shows only in dispenses or administrations."""
    dated = sorted(
        (r for r in supplies if r.starts_on is not None and r.starts_on <= today), key=lambda r: r.starts_on or today
    )
    if not dated:
        return Therapy()
    last = dated[-1]
    if last.starts_on is not None and today - last.starts_on > DISPENSE_COVERS:
        return Therapy(state="ended", references=(last.reference,))
    return Therapy(
        state="active",
        first_doses=(dated[0].starts_on,) if dated[0].starts_on is not None else (),
        dose=last.dose,
        dose_problem=last.dose_problem,
        dose_since=last.starts_on,
        references=(last.reference,),
    )
