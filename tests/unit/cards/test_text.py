"""Text that others wrote cannot become markup, a link, a line of its own or a page of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.cards.summary import cut
from cds_service.cards.text import escaped, one_line, plain_text
from tests.support.card_checks import MARKDOWN_LINK, RAW_HTML


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10*9/L", r"10\*9/L"),
        ("<20", "&lt;20"),
        (">= 50", "≥ 50"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[x](javascript:alert(1))", r"\[x\](javascript:alert(1))"),
        ("see https://evil.example", "see https: //evil.example"),
        ("www.evil.example", "www .evil.example"),
        ("me@evil.example", "me (at) evil.example"),
        ("a\n\n# b\r\u2028c\x00", r"a \# b c"),
        ("- item", r"\- item"),
        ("1. item", r"1\. item"),
        ("1.5 mg", "1.5 mg"),
        ("&lt;b>", "&amp;lt;b&gt;"),
        ("a\u202eb\u200bc", "a b c"),
        ("42 ×10⁹/L", "42 ×10⁹/L"),
    ],
)
def test_markdown_marks_are_taken_literally(text: str, expected: str) -> None:
    assert expected == escaped(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[click](javascript:alert(1))", "[click] (javascript:alert(1))"),
        ("![x](data:x) <img src=x>", "![x] (data:x) ‹img src=x>"),
        ("Revlimid [10 mg] capsule (lenalidomide) <20 kg", "Revlimid [10 mg] capsule (lenalidomide) <20 kg"),
    ],
)
def test_plain_text_holds_no_link_for_those_who_read_markdown_in_it(text: str, expected: str) -> None:
    assert expected == plain_text(text)


@given(st.text(max_size=300))
def test_no_text_becomes_html_or_a_link_or_a_second_line(text: str) -> None:
    for made in (escaped(text), plain_text(text)):
        assert not RAW_HTML.search(made)
        assert not MARKDOWN_LINK.search(made)
        assert len(made.splitlines()) <= 1


def test_a_megabyte_of_text_costs_a_line() -> None:
    assert len(one_line("x" * 1_000_000)) <= 240


@given(st.text(max_size=400))
def test_a_summary_is_never_longer_than_asked(text: str) -> None:
    assert len(cut(text)) <= 100
    assert len(cut(text, 500)) <= 139


def test_a_short_summary_is_left_alone() -> None:
    sentence = "Platelets 42 on 10 mg: hold lenalidomide"
    assert sentence == cut(sentence)


def test_a_summary_is_cut_at_a_word() -> None:
    sentence = "word " * 30
    made = cut(sentence)
    assert made.endswith("word…")


def test_a_summary_is_never_cut_between_a_number_and_its_unit() -> None:
    sentence = "x" * 90 + " at 50 000 per microlitre and more"
    expected = "x" * 90 + " at…"
    assert expected == cut(sentence)
