"""The one line of a card: at most 100 characters, never past 139, cut at a word and never after half an amount."""

from __future__ import annotations

AIM = 100
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
