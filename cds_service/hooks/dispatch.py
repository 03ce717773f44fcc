"""Orders that a call only names (order-dispatch): found in what was obtained, else read from the FHIR server.

What a reference stands for is not known before its order was seen. One that was not seen is counted, never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import msgspec

from cds_service.cdshooks.prefetch import Answered, read_answer
from cds_service.clinical.continuity import SUPPLY_DAYS
from cds_service.clinical.exposure import MedicationRecord
from cds_service.clinical.first_dose import start_of
from cds_service.drugs.contract import Drug
from cds_service.fhir.binding import Whom
from cds_service.fhir.decode import Unreadable, decode_resource, head_of
from cds_service.fhir.drafts import read_drafts
from cds_service.fhir.fetch_result import FetchResult
from cds_service.fhir.medication_shapes import MedicationResource
from cds_service.fhir.medications import Addresses
from cds_service.hooks.drafts import NOT_GIVEN, Drafts, medication_of, mentions, names_no_drug

Read = Callable[[Mapping[str, str]], Mapping[str, FetchResult]]

UNSEEN = "an order that is sent out could not be seen"
MOST_READS = 20
_REFERENCE = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")
_DROPPED = frozenset({"cancelled", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class Seen:
    """The orders that references stand for, the Medications they refer to, how many could not be seen, and what is known
    by an address of its own."""

    orders: tuple[bytes, ...] = ()
    medications: tuple[bytes, ...] = ()
    unseen: int = 0
    addresses: Addresses = field(default_factory=dict)


def medication_references(references: Iterable[str]) -> tuple[str, ...]:
    """The references that may name a medication order: of another type is only what says so."""
    named = dict.fromkeys(r.strip().split("/_history/")[0] for r in references)
    return tuple(r for r in named if (kind := _kind(r)) is None or kind.startswith("Medication"))


def look_up(
    references: Iterable[str], obtained: Iterable[msgspec.Raw | bytes], addresses: Addresses, read: Read
) -> Seen:
    """The orders behind references, from the resources obtained so far or else read one by one.

    Args: references as `medication_references` leaves them; `addresses` of Medications that came under one; `read` queries
    the FHIR server.
    Missing: what is neither obtained nor can be read is counted in `unseen`; so is an order whose Medication is not.
    """
    known = {**{address: bytes(raw) for address, raw in addresses.items()}, **_by_reference(obtained)}
    wanted = tuple(references)
    lacking = [r for r in wanted if _found(r, known) is None]
    known |= read_all(lacking, read)
    orders = [raw for r in wanted if (raw := _found(r, known)) is not None]
    known |= read_all([m for raw in orders if (m := medication_of(raw)) and _found(m, known) is None], read)
    named = [raw for reference, raw in known.items() if reference.startswith("Medication/")]
    medications = tuple(dict.fromkeys((*named, *map(bytes, addresses.values()))))
    opaque = sum(names_no_drug(r) or (bool(m := medication_of(r)) and _found(m, known) is None) for r in orders)
    return Seen(tuple(dict.fromkeys(orders)), medications, len(wanted) - len(orders) + opaque, addresses)


def dispatched(seen: Seen, drug: Drug, patient: Whom | str, today: date) -> Drafts:
    """The drug's orders among those that are sent out, as signed orders of the call.

    An order that began in the last four weeks may be the first one of all, so it is itself no sign of treatment.
    Missing: an order not seen, of another patient, not readable, or not to be given at all is a problem in words.
    """
    given = read_drafts(
        seen.orders,
        patient,
        today,
        drug.codes,
        drug.names,
        drug.name,
        included=seen.medications,
        addresses=seen.addresses,
    )
    standing = [d for d in given.orders if d.record.status in NOT_GIVEN]
    orders = tuple(d.record for d in given.orders if d.record.status not in NOT_GIVEN)
    problems = [f"the {drug.name} order that is sent out is {d.record.status}" for d in standing]
    known = {**{address: bytes(raw) for address, raw in seen.addresses.items()}, **_by_reference(seen.medications)}
    named = [r for r in seen.orders if mentions(drug, r) or mentions(drug, _found(medication_of(r), known) or b"")]
    dropped = [raw for raw in named if _status(raw) in _DROPPED]
    is_lost = bool(given.remarks) and len(named) > len(given.orders) + len(dropped)
    problems += [f"a {drug.name} order that is sent out is {_status(raw)}" for raw in dropped]
    problems += given.remarks if is_lost else ()
    references = frozenset(o.reference for o in orders if o.reference)
    return Drafts(
        orders,
        {d.record.reference: d.raw for d in (*given.others, *given.orders) if d.record.reference},
        problems=tuple(dict.fromkeys(problems)),
        remarks=() if is_lost else given.remarks,
        signed=references,
        unseen=seen.unseen,
        not_begun=frozenset(o.reference for o in orders if o.reference and _is_new(o, today)),
    )


def _is_new(order: MedicationRecord, today: date) -> bool:
    begun = start_of(order)
    return begun is None or today - begun <= timedelta(days=SUPPLY_DAYS)


def _status(raw: bytes) -> str:
    try:
        return decode_resource(raw, MedicationResource).status
    except Unreadable:
        return ""


def _kind(reference: str) -> str | None:
    """The resource type that a reference names; None where it names none."""
    found = _REFERENCE.fullmatch("/".join(reference.rsplit("/", 2)[-2:]))
    return found[1] if found else None


def _by_reference(resources: Iterable[msgspec.Raw | bytes]) -> dict[str, bytes]:
    heads = ((head_of(raw), raw) for raw in resources)
    return {f"{head.resourceType}/{head.id}": bytes(raw) for head, raw in heads if head is not None and head.id}


def _found(reference: str, known: Mapping[str, bytes]) -> bytes | None:
    """The resource that a reference names: relative, absolute, as urn:uuid, or by its id alone."""
    tail = "/".join(reference.rsplit("/", 2)[-2:])
    if reference in known or tail in known:
        return known.get(reference) or known[tail]
    bare = reference.removeprefix("urn:uuid:")
    kinds = ("MedicationRequest", "Medication") if bare and "/" not in bare else ()
    return next((known[name] for kind in kinds if (name := f"{kind}/{bare}") in known), None)


def read_all(references: Iterable[str], read: Read) -> dict[str, bytes]:
    """What can be read of references, by reference: of relative ones only, an absolute one may be another server's."""
    # A dot alone would be resolved away by HTTP clients and become another address.
    queries = {r: r for r in references if (m := _REFERENCE.fullmatch(r)) and m[2].strip(".")}
    if not queries:
        return {}
    results = read(dict(list(queries.items())[:MOST_READS])).values()
    answers = [read_answer(page) for result in results if not result.failure for page in result.pages]
    read_now = _by_reference(raw for a in answers if isinstance(a, Answered) for raw in a.resources)
    return {reference: raw for reference, raw in read_now.items() if reference in queries}
