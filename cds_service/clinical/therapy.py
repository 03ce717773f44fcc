"""Doses and interruptions over time: what the patient takes now, since when, and what is uncertain about it.

Built from the drug's orders, statements, dispenses and administrations. Nothing is smoothed over: several possible
first-dose days stay several, two active orders with different doses stay a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from heapq import nlargest
from itertools import pairwise, takewhile

from cds_service.clinical.dispensed import DISPENSE_COVERS, dispensed_otherwise
from cds_service.clinical.exposure import MOST_SUPPLY_DAYS, Dose, MedicationRecord
from cds_service.clinical.first_dose import NEW_COURSE_GAP, first_doses, is_supply, start_of
from cds_service.clinical.resumption import Resumption

# Project choices about how charts record a course; docs/rules says so.
REFILL_GAP = timedelta(days=7)  # a completed order followed within a week is the next fill of the same course
SUPPLY_DAYS = 28  # what one prescription covers where it does not say

ORDER_INTENTS = ("order", "original-order", "reflex-order", "filler-order", "instance-order", "")
CURRENT = ("active", "unknown", "")
TELLING = ("active", "on-hold", "stopped", "completed", "unknown")
ENDED_WORDS = ("treatment ended", "completed therapy", "therapy completed", "progress", "death", "died", "deceased")


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


def therapy_of(records: Iterable[MedicationRecord], drug: str, today: date, is_refilled: bool = False) -> Therapy:
    """The drug's therapy as of today.

    Args: records of any medication and kind, drafts among them are ignored; today as a date; `is_refilled` when an order
    for the drug is being written now: then an order completed in the last 4 weeks has not ended the course.
    Missing: no record of the drug gives state "none".
    Source: inputs and rulings of the project ("dose changes", "interruption", "First dose").
    """
    every = [r for r in records if drug in r.concepts and not r.is_draft]
    # What begins in the future was not taken yet; it only shows that a completed course goes on. A pause may be written on it.
    planned = [r for r in every if _is_planned(r)]
    own = [r for r in every if not _is_planned(r)]
    is_refilled = is_refilled or any(_is_episode(r) and r.status != "completed" for r in planned)
    episodes = sorted((e for e in own if _is_episode(e)), key=_episode_key)
    if not episodes:
        return _from_supplies([r for r in own if is_supply(r)], today)
    therapy = _state(course := _current_course(episodes, today), today)
    if therapy.state == "ended" and is_refilled:
        therapy = _refilled(course, therapy, today)
    if therapy.state in ("none", "ended"):
        return therapy
    return _with_supplies(_with_history(therapy, course, own, today), own, today)


def _is_planned(record: MedicationRecord) -> bool:
    return record.planned_from is not None and record.status not in ("on-hold", "stopped")


def _is_episode(record: MedicationRecord) -> bool:
    if record.kind == "order":
        return record.intent in ORDER_INTENTS and record.status in TELLING
    return record.kind == "statement" and record.status in (*TELLING, "")


def _episode_key(record: MedicationRecord) -> tuple[bool, date, date, str]:
    """Oldest first; a record without any date counts as the newest, because it may describe today."""
    start = start_of(record)
    return (start is None, start or date.max, record.bounds_end or date.max, record.reference)


def _has_ended(record: MedicationRecord) -> bool:
    """Whether the record says that treatment ended rather than paused."""
    reason = record.status_reason.casefold()
    return record.status == "completed" or any(word in reason for word in ENDED_WORDS)


def _is_over(record: MedicationRecord, others: Iterable[MedicationRecord], today: date) -> bool:
    """Whether an active record has run out and another one took its place."""
    if record.bounds_end is None or record.bounds_end >= today:
        return False
    return any(o is not record and (start_of(o) or date.min) >= record.bounds_end - REFILL_GAP for o in others)


def _current_course(episodes: list[MedicationRecord], today: date) -> list[MedicationRecord]:
    """The episodes since the last ended therapy. A completed order with the next one close behind did not end it."""
    first, last_active = 0, -1
    for index in range(1, len(episodes)):
        before, after = episodes[index - 1], episodes[index]
        start, end = start_of(after), before.bounds_end
        last_active = index - 1 if before.status == "active" else last_active
        if start is None or not _has_ended(before) or last_active >= first:
            continue
        explicit = before.status != "completed" or any(w in before.status_reason.casefold() for w in ENDED_WORDS)
        if explicit or (end is not None and start - end > NEW_COURSE_GAP):
            first = index
    return episodes[first:]


def _state(course: list[MedicationRecord], today: date) -> Therapy:
    active = [e for e in course if e.status in CURRENT]
    # If any record took the place of another, one of the two that begin last did.
    last_two = nlargest(2, active, key=lambda e: start_of(e) or date.min)
    current = [e for e in active if not _is_over(e, last_two, today)]
    # A record that has not begun yet does not describe today.
    begun = [e for e in current if (start_of(e) or date.min) <= today]
    if begun:
        latest = begun[-1]
        resumption = Resumption(begun)
        standing = [e for e in course if _is_paused(e) and not resumption.follows(e)]
        rivals = [e for e in begun if e is not latest and _differs(e, latest)] + standing
        return Therapy(
            state="active",
            dose=latest.dose,
            dose_problem=latest.dose_problem,
            dose_since=start_of(latest),
            conflicting=(*rivals, latest) if rivals else (),
            references=tuple(dict.fromkeys(e.reference for e in begun)),
        )
    past = [e for e in course if (start_of(e) or date.min) <= today and e.status not in CURRENT]
    if not past:
        return Therapy()
    held = [e for e in past if e.status == "on-hold"]
    last = held[-1] if held and not _is_paused(past[-1]) else past[-1]
    if _is_paused(last):
        since = last.bounds_end if last.bounds_end is not None and last.bounds_end <= today else None
        return Therapy(
            state="on-hold",
            dose=last.dose,
            dose_problem=last.dose_problem,
            dose_since=start_of(last),
            hold_since=since,
            hold_reason=last.status_reason,
            references=(last.reference,),
        )
    return Therapy(state="ended", references=(last.reference,))


def _refilled(course: list[MedicationRecord], ended: Therapy, today: date) -> Therapy:
    """The therapy that the order being written continues; the ended one where the last order is too long ago."""
    last = next(e for e in course if e.reference == ended.references[0])
    explicit = any(word in last.status_reason.casefold() for word in ENDED_WORDS)
    # Without an end the order may have run until today: a course that is asked about too long is safer than a lost one.
    supply = timedelta(days=int(n) if (n := last.days_supply or SUPPLY_DAYS) <= MOST_SUPPLY_DAYS else SUPPLY_DAYS)
    start = start_of(last)
    end = last.bounds_end or (start + supply if start is not None else None)
    if last.status != "completed" or explicit or (end is not None and today - end > NEW_COURSE_GAP):
        return ended
    return replace(ended, state="active", dose=last.dose, dose_problem=last.dose_problem, dose_since=start_of(last))


def _is_paused(record: MedicationRecord) -> bool:
    """Whether the record says that treatment paused: on hold, or stopped without the word that it ended."""
    return record.status == "on-hold" or (record.status == "stopped" and not _has_ended(record))


def _differs(one: MedicationRecord, other: MedicationRecord) -> bool:
    if one.dose is None or other.dose is None:
        return one.kind == other.kind and one.dose_problem != other.dose_problem
    return not one.dose.same_as(other.dose)


def _with_history(
    therapy: Therapy, course: list[MedicationRecord], own: list[MedicationRecord], today: date
) -> Therapy:
    """First-dose days, reductions, resumes and unexplained gaps of the course."""
    firsts = first_doses(course, own, today)
    restarts: list[date] = []
    resumed_on: date | None = None
    ambiguous = False
    since = therapy.dose_since
    for before, after in pairwise(course):
        start = start_of(after)
        if before.dose is None or after.dose is None or start is None or start > today or not _follows(before, after):
            continue
        if before.dose.same_as(after.dose):
            if _has_gap(before, start):
                ambiguous, resumed_on = True, start
                restarts.append(start)
        elif before.dose.exceeds(after.dose):
            if _is_paused(before) or _has_gap(before, start):
                resumed_on = start
        else:
            # The window of the label counts from the start at this dose; an increase may restart it.
            restarts.append(start)
    for record in reversed(course):
        if therapy.dose is None or record.dose is None or not record.dose.same_as(therapy.dose):
            break
        since = start_of(record) or since
    return replace(
        therapy,
        first_doses=tuple(dict.fromkeys((*firsts, *restarts))) if firsts else (),
        resumed_on=resumed_on,
        reduced_from=_reduced_from(therapy, course),
        has_unexplained_gap=ambiguous,
        dose_since=since,
    )


def _follows(before: MedicationRecord, after: MedicationRecord) -> bool:
    """Whether two records in a row are two stretches of treatment, as against two accounts of one."""
    start, end = start_of(after), before.bounds_end
    return before.kind == after.kind or (start is not None and end is not None and start >= end)


def _has_gap(before: MedicationRecord, start: date) -> bool:
    """Whether treatment may have rested between a record and the next start.

    Missing: an end that is not recorded is no gap after a stopped order (a renewal stops the old one), one after a hold,
    and one where a completed order lies further back than a supply and a pause can explain.
    """
    if before.bounds_end is not None:
        allowed = REFILL_GAP + _rest(before) if not _is_paused(before) else timedelta(days=1)
        return start - before.bounds_end > allowed
    begun = start_of(before)
    is_old = before.status == "completed" and begun is not None and start - begun > 2 * NEW_COURSE_GAP
    return before.status == "on-hold" or is_old


def _rest(record: MedicationRecord) -> timedelta:
    """The days of rest of the record's cycle: an order for days 1-21 of 28 ends a week before the next cycle begins."""
    dose = record.dose
    if dose is None or not dose.on_days or not dose.cycle_days:
        return timedelta(0)
    return timedelta(days=dose.cycle_days - dose.on_days)


