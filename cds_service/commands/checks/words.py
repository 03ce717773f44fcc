"""messages.toml: every message whole, every fill-in well formed, no summary that is too long before anything is filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cds_service.commands.checks import Doubt

PARTS = ("summary",)
MAY_HAVE = ("short", "why", "do", "do-critical", "not_checked")
# Tables of words that are no messages: buttons, and how documents are named.
TABLES = ("proposal", "document", "source", "test", "do", "part", "todo", "fact", "state", "phrase")
LONGEST_SUMMARY = 100
FILL_IN = re.compile(r"\{([A-Za-z_]\w*)\}")


def message_doubts(name: str, content: Mapping[str, object]) -> Iterator[Doubt]:
    """Doubts about the sentences of one drug.

    Args: the file's name and its parsed content: one table for each message, and the tables of other words.
    """
    for key, parts in content.items():
        if not isinstance(parts, Mapping):
            yield Doubt(f"{name}: {key}", "not a table")
            continue
        if key in TABLES:
            yield from (Doubt(f"{name}: {key}.{p}", f) for p, text in parts.items() for f in _text_faults(text))
            continue
        for part in dict.fromkeys((*PARTS, *parts)):
            if part not in (*PARTS, *MAY_HAVE):
                yield Doubt(f"{name}: {key}.{part}", "not a part of a message: " + ", ".join((*PARTS, *MAY_HAVE)))
                continue
            yield from (Doubt(f"{name}: {key}.{part}", fault) for fault in _text_faults(parts.get(part)))
            bare = FILL_IN.sub("", str(parts.get(part, "")))
            if part in ("summary", "short") and len(bare) > LONGEST_SUMMARY:
                yield Doubt(f"{name}: {key}.{part}", f"longer than {LONGEST_SUMMARY} characters without any fill-in")


def _text_faults(text: object) -> Iterator[str]:
    if not isinstance(text, str) or not text.strip():
        yield "no sentence"
        return
    rest = FILL_IN.sub("", text)
    if "{" in rest or "}" in rest:
        yield "a brace that belongs to no fill-in"
