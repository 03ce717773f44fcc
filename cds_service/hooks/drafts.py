"""The draft orders of a call, for the pipeline: the drug's own, what could not be read of them, tests already ordered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import msgspec

from cds_service.cdshooks.prefetch import Failed, read_answer
from cds_service.cdshooks.request import HookRequest
from cds_service.clinical.exposure import MedicationRecord
from cds_service.drugs.contract import Drug
from cds_service.fhir.decode import CodeableConcept, Reference, Resource, Unreadable, decode, head_of
from cds_service.fhir.drafts import read_drafts
from cds_service.fhir.medication_members import member
from cds_service.fhir.medication_shapes import KINDS
from cds_service.fhir.mention import mention_of
from cds_service.fhir.terminology import ordered_tests
from cds_service.fhir.test_orders import TestOrder
from cds_service.hooks.brought import Brought
from cds_service.hooks.hook import Hook

# An order of this call with such a status stops the drug or records the past: it is the answer to a hold, not a dose.
NOT_GIVEN = frozenset({"on-hold", "stopped", "completed", "cancelled", "ended", "revoked"})


@dataclass(frozen=True, slots=True)
class Drafts:
    """What the orders of a call hold: drafts, or orders already signed.

    `orders` are the drug's, selected ones first; `raw` every medication order by reference; `tests` names the
    laboratory tests that they order; `problems` sentences about orders that may be the drug and could not be used; `remarks`
    what else a card should say about them; `patient_ids` the ids of Patient resources among them; `untold` references of
    medication drafts of which nothing says which drug they are, `medications` the Medications by which alone it would be
    known. `signed` are references of orders that are no drafts any more, `not_begun` of those among them that are themselves
    no sign of treatment; `unseen` counts orders of the call that nobody could see, or not their drug.
    """

    orders: tuple[MedicationRecord, ...] = ()
    raw: Mapping[str, bytes] = field(default_factory=dict)
    tests: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    patient_ids: frozenset[str] = frozenset()
    untold: tuple[str, ...] = ()
    signed: frozenset[str] = frozenset()
    not_begun: frozenset[str] = frozenset()
    unseen: int = 0
    medications: tuple[str, ...] = ()

    @property
    def may_concern(self) -> bool:
        """Whether one of them is the drug, or may be it."""
        return bool(self.orders or self.problems or self.untold or self.unseen)


class _Named(Resource, frozen=True):
    status: msgspec.Raw = msgspec.Raw()
    medicationCodeableConcept: msgspec.Raw = msgspec.Raw()
    medicationReference: msgspec.Raw = msgspec.Raw()
    medication: msgspec.Raw = msgspec.Raw()


def mentions(drug: Drug, text: bytes) -> bool:
    """Whether raw JSON holds a name or a code of the drug, before anything of it is understood."""
    return mention_of(drug.codes, (*drug.names, drug.name), drug.name).is_in(text)


def drafts_of(request: HookRequest, hook: Hook, drug: Drug, brought: Brought, today: date) -> Drafts:
    """The drafts of a call; empty on hooks without drafts.

    Args: `brought` tells whose orders they are, and the Medications to which they may refer.
    Missing: a draft that mentions the drug and cannot be read, or is another patient's, is a problem with its sentence.
    """
    raw = request.context.get(hook.orders_in) if hook.orders_in else None
    if raw is None:
        return Drafts()
    answer = read_answer(raw)
    unread = f"a {drug.name} order could not be read"
    if isinstance(answer, Failed):
        return Drafts(problems=(unread,)) if mentions(drug, bytes(raw)) else Drafts(unseen=1)
    entries = answer.resources
    read = read_drafts(
        entries,
        brought.whom,
        today,
        drug.codes,
        drug.names,
        drug.name,
        request.texts("selections"),
        brought.medications,
        brought.addresses,
    )
    orders = tuple(d.record for d in read.orders if d.record.status not in NOT_GIVEN)
    # Where more drafts mention the drug than were read as its orders, what was said about drafts is a problem of its own.
    lost = bool(read.remarks) and sum(mentions(drug, bytes(each)) for each in entries) > len(orders)
    is_skipped = answer.skipped and mentions(drug, bytes(raw)) and not any(mentions(drug, bytes(e)) for e in entries)
    tests, patients, odd = _others(entries)
    by_reference = {d.record.reference: d.raw for d in (*read.others, *read.orders) if d.record.reference}
    untold = tuple(dict.fromkeys((*read.untold, *(() if hook.is_choosing else _nameless(drug, entries)))))
    # What of them can be read says which order is meant.
    if untold:
        by_reference = {name: bytes(raw) for raw in entries if (name := _reference(raw)) in untold} | by_reference
    return Drafts(
        orders,
        by_reference,
        tests,
        problems=tuple(
            dict.fromkeys((*(read.remarks if lost else ()), *read.refused, *([unread] if is_skipped else ())))
        ),
        remarks=(*(() if lost else (each for each in read.remarks if each not in read.refused)), *odd),
        patient_ids=patients,
        untold=untold,
        medications=unknown_medications(entries, brought),
        unseen=answer.skipped,
    )


def medication_of(raw: bytes | msgspec.Raw) -> str:
    """The Medication without which the drug of an order is not known; "" where the order itself says it."""
    try:
        order = decode(raw, _Named)
    except Unreadable:
        return ""
    # Member by member: the drug of an order is looked for also where something else of it cannot be read.
    said, named = member(order.medicationCodeableConcept, CodeableConcept), member(order.medicationReference, Reference)
    if named is None or named.display or named.reference.startswith("#"):
        return ""
    return "" if said is not None and (said.words() or said.coding) else named.reference.split("/_history/")[0]


def names_no_drug(raw: bytes | msgspec.Raw) -> bool:
    """Whether an order has no medication that could be read, by code, words or reference."""
    try:
        order = decode(raw, _Named)
    except Unreadable:
        return True
    said, named = member(order.medicationCodeableConcept, CodeableConcept), member(order.medicationReference, Reference)
    is_said = said is not None and (said.words() or said.coding)
    is_named = named is not None and (named.reference or named.display)
    return not is_said and not is_named and not bytes(order.medication)


def _nameless(drug: Drug, entries: Iterable[msgspec.Raw]) -> Iterator[str]:
    """References of medication orders that say in no way which medicine they order."""
    for raw in entries:
        head = head_of(raw)
        if head is None or KINDS.get(head.resourceType) != "order" or _is_taken_back(raw):
            continue
        if names_no_drug(raw) and not mentions(drug, bytes(raw)):
            yield f"{head.resourceType}/{head.id}" if head.id else head.resourceType


def _reference(raw: msgspec.Raw) -> str:
    head = head_of(raw)
    return f"{head.resourceType}/{head.id}" if head is not None and head.id else ""


def _is_taken_back(raw: bytes | msgspec.Raw) -> bool:
    """Whether an order says that it is none any more."""
    try:
        return bytes(decode(raw, _Named).status) in (b'"cancelled"', b'"entered-in-error"')
    except Unreadable:
        return False


def unknown_medications(orders: Iterable[bytes | msgspec.Raw], brought: Brought) -> tuple[str, ...]:
    """The Medications by which alone the drug of an order is known, and which did not come."""
    named = [m for raw in orders if b"edication" in bytes(raw) and (m := medication_of(raw))]
    if not named:
        return ()
    ids = [head.id for raw in brought.medications if (head := head_of(raw)) is not None and head.id]
    there = {*brought.addresses, *(f"Medication/{each}" for each in ids), *(f"urn:uuid:{each}" for each in ids)}
    return tuple(dict.fromkeys(m for m in named if m not in there and "/".join(m.rsplit("/", 2)[-2:]) not in there))


def with_signed(drafts: Drafts, chart: Iterable[MedicationRecord]) -> Drafts:
    """The drafts with those marked that are signed orders: by their own status, or because the chart has them as such."""
    standing = {m.reference for m in chart if m.status != "draft"}
    signed = {o.reference for o in drafts.orders if o.status not in ("draft", "") or o.reference in standing}
    return replace(drafts, signed=drafts.signed | (signed - {""}))


def _others(entries: tuple[msgspec.Raw, ...]) -> tuple[frozenset[str], frozenset[str], tuple[str, ...]]:
    """The names of the laboratory tests ordered, the ids of Patients among the drafts, and what could not be read."""
    codes: list[CodeableConcept] = []
    patients: set[str] = set()
    unread: list[str] = []
    for raw in entries:
        try:
            resource = decode(raw, Resource)
            if resource.resourceType == "Patient":
                patients.add(resource.id)
            elif resource.resourceType == "ServiceRequest":
                order = decode(raw, TestOrder)
                codes += [order.code] if order.code is not None and order.is_going_on else []
        except Unreadable:
            unread.append("a draft of this call could not be read")
    return ordered_tests(codes), frozenset(patients), tuple(unread)


def with_planned(drafts: Drafts, chart: Iterable[MedicationRecord], drug: str) -> Drafts:
    """The drafts, and the drug's signed orders on file that begin on a later day: what speaks against a start is told before it."""
    own = [m for m in chart if drug in m.concepts]
    planned = tuple(m for m in own if m.kind == "order" and m.status == "active" and m.planned_from is not None)
    if drafts.orders or len(planned) < len(own):
        # With any other record of the drug there is, or was, a course that goes on or may.
        return drafts
    return replace(drafts, orders=planned, signed=drafts.signed | {m.reference for m in planned if m.reference})
