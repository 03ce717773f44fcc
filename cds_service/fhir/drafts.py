"""Draft orders of a call, as incomplete as clients send them: records with the very bytes that each was read from."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from cds_service.clinical.exposure import MedicationRecord
from cds_service.fhir.binding import Whom
from cds_service.fhir.decode import ResourceType, Unreadable, decode_resource
from cds_service.fhir.draft_doubts import NO_TYPE, doubts_of
from cds_service.fhir.medication_product import Catalogue, ProductLike
from cds_service.fhir.medications import NO_ADDRESSES, Addresses, read_each

SAME_ID: Final = "two drafts have the same id; both were kept"


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft: its record, and the bytes of the resource for a later update. `is_selected` names it in the call."""

    record: MedicationRecord
    raw: bytes
    is_selected: bool = False


@dataclass(frozen=True, slots=True)
class DraftRead:
    """The drafts of the drug (selected ones first), those of other known drugs, and what has to be said about them.

    `untold` are the references of drafts of which nothing says which drug they are, `refused` sentences about drafts that
    name the drug and are no order by their type.
    """

    orders: tuple[Draft, ...] = ()
    others: tuple[Draft, ...] = ()
    remarks: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def records(self) -> tuple[MedicationRecord, ...]:
        """The records of all drafts, the drug's own first."""
        return tuple(draft.record for draft in (*self.orders, *self.others))

    def raw_of(self, reference: str) -> tuple[bytes, ...]:
        """The bytes of every draft with this reference; more than one where an id stands twice."""
        return tuple(d.raw for d in (*self.orders, *self.others) if reference and d.record.reference == reference)


def read_drafts(
    drafts: Iterable[bytes | msgspec.Raw],
    patient: Whom | str,
    today: date,
    products: Mapping[tuple[str, str], ProductLike],
    names: tuple[str, ...],
    drug: str,
    selections: Iterable[str] = (),
    included: Iterable[bytes | msgspec.Raw] = (),
    addresses: Addresses = NO_ADDRESSES,
) -> DraftRead:
    """The draft orders of a call.

    Args: `drafts` are resources; `selections` are the references that the call selects;
    `included` are resources of the chart among which a referenced Medication may stand, `addresses` those that came under
    an address of their own.
    Returns: drafts in an order that does not depend on that of the Bundle's entries.
    """
    resources, remarks = [bytes(raw) for raw in drafts], list[str]()
    catalogue = Catalogue.of(products, names, drug)
    read = read_each(resources, included, patient, today, catalogue, True, addresses)
    paired, said, untold = read.paired, read.remarks, read.untold
    if any(not _type_of(raw) and catalogue.is_mentioned_in(raw) for raw in resources):
        remarks.append(NO_TYPE.format(drug=drug))
    selected = {reference.split("/_history/")[0] for reference in selections}
    endings = sorted(reference[::-1] for reference in selected)
    every = [Draft(r, raw, bool(r.reference) and _is_selected(r.reference, selected, endings)) for r, raw in paired]
    every.sort(key=lambda d: (not d.is_selected, d.record.reference, d.raw))
    counted = Counter(d.record.reference for d in every if d.record.reference)
    if any(n > 1 for n in counted.values()):
        remarks.append(SAME_ID)
    mine = tuple(d for d in every if drug in d.record.concepts)
    refused, lost = doubts_of(resources, {d.raw for d in every}, bool(mine), catalogue)
    others = tuple(d for d in every if drug not in d.record.concepts)
    return DraftRead(mine, others, (*remarks, *said), tuple(dict.fromkeys((*untold, *lost))), refused)


def _is_selected(reference: str, selected: set[str], endings: list[str]) -> bool:
    """Whether a selection names the draft, also by its bare id or an absolute address.

    `endings` are the selections written backwards, sorted: an address that ends with the reference stands next to it.
    """
    if reference in selected or reference.split("/")[-1] in selected:
        return True
    ending = f"/{reference}"[::-1]
    place = bisect_left(endings, ending)
    return place < len(endings) and endings[place].startswith(ending)


def _type_of(raw: bytes) -> str:
    """The resource type; "" where there is none, "?" for what is no resource at all."""
    try:
        return decode_resource(raw, ResourceType).resourceType
    except Unreadable:
        return "?"
