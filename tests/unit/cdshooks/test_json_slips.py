"""Is a slip in hand-written JSON located, named for what it is, and no value repeated?"""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.cdshooks.json_text import members_of
from cds_service.errors import CdsError, NotReadable


@pytest.mark.parametrize(
    ("body", "where", "hint"),
    [
        ('{"a": 1,\n "b": {"c": 2,}}', "line 2, column 15", "trailing comma"),
        ('{"a": [1, 2,]}', "line 1, column 13", "trailing comma"),
        ('{"é": [1],}', "line 1, column 11", "trailing comma"),
        ('\ufeff{"a": 1,}', "line 1, column 9", "trailing comma"),
        ('{"a": 1\n "b": 2}', "line 2, column 2", "comma missing"),
        ('{"a": [1 2]}', "line 1, column 10", "comma missing"),
        ('{"a": 1,, "b": 2}', "line 1, column 9", "Two commas"),
        ('{"a" 1}', "line 1, column 6", "colon"),
        ("{'a': 1}", "line 1, column 2", "Single quotes"),
        ("{a: 1}", "line 1, column 2", "double quotes"),
        ("{“a”: 1}", "line 1, column 2", "typographic"),
        ('{"a":\u00a01}', "line 1, column 6", "typographic"),
        ('{"a": 1, // one\n "b": 2}', "line 1, column 10", "comment"),
        ('{"a": 1} # one', "line 1, column 10", "comment"),
        ('{"a": 1}{"b": 2}', "line 1, column 9", "one object"),
        ('{"a": NaN}', "line 1, column 7", "NaN"),
        ('{"a": -Infinity}', "line 1, column 8", "NaN"),
        ('{"a": True}', "line 1, column 7", "small letters"),
        ('{"a": None}', "line 1, column 7", "small letters"),
        ('{"a": 05}', "line 1, column 8", "leading zeros"),
        ('{"a": .5}', "line 1, column 7", "digit before the point"),
        ('{"a": }', "line 1, column 7", "missing"),
        ('{"a": abc}', "line 1, column 7", "A value is"),
        ('{"a": "b\n"}', "line 1, column 9", "closing quote"),
        ('{"a": "b', "line 1, column 7", "no closing quote"),
        ('{"a": {"b": 1}', "line 1, column 15", "bracket missing"),
        ('{"a": "C:\\q"}', "line 1, column 12", "backslash"),
    ],
)
def test_a_slip_is_located_and_named(body: str, where: str, hint: str) -> None:
    with pytest.raises(NotReadable) as caught:
        members_of(body.encode())
    assert f"The body is not JSON at {where}." == caught.value.sentence
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("body", "sentence", "hint"),
    [
        (b"", "The body is empty.", "one JSON object"),
        (b"[1]", "The body is not a JSON object.", "one JSON object"),
        (b'{"a": "\\ud83d"}', "The body is not a JSON object.", "half a character"),
        (b'{"a":\n "caf\xe9"}', "The body is not UTF-8 at line 2, column 6.", "UTF-8"),
    ],
)
def test_what_has_no_line_is_said_otherwise(body: bytes, sentence: str, hint: str) -> None:
    with pytest.raises(NotReadable) as caught:
        members_of(body)
    assert sentence == caught.value.sentence
    assert hint in caught.value.hint


@given(st.dictionaries(st.text(max_size=4), st.text("secret", min_size=6, max_size=8), min_size=1), st.data())
def test_any_damage_is_an_error_that_repeats_no_value(content: dict[str, str], data: st.DataObject) -> None:
    body = msgspec.json.encode(content)
    place = data.draw(st.integers(0, len(body) - 1))
    damaged = body[:place] + data.draw(st.binary(max_size=2)) + body[place + 1 :]
    try:
        members_of(damaged)
    except CdsError as error:
        assert not any(value in error.sentence + error.hint for value in content.values())
