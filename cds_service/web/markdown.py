"""The markdown that cards are written in, as HTML: paragraphs, lists, bold words, marks taken literally; everything else is text."""

from __future__ import annotations

import html
import re

from markupsafe import Markup, escape

_BLOCKS = re.compile(r"\n[ \t]*\n")
_ITEM = re.compile(r"[-*+] +")
_BOLD = re.compile(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*")
_LITERAL = re.compile(r"\\([!-/:-@\[-`{-~])")


def to_html(text: str) -> Markup:
    """The text as HTML; no mark in it can open an element, a link or a script."""
    return Markup("\n").join(map(_block, filter(str.strip, _BLOCKS.split(text))))


def _block(block: str) -> Markup:
    lines = [line.strip() for line in block.strip().splitlines()]
    if all(_ITEM.match(line) for line in lines):
        items = (Markup("<li>{}</li>").format(_inline(_ITEM.sub("", line, count=1))) for line in lines)
        return Markup("<ul>{}</ul>").format(Markup().join(items))
    return Markup("<p>{}</p>").format(Markup("<br>").join(map(_inline, lines)))


def _inline(line: str) -> Markup:
    parts = _BOLD.split(line)
    return Markup().join(
        Markup("<strong>{}</strong>").format(_words(part)) if number % 2 else _words(part)
        for number, part in enumerate(parts)
    )


def _words(text: str) -> Markup:
    return escape(html.unescape(_LITERAL.sub(r"\1", text)))
