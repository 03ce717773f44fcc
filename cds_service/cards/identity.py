"""Ids of cards and suggestions: the same call gives the same ids, another call others; nothing can be read from them."""

from __future__ import annotations

from uuid import UUID, uuid5

_NAMESPACE = UUID("6f0e7a52-9d0b-5c39-8d58-5a1f6f7f0c11")


def card_uuid(hook_instance: str, service_id: str, content: bytes, repeat: int = 0) -> str:
    """The id of a card in this call.

    Args: content: the card as it would be sent, without ids. repeat: 0, 1 … where two cards have equal content.
    """
    call = uuid5(_NAMESPACE, f"{len(hook_instance)}:{hook_instance}{service_id}")
    return str(uuid5(call, f"{repeat}:{content.hex()}"))


def suggestion_uuid(card: str, position: int, label: str) -> str:
    """The id of a card's suggestion."""
    return str(uuid5(UUID(card), f"{position}:{label}"))
