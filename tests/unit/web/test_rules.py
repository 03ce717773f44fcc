"""Is every rule on the page with its place, its state and a case that shows it, and does the search narrow it?"""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from cds_service.commands.fixtures import fixtures
from cds_service.drugs.lenalidomide import DRUG

RULES = DRUG.rulebook.on(date(2026, 1, 26)).by_id


def shown(text: str) -> list[str]:
    return re.findall(r'<article class="rule" id="([^"]+)"', text)


def test_every_rule_in_force_stands_there_once(client: FlaskClient) -> None:
    page = client.get("/rules").text
    assert sorted(RULES) == sorted(shown(page))
    assert page.count(RULES["US-MDS-PLT-W4-HI"].review) > 10


def test_the_documents_of_the_jurisdiction_stand_first_and_others_say_that_they_decide_nothing(
    client: FlaskClient,
) -> None:
    parts = re.split(r"<h2 id=", client.get("/rules").text)[1:]
    kinds = [
        re.findall(r'<p class="quiet">(US|EU, decides nothing here \(US\)|all jurisdictions) ·', p)[0] for p in parts
    ]
    assert kinds == sorted(kinds, key=["US", "all jurisdictions", "EU, decides nothing here (US)"].index)
    assert 3 == len(set(kinds))
    home = client.get("/").text
    assert 0 < home.index("Lenalidomide US label") < home.index("Project rules")


def test_a_rule_links_to_a_case_that_shows_it(client: FlaskClient) -> None:
    page = client.get("/rules", query_string={"q": "US-MDS-PLT-W4-HI"}).text
    case = re.findall(r'href="/try\?case=([^"]+)"', page.partition('<article class="rule" id="US-MDS-PLT-W4-HI"')[2])[0]
    assert "US-MDS-PLT-W4-HI" in next(each for each in fixtures() if each.name == case).shown_rules
    assert "US-MDS-PLT-W4-HI" in client.get(f"/try?case={case}").text


@pytest.mark.parametrize(
    ("words", "expected"),
    [("us-mds-plt-w4-hi", ["US-MDS-PLT-W4-HI"]), ("platelets nosuchword", []), ("50,000 baseline 4 weeks eu", None)],
)
def test_the_search_wants_every_word(client: FlaskClient, words: str, expected: list[str] | None) -> None:
    page = client.get("/rules", query_string={"q": words}).text
    if expected is not None:
        assert expected == shown(page)
    assert len(shown(page)) < len(RULES)
    assert f"{len(shown(page))} of {len(RULES)} rules" in page


def test_what_is_searched_for_is_only_text(client: FlaskClient) -> None:
    assert "<script>alert" not in client.get("/rules", query_string={"q": '"><script>alert(1)</script>'}).text
