"""Does the SMART app go from a card's link to the timeline, say what a point is, and answer "what if"?"""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from cds_service.commands.fixtures import fixtures
from tests.browser.visitor import Visitor, visitor

CASES = {case.name: case for case in fixtures()}
ON_HOLD = "resume-platelets-50000"
QUIET = "cbc-not-due-week-3"


def card_link(base: str) -> dict[str, Any]:
    """The SMART link of the first card of a case; it is the same for every patient."""
    case = CASES[ON_HOLD]
    answer = requests.post(f"{base}/cds-services/{case.service}", data=case.body, timeout=15)
    links = [link for link in answer.json()["cards"][0]["links"] if link["type"] == "smart"]
    assert 1 == len(links)
    return dict(links[0])


def launched(visit: Visitor, base: str, name: str) -> Page:
    """The app as an EHR opens it from the link of a card, with a launch context for the patient of a case."""
    link = card_link(base)
    context = {"patient": CASES[name].patient_id, "appContext": link["appContext"]}
    asked = requests.post(
        f"{base}/demo/fhir/_services/smart/Launch",
        json={"launchUrl": link["url"], "parameters": context},
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


def test_a_result_says_its_value_unit_day_and_source_by_key_and_by_pointer(visit: Visitor, base: str) -> None:
    page = launched(visit, base, ON_HOLD)
    readout = page.locator("[data-readout]")
    platelets = page.get_by_role("group", name="Platelets in")
    last = platelets.locator(".point").last
    last.focus()
    expect(readout).to_have_text(re.compile(r"platelets 50,000 /µL, 2026-01-26 \(Observation/\S+\)"))
    page.keyboard.press("ArrowLeft")
    expect(readout).to_contain_text("platelets 45,000 /µL, 2026-01-12 (Observation/")
    page.keyboard.press("Home")
    expect(readout).to_contain_text("platelets 180,000 /µL, 2025-12-21")
    page.keyboard.press("Tab")
    expect(readout).to_contain_text("interrupt below 500/µL")
    page.keyboard.press("Tab")
    expect(page.get_by_role("group", name="ANC in").locator(".point:focus")).to_have_count(1)
    page.get_by_role("group", name="Doses").locator(".band").last.focus()
    page.keyboard.press("ArrowLeft")
    expect(readout).to_contain_text("2025-12-22 to 2026-01-11: 10 mg once daily")
    platelets.scroll_into_view_if_needed()
    limit = page.locator(".limit.resume").bounding_box()
    assert limit is not None
    page.mouse.move(limit["x"] + limit["width"] / 3, limit["y"] + limit["height"] / 2)
    expect(readout).to_contain_text("2026-01-12 to 2026-01-26: resume when platelets >= 50,000/µL [US-MDS-PLT-W4-HI")
    page.locator(".band.held").hover(position={"x": 20, "y": 10})
    expect(readout).to_contain_text("2026-01-12 to 2026-01-26: on hold, before it 10 mg once daily")


def test_what_if_is_answered_by_the_same_checks(visit: Visitor, base: str) -> None:
    page = launched(visit, base, QUIET)
    expect(page.get_by_text("No card: nothing to say today.")).to_be_visible()
    page.get_by_role("button", name="12 weeks").click()
    page.get_by_label("Result").select_option("platelets")
    page.get_by_label("fell or rose to").fill("28,000")
    page.get_by_role("button", name="Ask").click()
    supposed = page.get_by_role("region", name="What if: platelets 28")
    expect(supposed.locator("article.critical")).to_contain_text("28")
    expect(supposed).to_be_in_viewport()
    expect(page.locator(".point.supposed")).to_have_count(1)
    expect(page.get_by_role("button", name="12 weeks")).to_have_attribute("aria-pressed", "true")
    assert "28,000" not in page.url
    visit.look("timeline-what-if")
    page.get_by_role("link", name="Back to today").click()
    expect(page.locator(".point.supposed")).to_have_count(0)
    expect(page.get_by_role("button", name="12 weeks")).to_have_attribute("aria-pressed", "true")


def test_a_value_that_is_none_is_shown_with_what_to_do(visit: Visitor, base: str) -> None:
    page = launched(visit, base, ON_HOLD)
    visit.expected = ["400"]
    page.get_by_label("fell or rose to").fill("many")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_contain_text("'many'")
    expect(page.get_by_role("alert")).to_be_in_viewport()
    expect(page.get_by_label("fell or rose to")).to_have_value("many")


def test_the_link_of_a_card_in_try_it_opens_its_patient(visit: Visitor) -> None:
    visit.page.goto(f"/try?case={ON_HOLD}")
    visit.page.get_by_role("link", name="Therapy timeline").first.click()
    expect(visit.page.get_by_role("heading", name="Recommendation of")).to_be_visible()
    expect(visit.page.locator(".band.held")).to_have_count(1)


def test_the_link_of_a_changed_case_says_that_its_patient_is_as_it_came_and_by_which_rules(visit: Visitor) -> None:
    for query, words in (
        (f"{QUIET}&platelets=49999", "Therapy timeline (as it came)"),
        ("eu-mds-platelets-24-9", "Therapy timeline (by the US rules)"),
        ("eu-mds-platelets-24-9&platelets=20", "Therapy timeline (as it came, by the US rules)"),
    ):
        visit.page.goto(f"/try?case={query}")
        expect(visit.page.locator("article.card .links").first).to_contain_text(words)
    visit.page.goto(f"/try?case={ON_HOLD}")
    expect(visit.page.locator("article.card .links").first).not_to_contain_text("(")


def test_a_patient_before_the_first_order_has_no_course_and_the_page_says_so(visit: Visitor, base: str) -> None:
    page = launched(visit, base, "start-as-ordered")
    expect(page.get_by_text("The chart shows no course of lenalidomide up to today.")).to_be_visible()
    expect(page.locator("svg")).to_have_count(0)
    visit.look("timeline-none")


def test_on_a_phone_the_latest_days_are_in_sight_and_a_lacking_fact_has_its_words(visit: Visitor, base: str) -> None:
    page = launched(visit, base, "first-dose-unknown")
    expect(page.get_by_text("first dose: not known")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    page.locator("svg.timeline").scroll_into_view_if_needed()
    expect(page.locator(".band").last).to_be_in_viewport()
    visit.look("timeline-first-dose-unknown")


def test_alone_the_app_asks_for_a_patient(visit: Visitor, base: str) -> None:
    page = visit.page
    page.goto("/smart/launch")
    visit.look("demo-patients")
    page.get_by_label("Search").fill(ON_HOLD)
    page.get_by_role("link", name=ON_HOLD, exact=False).first.click()
    expect(page.get_by_role("heading", name="Recommendation of")).to_be_visible()


def test_it_prints_the_drawing_and_the_whole_table(visit: Visitor, base: str) -> None:
    page = launched(visit, base, ON_HOLD)
    page.emulate_media(media="print")
    # A sheet of A4, upright, in the pixels of style sheets.
    page.set_viewport_size({"width": 794, "height": 1123})
    assert visit.beyond() <= 0
    expect(page.get_by_role("heading", name="What if")).to_be_hidden()
    expect(page.locator("svg.timeline")).to_be_visible()
    expect(page.get_by_role("cell", name="45,000 /µL")).to_be_visible()


def test_without_scripts_each_shape_still_says_its_words(browser: Any, base: str) -> None:
    with visitor(browser, base, java_script_enabled=False) as found:
        page = launched(found, base, ON_HOLD)
        title = page.locator(".point title").first
        assert "platelets 180,000 /µL, 2025-12-21" in (title.text_content() or "")
        page.get_by_label("fell or rose to").fill("28,000")
        page.get_by_role("button", name="Ask").click()
        expect(page.get_by_role("region", name="What if: platelets 28")).to_be_visible()


def test_the_end_of_the_session_closes_the_page(visit: Visitor, base: str) -> None:
    page = launched(visit, base, ON_HOLD)
    address = page.url
    page.get_by_role("button", name="End this session").click()
    expect(page.get_by_role("heading", name="The session is over")).to_be_visible()
    visit.expected = ["403"]
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_contain_text("another browser")
