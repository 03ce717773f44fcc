"""System actions: a test order that is due, placed without a click, for clients with which that was agreed.

Only at signing, where the order for the drug and its blood count belong together; the card stays and says what was done.
"""

from __future__ import annotations

from cds_service.cdshooks.card import Action, Card
from cds_service.cdshooks.client import Client

HOOK = "order-sign"


def system_actions(cards: list[Card], hook: str, client: object) -> tuple[Action, ...]:
    """Take the new test orders out of info cards' suggestions, for a client that carries out system actions.

    A card whose suggestion was taken keeps its words and loses its suggestions: else the test would be ordered twice.
    """
    if hook != HOOK or not isinstance(client, Client) or not client.takes_system_actions:
        return ()
    taken: list[Action] = []
    for card in cards:
        actions = card.suggestions[0].actions if len(card.suggestions) == 1 else []
        if card.indicator == "info" and actions and all(map(_orders_a_test, actions)):
            taken += actions
            card.suggestions = []
            card.selectionBehavior = ""
    return tuple(taken)


def _orders_a_test(action: Action) -> bool:
    return action.type == "create" and action.resource.get("resourceType") == "ServiceRequest"
