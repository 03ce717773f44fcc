"""Conditions to diagnoses: what counts, whether it is active, since when, how severe and of which stage.

Refuted and entered-in-error Conditions never count. An absent clinical status counts as active, unless the Condition
carries an abatement. Unconfirmed ones count and are said. Concepts come from the codes; where no code is known, from
the short word list of `words`, and then the diagnosis says so in its text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from cds_service.clinical.facts import Diagnosis
from cds_service.fhir.binding import OTHER_PATIENT, Whom, refusal
from cds_service.fhir.dates import ReadDate
from cds_service.fhir.decode import CodeableConcept, Period, Reference, Resource, Unreadable, decode_resource
from cds_service.fhir.lenient import (
    MODIFIED,
    all_words,
    concept,
    doubted,
    entry_words,
    first_date,
    is_modified,
    iso,
    member,
    notes,
    status,
    unique,
    words_of,
)
from cds_service.fhir.terminology import FINER, IMPLIED, SYSTEMS, concepts_of_code
from cds_service.fhir.words import WORDED, Worded, diagnoses_in, settled, surgery_in

_NEVER = frozenset({"refuted", "entered-in-error"})
_UNCONFIRMED = frozenset({"unconfirmed", "provisional", "differential"})
_ACTIVE = frozenset({"", "active", "recurrence", "relapse"})
_NOT_ACTIVE = frozenset({"inactive", "remission", "resolved"})
# A day that is only partly known matters where the end of its month or year may lie in the last weeks.
_MAY_BE_NEW: Final = timedelta(days=90)
_SEVERITY: Final = "severity-"
_DIAGNOSTIC: Final = ("icd10cm", "icd10", "snomed")
# What would take a question away is not believed of a resource that is in doubt.
_SOOTHING: Final = frozenset(
    (
        *("hysterectomy", "bilateral-oophorectomy", "tubal-ligation", "menopause", "premature-menopause"),
        *("turner-syndrome", "amenorrhea", "pregnancy-ended"),
    )
)


class _Stage(msgspec.Struct, frozen=True, gc=False):
    type: msgspec.Raw = msgspec.Raw()
    summary: msgspec.Raw = msgspec.Raw()


_SITES: Final[Any] = list[CodeableConcept] | CodeableConcept
_STAGES: Final[Any] = list[_Stage] | _Stage


class _Condition(Resource, frozen=True):
    contained: list[msgspec.Raw] = msgspec.field(default_factory=list)
    subject: Reference | None = None
    patient: Reference | None = None
    code: msgspec.Raw = msgspec.Raw()
    status: msgspec.Raw = msgspec.Raw()
    clinicalStatus: msgspec.Raw = msgspec.Raw()
    verificationStatus: msgspec.Raw = msgspec.Raw()
    severity: msgspec.Raw = msgspec.Raw()
    bodySite: msgspec.Raw = msgspec.Raw()
    stage: msgspec.Raw = msgspec.Raw()
    modifierExtension: msgspec.Raw = msgspec.Raw()
    note: msgspec.Raw = msgspec.Raw()
    notes: msgspec.Raw = msgspec.Raw()
    onsetDateTime: str = ""
    onsetPeriod: Period | None = None
    onsetString: str = ""
    onsetAge: msgspec.Raw = msgspec.Raw()
    recordedDate: str = ""
    assertedDate: str = ""
    dateRecorded: str = ""
    abatementDateTime: str = ""
    abatementPeriod: Period | None = None
    abatementString: str = ""
    abatementBoolean: bool = False


@dataclass(frozen=True, slots=True)
class ConditionRead:
    """The diagnoses that count, and sentences about what was refused, odd or open.

    `believed` are the diagnoses as they would be if those in doubt were believed; one of which no date can be read began today.
    """

    diagnoses: tuple[Diagnosis, ...]
    remarks: tuple[str, ...]
    believed: tuple[Diagnosis, ...] = ()


def read_conditions(
    resources: Iterable[bytes | msgspec.Raw], patient: Whom | str, today: date, indications: frozenset[str]
) -> ConditionRead:
    """The diagnoses of one patient.

    Args: `resources` are Condition resources as JSON; `patient` the patient of the call; `today` the day of the call;
    `indications` the diagnoses for which the drug may be given: where words only suspect one it does not count, any other does.
    Returns: the same diagnoses whatever the order of the resources.
    """
    diagnoses: list[Diagnosis] = []
    believed: list[Diagnosis] = []
    remarks: list[str] = []
    for raw in resources:
        try:
            condition = decode_resource(raw, _Condition)
        except Unreadable as fault:
            remarks.append(f"A Condition could not be read: {fault}.")
            continue
        counted, certain = _read(condition, patient, today, indications, remarks)
        diagnoses += [counted] if counted is not None else []
        believed += [certain] if certain is not None else []
    once, said = unique(diagnoses, _order), tuple(sorted(set(remarks)))
    return ConditionRead(once, said, once if believed == diagnoses else unique(believed, _order))


def _order(diagnosis: Diagnosis) -> tuple[str, ...]:
    return (iso(diagnosis.onset_from), iso(diagnosis.recorded_on), diagnosis.reference, diagnosis.text)


def _read(
    condition: _Condition, patient: Whom | str, today: date, indications: frozenset[str], remarks: list[str]
) -> tuple[Diagnosis | None, Diagnosis | None]:
    """The diagnosis as it counts, and as it would if it were believed; None where it is none."""
    reference = f"Condition/{condition.id}" if condition.id else "Condition without id"
    refused = refusal(condition.subject or condition.patient, patient, condition.contained)
    if refused == OTHER_PATIENT:
        remarks.append(f"{reference} was left out: {refused}.")
        return None, None
    verification = status(condition.verificationStatus) or status(condition.status)
    if verification in _NEVER:
        return None, None
    code = concept(condition.code)
    if code is None:
        remarks.append(f"{reference} names no condition that could be read.")
        return None, None
    told, text, is_suspected = _meaning(_placed(code, condition.bodySite), reference, indications, remarks)
    believed = told or _by_bare_codes(code)
    doubts = [refused, MODIFIED if is_modified(condition.modifierExtension) else ""]
    is_doubted = any(doubts) or verification in _UNCONFIRMED
    counted = told - (_SOOTHING if is_doubted else frozenset()) - (indications if refused else frozenset())
    is_left_out = bool(refused) and not counted
    if is_left_out:
        period = condition.onsetPeriod or Period()
        began = (condition.onsetDateTime, period.start, condition.onsetString)
        written = (*began, condition.recordedDate, condition.assertedDate, condition.dateRecorded)
        remarks.append(f"{entry_words(reference, text, written)} was left out: {refused} (check it).")
    said = remarks if counted else []
    if verification in _UNCONFIRMED:
        said.append(f"{reference} is {verification}, and is counted.")
        text = f"{text} ({verification})"
    said += [f"{reference} is counted, {doubt}: is it meant as it reads?" for doubt in doubts if doubt]
    onset, recorded, is_odd = _dates(condition, reference, today, said)
    if onset is not None and onset.is_partial and today - onset.on_to <= _MAY_BE_NEW:
        said.append(f"{entry_words(reference, text, (condition.onsetDateTime,))} began on an unknown day; record it.")
    certain = Diagnosis(
        believed,
        text,
        _is_active(condition, reference, today, said),
        reference,
        onset.on_from if onset else None,
        onset.on_to if onset else None,
        recorded.on_from if recorded else None,
        _severity(concept(condition.severity)),
        _stages(condition.stage, reference, said),
        notes(condition.note, condition.notes),
        is_suspected or verification in _UNCONFIRMED,
        _ended_on(condition, today),
    )
    is_certain = counted == believed and not any(doubts)
    as_counted = certain if is_certain else replace(certain, concepts=counted, text=doubted(text, doubts))
    if is_odd and onset is None and recorded is None:
        certain = replace(certain, onset_from=today, onset_to=today, recorded_on=today, is_undated=True)
    # Of one that names nothing known the words may still tell a grade or a stage.
    return None if is_left_out else as_counted, certain


def _placed(code: CodeableConcept, sites: msgspec.Raw) -> CodeableConcept:
    """The code with where it is behind its words ("Embolism" of the lung); as it stands where its words are enough."""
    read = member(sites, _SITES)
    where = [read] if isinstance(read, CodeableConcept) else read if isinstance(read, list) else []
    named, words = " ".join(filter(None, map(words_of, where))), words_of(code)
    if not named or not words or _worded(words).stated:
        return code
    return CodeableConcept(coding=code.coding, text=f"{words} of {named}")


def _by_bare_codes(code: CodeableConcept) -> frozenset[str]:
    """What codes without a system would stand for in one of those that diagnoses come in."""
    bare = [c.code for c in code.coding if c.code and not c.system.strip()]
    return frozenset().union(*(concepts_of_code(SYSTEMS[system], each) for each in bare for system in _DIAGNOSTIC))


def _meaning(
    code: CodeableConcept, reference: str, indications: frozenset[str], remarks: list[str]
) -> tuple[frozenset[str], str, bool]:
    """The concepts, the text with a flag where they come from words, and whether the words only suspect them."""
    text, coded = words_of(code), settled(code.coding)
    read = _worded(code.text)
    if not (read.stated or read.denied or read.doubted):
        # The clinician's own text goes before the displays, which state the bare name.
        read = _worded(all_words(code))
    if coded:
        if coded & (read.denied | read.doubted):
            remarks.append(
                f"{reference}: its words cast doubt on its code; it is counted, but where it would reassure."
            )
            coded -= _SOOTHING & (read.denied | read.doubted)
        more = (read.stated | read.doubted) - coded - {each.removesuffix("-history") for each in coded}
        added = {each: FINER[each] for each in sorted(more) if each in FINER and FINER[each].of in {"", *coded}}
        words = ", ".join(finer.words for finer in added.values())
        return (
            coded.union(added, *(IMPLIED.get(each, ()) for each in added)),
            f"{text} ({words} read from the text)" if added else text,
            bool(coded.union(added) & read.doubted),
        )
    if read.denied:
        remarks.append(f"{reference} is not counted: its words deny it or speak of a relative or a risk.")
    doubted = read.doubted & indications
    if doubted:
        remarks.append(f"{reference} is not counted as an indication: its words only suspect it.")
    suspected = read.doubted - indications - _SOOTHING
    concepts = read.stated | suspected
    return concepts, f"{text} {WORDED}" if concepts else text, bool(suspected)


def _worded(text: str) -> Worded:
    """What a text names: diagnoses, and the surgery of which a problem list says that it was done."""
    diagnoses, surgery = diagnoses_in(text), surgery_in(text)
    return Worded(
        diagnoses.stated | surgery.stated, diagnoses.denied | surgery.denied, diagnoses.doubted | surgery.doubted
    )


def _ended_on(condition: _Condition, today: date) -> date | None:
    """The latest day on which it may have ended; None without a readable end that is not in the future."""
    period = condition.abatementPeriod or Period()
    ended, _ = first_date((condition.abatementDateTime, period.end))
    return min(ended.on_to, today) if ended and not ended.is_after(today) else None


def _is_active(condition: _Condition, reference: str, today: date, remarks: list[str]) -> bool:
    code = status(condition.clinicalStatus)
    if code in _NOT_ACTIVE:
        return False
    if code not in _ACTIVE:
        remarks.append(f"{reference} has an unknown clinical status and counts as active.")
    period = condition.abatementPeriod or Period()
    ended, _ = first_date((condition.abatementDateTime, period.end, period.start))
    has_ended = bool(condition.abatementBoolean or condition.abatementString or (ended and not ended.is_after(today)))
    if code == "" and has_ended:
        return False
    if has_ended:
        remarks.append(
            f"{reference} is active although it has an end; it counts as active: correct the one that is wrong."
        )
    return True


def _dates(
    condition: _Condition, reference: str, today: date, remarks: list[str]
) -> tuple[ReadDate | None, ReadDate | None, bool]:
    """When it began and was recorded, and whether a date of it could not be read."""
    period = condition.onsetPeriod or Period()
    onset, odd_onset = first_date((condition.onsetDateTime, period.start))
    recorded, odd_recorded = first_date((condition.recordedDate, condition.assertedDate, condition.dateRecorded))
    has_other_form = bool(condition.onsetString or bytes(condition.onsetAge))
    if odd_onset or odd_recorded or (onset is None and has_other_form):
        remarks.append(f"{reference} has a date that could not be read.")
    if onset and onset.is_after(today):
        remarks.append(f"{reference} has an onset in the future, which was not used.")
        onset = None
    if recorded and recorded.is_after(today):
        remarks.append(f"{reference} was recorded in the future; that date was not used.")
        recorded = None
    return onset, recorded, odd_onset or odd_recorded


def _severity(read: CodeableConcept | None) -> str:
    """How severe, in words: its own, else those of a code of SNOMED CT, however its system is spelled."""
    if read is None:
        return ""
    coded = (each for c in read.coding for each in concepts_of_code(SYSTEMS["snomed"], c.code))
    words = (each.removeprefix(_SEVERITY).replace("-", " ") for each in coded if each.startswith(_SEVERITY))
    return read.words() or next(words, words_of(read))


def _stages(raw: msgspec.Raw, reference: str, remarks: list[str]) -> tuple[tuple[str, str], ...]:
    """(type, summary) of each stage; one object instead of a list is read too (DSTU2, STU3)."""
    read = member(raw, _STAGES)
    stages = read if isinstance(read, list) else [read] if isinstance(read, _Stage) else []
    if not stages and bytes(raw) not in (b"", b"null", b"[]"):
        remarks.append(f"{reference} has a stage that could not be read.")
    pairs = ((words_of(concept(stage.type)), words_of(concept(stage.summary))) for stage in stages)
    return tuple(pair for pair in pairs if any(pair))
