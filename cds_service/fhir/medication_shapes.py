"""The members of medication resources that are looked at: R4, and where older or newer servers differ, their shape too."""

from __future__ import annotations

from typing import Final

import msgspec

from cds_service.fhir.decode import CodeableConcept, Period, Quantity, Reference, Resource

_NONE: Final = msgspec.Raw()
KINDS: Final = {
    "MedicationRequest": "order",
    "MedicationOrder": "order",
    "MedicationPrescription": "order",
    "MedicationStatement": "statement",
    "MedicationDispense": "dispense",
    "MedicationAdministration": "administration",
}
OLD_TYPES: Final = frozenset({"MedicationOrder", "MedicationPrescription"})


class DispenseRequest(msgspec.Struct, frozen=True, gc=False):
    """`dispenseRequest` of an order."""

    validityPeriod: Period | None = None
    quantity: msgspec.Raw = _NONE
    expectedSupplyDuration: Quantity | None = None
    numberOfRepeatsAllowed: msgspec.Raw = _NONE


class MedicationResource(Resource, frozen=True):
    """A request, statement, dispense or administration; what varies in form stays raw."""

    status: str = ""
    intent: str = ""
    doNotPerform: bool = False
    medicationCodeableConcept: CodeableConcept | None = None
    medicationReference: Reference | None = None
    medication: msgspec.Raw = _NONE
    subject: Reference | None = None
    patient: Reference | None = None
    context: msgspec.Raw = _NONE
    authoredOn: str = ""
    dateWritten: str = ""
    dateAsserted: str = ""
    dosageInstruction: msgspec.Raw = _NONE
    dosage: msgspec.Raw = _NONE
    dispenseRequest: msgspec.Raw = _NONE
    statusReason: msgspec.Raw = _NONE
    statusChanged: str = ""
    statusReasonCodeableConcept: msgspec.Raw = _NONE
    reasonCode: msgspec.Raw = _NONE
    reasonNotTaken: msgspec.Raw = _NONE
    effectiveDateTime: str = ""
    effectivePeriod: Period | None = None
    whenHandedOver: str = ""
    whenPrepared: str = ""
    daysSupply: msgspec.Raw = _NONE
    quantity: msgspec.Raw = _NONE
    reportedBoolean: msgspec.Raw = _NONE
    reportedReference: msgspec.Raw = _NONE
    reported: msgspec.Raw = _NONE
    modifierExtension: msgspec.Raw = _NONE
    contained: list[msgspec.Raw] = msgspec.field(default_factory=list)
    note: msgspec.Raw = _NONE
    wasNotTaken: bool = False
    wasNotGiven: bool = False
    taken: str = ""


class R5Medication(msgspec.Struct, frozen=True, gc=False):
    """`medication` as R5 has it."""

    concept: CodeableConcept | None = None
    reference: Reference | None = None


class Ratio(msgspec.Struct, frozen=True, gc=False):
    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Ingredient(msgspec.Struct, frozen=True, gc=False):
    """One ingredient of a Medication."""

    itemCodeableConcept: CodeableConcept | None = None
    itemReference: Reference | None = None
    strength: Ratio | None = None


class Medication(Resource, frozen=True):
    """A Medication: its code and ingredients."""

    code: CodeableConcept | None = None
    ingredient: list[Ingredient] = msgspec.field(default_factory=list)
