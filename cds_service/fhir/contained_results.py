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


def with_contained(observations: Iterable[bytes | msgspec.Raw], reports: Iterable[bytes | msgspec.Raw]) -> list[bytes]:
    """The Observations, each contained one of them and of the DiagnosticReports as a resource of its own beside them.

    What a contained one does not say itself (patient, status, time) is what its holder says. A member whose form is odd costs itself alone.
    The conclusion of a report is a result as well where it is one in words: chromosomes and genes are reported so.
    """
    outer, reported = [bytes(raw) for raw in observations], [bytes(raw) for raw in reports]
    inner = [each for raw in (*outer, *reported) if _MEMBER in raw for each in _inside(raw)]
    return [*outer, *inner, *(each for raw in reported if _CONCLUSION in raw for each in _concluded(raw))]


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
        made = {name: holder[name] for name in ("status", "subject", "code", "contained", *_TIMES) if name in holder}
        told = {"resourceType": "Observation", "id": f"{_text(holder)}#conclusion", "valueString": words}
        yield msgspec.json.encode({**made, **told})


def _inside(raw: bytes) -> Iterator[bytes]:
    holder = _members(raw)
    members = [_members(each) for each in _elements(holder.get("contained", msgspec.Raw()))]
    patient = next((each for each in members if bytes(each.get("resourceType", b"")) == _PATIENT), {})
    written = msgspec.json.encode([patient] if patient else [])
    # Of all that is contained a result needs whose it is; a patient of any length would be copied as often as there are results.
    of_patient = {"contained": msgspec.Raw(written)} if patient and len(written) <= _LONGEST_PATIENT else {}
    for member in members:
        if bytes(member.get("resourceType", b"")) != _OBSERVATION:
            continue
        shared = ("status", "subject", *(() if any(name in member for name in _TIMES) else _TIMES))
        of_holder = {
            name: holder[name] for name in shared if name in holder and len(bytes(holder[name])) <= _LONGEST_PATIENT
        }
        name = msgspec.Raw(msgspec.json.encode(f"{_text(holder)}#{_text(member)}"))
        yield msgspec.json.encode({**of_patient, **of_holder, **member, "id": name})


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
