"""AdverseEvents and AllergyIntolerances to events: reactions with their severity, suspect and causality as noted.

Refuted and entered-in-error ones never count, nor does an AdverseEvent that was only potential. An allergy counts when
its substance is one of the drug names given by the caller; its concept is then the first name with "-allergy", beside
the reactions named in it. Allergies to other substances are no event. An inactive or resolved allergy still counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import date
from typing import Final

import msgspec

from cds_service.clinical.facts import Event
from cds_service.fhir.binding import OTHER_PATIENT, Whom, refusal
from cds_service.fhir.decode import CodeableConcept, Reference, Resource, Unreadable, decode_resource
from cds_service.fhir.lenient import (
    MODIFIED,
    all_words,
    concept,
    doubted,
    first_date,
    is_modified,
    member,
    notes,
    status,
    words_of,
)
from cds_service.fhir.procedures import EventRead, event_read
from cds_service.fhir.terminology import concepts_of, system_url
from cds_service.fhir.words import Worded, diagnoses_in, reactions_in

_NEVER = frozenset({"refuted", "entered-in-error"})
_DENIED_BEFORE = re.compile(r"\b(?:no|not|denies|negative for|without|kein\w*|nicht)\b[^.;]*$")
_NO_CODES: Final[frozenset[tuple[str, str]]] = frozenset()


class _Suspect(msgspec.Struct, frozen=True, gc=False):
    instance: msgspec.Raw = msgspec.Raw()
    instanceReference: msgspec.Raw = msgspec.Raw()
    instanceCodeableConcept: msgspec.Raw = msgspec.Raw()
    causality: msgspec.Raw = msgspec.Raw()


class _Causality(msgspec.Struct, frozen=True, gc=False):
    assessment: msgspec.Raw = msgspec.Raw()
    productRelatedness: str = ""


class _AdverseEvent(Resource, frozen=True):
    contained: list[msgspec.Raw] = msgspec.field(default_factory=list)
    modifierExtension: msgspec.Raw = msgspec.Raw()
    subject: Reference | None = None
    status: msgspec.Raw = msgspec.Raw()
    actuality: str = ""
    event: msgspec.Raw = msgspec.Raw()
    code: msgspec.Raw = msgspec.Raw()
    type: msgspec.Raw = msgspec.Raw()
    date: str = ""
    detected: str = ""
    recordedDate: str = ""
    severity: msgspec.Raw = msgspec.Raw()
    seriousness: msgspec.Raw = msgspec.Raw()
    suspectEntity: msgspec.Raw = msgspec.Raw()
    note: msgspec.Raw = msgspec.Raw()


class _Reaction(msgspec.Struct, frozen=True, gc=False):
    substance: msgspec.Raw = msgspec.Raw()
    manifestation: msgspec.Raw = msgspec.Raw()
    description: str = ""
    severity: str = ""
    onset: str = ""


class _Allergy(Resource, frozen=True):
    contained: list[msgspec.Raw] = msgspec.field(default_factory=list)
    modifierExtension: msgspec.Raw = msgspec.Raw()
    patient: Reference | None = None
    subject: Reference | None = None
    status: msgspec.Raw = msgspec.Raw()
    clinicalStatus: msgspec.Raw = msgspec.Raw()
    verificationStatus: msgspec.Raw = msgspec.Raw()
    code: msgspec.Raw = msgspec.Raw()
    substance: msgspec.Raw = msgspec.Raw()
    criticality: str = ""
    reaction: msgspec.Raw = msgspec.Raw()
    onsetDateTime: str = ""
    onset: str = ""
    recordedDate: str = ""
    assertedDate: str = ""
    note: msgspec.Raw = msgspec.Raw()


def read_adverse_events(resources: Iterable[bytes | msgspec.Raw], patient: Whom | str, today: date) -> EventRead:
    """The adverse events of one patient, known reaction or not.

    Args: `resources` are AdverseEvent resources as JSON; `patient` the patient of the call; `today` the day of the call.
    Returns: events whose notes hold "suspect: …" and "causality: …" as recorded, and whose severity is the grade's text.
    """
    events: list[tuple[Event | None, Event]] = []
    remarks: list[str] = []
    for raw in resources:
        try:
            adverse = decode_resource(raw, _AdverseEvent)
        except Unreadable as fault:
            remarks.append(f"An AdverseEvent could not be read: {fault}.")
            continue
        read = _read_adverse(adverse, patient, today, remarks)
        if read is not None:
            events.append(read)
    return event_read(events, remarks)


def _read_adverse(
    adverse: _AdverseEvent, patient: Whom | str, today: date, remarks: list[str]
) -> tuple[Event, Event] | None:
    """The event as it counts, and as it would if it were believed; None where it is none."""
    reference = f"AdverseEvent/{adverse.id}" if adverse.id else "AdverseEvent without id"
    doubts = _doubts(
        refusal(adverse.subject, patient, adverse.contained), adverse.modifierExtension, reference, remarks
    )
    if doubts is None:
        return None
    if status(adverse.status) in _NEVER or adverse.actuality == "potential":
        return None
    code = concept(adverse.event) or concept(adverse.code) or concept(adverse.type)
    if code is None:
        remarks.append(f"{reference} names no event that could be read.")
        return None
    # What happened may be a disease as well as a reaction: a bleed, an infection.
    concepts = _reactions([code], reference, remarks, diagnoses_in)
    on, is_odd = _day((adverse.date, adverse.detected, adverse.recordedDate), reference, today, remarks)
    said = (*_suspects(adverse.suspectEntity, reference, remarks), *_worded("seriousness", adverse.seriousness))
    event = Event(
        concepts,
        words_of(code),
        on,
        reference,
        words_of(concept(adverse.severity)),
        (*said, *notes(adverse.note)),
    )
    counted = replace(event, text=doubted(event.text, doubts))
    return counted, replace(event, on=today, is_undated=True) if is_odd else event


def _doubts(refused: str, modifier: msgspec.Raw, reference: str, remarks: list[str]) -> list[str] | None:
    """Why a reaction is not certain; None where it is another patient's. One in doubt counts, because it only adds a question."""
    if refused == OTHER_PATIENT:
        remarks.append(f"{reference} was left out: {refused}.")
        return None
    doubts = [refused] * bool(refused) + [MODIFIED] * is_modified(modifier)
    remarks.extend(f"{reference} is counted, {doubt}: is it meant as it reads?" for doubt in doubts)
    return doubts


