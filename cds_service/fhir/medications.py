"""Medication resources to records: orders, statements, dispenses and administrations of one patient.

A resource that cannot be read costs itself only and is said; when its bytes mention the drug, the remark says that an
order of this drug could not be read. Other drugs are kept where they stand for a known concept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final, NamedTuple

import msgspec

from cds_service.clinical.exposure import MedicationRecord, dose_by_supply
from cds_service.fhir.binding import OTHER_PATIENT, Whom, plain_reference, refusal
from cds_service.fhir.decode import CodeableConcept, Reference, ResourceType, Unreadable, decode_resource
from cds_service.fhir.dosage.instruction import NO_INSTRUCTION, DoseRead
from cds_service.fhir.lenient import MODIFIED, first_date, is_modified
from cds_service.fhir.medication_dates import read_dates
from cds_service.fhir.medication_dose import dosages_of, dose_of, instructions_of
from cds_service.fhir.medication_form import is_of_another_form
from cds_service.fhir.medication_members import (
    OFF_IN_WORDS,
    all_words,
    days_in,
    is_off_in_words,
    member,
    reactions_of,
    reasons_in,
    refills_in,
    status_since,
    supplied_mg,
    supply_doubt,
)
from cds_service.fhir.medication_product import Catalogue, ProductLike, ProductRead, is_told, read_product
from cds_service.fhir.medication_shapes import (
    KINDS,
    OLD_TYPES,
    DispenseRequest,
    Medication,
    MedicationResource,
    R5Medication,
)

_DROPPED: Final = frozenset({"entered-in-error", "cancelled"})
# What R5 says otherwise than R4: a statement is only recorded, not active or completed, and an order has ended.
_AS_R4: Final = {"recorded": "unknown", "ended": "completed"}
# Of R4; a status of another kind of resource is not known on this one.
_STATUSES: Final = {
    "order": frozenset({"active", "on-hold", "stopped", "completed", "draft", "unknown"}),
    "statement": frozenset({"active", "completed", "intended", "stopped", "on-hold", "unknown", "not-taken", "draft"}),
    "dispense": frozenset(
        {"preparation", "in-progress", "on-hold", "completed", "stopped", "declined", "not-done", "unknown"}
    ),
    "administration": frozenset({"in-progress", "not-done", "on-hold", "completed", "stopped", "unknown"}),
}
_INTENTS: Final = frozenset(
    ("proposal", "plan", "order", "original-order", "reflex-order", "filler-order", "instance-order", "option")
)
Addresses = Mapping[str, bytes | msgspec.Raw]
NO_ADDRESSES: Final[Addresses] = {}
_SPELLINGS: Final = frozenset(kind.casefold() for kind in KINDS)
_BETWEEN: Final = re.compile(r"[\s_]+")
_OVER: Final = frozenset({"completed", "stopped", "ended"})
# Rulings, Continuity: what happened under an earlier order is remembered for twelve months.
# Source: SmPC 4.4, a prescription of at most 12 weeks; the US REMS allows fewer.
_LONGEST_SUPPLY: Final = 84
_REMEMBERED: Final = timedelta(days=365)
_GOING_ON: Final = frozenset({"active", "on-hold", "unknown"})
UNREAD_REQUEST: Final = "its dispense request could not be read"
_ARTICLES: Final = {
    "order": "an order",
    "statement": "a medication record",
    "dispense": "a dispense",
    "administration": "an administration",
}
_LONGEST_TEXT: Final = 60
_NOT_TAKEN: Final = frozenset({"not-taken", "not-done"})


@dataclass(frozen=True, slots=True)
class MedicationRead:
    """The records of a patient, what was refused or could not be read, resources of an untold drug, and lost ones of the drug.

    `lost` says of each why; of another patient's that alone.

    `believed` are the records as they would be if those in doubt were believed: an order of the drug whose status nobody knows, or
    that says why, as one that was stopped, a dispense without a day as one of today. `nameless` are what the orders of an untold drug
    would be if they were of the drug: those that go on.
    """

    records: tuple[MedicationRecord, ...] = ()
    remarks: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    believed: tuple[MedicationRecord, ...] = ()
    nameless: tuple[MedicationRecord, ...] = ()


class EachRead(NamedTuple):
    """Each record with the bytes it was read from, the remarks, and the references of resources that tell no drug at all."""

    paired: list[tuple[MedicationRecord, bytes]]
    remarks: tuple[str, ...]
    untold: tuple[str, ...]
    lost: tuple[str, ...] = ()
    believed: tuple[MedicationRecord, ...] = ()
    nameless: tuple[MedicationRecord, ...] = ()


@dataclass(slots=True)
class _Reading:
    """One pass over resources: what is needed to read one, and what was said."""

    patient: Whom | str
    today: date
    catalogue: Catalogue
    included: Mapping[str, Medication] = field(default_factory=dict)
    remarks: Counter[str] = field(default_factory=Counter)
    untold: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    believed: list[MedicationRecord] = field(default_factory=list)
    nameless: list[MedicationRecord] = field(default_factory=list)
    is_draft: bool = False

    def say(self, remark: str) -> None:
        self.remarks[remark] += 1


def read_medications(
    resources: Iterable[bytes | msgspec.Raw],
    patient: Whom | str,
    today: date,
    products: Mapping[tuple[str, str], ProductLike],
    names: tuple[str, ...],
    drug: str,
    is_draft: bool = False,
    included: Iterable[bytes | msgspec.Raw] = (),
    addresses: Addresses = NO_ADDRESSES,
) -> MedicationRead:
    """The medication records of a patient among FHIR resources, in their order.

    Args: `resources` are JSON resources, Medications among them, `included` and `addresses` as for `read_each`; `products`
    and `names` recognise the `drug`; `today` decides which dates lie in the future.
    Returns: the records and remarks; nothing is dropped in silence but unknown other drugs, `entered-in-error` and
    `cancelled` resources.
    """
    catalogue = Catalogue.of(products, names, drug)
    read = read_each(resources, included, patient, today, catalogue, is_draft, addresses)
    return MedicationRead(
        tuple(record for record, _ in read.paired), read.remarks, read.untold, read.lost, read.believed, read.nameless
    )


def read_each(
    resources: Iterable[bytes | msgspec.Raw],
    included: Iterable[bytes | msgspec.Raw],
    patient: Whom | str,
    today: date,
    catalogue: Catalogue,
    is_draft: bool,
    addresses: Addresses = NO_ADDRESSES,
) -> EachRead:
    """Each record with the bytes it was read from.

    Args: `included` are looked up, not read as records, and so is what stands under `addresses`.
    """
    every = [bytes(raw) for raw in resources]
    reading = _Reading(patient, today, catalogue, is_draft=is_draft)
    reading.included = _medications([*every, *(bytes(raw) for raw in included)], addresses)
    paired = [(record, raw) for raw in every if (record := _record(raw, reading)) is not None]
    remarks = tuple(f"{remark} ({n} times)" if n > 1 else remark for remark, n in reading.remarks.items())
    return EachRead(
        paired, remarks, tuple(reading.untold), tuple(reading.lost), tuple(reading.believed), tuple(reading.nameless)
    )


def _medications(every: list[bytes], addresses: Addresses) -> dict[str, Medication]:
    """The Medications by each address under which an order may name them."""
    found: dict[str, Medication] = {}
    for address, raw in (*(("", raw) for raw in every), *addresses.items()):
        # What cannot be read here is said in the pass over the records.
        if b"Medication" not in bytes(raw) or (medication := _medication(raw)) is None:
            continue
        names = [plain_reference(address)] if address else []
        if medication.id:
            names += [medication.id, f"Medication/{medication.id}", f"urn:uuid:{medication.id.casefold()}"]
        found.update(dict.fromkeys(names, medication))
    return found


def _medication(raw: bytes | msgspec.Raw) -> Medication | None:
    try:
        read = decode_resource(raw, Medication)
    except Unreadable:
        return None
    return read if read.resourceType == "Medication" else None


def _record(raw: bytes, reading: _Reading) -> MedicationRecord | None:
    """One record; None where the resource is of no concern, and with a remark where it was refused."""
    try:
        header = decode_resource(raw, ResourceType)
        if header.resourceType not in KINDS:
            _check_medication(header, raw)
            if (
                not reading.is_draft
                and header.resourceType.casefold() in _SPELLINGS
                and reading.catalogue.is_mentioned_in(raw)
            ):
                reading.say(f"a {reading.catalogue.drug} order could not be read")
                reading.lost.append(f"a {reading.catalogue.drug} order could not be read")
            return None
        resource = decode_resource(raw, MedicationResource)
    except Unreadable:
        if b"Medication" in raw or reading.catalogue.is_mentioned_in(raw):
            mine = reading.catalogue.is_mentioned_in(raw)
            what = f"a {reading.catalogue.drug} order" if mine else "a medication resource"
            reading.say(f"{what} could not be read")
            if mine:
                reading.lost.append(f"{what} could not be read")
        return None
    subject = resource.subject or resource.patient
    refused = refusal(subject, reading.patient, resource.contained)
    is_of_nobody = subject is None or not subject.reference
    if refused and reading.is_draft and is_of_nobody:
        # The call itself says whose drafts these are; to drop one here would be silence about it.
        reading.say("a draft names no patient; it was taken as this patient's")
    elif refused:
        certain: list[MedicationRecord] = []
        if refused != OTHER_PATIENT and _plain_status(resource) not in _DROPPED:
            # What is said of it is said of a resource that does not count.
            certain = _certain(resource, raw, replace(reading, remarks=Counter(), untold=[], lost=[]))
        # What another patient takes is not told.
        named = next(map(_record_words, certain), "a medication resource")
        reading.say(f"{named} was refused: {refused}")
        if reading.catalogue.is_mentioned_in(raw):
            reading.lost.append(refused if refused == OTHER_PATIENT else f"{named} was not used: {refused}")
        reading.believed += certain
        return None
    if _plain_status(resource) in _DROPPED:
        return None
    told = len(reading.untold)
    product = _product(resource, raw, reading)
    if not product.is_drug and not product.concepts:
        if len(reading.untold) > told and not reading.is_draft:
            reading.nameless += _nameless(resource, reading)
        return None
    _say_shape(resource, reading)
    record = _given(resource, product, reading)
    if record is None:
        return None
    if _plain_status(resource) == "unknown" and product.is_drug and record.kind == "order" and not reading.is_draft:
        reading.say(f"{_record_words(record)} has no status that tells whether it goes on, and is counted; record it")
    reading.believed.append(_as_certain(record, resource, reading))
    if is_modified(resource.modifierExtension):
        return replace(record, dose=None, dose_problem=f"it came {MODIFIED}")
    return record


def _record_words(record: MedicationRecord) -> str:
    """A record that is not used, as a remark names it: what it is, of which medicine, its dose and its day."""
    dose = record.dose.words if record.dose is not None else record.dose_problem or "no dose"
    day = record.authored_on or record.starts_on or record.planned_from
    return f'{_ARTICLES[record.kind]} "{record.text}", {dose} ({day.isoformat() if day is not None else "undated"})'


def _certain(resource: MedicationResource, raw: bytes, reading: _Reading) -> list[MedicationRecord]:
    """The record that a refused resource would be."""
    product = _product(resource, raw, reading)
    record = _given(resource, product, reading) if product.is_drug or product.concepts else None
    return [_as_certain(record, resource, reading)] if record is not None else []


def _nameless(resource: MedicationResource, reading: _Reading) -> list[MedicationRecord]:
    """What an order of an untold drug that goes on would be if it were of the drug; none where it speaks against that.

    It says so by the way that it is taken, by its amount, by its supply or by its age: none of the drug's is written for more
    than twelve weeks, and none of a year ago is taken still.
    """
    written, _ = first_date((resource.authoredOn, resource.dateWritten, resource.dateAsserted, resource.whenHandedOver))
    is_old = written is not None and written.on_to < reading.today - _REMEMBERED
    request = member(resource.dispenseRequest, DispenseRequest) or DispenseRequest()
    supply = days_in(request.expectedSupplyDuration)
    is_long = supply is not None and supply > _LONGEST_SUPPLY
    if is_old or is_long or is_of_another_form(instructions_of(resource)):
        return []
    product = ProductRead(True, frozenset({reading.catalogue.drug}))
    record = _given(resource, product, replace(reading, remarks=Counter()))
    return [record] if record is not None and record.status in _GOING_ON else []


def _as_certain(record: MedicationRecord, resource: MedicationResource, reading: _Reading) -> MedicationRecord:
    """The record as it would be if what is in doubt of it were believed."""
    if reading.is_draft or reading.catalogue.drug not in record.concepts:
        return record
    is_meant = _plain_status(resource) in ("unknown", "recorded", "intended") and not record.status_concepts
    if record.status == "unknown" and not is_meant:
        record = replace(record, status="stopped")
    if record.kind == "dispense" and record.starts_on is None and record.planned_from is None:
        record = replace(record, starts_on=reading.today, starts_by="dispensed", is_undated=True)
    return record


def _given(resource: MedicationResource, product: ProductRead, reading: _Reading) -> MedicationRecord | None:
    """The record of a resource; None where it says that the drug is not to be given."""
    if resource.doNotPerform or resource.wasNotTaken or resource.wasNotGiven or resource.taken == "n":
        reading.say(f"an instruction not to give {_name(product, reading)} is no therapy and was not counted")
        return None
    return _build(resource, product, reading)


def _check_medication(header: ResourceType, raw: bytes) -> None:
    """Raises: Unreadable for a Medication whose content cannot be read."""
    if header.resourceType == "Medication":
        decode_resource(raw, Medication)


def _name(product: ProductRead, reading: _Reading) -> str:
    return reading.catalogue.drug if product.is_drug else "another drug"


def _say_shape(resource: MedicationResource, reading: _Reading) -> None:
    kind = resource.resourceType
    if (
        kind in OLD_TYPES
        or bytes(resource.medication)
        or resource.dateWritten
        or (kind == "MedicationRequest" and bytes(resource.context))
    ):
        reading.say(f"a {kind} is not R4; it was read as far as possible")


def _product(resource: MedicationResource, raw: bytes, reading: _Reading) -> ProductRead:
    concept, reference = resource.medicationCodeableConcept, resource.medicationReference
    newer = member(resource.medication, R5Medication)
    if newer is not None:
        concept, reference = concept or newer.concept, reference or newer.reference
    # Some write the reference itself where R5 has it one level further in.
    reference = reference or member(resource.medication, Reference)
    medication = _referenced(reference, resource, reading) if reference else None
    if reference and reference.display and (concept is None or not concept.words()):
        concept = CodeableConcept(coding=concept.coding if concept else [], text=reference.display)
    product = read_product(concept, medication, reading.catalogue)
    if not product.is_drug and not product.concepts:
        is_chosen = reference is not None or (concept is not None and any(c.code for c in concept.coding))
        # A chart is full of local codes; an order that is being written is looked at by what it says.
        is_asked = is_chosen if reading.is_draft else reference is not None and medication is None
        if is_asked and not _is_long_over(resource, reading) and not is_told(concept, medication, reading.catalogue):
            reading.untold.append(f"{resource.resourceType}/{resource.id}" if resource.id else resource.resourceType)
            if not reading.is_draft:
                reading.say("a medication that an order refers to was not found, so its drug is not known")
        elif any(_begins_with_drug(dosage.text, reading.catalogue) for dosage in dosages_of(resource)):
            reading.untold.append(f"{resource.resourceType}/{resource.id}" if resource.id else resource.resourceType)
        elif concept is None and not reference and reading.catalogue.is_mentioned_in(raw):
            reading.say(f"a {reading.catalogue.drug} order could not be read")
    return product


def _begins_with_drug(text: str, catalogue: Catalogue) -> bool:
    """Whether an instruction begins with the name of the drug: what it is called elsewhere is then not what is taken."""
    return bool(text) and catalogue.is_named_in(" ".join(text.split()[:2]))


def _is_long_over(resource: MedicationResource, reading: _Reading) -> bool:
    """Whether an order of the chart ended so long ago that, were it of the drug, nothing of it would be asked any more."""
    if reading.is_draft or _plain_status(resource) not in _OVER:
        return False
    written, was_unreadable = first_date((resource.authoredOn, resource.dateWritten, resource.dateAsserted))
    return written is not None and not was_unreadable and written.on_to < reading.today - _REMEMBERED


def _referenced(reference: Reference, resource: MedicationResource, reading: _Reading) -> Medication | None:
    target = reference.reference
    if target.startswith("#"):
        for raw in resource.contained:
            inside = _medication(raw)
            if inside is not None and inside.id.lstrip("#") == target[1:]:
                return inside
        return None
    target = plain_reference(target)
    if target in reading.included:
        return reading.included[target]
    return reading.included.get("/".join(target.rsplit("/", 2)[-2:]))


def _build(resource: MedicationResource, product: ProductRead, reading: _Reading) -> MedicationRecord:
    request = member(resource.dispenseRequest, DispenseRequest)
    unread = ""
    if request is None and bytes(resource.dispenseRequest):
        said = member(resource.dispenseRequest, str)
        unread = f"{UNREAD_REQUEST}: {said[:_LONGEST_TEXT]}" if said else UNREAD_REQUEST
        reading.say(unread)
    request = request or DispenseRequest()
    dates = read_dates(resource, dosages_of(resource), request, reading.today)
    for remark in dates.remarks:
        reading.say(remark)
    supplied = supplied_mg(request.quantity or resource.quantity, product.strength_mg) if product.is_drug else None
    dose = dose_of(resource, product, reading.catalogue.names)
    if (
        dose.problem == NO_INSTRUCTION
        and product.strength_mg is not None
        and supplied is not None
        and dates.days_supply
    ):
        dose = DoseRead(dose_by_supply(product.strength_mg, supplied, dates.days_supply), dose.problem)
    status = _status(resource, reading)
    if dose.dose is not None and status == "active" and not reading.is_draft and is_off_in_words(resource):
        # Neither its status nor its words are believed.
        dose = DoseRead(problem=OFF_IN_WORDS)
    if status == "intended" and dates.starts_on is not None:
        # What was intended to begin by now may have begun.
        status = "unknown"
    is_taken = status not in _NOT_TAKEN
    doubt = supply_doubt(request.quantity, product.strength_mg, dose.dose, dates.days_supply) if product.is_drug else ""
    doubt = unread if product.is_drug and unread else doubt
    reference = f"{resource.resourceType}/{resource.id}" if resource.id else ""
    if not reference:
        reading.say(f"a {resource.resourceType} has no id")
    return MedicationRecord(
        kind=KINDS[resource.resourceType],
        reference=reference,
        concepts=product.concepts,
        status=status,
        intent=_intent(resource),
        text=product.text,
        dose=dose.dose,
        dose_problem="" if dose.dose is not None else dose.problem,
        starts_on=dates.starts_on if is_taken else None,
        starts_by=dates.starts_by if is_taken else "",
        planned_from=dates.planned_from,
        bounds_end=dates.bounds_end,
        authored_on=dates.authored_on,
        authored_at=dates.authored_at,
        authored_local=dates.authored_local,
        status_reason=all_words(resource.statusReason, resource.statusReasonCodeableConcept),
        status_concepts=reactions_of(resource.statusReason, resource.statusReasonCodeableConcept),
        reasons=reasons_in(resource.reasonCode),
        days_supply=dates.days_supply,
        supplied_mg=None if doubt else supplied,
        refills=refills_in(request.numberOfRepeatsAllowed),
        is_draft=reading.is_draft,
        status_since=status_since(resource),
        is_reported=bytes(resource.reportedBoolean or resource.reported) == b"true"
        or bool(bytes(resource.reportedReference)),
        supply_doubt=doubt,
    )


def _status(resource: MedicationResource, reading: _Reading) -> str:
    """The status; one of the chart that is missing or not known counts as `unknown`, so that nothing taken is passed over."""
    status = _plain_status(resource)
    status = status if reading.is_draft else _AS_R4.get(status, status)
    is_known = status in _STATUSES[KINDS[resource.resourceType]]
    if reading.is_draft or is_known or (not status and resource.resourceType != "MedicationRequest"):
        return status
    reading.say(f"a {resource.resourceType} has no status that is known, and is counted")
    return "unknown"


def _plain_status(resource: MedicationResource) -> str:
    """The status in lower case, its words joined by hyphens."""
    return _BETWEEN.sub("-", resource.status.strip().lower())


def _intent(resource: MedicationResource) -> str:
    """The intent; a prescription without a known one counts as an order."""
    intent = resource.intent.strip().lower()
    return intent if intent in _INTENTS or resource.resourceType != "MedicationRequest" else "order"
