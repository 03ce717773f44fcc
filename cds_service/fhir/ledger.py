"""What became of each resource of a call: used, set aside with its reason, or about something else.

Asked for by whoever explains a call; the call itself needs it not, so it is worked out only then, one resource at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

import msgspec

from cds_service.clinical.facts import PatientFacts
from cds_service.fhir.decode import Resource, Unreadable, decode_resource
from cds_service.fhir.lenient import status

USED: Final = "used"
SET_ASIDE: Final = "set aside"
NOT_RELEVANT: Final = "not relevant"
_READ: Final = frozenset(
    {
        *("patient", "observation", "diagnosticreport", "condition", "procedure"),
        *("adverseevent", "allergyintolerance", "servicerequest"),
    }
)
_TAKEN_BACK: Final = frozenset({"entered-in-error", "cancelled", "refuted"})


class Entry(NamedTuple):
    """One resource that came: its reference, the outcome, and why where it was not used."""

    reference: str
    outcome: str
    reason: str = ""


class _Head(Resource, frozen=True):
    status: msgspec.Raw = msgspec.Raw()
    verificationStatus: msgspec.Raw = msgspec.Raw()


def entries_of(
    resources: Mapping[str, Sequence[bytes | msgspec.Raw]],
    read_one: Callable[[str, bytes | msgspec.Raw], PatientFacts],
) -> Iterator[Entry]:
    """The entry of each resource, by type in the order they came; one that came under several keys is one.

    Args: the resources by type; `read_one` reads a single resource of a type as the chart was read.
    """
    for kind, raws in resources.items():
        for raw in dict.fromkeys(map(bytes, raws)):
            try:
                head = decode_resource(raw, _Head)
            except Unreadable:
                yield Entry(kind, SET_ASIDE, "it is not readable")
                continue
            yield _entry(f"{kind}/{head.id}" if head.id else kind, kind, head, partial(read_one, kind, raw))


def _entry(reference: str, kind: str, head: _Head, read: Callable[[], PatientFacts]) -> Entry:
    lower = kind.casefold()
    if lower == "medication":
        return Entry(reference, NOT_RELEVANT, "it tells the drug of the orders that name it")
    if lower not in _READ and not lower.startswith("medication"):
        return Entry(reference, NOT_RELEVANT, "no rule looks at resources of its type")
    facts = read()
    if _tells(facts):
        return Entry(reference, USED)
    refused = [one.reason for fact in facts.unusable for one in facts.unusable[fact]]
    reasons = tuple(dict.fromkeys((*refused, *facts.remarks, *facts.unseen.values())))
    if reasons:
        return Entry(reference, SET_ASIDE, "; ".join(reasons))
    if {status(head.status), status(head.verificationStatus)} & _TAKEN_BACK:
        return Entry(reference, NOT_RELEVANT, "it was taken back or refuted")
    return Entry(reference, NOT_RELEVANT, "neither its code nor its words name what a rule looks at")


def _tells(facts: PatientFacts) -> bool:
    concepts = [each.concepts for each in facts.diagnoses] + [each.concepts for each in facts.events]
    concepts += [each.concepts for each in facts.medications]
    return bool(any(concepts) or facts.readings or facts.findings or facts.test_orders or facts.patient_reference)
