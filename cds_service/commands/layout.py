"""Text for a terminal of 100 columns: headings, items in two columns, paragraphs. Control characters do not get through."""

from __future__ import annotations

import textwrap

WIDTH = 100


def heading(words: str) -> str:
    """A heading with a rule below it."""
    return f"\n{words}\n{'-' * len(words)}\n"


def paragraph(words: str, indent: str) -> str:
    """A paragraph, every line indented."""
    return _wrapped(words, indent, indent)


def item(label: str, words: str, reference: str = "") -> str:
    """A label and its words; lines that follow are indented below the words. The reference stands last, never broken."""
    first = f"  {_clean(label)} "
    text = f"{words}  <{reference}>" if reference else words
    return _wrapped(text, first, " " * len(first))


def _wrapped(words: str, first: str, rest: str) -> str:
    lines = textwrap.wrap(
        _clean(words),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=True,
    )
    return "\n".join(lines or [first.rstrip()]) + "\n"


def _clean(words: str) -> str:
    """The words without characters that would move the cursor or colour the terminal: charts come from elsewhere."""
    return "".join(c if c.isprintable() else " " for c in words)
