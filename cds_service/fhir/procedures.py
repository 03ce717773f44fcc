"""Procedures to events: what was done, once each, on its day.

Only completed Procedures count; one in progress counts for dialysis. One Procedure is one unit. A future one is refused
and said. Where the day is not known (a month, a text, nothing) the event stands without a day, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import msgspec

from cds_service.clinical.facts import Event
from cds_service.fhir.binding import OTHER_PATIENT, Whom, refusal
from cds_service.fhir.dates import is_open_end
from cds_service.fhir.decode import Period, Reference, Resource, Unreadable, decode_resource
from cds_service.fhir.lenient import (
    MODIFIED,
    all_words,
    concept,
    doubted,
    entry_words,
    first_date,
    is_modified,
    iso,
    notes,
    status,
    unique,
    words_of,
)
from cds_service.fhir.words import procedures_in, settled

_NOT_DONE = frozenset({"not-done", "entered-in-error", "preparation", "in-progress", "cancelled"})
# What only adds a question, so that one in doubt counts too.
_ADDING = frozenset({"dialysis"})
# Care for a pregnancy is a sign of one: it tells nothing by itself, and believed it would be a pregnancy.
_CARE = "pregnancy-care"
_PREGNANT = "pregnant"
# A transfusion that names neither red cells nor platelets; plasma and what is made of it are a product that is said.
_UNSPECIFIC_TRANSFUSION = re.compile(
    r"^(?!.*(?:plasma|\bffp\b|\bpfc\b|album|[ck]ryo|im+un\w*globul|\bivig\b|fibrinogen|granulo|reac[ck]?tion|reaktion|refus|declin|abgelehnt|consent"
    r"|osocz|плазм|血漿|血浆)).*(?:transfus|trasfus|blutkonserve|przetocz|verensiirto|перелив|μεταγγισ|輸血|输血|輸注|输注)",
    re.IGNORECASE | re.DOTALL,
)


class _Procedure(Resource, frozen=True):
    contained: list[msgspec.Raw] = msgspec.field(default_factory=list)
    subject: Reference | None = None
    patient: Reference | None = None
    status: msgspec.Raw = msgspec.Raw()
    modifierExtension: msgspec.Raw = msgspec.Raw()
    notDone: bool = False
    notPerformed: bool = False
    code: msgspec.Raw = msgspec.Raw()
    type: msgspec.Raw = msgspec.Raw()
    note: msgspec.Raw = msgspec.Raw()
    notes: msgspec.Raw = msgspec.Raw()
    performedDateTime: str = ""
    performedPeriod: Period | None = None
    performedString: str = ""


@dataclass(frozen=True, slots=True)
class EventRead:
    """The events that count, and sentences about what was refused, odd or open.

    `believed` are the events as they would be if those in doubt were believed; one without a day is of the latest possible.
    """

    events: tuple[Event, ...]
    remarks: tuple[str, ...]
    believed: tuple[Event, ...] = ()


def event_read(read: list[tuple[Event | None, Event]], remarks: list[str]) -> EventRead:
    """The events without repeats, oldest first, the same whatever the order of the resources.

    Args: each event as it counts (None where it does not) and as it would if it were believed.
    """
    counted, believed = [one for one, _ in read if one is not None], [certain for _, certain in read]
    events, said = unique(counted, _order), tuple(sorted(set(remarks)))
    return EventRead(events, said, events if believed == counted else unique(believed, _order))


def _order(event: Event) -> tuple[str, ...]:
    return (iso(event.on), event.reference, event.text)


def read_procedures(resources: Iterable[bytes | msgspec.Raw], patient: Whom | str, today: date) -> EventRead:
    """The procedures of one patient that the rules know.

    Args: `resources` are Procedure resources as JSON; `patient` the patient of the call; `today` the day of the call.
    Returns: one event per Procedure with a known concept.
    """
    events: list[tuple[Event | None, Event]] = []
    remarks: list[str] = []
    for raw in resources:
        try:
            procedure = decode_resource(raw, _Procedure)
        except Unreadable as fault:
            remarks.append(f"A Procedure could not be read: {fault}.")
            continue
        read = _read(procedure, patient, today, remarks)
        if read is not None:
            events.append(read)
    return event_read(events, remarks)


def _read(
    procedure: _Procedure, patient: Whom | str, today: date, remarks: list[str]
) -> tuple[Event | None, Event] | None:
    """The procedure as it counts, and as it would if it were believed; None where it is none."""
    reference = f"Procedure/{procedure.id}" if procedure.id else "Procedure without id"
    refused = refusal(procedure.subject or procedure.patient, patient, procedure.contained)
    doubts = [refused, MODIFIED if is_modified(procedure.modifierExtension) else ""]
    if refused == OTHER_PATIENT:
        remarks.append(f"{reference} was left out: {refused}.")
        return None
    code = concept(procedure.code) or concept(procedure.type)
    concepts, text = settled(code.coding) if code else frozenset(), words_of(code)
    if not concepts:
        worded = procedures_in(all_words(code))
        concepts = worded.stated
        if worded.denied or worded.doubted:
            remarks.append(f"{reference} is not counted: its words deny or only suspect it.")
    if not concepts:
        if _UNSPECIFIC_TRANSFUSION.search(all_words(code)) and _is_done(procedure):
            remarks.append(f"{reference} is a transfusion of a product that is not said; it is not counted.")
        return None
    period = procedure.performedPeriod or Period()
    dates = (procedure.performedDateTime, period.start, period.end)
    named = partial(entry_words, reference, text, (*dates, procedure.performedString))
    # Of what is in doubt only what adds a question counts.
    counted = concepts & _ADDING if any(doubts) else concepts
    is_sign = _CARE in concepts
    if is_sign:
        concepts, counted = (concepts - {_CARE}) | {_PREGNANT}, counted - {_CARE}
        remarks.append(f"{named()} is care for a pregnancy: is she pregnant?")
    elif not counted:
        remarks.append(f"{named()} was left out: {'; '.join(filter(None, doubts))} (check it).")
    is_done = _counts(procedure, counted, named, remarks) if counted else False
    is_going_on = is_sign and status(procedure.status) == "in-progress"
    if not (is_done or is_going_on) and (
        status(procedure.status) in _NOT_DONE or procedure.notDone or procedure.notPerformed
    ):
        return None
    when, was_unreadable = first_date(dates)
    if when is not None and when.is_after(today) and is_open_end(when.on or today, today):
        # The day of something that was done is no "without end": it is not known.
        when, was_unreadable = None, True
    if when is not None and when.is_after(today):
        remarks.append(f"{reference} lies in the future and is not counted.")
        return None
    if when is None or when.is_partial:
        why = (
            "is only partly known"
            if when
            else "could not be read"
            if _has_words(procedure, was_unreadable)
            else "is missing"
        )
        remarks.append(f"{reference}: the day it was done {why}.")
    certain = Event(concepts, text, when.on if when else None, reference, "", notes(procedure.note, procedure.notes))
    is_certain = counted == concepts and not any(doubts)
    as_counted = certain if is_certain else replace(certain, concepts=counted, text=doubted(text, doubts))
    latest = min(when.on_to, today) if when else today
    return as_counted if is_done else None, certain if certain.on else replace(certain, on=latest, is_undated=True)


def _has_words(procedure: _Procedure, was_unreadable: bool) -> bool:
    return bool(procedure.performedString or was_unreadable)


def _is_done(procedure: _Procedure) -> bool:
    return status(procedure.status) == "completed" and not (procedure.notDone or procedure.notPerformed)


def _counts(procedure: _Procedure, concepts: frozenset[str], named: Callable[[], str], remarks: list[str]) -> bool:
    if _is_done(procedure):
        return True
    code = status(procedure.status)
    if code == "in-progress" and "dialysis" in concepts and not (procedure.notDone or procedure.notPerformed):
        return True
    if code not in _NOT_DONE and concepts & _ADDING and not (procedure.notDone or procedure.notPerformed):
        remarks.append(f"{named()} is counted although its status is {code or 'missing'}.")
        return True
    if code not in _NOT_DONE and not (procedure.notDone or procedure.notPerformed):
        remarks.append(
            f"{named()} is not counted: its status is {code or 'missing'}, so what was done is not known; record it."
        )
    return False
