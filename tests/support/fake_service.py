"""A small engine and sink for tests of the wire: no clinical content, every answer chosen by the test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cds_service.cdshooks.card import Card, Source
from cds_service.cdshooks.client import Client
from cds_service.cdshooks.feedback import FeedbackEntry
from cds_service.cdshooks.request import HookRequest
from cds_service.cdshooks.service import HookResult, Service
from cds_service.errors import StoreDown

SERVICES = tuple(
    Service(
        hook=hook,
        id=f"lenalidomide-{hook}",
        title=f"Lenalidomide, {hook}",
        description="Dosing of lenalidomide.",
        prefetch={"patient": "Patient/{{context.patientId}}"},
        version="3.0.0",
        hookVersion="1.0",
    )
    for hook in (
        "patient-view",
        "order-select",
        "order-sign",
        "order-dispatch",
        "medication-refill",
        "encounter-start",
        "problem-list-item-create",
    )
)


@dataclass(frozen=True)
class FakeDocument:
    id: str = "us-label-2023-03"
    title: str = "US label"
    jurisdiction: str = "US"
    revision: str = "2023-03"
    url: str = "https://example.org/label"
    compared: str = ""
    review: str = "signed by TEST, not a person"
    signed_by: str = "a pharmacist of the site"


@dataclass
class FakeEngine:
    """Answers with `cards`, or raises `error`; remembers the requests it saw."""

    cards: list[Card] = field(default_factory=lambda: [a_card()])
    error: Exception | None = None
    content_version: str = "content-1"
    offered: tuple[Service, ...] = SERVICES
    in_force: tuple[FakeDocument, ...] = (FakeDocument(),)
    seen: list[HookRequest] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def services(self) -> tuple[Service, ...]:
        return self.offered

    def documents(self) -> Sequence[FakeDocument]:
        return self.in_force

    def answer(self, service: Service, request: HookRequest, client: object) -> HookResult:
        self.seen.append(request)
        if self.error:
            raise self.error
        return HookResult(self.cards, reduced=self.counts)

    def warm_up(self) -> None:
        return None


@dataclass
class FakeSink:
    """Keeps feedback in memory, or is down."""

    is_down: bool = False
    kept: list[FeedbackEntry] = field(default_factory=list)

    def store(self, service_id: str, entries: Sequence[FeedbackEntry], client: Client, now: datetime) -> None:
        if self.is_down:
            raise StoreDown()
        self.kept += entries

    def is_up(self) -> bool:
        return not self.is_down


def a_card() -> Card:
    return Card(
        uuid="3f3c2a54-1df5-4c3c-93a3-0c8a3f2b9a01", summary="Hold", indicator="critical", source=Source("US label")
    )


_FIELDS: dict[str, dict[str, Any]] = {
    "order-select": {"selections": ["MedicationRequest/1"], "draftOrders": {"resourceType": "Bundle"}},
    "order-sign": {"draftOrders": {"resourceType": "Bundle"}},
    "order-dispatch": {"dispatchedOrders": ["MedicationRequest/1"], "performer": "Organization/1"},
    "medication-refill": {"medications": {"resourceType": "Bundle"}},
    "medication-prescribe": {"medications": {"resourceType": "Bundle"}},
    "encounter-start": {"encounterId": "9"},
    "encounter-discharge": {"encounterId": "9"},
    "appointment-book": {"appointments": {"resourceType": "Bundle"}},
    "allergyintolerance-create": {"allergyIntolerance": {"resourceType": "AllergyIntolerance"}},
    "problem-list-item-create": {"conditions": {"resourceType": "Bundle"}},
    "patient-view": {},
}


def a_request(hook: str = "patient-view", **members: Any) -> dict[str, Any]:
    """The least request that the standard allows for a hook, with further or other members."""
    context: dict[str, Any] = {"patientId": "1", **_FIELDS[hook]}
    if hook not in ("order-dispatch", "medication-refill"):
        context["userId"] = "Practitioner/1"
    instance = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
    return {"hook": hook, "hookInstance": instance, "context": context, **members}
