"""Do insights show operators what became of cards, week by week, and a site-map line for each code that nobody mapped?"""

from __future__ import annotations

import copy
import html
import re
import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from cds_service.commands.fixtures import fixtures
from cds_service.fhir.site_map import parse_site_map
from cds_service.hooks.explanation import check_words
from cds_service.web.bars import Series, grouped_bars
from cds_service.web.insights import unknown_units, unmapped
from tests.unit.web.conftest import Live
from tests.unit.web.test_sign_in import signed_in

CASE = next(each for each in fixtures() if each.name == "platelets-49999-week-3")


def call(live: Live, request: dict[str, Any]) -> list[dict[str, Any]]:
    answer = requests.post(f"{live.url}/cds-services/{CASE.service}", json=request)
    assert 200 == answer.status_code
    cards: list[dict[str, Any]] = answer.json()["cards"]
    return cards


@pytest.fixture(scope="module")
def used(live: Live) -> Live:
    """The demonstration after two calls, feedback on them, and a third one with a local code."""
    first, second = (
        call(live, CASE.request)[0],
        call(live, {**CASE.request, "hookInstance": "8f2c1e7a-7a57-4b41-8d59-0a4f5a1c9b10"})[0],
    )
    now = datetime.now(UTC).isoformat()
    reason = {"reason": first["overrideReasons"][0]}
    taken = [{"id": first["suggestions"][0]["uuid"]}]
    feedback = [
        {"card": first["uuid"], "outcome": "accepted", "acceptedSuggestions": taken, "outcomeTimestamp": now},
        {"card": second["uuid"], "outcome": "overridden", "overrideReason": reason, "outcomeTimestamp": now},
    ]
    sent = requests.post(f"{live.url}/cds-services/{CASE.service}/feedback", json={"feedback": feedback})
    assert 200 == sent.status_code
    request = copy.deepcopy(CASE.request)
    local = copy.deepcopy(request["prefetch"]["platelets"]["entry"][0])
    local["resource"] |= {
        "id": "local",
        "code": {"coding": [{"system": "urn:site:lab", "code": "THRO"}], "text": "Platelets"},
    }
    request["prefetch"]["platelets"]["entry"].append(local)
    call(live, request)
    return live


def rows_of(page: str, rule: str) -> list[str]:
    row = re.search(rf'<tr><td[^>]*><a href="/rules#{rule}">.*?</tr>', page, flags=re.DOTALL)
    assert row
    return [
        html.unescape(re.sub("<[^>]+>", "", cell)).strip()
        for cell in re.findall(r"<td.*?</td>", row[0], flags=re.DOTALL)
    ]


def test_an_operator_sees_what_became_of_the_cards(used: Live) -> None:
    page = signed_in(used, "operator").get(f"{used.url}/insights").text
    cells = rows_of(page, "US-MDS-PLT-W4-HI")
    assert ["3 / 1 / 1", "3 / 1 / 1"] == [cells[1], cells[-2]]
    assert {"–"} == set(cells[2:-2]) and cells[-1].endswith(": 1")
    assert 'class="shown"' in page and "CDS_SITE_MAP" in page


def test_a_code_that_nobody_mapped_is_one_click_from_its_line(used: Live) -> None:
    page = signed_in(used, "operator").get(f"{used.url}/insights").text
    detail = re.search(r"<details><summary>platelets urn:site:lab\|THRO.*?</details>", page, flags=re.DOTALL)
    assert detail
    line = html.unescape(re.findall(r"<pre[^>]*>(.*?)</pre>", detail[0], flags=re.DOTALL)[0])
    assert parse_site_map(line, []).concepts == {("urn:site:lab", "THRO"): "platelets"}


def test_what_is_played_in_try_it_counts_nowhere(used: Live) -> None:
    requests.get(f"{used.url}/try", params={"case": CASE.name})
    requests.post(f"{used.url}/try", data={"request": CASE.body.decode(), "today": CASE.today.isoformat()})
    assert ": 3 calls." in signed_in(used, "operator").get(f"{used.url}/insights").text


def test_a_key_that_was_not_obtained_stands_as_the_client_writes_it() -> None:
    assert "prefetch key hepatitisB" == check_words("prefetch.hepatitisB")


def test_nobody_else_sees_them(used: Live) -> None:
    refused = signed_in(used, "pharmacist").get(f"{used.url}/insights")
    assert 403 == refused.status_code
    assert 'action="/sign-out"' in refused.text.partition("<main")[2]
    assert 302 == requests.get(f"{used.url}/insights", allow_redirects=False).status_code


def test_codes_stand_by_frequency_and_a_bare_fact_has_no_line() -> None:
    found = unmapped(["platelets |THR", "anc", "platelets |THR"])
    assert [("platelets |THR", 2), ("ANC", 1)] == [(each.name, each.calls) for each in found]
    assert {"system": "", "code": "THR", "concept": "platelets"} == tomllib.loads(found[0].line)["code"][0]
    assert "" == found[1].line


def test_a_unit_that_no_result_named_has_its_lines_and_one_that_is_none_has_not() -> None:
    found = unknown_units(["platelets", "platelets", "platelets Tsd/nl"])
    assert [("platelets", 2), ("platelets Tsd/nl", 1)] == [(each.name, each.calls) for each in found]
    site = parse_site_map(found[0].line, [])
    assert ({("?", "?"): "platelets"}, {("?", "?"): "/uL"}) == (site.concepts, site.units)
    assert "" == found[1].line


def test_a_chart_says_every_number_and_nothing_of_its_labels_is_markup() -> None:
    drawn = grouped_bars("a < b", ["1 Jan", "<8 Jan>"], [Series("shown", [0, 4]), Series("accepted", [1, 2])])
    assert "<8" not in drawn and "a &lt; b" in drawn
    assert ["1", "4", "2"] == re.findall(r'text-anchor="middle">(\d+)</text>', drawn)
    assert "<svg" in grouped_bars("nothing", [], [])
