"""Results that are sent inside another resource: members of a panel, results of a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from cds_service.fhir.decode import CodeableConcept
from cds_service.fhir.observation_codes import facts_of, facts_of_value
from cds_service.fhir.results_in_words import results_in_words

_Members = dict[str, msgspec.Raw]
_MEMBER: Final = b'"contained"'
_TIMES: Final = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")
_OBSERVATION: Final = b'"Observation"'
_PATIENT: Final = b'"Patient"'
_LONGEST_PATIENT: Final = 4000
_CONCLUSION: Final = b'"conclusion'
_IN_WORDS: Final = frozenset({"karyotype", "tp53", "geneticVariant"})


class _Report(msgspec.Struct, frozen=True, gc=False):
    code: CodeableConcept = CodeableConcept()
    conclusion: str = ""
    conclusionCode: list[CodeableConcept] = []


def contained_results(holders: Iterable[bytes | msgspec.Raw]) -> list[bytes]:
    """Each Observation that an Observation or DiagnosticReport contains, as a resource of its own.

    What it does not say itself (patient, status, time) is what its holder says. A member whose form is odd costs itself alone.
    """
    return [each for raw in map(bytes, holders) if _MEMBER in raw for each in _inside(raw)]


def reported_results(reports: Iterable[bytes | msgspec.Raw]) -> list[bytes]:
    """The results of DiagnosticReports as Observations: those that they contain, and what they conclude in words.

    Chromosomes and genes are reported so.
    """
    raws = [bytes(raw) for raw in reports]
    return [*contained_results(raws), *(each for raw in raws if _CONCLUSION in raw for each in _concluded(raw))]


def _concluded(raw: bytes) -> Iterator[bytes]:
    """The conclusion of a report in its words and codes, as the value of a result under the code of the report."""
    try:
        report = msgspec.json.decode(raw, type=_Report)
    except msgspec.DecodeError:
        return
    said = [report.conclusion, *(concept.words() for concept in report.conclusionCode)]
    words = "; ".join(filter(None, said))
    facts = {meaning.fact for meaning in (*facts_of(report.code), *facts_of_value(words))}
    if not facts.isdisjoint(_IN_WORDS) or any(results_in_words(words, report.code.words())):
        holder = _members(raw)
        made = {name: holder[name] for name in ("status", "subject", "code", *_TIMES) if name in holder}
        told = {"resourceType": "Observation", "id": f"{_text(holder)}#conclusion", "valueString": words}
        yield msgspec.json.encode({**_patient_in(_contained(holder), len(raw)), **made, **told})


def _inside(raw: bytes) -> Iterator[bytes]:
    holder = _members(raw)
    members = _contained(holder)
    of_patient = _patient_in(members)
    for member in members:
        if bytes(member.get("resourceType", b"")) != _OBSERVATION:
            continue
        shared = ("status", "subject", *(() if any(name in member for name in _TIMES) else _TIMES))
        of_holder = {
            name: holder[name] for name in shared if name in holder and len(bytes(holder[name])) <= _LONGEST_PATIENT
        }
        name = msgspec.Raw(msgspec.json.encode(f"{_text(holder)}#{_text(member)}"))
        yield msgspec.json.encode({**of_patient, **of_holder, **member, "id": name})


def _contained(holder: _Members) -> list[_Members]:
    return [_members(each) for each in _elements(holder.get("contained", msgspec.Raw()))]


def _patient_in(members: Iterable[_Members], longest: int = _LONGEST_PATIENT) -> _Members:
    """Of all that is contained what a result needs: whose it is.

    Args: `longest`: a patient of any length would be copied as often as there are results.
    """
    patient = next((each for each in members if bytes(each.get("resourceType", b"")) == _PATIENT), {})
    written = msgspec.json.encode([patient] if patient else [])
    return {"contained": msgspec.Raw(written)} if patient and len(written) <= longest else {}


def _members(raw: bytes | msgspec.Raw) -> _Members:
    """The members of an object; none of anything else."""
    try:
        return msgspec.json.decode(raw, type=_Members)
    except msgspec.DecodeError:
        return {}


def _elements(raw: msgspec.Raw) -> list[msgspec.Raw]:
    """The elements of an array; one that came bare is the only one."""
    try:
        return msgspec.json.decode(raw, type=list[msgspec.Raw])
    except msgspec.DecodeError:
        return [raw]


def _text(members: _Members) -> str:
    return str(bytes(members.get("id", b""))[:100], "utf-8", "replace").strip('"#')
