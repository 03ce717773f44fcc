"""Text for a terminal of 100 columns or fewer: headings, items in two columns, paragraphs. Control characters do not get through."""

from __future__ import annotations

import shutil
import textwrap

WIDEST = 100
_NARROWEST = 40


def counted(number: int, noun: str) -> str:
    """A number of things: "1 call", "2 calls"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def heading(words: str) -> str:
    """A heading with a rule below it."""
    return f"\n{words}\n{'-' * min(len(words), _width())}\n"


def paragraph(words: str, indent: str) -> str:
    """A paragraph, every line indented."""
    return _wrapped(words, indent, indent)


def item(label: str, words: str, reference: str = "") -> str:
    """A label and its words; lines that follow are indented below the words. The reference stands last, never broken.

    Where the label leaves the words less than half of a line, they begin on the next one.
    """
    first = f"  {_clean(label)} "
    text = f"{words}  <{reference}>" if reference else words
    if len(first) > _width() / 2 and len(first) + len(text) > _width():
        return _wrapped(label.rstrip(), "  ", "  ") + _wrapped(text, "      ", "      ")
    return _wrapped(text, first, " " * len(first))


def _width() -> int:
    """The columns of the terminal, as far as lines can be read; of a file or a pipe 100."""
    return max(_NARROWEST, min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns))


def _wrapped(words: str, first: str, rest: str) -> str:
    lines = textwrap.wrap(
        _clean(words),
        _width(),
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=True,
    )
    return "\n".join(lines or [first.rstrip()]) + "\n"


def _clean(words: str) -> str:
    """The words without characters that would move the cursor or colour the terminal: charts come from elsewhere."""
    return "".join(c if c.isprintable() else " " for c in words)
