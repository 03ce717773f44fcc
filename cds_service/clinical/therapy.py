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

from cds_service.clinical.continuity import TOXIC, ends_treatment, is_paused, is_within_course, supplied_until
from cds_service.clinical.dispensed import dispensed_otherwise
from cds_service.clinical.exposure import Dose, MedicationRecord
from cds_service.clinical.first_dose import NEW_COURSE_GAP, first_doses, is_supply, start_of
from cds_service.clinical.resumption import Resumption

# Project choices about how charts record a course; docs/rules says so.
REFILL_GAP = timedelta(days=7)  # a completed order followed within a week is the next fill of the same course

ORDER_INTENTS = ("order", "original-order", "reflex-order", "filler-order", "instance-order", "")
CURRENT = ("active", "unknown", "")
TELLING = ("active", "on-hold", "stopped", "completed", "unknown")


@dataclass(frozen=True, slots=True)
class Remembered:
    """The last dose of a course that is over, in which treatment was held or reduced for toxicity.

    `is_reduced`: the dose is a reduced one; `on` is the last day that tells of it, `reason` why it was held, in words.
    `is_last`: no later record of the course leaves its own dose open.
    """

    dose: Dose
    on: date
    is_reduced: bool
    reason: str = ""
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class Therapy:
    """The drug over time, as of today.

    `state`: "none", "active", "on-hold" or "ended". `first_doses` are the days that may be day 0 of the current course,
    the likeliest first: empty when unknown, several when the chart leaves more than one reading. `dose` is the current
    dose, on a hold the dose before it; None with `dose_problem` when it is not known. `conflicting` are active records
    whose doses differ. `hold_concepts` are the causes that the reason of a hold names. `reduced_from` is an earlier, higher
    dose of this course. `references` are the records behind the current state. `remembered` is what ended courses leave where
    none goes on.
    """

    state: str = "none"
    first_doses: tuple[date, ...] = ()
    dose: Dose | None = None
    dose_problem: str = ""
    dose_since: date | None = None
    hold_since: date | None = None
    hold_reason: str = ""
    hold_concepts: frozenset[str] = frozenset()
    resumed_on: date | None = None
    reduced_from: Dose | None = None
    has_unexplained_gap: bool = False
    conflicting: tuple[MedicationRecord, ...] = ()
    references: tuple[str, ...] = ()
    remembered: Remembered | None = None


def therapy_of(records: Iterable[MedicationRecord], drug: str, today: date) -> Therapy:
    """The drug's therapy as of today: a course goes on for 28 days after the end of its last supply.

    Args: records of any medication and kind, drafts among them are ignored; today as a date.
    Missing: no record of the drug gives state "none"; a supply without a day may run until today, so that it is asked about.
    Source: inputs and rulings of the project ("dose changes", "interruption", "First dose", "Continuity").
    """
    every = [r for r in records if drug in r.concepts and not r.is_draft]
    # What begins in the future was not taken yet. A pause may be written on it.
    own = [r for r in every if not _is_planned(r)]
    supplies = [r for r in own if is_supply(r) and r.starts_on is not None and r.starts_on <= today]
    episodes = sorted((e for e in own if _is_episode(e)), key=_episode_key)
    if not episodes:
        undated = [r for r in own if is_supply(r) and r.starts_on is None]
        return _from_supplies(supplies, today) if supplies or not undated else _active(undated, [])
    therapy = _state(course := _current_course(episodes, supplies), supplies, today)
    if therapy.state == "ended" and (later := _after_end(course, supplies)):
        return _from_supplies(later, today)
    if therapy.state in ("none", "ended"):
        return replace(therapy, remembered=_remembered(episodes, today))
    return _with_supplies(_with_history(therapy, course, own, today), own, today)


def _is_planned(record: MedicationRecord) -> bool:
    return record.planned_from is not None and record.status not in ("on-hold", "stopped")


def _is_episode(record: MedicationRecord) -> bool:
    if record.kind == "order":
        return (record.intent in ORDER_INTENTS or record.is_reported) and record.status in TELLING
    return record.kind == "statement" and record.status in (*TELLING, "")


def _episode_key(record: MedicationRecord) -> tuple[bool, date, date, str]:
    """Oldest first; a record without any date counts as the newest, because it may describe today."""
    start = start_of(record)
    return (start is None, start or date.max, record.bounds_end or date.max, record.reference)


def _is_over(record: MedicationRecord, others: Iterable[MedicationRecord], today: date) -> bool:
    """Whether an active record has run out and another one took its place."""
    if record.bounds_end is None or record.bounds_end >= today:
        return False
    return any(o is not record and (start_of(o) or date.min) >= record.bounds_end - REFILL_GAP for o in others)


def _remembered(episodes: list[MedicationRecord], today: date) -> Remembered | None:
    """What courses that are over leave: the last dose, where one of their pauses was for toxicity or lowered the dose.

    Missing: records without a day tell nothing here, those without a dose only of their pause.
    """
    dosed = [(e, e.dose, start) for e in episodes if e.dose is not None and (start := start_of(e)) is not None]
    if not dosed:
        return None
    last, dose, start = dosed[-1]
    pauses = [e for e in episodes if start_of(e) and e.status in ("on-hold", "stopped") and e.status_concepts & TOXIC]
    lowered = [a for a, b in pairwise(dosed) if is_paused(a[0]) and a[1].exceeds(b[1])]
    is_reduced = any(d.exceeds(dose) for _, d, _ in lowered)
    if not pauses and not is_reduced:
        return None
    until = min(max(start, supplied_until(last) or start), today)
    is_last = all(e.dose is not None for e in episodes if (start_of(e) or date.min) > start)
    return Remembered(dose, until, is_reduced, pauses[-1].status_reason if pauses else "", is_last)


