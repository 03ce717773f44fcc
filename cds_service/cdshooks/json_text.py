"""Checks on the bytes of a body before anything parses it: encoding and nesting."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

import msgspec

from cds_service.errors import NestedTooDeep, NotReadable

# FHIR resources stay below 30 levels; code further down recurses a few Python frames per level and must not overflow.
MAX_NESTING = 100

_BOM = b"\xef\xbb\xbf"
_NOT_STRUCTURE = bytes(byte for byte in range(256) if byte not in b'"[]{}')
_AS_SQUARE = bytes.maketrans(b"{}", b"[]")
_OPENING = ord("[")
_BLANKS = b" \t\r\n"
_BEGIN = re.compile(rb"\{[ \t\r\n]*")
_COLON = re.compile(rb"[ \t\r\n]*:[ \t\r\n]*")
_COMMA = re.compile(rb"[ \t\r\n]*,[ \t\r\n]*")
# The blanks before a closing brace are fewer.
_TAIL = 100
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


def checked(body: bytes) -> bytes:
    """The body without a byte order mark.

    Raises: NotReadable when it is not UTF-8; NestedTooDeep when brackets are nested beyond MAX_NESTING.
    """
    body = body.removeprefix(_BOM)
    try:
        # To look for a byte that is not ASCII costs a tenth of decoding, and most clients escape them all.
        _ = body.isascii() or body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotReadable() from None
    if is_nested_beyond(body, MAX_NESTING):
        raise NestedTooDeep()
    return body


def has_repeated_member(body: bytes | msgspec.Raw) -> bool:
    """Whether a JSON object has two members of one name: a parser keeps the last and the first is lost in silence.

    What a parser keeps is as long as the object, but for blanks; only where it is not, the names are looked at one by one.

    Args: `body` is one JSON object that was decoded before.

    Raises: NotReadable when its names cannot be told.
    """
    text = bytes(body).strip()
    kept = msgspec.json.encode(_members.decode(text))
    if len(kept) == len(text) or len(kept.translate(None, _BLANKS)) == len(text.translate(None, _BLANKS)):
        return False
    # Numbers stay text: what they are does not matter here, and a very long one would be an error.
    try:
        pairs = json.loads(text, object_pairs_hook=tuple, parse_int=str, parse_float=str, parse_constant=str)
    except ValueError:
        raise NotReadable() from None
    return len({name for name, _ in pairs}) < len(pairs)


def holds_only(value: bytes, kept: Mapping[str, msgspec.Raw]) -> bool:
    """Whether a JSON object holds these members and no other; False where that is not sure.

    Told by its length, where all its members are parted as the first is from the second: a name that stands twice takes
    room that what a parser kept does not need.
    """
    names = [*kept]
    begin = _BEGIN.match(value)
    if not names or begin is None or not value.startswith(b'"%b"' % names[0].encode(), begin.end()):
        return value == b"{}"
    colon = _COLON.match(value, begin.end() + len(names[0].encode()) + 2)
    if colon is None:
        return False
    comma = _COMMA.match(value, colon.end() + len(bytes(kept[names[0]])))
    parted = comma.end() - comma.start() if comma is not None else 0
    end = value[-_TAIL:]
    tail = len(end) - len(end[:-1].rstrip(_BLANKS))
    needed = len("".join(names).encode()) + len(b"".join(kept.values()))
    needed += len(names) * (2 + colon.end() - colon.start()) + (len(names) - 1) * parted
    return len(value) == begin.end() + needed + tail


def stand_once(body: bytes, names: Iterable[str]) -> bool:
    """Whether none of the names can be a member of any object in the body twice; False where that is not sure.

    A name may be written with escapes, and then it is not found by its letters.
    """
    # A single byte is found at memory speed, two are not.
    return (b"\\" not in body or b"\\u" not in body) and all(body.count(b'"%b"' % name.encode()) < 2 for name in names)


def is_nested_beyond(body: bytes, limit: int) -> bool:
    """Whether well-formed JSON is nested deeper than `limit`; for malformed text either answer is possible.

    Strings are dropped and then innermost pairs of brackets, level by level, with byte operations that run at memory
    speed: a parser of its own would cost more than the whole decoding. A body made to defeat that is counted instead.
    """
    brackets = _brackets(body)
    budget = 12 * len(brackets) + 200_000
    levels = 0
    while brackets and levels <= limit and budget > 0:
        budget -= len(brackets)
        reduced = brackets.replace(b"[]", b"")
        if len(reduced) == len(brackets):
            break
        brackets = reduced
        levels += 1
    return levels + _deepest(brackets, limit) > limit


def _brackets(body: bytes) -> bytes:
    """The brackets that stand outside of strings, braces written as square brackets."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    structure = body.translate(_AS_SQUARE, _NOT_STRUCTURE).replace(b'""', b"")
    return b"".join(structure.split(b'"')[::2])


def _deepest(brackets: bytes, limit: int) -> int:
    """How deep the brackets go, counted one by one; stops just beyond the limit."""
    depth = deepest = 0
    for byte in brackets:
        if byte == _OPENING:
            depth += 1
            deepest = max(deepest, depth)
            if depth > limit:
                break
        else:
            depth -= 1
    return deepest
