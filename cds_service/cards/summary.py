"""The one line of a card: at most 100 characters, never past 139.

A message may have a `short` sentence for words that make its summary too long; only where that does not fit either is
something cut, at a word and never after half an amount.
"""

from __future__ import annotations

from cds_service.cards.context import CardContext
from cds_service.cards.plain import plain
from cds_service.cards.sentences import sentence, summary_sentence
from cds_service.cards.text import capitalised, plain_text
from cds_service.clinical.recommendation import Recommendation

AIM = 100
ALSO = 90
LIMIT = 139


def cut(sentence: str, limit: int = AIM) -> str:
    """The sentence in at most `limit` characters, ending in … when something was cut.

    Args: limit: characters, at most 139 (the standard wants fewer than 140 code points).
    """
    limit = min(limit, LIMIT)
    if len(sentence) <= limit:
        return sentence
    head, _, _ = sentence[:limit].rpartition(" ")
    words = head.split(" ") if head else [sentence[: limit - 1]]
    # A number without its unit could be read as another amount.
    while len(words) > 1 and any(character.isdigit() for character in words[-1]):
        words.pop()
    return " ".join(words).rstrip(" ,;:-(") + "…"


def whole_summary(recommendation: Recommendation, context: CardContext, order: str = "") -> str:
    """The whole summary sentence in plain text as the rules wrote it, uncut."""
    return plain_text(summary_sentence(recommendation, context, lambda text: plain_text(text, 120), order), 500)


def summary_line(recommendation: Recommendation, context: CardContext, order: str = "", limit: int = AIM) -> str:
    """The summary as it stands on a card: the whole sentence, else the short one, else as much as fits."""

    def safe(text: str) -> str:
        return plain_text(plain(text, context.today), 500)

    whole = capitalised(summary_sentence(recommendation, context, safe, order))
    if len(whole) <= limit:
        return whole
    short = capitalised(sentence(recommendation, f"{recommendation.message}.short", context, safe, order))
    return short if short and len(short) <= limit else cut(short or whole, limit)


def also_line(recommendation: Recommendation, context: CardContext, order: str = "") -> str:
    """A decision without a card of its own, in one line with its urgency."""
    urgency = f"{recommendation.urgency.value}: "
    return urgency + summary_line(recommendation, context, order, ALSO - len(urgency))