def _current_course(episodes: list[MedicationRecord], supplies: list[MedicationRecord]) -> list[MedicationRecord]:
    """The episodes since the last ended therapy. A completed order with the next one, or a supply, close behind did not end it."""
    first, last_active = 0, -1
    for index in range(1, len(episodes)):
        before, after = episodes[index - 1], episodes[index]
        start, end = start_of(after), before.bounds_end
        last_active = index - 1 if before.status == "active" else last_active
        if start is None or is_paused(before) or last_active >= first:
            continue
        if ends_treatment(before):
            first = index
        elif before.status == "completed" and end is not None:
            between = [r for r in supplies if r.starts_on is not None and end - NEW_COURSE_GAP <= r.starts_on <= start]
            covered = max(end, *(u for r in between if (u := supplied_until(r)) is not None)) if between else end
            first = index if start - covered > NEW_COURSE_GAP else first
    return episodes[first:]


def _state(course: list[MedicationRecord], supplies: list[MedicationRecord], today: date) -> Therapy:
    active = [e for e in course if _is_current(e, today)]
    # If any record took the place of another, one of the two that begin last did.
    last_two = nlargest(2, active, key=lambda e: start_of(e) or date.min)
    current = [e for e in active if not _is_over(e, last_two, today)]
    # A record that has not begun yet does not describe today.
    begun = [e for e in current if (start_of(e) or date.min) <= today]
    if begun:
        return _active(begun, [e for e in course if is_paused(e)])
    past = [e for e in course if (start_of(e) or date.min) <= today and e not in active]
    if not past:
        return Therapy()
    last = past[-1]
    if not is_paused(last):
        held = [e for e in past if e.status == "on-hold" and not Resumption([last]).follows(e)]
        last = held[-1] if held else last
    # The end of an order may be the planned end of its supply: the day that its status tells stands before it.
    since = next((d for d in (last.status_since, last.bounds_end) if d is not None and d <= today), None)
    after = [r for r in supplies if since is not None and r.starts_on is not None and r.starts_on > since]
    if is_paused(last):
        if after:
            # A supply after the pause and no order that explains it: whether treatment goes on is asked.
            return replace(_active([last], []), conflicting=(last, *after[-1:]))
        return Therapy(
            state="on-hold",
            dose=last.dose,
            dose_problem=last.dose_problem,
            dose_since=start_of(last),
            hold_since=since,
            hold_reason=last.status_reason,
            hold_concepts=last.status_concepts,
            references=(last.reference,),
        )
    if ends_treatment(last):
        return Therapy(state="ended", references=(last.reference,))
    begin = start_of(last) or date.max
    # An order without any date may run until today: one that is asked about too long is safer than a lost one.
    is_undated = last.kind == "order" and supplied_until(last) is None
    if is_undated or is_within_course(
        [last, *(r for r in supplies if r.starts_on is not None and r.starts_on >= begin)], today
    ):
        return _active([last], [])
    return Therapy(state="ended", references=(last.reference,))


def _after_end(course: list[MedicationRecord], supplies: list[MedicationRecord]) -> list[MedicationRecord]:
    """The supplies after the day on which treatment is said to have ended; none where that day is not known."""
    end = course[-1].bounds_end if ends_treatment(course[-1]) else None
    return [r for r in supplies if end is not None and r.starts_on is not None and r.starts_on > end]


def _is_current(record: MedicationRecord, today: date) -> bool:
    """Whether the record says that treatment goes on; one of unknown status only until its end."""
    is_over = record.bounds_end is not None and record.bounds_end < today
    return record.status == "active" or (record.status in CURRENT and not is_over)


def _active(begun: list[MedicationRecord], paused: list[MedicationRecord]) -> Therapy:
    """Treatment that goes on, by the records that say so; the latest that says a dose gives it.

    Args: records oldest first; those of the course that say that it paused, of which some may have been resumed since.
    """
    latest = next((e for e in reversed(begun) if not e.says_no_dose), begun[-1])
    resumption = Resumption(begun)
    standing = [e for e in paused if not resumption.follows(e)]
    rivals = [e for e in begun if e is not latest and _differs(e, latest)] + standing
    return Therapy(
        state="active",
        dose=latest.dose,
        dose_problem=latest.dose_problem,
        dose_since=start_of(latest),
        conflicting=(*rivals, latest) if rivals else (),
        references=tuple(dict.fromkeys(e.reference for e in begun)),
    )


def _differs(one: MedicationRecord, other: MedicationRecord) -> bool:
    """Whether two records say different doses; one that says nothing about it differs from none."""
    if one.says_no_dose or other.says_no_dose:
        return False
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
            if is_paused(before) or _has_gap(before, start):
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
        allowed = REFILL_GAP + _rest(before) if not is_paused(before) else timedelta(days=1)
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
    """Therapy that shows only in dispenses or administrations, which have a day."""
    dated = sorted(supplies, key=lambda r: (r.starts_on or today, r.reference))
    if not dated:
        return Therapy()
    last = dated[-1]
    if not is_within_course(dated, today):
        return Therapy(state="ended", references=(last.reference,))
    first = last
    for record in reversed(dated):
        until = supplied_until(record)
        if until is None or first.starts_on is None or first.starts_on - until > NEW_COURSE_GAP:
            break
        first = record
    same = [*takewhile(lambda r: not _differs(r, last), reversed(dated[dated.index(first) :]))]
    return Therapy(
        state="active",
        first_doses=(first.starts_on,) if first.starts_on is not None else (),
        dose=last.dose,
        dose_problem=last.dose_problem,
        dose_since=same[-1].starts_on,
        references=(last.reference,),
    )