def _reduced_from(therapy: Therapy, course: list[MedicationRecord]) -> Dose | None:
    """The highest earlier dose of the course, where it is above the current one."""
    if therapy.dose is None:
        return None
    current = frozenset(therapy.references)
    latest = max((s for r in course if r.reference in current and (s := start_of(r)) is not None), default=None)
    earlier = [
        r.dose
        for r in course
        if r.reference not in current
        and r.dose is not None
        and (latest is None or (s := start_of(r)) is None or s <= latest)
    ]
    higher = [d for d in earlier if d.exceeds(therapy.dose)]
    return max(higher, key=lambda d: (d.mg_per_day, d.mg_per_dosing_day), default=None)


def _with_supplies(therapy: Therapy, own: list[MedicationRecord], today: date) -> Therapy:
    """The therapy with the conflict where what was last dispensed under the current dose is another dose."""
    others = dispensed_otherwise(own, therapy.dose, therapy.dose_since, today) if therapy.state == "active" else ()
    said, behind = frozenset(therapy.conflicting if others else ()), frozenset(therapy.references)
    ordered = [r for r in own if r.reference in behind and r not in said][-1:]
    return replace(therapy, conflicting=(*others, *therapy.conflicting, *ordered)) if others else therapy


def _from_supplies(supplies: list[MedicationRecord], today: date) -> Therapy:
    """Therapy that shows only in dispenses or administrations."""
    dated = sorted(
        (r for r in supplies if r.starts_on is not None and r.starts_on <= today), key=lambda r: r.starts_on or today
    )
    if not dated:
        return Therapy()
    last = dated[-1]
    first = last
    for record in reversed(dated):
        if first.starts_on is None or record.starts_on is None or first.starts_on - record.starts_on > DISPENSE_COVERS:
            break
        first = record
    same = [*takewhile(lambda r: not _differs(r, last), reversed(dated[dated.index(first) :]))]
    if last.starts_on is not None and today - last.starts_on > DISPENSE_COVERS:
        return Therapy(state="ended", references=(last.reference,))
    return Therapy(
        state="active",
        first_doses=(first.starts_on,) if first.starts_on is not None else (),
        dose=last.dose,
        dose_problem=last.dose_problem,
        dose_since=same[-1].starts_on,
        references=(last.reference,),
    )
