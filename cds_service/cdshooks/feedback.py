"""Feedback on cards (section 'Feedback'): one bad entry refuses the whole call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from cds_service.cdshooks.json_slips import not_readable
from cds_service.cdshooks.json_text import checked
from cds_service.errors import NestedTooDeep, NotReadable, WrongFeedback

ACCEPTED = "accepted"
OVERRIDDEN = "overridden"
# Longer than any UUID, short enough for an indexed column everywhere.
MAX_ID_LENGTH = 255
# More than any session brings at once; a flood of invented entries would fill the table.
MOST_ENTRIES = 100
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)  # before there was CDS Hooks
CLOCKS_DIFFER = timedelta(days=1)


class FeedbackEntry(msgspec.Struct, frozen=True):
    """What became of one card.

    `accepted_suggestions` are the suggestions' uuids, () when overridden. The reason's parts and the comment are ""
    where the client sent none; the comment may hold anything a person typed. `outcome_at` is in UTC.
    """

    card: str
    outcome: str
    outcome_at: datetime
    accepted_suggestions: tuple[str, ...] = ()
    reason_code: str = ""
    reason_system: str = ""
    reason_display: str = ""
    comment: str = ""


class _Suggestion(msgspec.Struct):
    id: str


class _Reason(msgspec.Struct):
    code: str
    system: str | None = None
    display: str | None = None


class _OverrideReason(msgspec.Struct):
    reason: _Reason | None = None
    userComment: str | None = None


class _Entry(msgspec.Struct):
    card: str
    outcome: str
    outcomeTimestamp: Annotated[datetime, msgspec.Meta(tz=True)]
    acceptedSuggestions: list[_Suggestion] | None = None
    overrideReason: _OverrideReason | None = None


class _Feedback(msgspec.Struct):
    feedback: list[msgspec.Raw]


_body = msgspec.json.Decoder(_Feedback)
_entry = msgspec.json.Decoder(_Entry)


def parse_feedback(body: bytes, now: datetime) -> tuple[FeedbackEntry, ...]:
    """The entries of a feedback call, in their order.

    Args: `now` is the instant of receipt; an outcome that lies after it, or before CDS Hooks, is no time of an outcome.
    Raises: NotReadable, NestedTooDeep, WrongFeedback naming the first entry that is not as the standard has it.
    """
    body = checked(body)
    try:
        entries = _body.decode(body).feedback
    except msgspec.ValidationError as error:
        if str(error).startswith("Expected `object`") and "at `$" not in str(error):
            raise NotReadable() from None
        raise WrongFeedback("$.feedback", "The member 'feedback' is missing or is no array.") from None
    except msgspec.DecodeError:
        raise not_readable(body) from None
    except RecursionError:
        raise NestedTooDeep() from None
    if not entries:
        raise WrongFeedback("$.feedback", "The member 'feedback' holds no entry.")
    if len(entries) > MOST_ENTRIES:
        raise WrongFeedback("$.feedback", f"The member 'feedback' holds more than {MOST_ENTRIES} entries.")
    return tuple(_read(raw, f"$.feedback[{number}]", now) for number, raw in enumerate(entries))


def _read(raw: msgspec.Raw, where: str, now: datetime) -> FeedbackEntry:
    """One entry, checked."""
    try:
        entry = _entry.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WrongFeedback(_place(where, str(error))) from None
    if not _is_id(entry.card):
        raise WrongFeedback(f"{where}.card", "The member 'card' is blank or too long for a card's uuid.")
    if entry.outcome not in (ACCEPTED, OVERRIDDEN):
        raise WrongFeedback(f"{where}.outcome", "The member 'outcome' is neither 'accepted' nor 'overridden'.")
    suggestions = tuple(suggestion.id for suggestion in entry.acceptedSuggestions or ())
    if entry.outcome == ACCEPTED and not (suggestions and all(_is_id(suggestion) for suggestion in suggestions)):
        raise WrongFeedback(f"{where}.acceptedSuggestions", "An accepted card must name the suggestions' uuids.")
    if len(suggestions) > MOST_ENTRIES:
        raise WrongFeedback(f"{where}.acceptedSuggestions", f"More than {MOST_ENTRIES} suggestions are named.")
    override = entry.overrideReason or _OverrideReason()
    return FeedbackEntry(
        card=entry.card.strip(),
        outcome=entry.outcome,
        outcome_at=_in_utc(entry.outcomeTimestamp, where, now),
        accepted_suggestions=suggestions if entry.outcome == ACCEPTED else (),
        reason_code=override.reason.code if override.reason else "",
        reason_system=(override.reason.system if override.reason else "") or "",
        reason_display=(override.reason.display if override.reason else "") or "",
        comment=override.userComment or "",
    )


def _in_utc(instant: datetime, where: str, now: datetime) -> datetime:
    """The instant in UTC; one that the calendar cannot hold there, or that cannot be, is refused."""
    try:
        at = instant.astimezone(UTC)
    except OverflowError:
        raise WrongFeedback(f"{where}.outcomeTimestamp") from None
    if not EARLIEST <= at <= now + CLOCKS_DIFFER:
        raise WrongFeedback(
            f"{where}.outcomeTimestamp", "The member 'outcomeTimestamp' lies in the future or far back."
        )
    return at


def _is_id(text: str) -> bool:
    return bool(text.strip()) and len(text) <= MAX_ID_LENGTH


def _place(where: str, words: str) -> str:
    """The place inside the entry that a validation message names."""
    _, found, path = words.partition(" - at `$")
    if found:
        return where + path.rstrip("`")
    _, found, name = words.partition("missing required field `")
    return f"{where}.{name.split('`')[0]}" if found else where
