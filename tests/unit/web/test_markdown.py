"""Does a card's detail become HTML in which its words can do nothing but be read?"""

from __future__ import annotations

import json

import pytest

from cds_service.commands.fixtures import FOLDER
from cds_service.web.markdown import to_html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One line.\n\nAnother.", "<p>One line.</p>\n<p>Another.</p>"),
        (
            "**Also**\n\n- info: a\n- **b**",
            "<p><strong>Also</strong></p>\n<ul><li>info: a</li><li><strong>b</strong></li></ul>",
        ),
        (r"\*\*not bold\*\* 5 \< 6", "<p>**not bold** 5 &lt; 6</p>"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
    ],
)
def test_marks_become_elements_and_nothing_else_does(text: str, expected: str) -> None:
    assert expected == to_html(text)


def test_no_mark_of_any_golden_card_is_left_over() -> None:
    cards = [c for path in FOLDER.glob("*/cards.json") for c in json.loads(path.read_text(encoding="utf-8"))["cards"]]
    left = {
        card["summary"] for card in cards if any(mark in to_html(card.get("detail", "")) for mark in ("**", "\n- "))
    }
    assert set() == left and len(cards) > 50
