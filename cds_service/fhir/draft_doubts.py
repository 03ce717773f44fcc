"""Drafts that were not read as orders and may be orders of the drug all the same: by their type, their words or neither."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from cds_service.fhir.decode import CodeableConcept, Unreadable, decode, decode_resource
from cds_service.fhir.medication_product import Catalogue, is_told
from cds_service.fhir.medication_shapes import KINDS, MedicationResource
from cds_service.fhir.model import read_exact

NO_TYPE: Final = "a {drug} order without a resource type could not be read"
NOT_AN_ORDER: Final = "its resource type is no medication order's"
_KINDS: Final = frozenset(kind.casefold() for kind in KINDS)
_WRAPPERS: Final = frozenset({"requestgroup", "requestorchestration", "careplan", "list", "bundle"})
_DROPPED: Final = frozenset({"entered-in-error", "cancelled"})
_MEDICATIONS: Final = ("medicationCodeableConcept", "medicationReference", "medication")
# Types that name a medicine beside what they are: an order for its blood count orders none of it.
_BESIDE: Final = """
    account adverseevent allergyintolerance appointment basic binary bodystructure careteam claim
    clinicalimpression communication communicationrequest composition condition consent contract
    coverage coverageeligibilityrequest detectedissue device devicerequest deviceusestatement
    diagnosticreport documentreference encounter episodeofcare familymemberhistory flag goal group
    guidanceresponse imagingstudy immunization immunizationrecommendation location media medication
    nutritionorder observation operationoutcome organization parameters patient practitioner
    practitionerrole procedure provenance questionnaire questionnaireresponse relatedperson
    researchsubject riskassessment schedule servicerequest slot specimen task visionprescription
"""
_BESIDE_TYPES: Final = frozenset(_BESIDE.split())


class _Coded(msgspec.Struct, frozen=True, gc=False):
    medicationCodeableConcept: CodeableConcept | None = None


def doubts_of(
    resources: Iterable[bytes], read: Collection[bytes], has_order: bool, catalogue: Catalogue
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sentences about drafts that name the drug and are no order, and references of orders that tell no medicine.

    Args: the drafts; those of them that were read; whether an order of the drug is among these.
    """
    refused: list[str] = []
    untold: list[str] = []
    for raw in resources:
        if raw in read:
            continue
        try:
            draft = read_exact(raw)
        except Unreadable:
            draft = {}
        kind, status = draft.get("resourceType"), draft.get("status")
        kind = kind.strip() if isinstance(kind, str) else ""
        is_order = kind.casefold() in _KINDS
        if (isinstance(status, str) and status in _DROPPED) or (kind in KINDS and _can_be_read(raw)):
            continue
        if catalogue.is_mentioned_in(raw):
            # What is an order by its type was said where it was read.
            if kind not in KINDS and (is_order or _may_be_order(kind, draft, has_order)):
                refused.append(NOT_AN_ORDER if kind else NO_TYPE.format(drug=catalogue.drug))
        elif is_order and any(draft.get(name) for name in _MEDICATIONS) and not _tells(draft, raw, catalogue):
            named = draft.get("id")
            untold.append(f"{kind}/{named}" if isinstance(named, str) and named else kind)
    return tuple(dict.fromkeys(refused)), tuple(untold)


def _can_be_read(raw: bytes) -> bool:
    try:
        decode_resource(raw, MedicationResource)
    except Unreadable:
        return False
    return True


def _may_be_order(kind: str, draft: Mapping[str, Any], has_order: bool) -> bool:
    """Whether a draft that names the drug may order it: no known type, a wrapper, or a medication where none belongs."""
    if kind.casefold() in _WRAPPERS:
        # A group that names orders of this very call says nothing that they do not say.
        return not has_order or bool(draft.get("contained"))
    return kind.casefold() not in _BESIDE_TYPES or any(draft.get(name) for name in _MEDICATIONS)


def _tells(draft: Mapping[str, Any], raw: bytes, catalogue: Catalogue) -> bool:
    """Whether an order that could not be read says which medicine it is, in words or by a code that is known."""
    contained = draft.get("contained")
    inside = [each for each in contained if isinstance(each, dict)] if isinstance(contained, list) else []
    said = draft.get("medicationCodeableConcept")
    words = [said] if isinstance(said, str) else []
    for value in (*(draft.get(name) for name in _MEDICATIONS), *(each.get("code") for each in inside)):
        words += _words(value)
    if any(word.strip() for word in words):
        return True
    try:
        concept = decode(raw, _Coded).medicationCodeableConcept
    except Unreadable:
        return False
    return is_told(concept, None, catalogue)


def _words(value: Any) -> Iterator[str]:
    """The texts and displays in a value, however deep."""
    if isinstance(value, list):
        for each in value:
            yield from _words(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in ("text", "display") and isinstance(each, str):
                yield each
            else:
                yield from _words(each)