def _suspects(raw: msgspec.Raw, reference: str, remarks: list[str]) -> list[str]:
    suspects = member(raw, list[_Suspect])
    if not isinstance(suspects, list):
        if suspects.is_odd:
            remarks.append(f"{reference} names a suspect that could not be read.")
        return []
    said: list[str] = []
    for suspect in suspects:
        for instance in (suspect.instance, suspect.instanceReference):
            named = member(instance, Reference)
            if isinstance(named, Reference) and (named.display or named.reference):
                said.append(f"suspect: {named.display or named.reference}")
        said += _worded("suspect", suspect.instanceCodeableConcept)
        many, one = member(suspect.causality, list[_Causality]), member(suspect.causality, _Causality)
        for cause in many if isinstance(many, list) else [one] if isinstance(one, _Causality) else []:
            said += _worded("causality", cause.assessment)
            if cause.productRelatedness:
                said.append(f"causality: {cause.productRelatedness}")
    return said


def _worded(label: str, raw: msgspec.Raw) -> list[str]:
    words = words_of(concept(raw))
    return [f"{label}: {words}"] if words else []


def read_allergies(
    resources: Iterable[bytes | msgspec.Raw],
    patient: Whom | str,
    today: date,
    names: tuple[str, ...],
    codes: Collection[tuple[str, str]] = _NO_CODES,
) -> EventRead:
    """The allergies of one patient to one drug.

    Args: `resources` are AllergyIntolerance resources as JSON; `names` the drug's own name first, then its other names
    in lower case, looked for in the words and among the concepts of the codes; `codes` the drug's own codes as (system
    URL, code), for allergies without words.
    Returns: events with the concept "<first name>-allergy" and those of the reactions.
    """
    events: list[tuple[Event | None, Event]] = []
    remarks: list[str] = []
    for raw in resources:
        try:
            allergy = decode_resource(raw, _Allergy)
        except Unreadable as fault:
            remarks.append(f"An AllergyIntolerance could not be read: {fault}.")
            continue
        read = _read_allergy(allergy, patient, today, (names, codes), remarks)
        if read is not None:
            events.append(read)
    return event_read(events, remarks)


