"""Where a text breaks the grammar of JSON, and what slip of the pen that most likely is. No value is repeated."""

from __future__ import annotations

import json
import re

import msgspec

from cds_service.errors import NotReadable

_PLACE = re.compile(r"JSON is malformed: (.+) \(byte (\d+)\)")
_VALUE = "A value is a string in double quotes, a number, true, false, null, an object or an array."
_COMMENT = "A comment? JSON has none: take it out."
_TYPOGRAPHIC = "A typographic quote or blank? Only straight double quotes and plain blanks are JSON."
# By what the parser says, and by what stands there; the first that fits.
_SLIPS = tuple(
    (said, re.compile(there, re.DOTALL), hint)
    for said, there, hint in (
        ("trailing comma", rb"", "A trailing comma? Take out the one before it."),
        ("", rb"//|/\*|#", _COMMENT),
        ("", rb"[\x80-\xff]", _TYPOGRAPHIC),
        ("", rb"'", "Single quotes? Names and texts stand in double quotes."),
        ("expected ','", rb"", "Is a comma missing before it, or a bracket or quote one too many?"),
        ("expected ':'", rb"", "A colon stands between the name of a member and its value."),
        ("object keys", rb",", "Two commas? Take one out."),
        ("object keys", rb"", "The name of a member stands in double quotes."),
        ("escape", rb"", r"A backslash in a text is written twice: \\."),
        ("number", rb"", "A number is written as 0.5 or 5: no leading zeros, and digits on both sides of the point."),
        ("trailing characters", rb"", "The object ends before it: send one object and nothing after it."),
        ("", rb"[\x00-\x1f]", r"Is a closing quote missing? A line break within a text is written \n, a tab \t."),
        ("", rb"NaN|Inf", "NaN and Infinity are no numbers of JSON; leave the member out where there is no value."),
        ("", rb"True|False|None|TRUE|FALSE|NULL", "JSON writes true, false and null in small letters."),
        ("", rb"[+.]", "A number is written as 0.5 or 5: no plus, and a digit before the point."),
        ("", rb"[\]},]", f"A value is missing or misspelt before it. {_VALUE}"),
    )
)


def not_utf8(body: bytes, fault: UnicodeDecodeError) -> NotReadable:
    """The error for bytes that are no UTF-8."""
    where = _line_and_column(body, fault.start)
    return NotReadable(sentence=f"The body is not UTF-8 at {where}.", hint="Save and send it as UTF-8.")


def not_readable(body: bytes) -> NotReadable:
    """The error for a body, UTF-8 without a byte order mark, that is no JSON object: the line, the column, the likely slip."""
    if not body.strip():
        return NotReadable(sentence="The body is empty.")
    try:
        msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        malformed = _PLACE.search(str(error))
        if malformed is None:
            return _cut_short(body)
        said, place = malformed[1], int(malformed[2])
        # What follows the object is reported one byte late.
        place -= said == "trailing characters"
        fits = (hint for part, there, hint in _SLIPS if part in said and there.match(body, place))
        return _at(_line_and_column(body, place), next(fits, _VALUE))
    return NotReadable()


def _cut_short(body: bytes) -> NotReadable:
    """The error for a body that ends too early, as far as the parser tells."""
    try:
        json.loads(body)
    except json.JSONDecodeError as error:
        is_text = error.msg.startswith("Unterminated")
        hint = "The text that begins there has no closing quote." if is_text else "It ends there: is a bracket missing?"
        return _at(f"line {error.lineno}, column {error.colno}", hint)
    except (ValueError, RecursionError):
        return NotReadable()
    return NotReadable(hint=r"An escape such as \ud83d is half a character: its other half must follow.")


def _at(where: str, hint: str) -> NotReadable:
    return NotReadable(sentence=f"The body is not JSON at {where}.", hint=hint)


def _line_and_column(body: bytes, place: int) -> str:
    """Both from 1; columns in characters, as editors count."""
    before = body[:place].decode("utf-8", "replace")
    return f"line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"
