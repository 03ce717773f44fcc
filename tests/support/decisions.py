"""Recommendations and call contexts as the renderer gets them, for tests of cards. No clinical decision stands here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cds_service.cards.context import CardContext
from cds_service.cdshooks.card import Card, encode
from cds_service.clinical.exposure import Dose
from cds_service.clinical.facts import Missing
from cds_service.clinical.recommendation import (
    Action,
    Basis,
    Input,
    OrderTest,
    Proposal,
    Recommendation,
    RemoveOrder,
    Resume,
    Urgency,
)
from cds_service.clinical.recommendation import (
    Test as LabTest,
)
from cds_service.clinical.review import Review
from cds_service.drugs.contract import Product
from cds_service.fhir.dosage_write import DrugCodes

TODAY = date(2026, 1, 26)
DRAFT = "MedicationRequest/draft-1"
LABEL = Basis("us-label-2023-03", "Lenalidomide US label", "2.2", "https://example.org/label#2.2", Review.BY_PROGRAM)

MESSAGES = {
    "hold-platelets.summary": "Platelets {value} on {dose}: label advises holding {drug}",
    "hold-platelets.why": "platelets {value}, baseline {baseline}, day {day} of {dose}.",
    "cbc-due.summary": "Blood count due {due} on {drug}",
    "cbc-due.why": "the last count is of {last}.",
    "amend.summary": "Creatinine clearance {value}: label advises {dose}",
    "amend.why": "the draft is above the table.",
    "free.summary": "{text}",
    "free.why": "{text}",
    "proposal.hold": "Hold {drug}: remove this order{tests}",
    "proposal.suspend": "Set it on hold{tests}",
    "proposal.cbc": "Order a blood count",
    "proposal.change": "Change the order to the label's dose",
    "test.cbc": "a blood count",
}


RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CAPSULES = {"2.5": "1242231", "5": "602912", "10": "602910", "15": "643712", "20": "1428947", "25": "643720"}
CODES = DrugCodes(
    {(RXNORM, code): Product("lenalidomide", Decimal(mg)) for mg, code in CAPSULES.items()},
    ("lenalidomide", "revlimid"),
    "lenalidomide",
)


@dataclass(frozen=True)
class Document:
    """A document in force."""

    id: str = "us-label-2023-03"
    revision: str = "2023-03"
    signed_by: str = ""
    signed_on: date | None = None


def draft(mg: str = "10", **members: Any) -> dict[str, Any]:
    """A draft order of one capsule daily, as an EHR writes it."""
    return {
        "resourceType": "MedicationRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2026-01-26",
        "medicationCodeableConcept": {"text": f"Lenalidomide {mg} MG Oral Capsule"},
        "dosageInstruction": [{"text": f"{mg} mg once daily"}],
        **members,
    }


def raw(resource: Mapping[str, Any]) -> bytes:
    """The resource as it stands in a request."""
    return json.dumps(resource).encode()


def context(**members: Any) -> CardContext:
    """The context of an order-sign call with one draft; strict, so that a missing word fails the test."""
    given: dict[str, Any] = {
        "hook_instance": "4e6f8a4e-0000-4000-8000-000000000001",
        "service_id": "lenalidomide-order-sign",
        "patient_id": "p1",
        "user_id": "Practitioner/dr-1",
        "today": TODAY,
        "content_version": "2026.1",
        "messages": MESSAGES,
        "drafts": {DRAFT: raw(draft())},
        "strengths": tuple(Decimal(mg) for mg in ("2.5", "5", "10", "15", "20", "25")),
        "codes": CODES,
        "topic": (RXNORM, "342369", "lenalidomide"),
        "documents": (Document(),),
        "strict": True,
        **members,
    }
    return CardContext(**given)


def hold(**members: Any) -> Recommendation:
    """A hold on low platelets, with two choices."""
    given: dict[str, Any] = {
        "action": Action.HOLD,
        "urgency": Urgency.CRITICAL,
        "rules": ("US-MDS-PLT-W4-HI",),
        "message": "hold-platelets",
        "basis": LABEL,
        "jurisdiction": "US",
        "drug": "lenalidomide",
        "indication": "mds-del5q",
        "words": {
            "value": "49.999 ×10⁹/L",
            "dose": "10 mg once daily",
            "baseline": "180 ×10⁹/L",
            "day": "21",
            "rule_text": "interrupt below 50,000/µL.",
        },
        "resume": Resume("platelets >= 50 10*9/L", Dose(Decimal("5"))),
        "next_cbc_due": date(2026, 2, 2),
        "inputs": (
            Input("platelets", "49.999", "10*9/L", "49999 /uL", date(2026, 1, 26), "Observation/plt-21"),
            Input("baselinePlatelets", "180", "10*9/L", "180000 /uL", date(2026, 1, 4), "Observation/plt-0"),
        ),
        "missing": (Missing("temperature", "none in the last 48 h"),),
        "remarks": ("1 result of another patient was refused",),
        "assumptions": ("capsules taken as ordered",),
        "order": DRAFT,
        "proposals": (
            Proposal("hold", (RemoveOrder(DRAFT), OrderTest("cbc", date(2026, 2, 2))), True),
            Proposal("cbc", (OrderTest("cbc", TODAY),)),
        ),
        **members,
    }
    return Recommendation(**given)


def cbc_due(day: int = 20, **members: Any) -> Recommendation:
    """A blood count that is due, as an info card."""
    due = date(2026, 2, day)
    given: dict[str, Any] = {
        "action": Action.ORDER_CBC,
        "urgency": Urgency.INFO,
        "rules": (f"US-MDS-MON-{day}",),
        "message": "cbc-due",
        "basis": LABEL,
        "drug": "lenalidomide",
        "words": {"due": due.isoformat(), "last": "2026-01-19", "rule_text": "weekly for the first 8 weeks."},
        "next_cbc_due": due,
        "test": LabTest("cbc", due, False),
        **members,
    }
    return Recommendation(**given)


def response(cards: Sequence[Card]) -> dict[str, Any]:
    """The answer as a client reads it."""
    answer: dict[str, Any] = json.loads(encode(cards))
    return answer
