"""The bytes of a body: what is checked before anything parses it (encoding, nesting), and its members."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from cds_service.cdshooks.json_slips import not_readable, not_utf8
from cds_service.errors import NestedTooDeep, NotReadable

# FHIR resources stay below 30 levels; code further down recurses a few Python frames per level and must not overflow.
MAX_NESTING = 100

_BOM = b"\xef\xbb\xbf"
_NOT_STRUCTURE = bytes(byte for byte in range(256) if byte not in b'"[]{}')
_AS_SQUARE = bytes.maketrans(b"{}", b"[]")
_OPENING = ord("[")
_BLANKS = b" \t\r\n"
_MEMBER = re.compile(rb'[ \t\r\n]*(,?)[ \t\r\n]*"([^"\\]*)"[ \t\r\n]*:[ \t\r\n]*')
_END = re.compile(rb"[ \t\r\n]*\}")
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


def checked(body: bytes) -> bytes:
    """The body without a byte order mark.

    Raises: NotReadable when it is not UTF-8; NestedTooDeep when brackets are nested beyond MAX_NESTING.
    """
    body = body.removeprefix(_BOM)
    try:
        # To look for a byte that is not ASCII costs a tenth of decoding, and most clients escape them all.
        _ = body.isascii() or body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_utf8(body, error) from None
    if is_nested_beyond(body, MAX_NESTING):
        raise NestedTooDeep()
    return body


def members_of(body: bytes) -> dict[str, Any]:
    """The members of the object that a body is, with exact numbers.

    Raises: NotReadable with line and column; NestedTooDeep.
    """
    body = checked(body)
    try:
        # The parser of the calls says what JSON is; the other one knows no number that is too long.
        _members.decode(body)
        members: dict[str, Any] = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    except (msgspec.DecodeError, ValueError):
        raise not_readable(body) from None
    return members


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


def without_object(body: bytes, name: str, kept: Mapping[str, msgspec.Raw]) -> bytes | None:
    """The body without the members of the first object of a name; None where these are not `kept`, each once and in order.

    Args: `kept` are the members as a parser kept them. Each is looked for where it must stand, which costs less than parsing.
    """
    begin = re.compile(rb'"%b"[ \t\r\n]*:[ \t\r\n]*\{' % name.encode()).search(body)
    if begin is None:
        return None
    place = begin.end()
    for number, (member, value) in enumerate(kept.items()):
        named, content = _MEMBER.match(body, place), bytes(value)
        if named is None or bool(named[1]) is (number == 0) or named[2] != member.encode():
            return None
        if not body.startswith(content, named.end()):
            return None
        place = named.end() + len(content)
    end = _END.match(body, place)
    return body[: begin.end()] + body[end.end() - 1 :] if end is not None else None


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
