"""Cards as CDS Hooks 2.0.1 and 3.0 write them. Members without a value are left out, hints that are false are sent; decimals
are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from math import isfinite

import msgspec

# False, and yet sent: some clients' models want these members. A default is left out, one that is made is not.
_ALWAYS_SENT: bool = msgspec.field(default_factory=bool)


class Coding(msgspec.Struct, omit_defaults=True):
    """A code of a code system."""

    code: str
    system: str
    display: str = ""


class OverrideReason(Coding):
    """A reason a clinician can pick for not following a card; its display is never empty."""


class Source(msgspec.Struct, omit_defaults=True):
    """The primary source of a card's guidance."""

    label: str
    url: str = ""
    icon: str = ""
    topic: Coding | None = None


class Link(msgspec.Struct, omit_defaults=True):
    """A link; `type` is "absolute" or "smart"; `appContext` only on "smart"."""

    label: str
    url: str
    type: str
    appContext: str = ""
    autolaunchable: bool = _ALWAYS_SENT


class Action(msgspec.Struct, omit_defaults=True):
    """One change: `type` is "create", "update" (whole resource) or "delete" (by `resourceId`, "Type/id")."""

    type: str
    description: str
    resource: dict[str, object] = {}
    resourceId: str = ""
    extension: dict[str, object] = {}


class Suggestion(msgspec.Struct, omit_defaults=True):
    """One choice; all of its actions belong together."""

    label: str
    uuid: str
    isRecommended: bool = _ALWAYS_SENT
    actions: list[Action] = []
    actionSelectionBehavior: str = ""
    extension: dict[str, object] = {}


class Card(msgspec.Struct, omit_defaults=True):
    """One card. `summary` has fewer than 140 characters; `selectionBehavior` stands exactly beside suggestions."""

    uuid: str
    summary: str
    indicator: str
    source: Source
    detail: str = ""
    suggestions: list[Suggestion] = []
    selectionBehavior: str = ""
    overrideReasons: list[OverrideReason] = []
    links: list[Link] = []
    extension: dict[str, object] = {}


class _Response(msgspec.Struct):
    cards: Sequence[Card]


class _ResponseWithSystemActions(msgspec.Struct):
    cards: Sequence[Card]
    systemActions: Sequence[Action]


_encoder = msgspec.json.Encoder(decimal_format="number")
# How the encoder writes numbers that are not finite; only a body in which one of these stands is looked through for one.
_NOT_FINITE = (b"null", b"NaN", b"Infinity")


class NotANumber(ValueError):
    """A number in a card that JSON cannot write; it would become null, and a dose of null is no dose."""


def encode(cards: Sequence[Card], system_actions: Sequence[Action] = ()) -> bytes:
    """The body of the answer.

    Args:
        cards: the cards, most urgent first; none gives `{"cards": []}`.
        system_actions: only for clients with which they were agreed.

    Raises: NotANumber when a resource or an extension holds NaN or an infinity.
    """
    response = _ResponseWithSystemActions(cards, system_actions) if system_actions else _Response(cards)
    body = _encoder.encode(response)
    if any(sign in body for sign in _NOT_FINITE):
        _check_cards(cards)
        _check_actions(system_actions)
    return body


def _check_cards(cards: Iterable[Card]) -> None:
    for card in cards:
        _check_numbers(card.extension)
        for suggestion in card.suggestions:
            _check_numbers(suggestion.extension)
            _check_actions(suggestion.actions)


def _check_actions(actions: Iterable[Action]) -> None:
    for action in actions:
        _check_numbers(action.resource)
        _check_numbers(action.extension)


def _check_numbers(value: object) -> None:
    """Refuse numbers that are not finite, anywhere in the value."""
    if isinstance(value, str):
        return
    if type(value) is dict or isinstance(value, Mapping):
        for member in value.values():
            _check_numbers(member)
    elif isinstance(value, list | tuple):
        for member in value:
            _check_numbers(member)
    elif (isinstance(value, Decimal) and not value.is_finite()) or (isinstance(value, float) and not isfinite(value)):
        raise NotANumber("a number that is not finite")
