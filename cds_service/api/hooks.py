"""Discovery, invocation and feedback: the routes of the CDS Hooks specification."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response

from cds_service.api import metrics
from cds_service.api.authentication import client
from cds_service.api.body import read_body
from cds_service.api.logs import log, note
from cds_service.api.responses import json_response
from cds_service.api.wiring import wiring
from cds_service.cdshooks import card, service
from cds_service.cdshooks.feedback import parse_feedback
from cds_service.cdshooks.request import parse_request
from cds_service.turns import Turns

# Calls one process computes at a time, and the seconds that a further one waits for its turn before it is sent away.
turns = Turns(at_once=48, patience=2.0)


routes = Blueprint("cds-services", __name__, url_prefix="/cds-services")


@routes.get("")
def discover() -> Response:
    """The services that there are."""
    return json_response(service.discovery(wiring().engine.services()))


@routes.post("/<service_id>")
def invoke(service_id: str) -> Response:
    """The cards for one call of a hook."""
    parts = wiring()
    called = parts.service(service_id)
    note(service=called.id, client=client().issuer)
    body = read_body(parts.settings.max_body_bytes)
    note(bytes=len(body))
    request = parse_request(body, called, parts.engine.services())
    note(hook=request.hook)
    with turns.one():
        result = parts.engine.answer(called, request, client())
        # Without an agreement nobody looks at system actions: what they hold must then stand on a card.
        agreed = result.system_actions if client().takes_system_actions else ()
        answer = card.encode(result.cards, agreed)
    count(called.id, result)
    note(cards=len(result.cards))
    return json_response(answer, headers=result.headers)


def count(service_id: str, result: service.HookResult) -> None:
    """Count what an answer showed, and what it had to do without."""
    for shown in result.cards:
        metrics.cards.labels(service_id, shown.indicator).inc()
    for fact, number in result.unmapped.items():
        metrics.unmapped.labels(fact).inc(number)
    for reason, number in result.reduced.items():
        metrics.reduced.labels(service_id, reason).inc(number)
        if reason == service.UNSOUND:
            log.error("a resource that was to be sent is no valid FHIR", service=service_id, count=number)


@routes.post("/<service_id>/feedback")
def take_feedback(service_id: str) -> Response:
    """Keep what became of cards; 200 only after it is kept."""
    parts = wiring()
    called = parts.service(service_id)
    note(service=called.id, client=client().issuer)
    now = datetime.now(UTC)
    entries = parse_feedback(read_body(parts.settings.max_body_bytes), now)
    note(count=len(entries))
    parts.feedback.store(called.id, entries, client(), now)
    for entry in entries:
        metrics.feedback.labels(called.id, entry.outcome).inc()
    return json_response(b"{}")