def _read_allergy(
    allergy: _Allergy,
    patient: Whom | str,
    today: date,
    drug: tuple[tuple[str, ...], Collection[tuple[str, str]]],
    remarks: list[str],
) -> tuple[Event, Event] | None:
    """The allergy as it counts, and as it would if it were believed: one in doubt counts; None where it is none."""
    reference = f"AllergyIntolerance/{allergy.id}" if allergy.id else "AllergyIntolerance without id"
    refused = refusal(allergy.patient or allergy.subject, patient, allergy.contained)
    if {status(allergy.verificationStatus), status(allergy.status)} & _NEVER:
        return None
    reactions = _list_of_reactions(allergy.reaction, reference, remarks)
    substances = [concept(raw) for raw in (allergy.code, allergy.substance, *(r.substance for r in reactions))]
    known = [substance for substance in substances if substance is not None]
    if not known:
        remarks.append(f"{reference} names no substance that could be read.")
        return None
    named = [substance for substance in known if _is_named(substance, *drug)]
    if not named:
        return None
    if all(_is_denied(substance, drug[0]) for substance in named):
        remarks.append(f"{reference} is not counted: its words deny the allergy.")
        return None
    doubts = _doubts(refused, allergy.modifierExtension, reference, remarks)
    if doubts is None:
        return None
    shown = [manifestation for reaction in reactions for manifestation in _manifestations(reaction)]
    shown += [CodeableConcept(text=reaction.description) for reaction in reactions if reaction.description]
    # Of the substance only the words can name a reaction; its codes stand for the drug.
    in_words = [CodeableConcept(text=all_words(substance)) for substance in known]
    concepts = frozenset({f"{drug[0][0]}-allergy"}) | _reactions([*in_words, *shown], reference, remarks)
    dates = (
        *(r.onset for r in reactions),
        allergy.onsetDateTime,
        allergy.onset,
        allergy.recordedDate,
        allergy.assertedDate,
    )
    text = ": ".join(part for part in (words_of(named[0]), ", ".join(words_of(m) for m in shown)) if part)
    severity = next((grade for grade in ("severe", "moderate", "mild") if grade in {r.severity for r in reactions}), "")
    clinical = status(allergy.clinicalStatus) or status(allergy.status)
    said = [f"clinical status: {clinical}"] if clinical in ("inactive", "resolved") else []
    said += [f"criticality: {allergy.criticality}"] if allergy.criticality else []
    on, _ = _day(dates, reference, today, remarks)
    event = Event(concepts, text, on, reference, severity, (*said, *notes(allergy.note)))
    return replace(event, text=doubted(text, doubts)), event


def _list_of_reactions(raw: msgspec.Raw, reference: str, remarks: list[str]) -> list[_Reaction]:
    read = member(raw, list[_Reaction])
    if isinstance(read, list):
        return read
    if read.is_odd:
        remarks.append(f"{reference} has a reaction that could not be read.")
    return []


def _manifestations(reaction: _Reaction) -> list[CodeableConcept]:
    read = member(reaction.manifestation, list[msgspec.Raw])
    return [found for raw in read if (found := concept(raw))] if isinstance(read, list) else []


def _is_named(substance: CodeableConcept, names: tuple[str, ...], codes: Collection[tuple[str, str]]) -> bool:
    words = all_words(substance).lower()
    if any(_places(name, words) for name in names) or concepts_of(substance.coding) & set(names):
        return True
    return any((system_url(coding.system), coding.code.strip()) in codes for coding in substance.coding)


def _places(name: str, words: str) -> list[str]:
    """What stands before each place where the words, in lower case, name the drug."""
    if name not in words:
        return []
    return [words[: found.start()] for found in re.finditer(rf"(?<![a-z]){re.escape(name)}(?![a-z])", words)]


def _is_denied(substance: CodeableConcept, names: tuple[str, ...]) -> bool:
    words = all_words(substance).lower()
    before = [place for name in names for place in _places(name, words)]
    return bool(before) and all(_DENIED_BEFORE.search(place) for place in before)


def _reactions(
    codes: list[CodeableConcept], reference: str, remarks: list[str], read: Callable[[str], Worded] = reactions_in
) -> frozenset[str]:
    """The concepts of the codes and, beside them, of the words; suspected reactions count, denied ones are said."""
    concepts: frozenset[str] = frozenset()
    for code in codes:
        worded = read(all_words(code))
        concepts |= concepts_of(code.coding) | worded.stated | worded.doubted
        if worded.denied:
            remarks.append(f"{reference}: a reaction that its words deny is not counted.")
    return concepts


def _day(texts: tuple[str, ...], reference: str, today: date, remarks: list[str]) -> tuple[date | None, bool]:
    """The day of the first readable date, and whether there are only unreadable ones; such a one, a partial or future one is said."""
    when, was_unreadable = first_date(texts)
    if was_unreadable:
        remarks.append(f"{reference} has a date that could not be read.")
    if when is None:
        return None, was_unreadable
    if when.is_after(today):
        remarks.append(f"{reference} is dated in the future; that date was not used.")
        return None, False
    return when.on, False
