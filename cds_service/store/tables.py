"""The tables: feedback, cards shown, decision records with the head of their chain, used token identifiers,
and sessions of browsers, sealed by a key that the browser alone holds.

No table holds patient data. Texts that a client wrote pass `storable` first, what should be a UUID `identifier`.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, Table, Text

metadata = MetaData()


def _texts(*names: str) -> tuple[Column[str], ...]:
    return tuple(Column(name, Text, nullable=False) for name in names)


feedback_entry = Table(
    "feedback_entry",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("repeat_key", Text, nullable=False, unique=True),
    *_texts("received_at", "client", "tenant", "service", "card", "outcome", "accepted_suggestions"),
    *_texts("reason_system", "reason_code", "reason_display"),
    Column("has_comment", Boolean, nullable=False),
    Column("comment", Text),
    *_texts("outcome_at"),
    Column("is_card_known", Boolean, nullable=False),
    *_texts("rules", "content_version", "shown_at"),
    Index("feedback_entry_card", "card"),
    Index("feedback_entry_received_at", "received_at"),
)

card_shown = Table(
    "card_shown",
    metadata,
    Column("card", Text, primary_key=True),
    *_texts("service", "rules", "content_version", "shown_at"),
    Index("card_shown_shown_at", "shown_at"),
)

decision_record = Table(
    "decision_record",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    *_texts("at", "body", "previous_hash", "hash"),
    Column("is_keyed", Boolean, nullable=False),
    Index("decision_record_at", "at"),
)

decision_chain = Table(
    "decision_chain",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    *_texts("hash", "seal"),
)

used_token = Table(
    "used_token",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("expires_at", Float, nullable=False),
    Index("used_token_expires_at", "expires_at"),
)

browser_session = Table(
    "browser_session",
    metadata,
    Column("digest", Text, primary_key=True),
    *_texts("sealed"),
    Column("expires_at", Float, nullable=False),
    Index("browser_session_expires_at", "expires_at"),
)


def storable(text: str, limit: int = 512) -> str:
    """A client's text in a form that every database takes: no NUL, no half character pairs, at most `limit` characters.

    Args:
        text: What the client wrote.
        limit: Longest stored text, in characters.

    Returns:
        The text, with what cannot be stored written as an escape.
    """
    clean = text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\\x00")
    return clean[:limit]


_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def identifier(text: str) -> str:
    """A client's UUID as it stands; of any other text a digest, because a name could stand there.

    Returns: the UUID, or "sha256:" and 64 hex digits; the same for the same text, so that what belongs together is found.
    """
    if not text or _UUID.fullmatch(text):
        return text
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
