"""Text that others wrote, made safe: no markup, no links, no line breaks, no invisible characters, bounded length."""

from __future__ import annotations

import re
import unicodedata

MAX_TEXT = 240

_taken_literally = str.maketrans(
    {mark: f"\\{mark}" for mark in "\\`*_[]~|#!"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
)
_has_marks = re.compile(r"[\\`*_\[\]~|#!&<>]").search
_starts_a_tag = re.compile(r"<(?=[A-Za-z/!?])")
_starts_a_list = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
# "//" and "www." and "@" are what markdown readers turn into links without being asked.
_link = re.compile(r"\](?=\()")
_scheme = re.compile(r":(?=//)")
_www = re.compile(r"\bwww\.", re.IGNORECASE)


def one_line(text: str, limit: int = MAX_TEXT) -> str:
    """The text on one line: control, format and unassigned characters out, blanks joined, cut at `limit` characters."""
    if len(text) <= limit and text.isprintable() and "  " not in text and text == text.strip():
        return text
    # Cut before looking at each character: a megabyte of text may stand where a word was meant.
    visible = text[: limit * 4]
    if not visible.isprintable():
        visible = "".join(
            " " if character.isspace() or unicodedata.category(character)[0] in "ZC" else character
            for character in visible
        )
    joined = " ".join(visible.split())
    return joined if len(joined) <= limit else f"{joined[: limit - 1].rstrip()}…"


def without_links(text: str) -> str:
    """The text with addresses written so that no reader makes a link of them."""
    if "//" in text:
        text = _scheme.sub(": ", text)
    if "." in text:
        text = _www.sub("www .", text)
    return text.replace("@", " (at) ") if "@" in text else text


def _comparisons(text: str) -> str:
    """Comparisons as people print them; "&gt;=" is no way to read a threshold."""
    return text.replace(">=", "≥").replace("<=", "≤") if "=" in text else text


def plain_text(text: str, limit: int = MAX_TEXT) -> str:
    """The text for places that are not markdown (summary, labels): one line, nothing that could open an HTML tag.

    Some clients read markdown there all the same, so that no link of it is left either.
    """
    text = without_links(text)
    if "](" in text:
        text = _link.sub("] ", text)
    line = one_line(_comparisons(text), limit)
    return _starts_a_tag.sub("‹", line) if "<" in line else line


def escaped(text: str, limit: int = MAX_TEXT) -> str:
    """The text for markdown: one line, every mark that means something there taken literally."""
    line = one_line(_comparisons(without_links(text)), limit)
    if _has_marks(line):
        line = line.translate(_taken_literally)
    if line[:1].isdigit():
        return _starts_a_list.sub(r"\1\\\2", line)
    return f"\\{line}" if line.startswith(("-", "+", "=")) else line


def capitalised(text: str) -> str:
    """The text with its first letter in upper case and the rest as it is."""
    return text[:1].upper() + text[1:]
