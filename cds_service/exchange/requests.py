"""Cards as a RequestGroup: an action for each card, below it its choices, below each choice what it would create, update or remove."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from cds_service.cards.extension import NAME
from cds_service.cdshooks.card import Action, Card, Suggestion
from cds_service.exchange.shelf import Shelf
from cds_service.fhir.terminology import SYSTEMS
from cds_service.knowledge.canonical import ACTION, RULE, Json

_PRIORITY: Final = {"critical": "stat", "warning": "urgent", "info": "routine"}
_TYPES: Final = {"create": "create", "update": "update", "delete": "remove"}


def decision_of(card: Card) -> dict[str, Any]:
    """The decision for machines on a card; empty on a card without one."""
    decision = card.extension.get(NAME)
    return dict(decision) if isinstance(decision, dict) else {}


def request_group(
    cards: Sequence[Card], subject: Json, authored_on: str, instantiates: Iterable[str], beside: Json, shelf: Shelf
) -> Json:
    """The RequestGroup of some cards, of which there is at least one.

    Args: the cards; the patient's reference; the day; the PlanDefinitions behind them; further members that the call gives
    (who asks, the encounter). What is created or updated is put on the shelf.
    """
    canonicals = list(instantiates)
    return {
        "resourceType": "RequestGroup",
        **({"instantiatesCanonical": canonicals} if canonicals else {}),
        "status": "draft",
        "intent": "proposal",
        "priority": _PRIORITY[cards[0].indicator],
        "subject": subject,
        **beside,
        "authoredOn": authored_on,
        "action": [_card(card, subject, authored_on, shelf) for card in cards],
    }


def codes_of(card: Card) -> list[Json]:
    """What a card's decision says, and its rules."""
    decision = decision_of(card)
    codings = [{"system": ACTION, "code": decision["action"]}] if "action" in decision else []
    return [
        {"coding": [each]} for each in (*codings, *({"system": RULE, "code": r} for r in decision.get("rules", ())))
    ]


def _card(card: Card, subject: Json, authored_on: str, shelf: Shelf) -> Json:
    choices = [_choice(each, shelf) for each in card.suggestions if each.actions]
    source = {"type": "citation", "label": card.source.label} | ({"url": card.source.url} if card.source.url else {})
    action: Json = {
        "id": card.uuid,
        "title": card.summary,
        **({"description": card.detail} if card.detail else {}),
        "priority": _PRIORITY[card.indicator],
        **({"code": codes} if (codes := codes_of(card)) else {}),
        "documentation": [source],
    }
    if choices:
        return action | {"selectionBehavior": card.selectionBehavior or "any", "action": choices}
    # An action must come to something: here, that somebody is told.
    told = "\n\n".join(filter(None, (card.summary, card.detail)))
    message = {
        "resourceType": "CommunicationRequest",
        "status": "draft",
        "priority": _PRIORITY[card.indicator],
        "subject": subject,
        "payload": [{"contentString": told}],
        "authoredOn": authored_on,
    }
    return action | {"type": _type("create"), "resource": {"reference": shelf.put(message)}}


def _choice(suggestion: Suggestion, shelf: Shelf) -> Json:
    steps = [_step(each, shelf) for each in suggestion.actions]
    is_wished = {"precheckBehavior": "yes"} if suggestion.isRecommended else {}
    together = {"groupingBehavior": "logical-group", "selectionBehavior": "all"}
    return {"id": suggestion.uuid, "title": suggestion.label, **together, **is_wished, "action": steps}


def _step(action: Action, shelf: Shelf) -> Json:
    reference = shelf.put(action.resource) if action.resource else action.resourceId
    return {"title": action.description, "type": _type(_TYPES[action.type]), "resource": {"reference": reference}}


def _type(code: str) -> Json:
    return {"coding": [{"system": SYSTEMS["action-type"], "code": code}]}
