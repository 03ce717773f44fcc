"""Does the SMART app go from a card's link to the timeline, say what a point is, and answer "what if"?"""

from __future__ import annotations

from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from cds_service.commands.fixtures import fixtures
from tests.browser.visitor import Visitor

CASES = {case.name: case for case in fixtures()}
ON_HOLD = "resume-platelets-50000"


def card_link(base: str, name: str) -> dict[str, Any]:
    """The SMART link of the first card of a case."""
    case = CASES[name]
    answer = requests.post(f"{base}/cds-services/{case.service}", data=case.body, timeout=15)
    links = [link for link in answer.json()["cards"][0]["links"] if link["type"] == "smart"]
    assert 1 == len(links)
    return dict(links[0])


def launched(visit: Visitor, base: str, name: str) -> Page:
    """The app as an EHR opens it from the link of a card: with a launch context and the server's address."""
    link = card_link(base, name)
    context = {"patient": CASES[name].patient_id, "appContext": link["appContext"]}
    asked = requests.post(
        f"{base}/demo/fhir/_services/smart/Launch",
        json={"launch_url": link["url"], "parameters": context},
        timeout=15,
    )
    visit.page.goto(f"{link['url']}?launch={asked.json()['launch_id']}&iss={base}/demo/fhir")
    expect(visit.page.get_by_role("heading", level=1)).to_contain_text("therapy timeline")
    return visit.page


@pytest.mark.parametrize("name", [ON_HOLD, "german-laboratory"])
def test_a_cards_link_opens_the_timeline(visit: Visitor, base: str, name: str) -> None:
    page = launched(visit, base, name)
    assert "patient" not in page.url.lower().partition("/smart/")[2]
    expect(page.get_by_role("heading", name="Recommendation of")).to_be_visible()
    visit.look(f"timeline-{name}")
