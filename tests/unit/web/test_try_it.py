"""Does Try it show what an EHR would get, under an address that shows it again, and keep nothing of a pasted request?"""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from cds_service.commands.fixtures import FOLDER, Fixture, fixtures

QUIET = "cbc-not-due-week-3"
# The day of most cases: on it the demonstration's cards are the golden ones.
DAY = "2026-01-26"


@pytest.fixture
def served(client: FlaskClient) -> list[Fixture]:
    """The cases of the services that the demonstration serves."""
    listed = {service["id"] for service in client.get("/cds-services").json["services"]}  # type: ignore[index]
    return [case for case in fixtures() if case.service in listed]


def words(text: str) -> str:
    """What a reader sees."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


def cards_of(text: str) -> list[str]:
    return [words(each).strip() for each in re.findall(r"<h3><span.*?</h3>", text, flags=re.DOTALL)]


def test_the_list_names_every_case_that_can_be_played(client: FlaskClient, served: list[Fixture]) -> None:
    page = client.get("/try").text
    listed = re.findall(r'href="/try\?case=([^"&]+)"', page)
    assert sorted(case.name for case in served) == sorted(listed)
    # What is shown first, then decisions by the own label, then those by another, then odd ways of writing.
    kinds = {case.name: (case.tags[:1], case.jurisdiction) for case in served}
    assert ["renewal-to-be-held"] == [name for name in listed if kinds[name][0] == ("demo",)] == listed[:1]
    decided = [kinds[name][1] for name in listed if kinds[name][0] == ("boundary",)]
    assert decided[0] == "US" and decided == sorted(decided, key=["US", "", "EU"].index)
    assert {("quirk",)} == {kinds[name][0] for name in listed[-40:]}
    assert "encounter-to-be-held" not in page and len(served) > 300


def test_a_case_shows_the_cards_of_its_call(client: FlaskClient) -> None:
    page = client.get(f"/try?case=platelets-49999-week-3&as-of={DAY}")
    golden = json.loads((FOLDER / "platelets-49999-week-3" / "cards.json").read_text(encoding="utf-8"))
    assert [f"critical {golden['cards'][0]['summary']}"] == cards_of(page.text)
    seen = words(page.text)
    for each in (*golden["cards"][0]["suggestions"], *golden["cards"][0]["overrideReasons"]):
        assert each.get("label", each.get("display")) in seen
    for part in (
        "US-MDS-PLT-W4-HI",
        "Observation/platelets-49999-week-3-plt-2026-01-26-0",
        "CALL-1",
        "curl -H",
        '"hookInstance"',
    ):
        assert part in seen


@pytest.mark.slow
def test_every_case_shows_the_cards_of_its_golden_answer(client: FlaskClient, served: list[Fixture]) -> None:
    wrong = {}
    for case in served:
        golden = json.loads((case.folder / "cards.json").read_text(encoding="utf-8"))["cards"]
        page = client.get("/try", query_string={"case": case.name, "as-of": case.today.isoformat()})
        expected = [words(f"{card['indicator']} {card['summary']}") for card in golden]
        if (200, expected) != (page.status_code, cards_of(page.text)):
            wrong[case.name] = (page.status_code, cards_of(page.text))
    assert {} == wrong


def test_a_case_of_a_service_that_is_not_served_says_the_setting_that_it_needs(client: FlaskClient) -> None:
    hooks = "patient-view,order-select,order-sign,order-dispatch,medication-refill,problem-list-item-create"
    answer = client.get("/try?case=encounter-to-be-held")
    assert 404 == answer.status_code
    assert f"Start with CDS_SERVICES={hooks},encounter-start." in words(answer.text)
    service = client.post("/cds-services/lenalidomide-encounter-start", json={})
    assert 404 == service.status_code
    assert "encounter-start is served only where CDS_SERVICES names it" in service.text
    assert "CDS_SERVICES" not in client.post("/cds-services/lenalidomide-appointment-book", json={}).text


def test_the_sandbox_is_offered_for_what_it_can_play(client: FlaskClient) -> None:
    offered = client.get("/try?case=renewal-to-be-held").text
    assert "sandbox.cds-hooks.org" in offered and "screen=rx-view" in offered
    assert "sandbox.cds-hooks.org" not in client.get("/try?case=refill-too-long").text


def test_an_edit_across_a_boundary_turns_no_card_into_a_hold_and_its_link_shows_it_again(client: FlaskClient) -> None:
    before = client.get(f"/try?case={QUIET}")
    assert [] == cards_of(before.text) and "Nothing to say" in before.text
    counted = re.search(r'name="platelets" [^>]*value="(\d+)"', before.text)
    assert counted and int(counted[1]) >= 50_000
    after = client.get(f"/try?case={QUIET}&platelets=49999")
    assert "hold lenalidomide" in cards_of(after.text)[0]
    # The title and the words below it are the case's own.
    told = "That is the case as it came: the cards are those of the edited values."
    assert [False, True] == [told in words(each.text) and ">edited</span>" in each.text for each in (before, after)]
    link = unescape(re.findall(r'href="([^"]+)" id="permanent"', after.text)[0])
    again = client.get(f"{urlsplit(link).path}?{urlsplit(link).query}")
    assert cards_of(after.text) == cards_of(again.text)
    today = date.today().isoformat()
    assert f"/try?case={QUIET}&as-of={today}&platelets=49999" == link.removeprefix("http://127.0.0.1:5000")


def test_a_chart_is_moved_to_the_day_of_the_demonstration_and_its_link_keeps_it_there(client: FlaskClient) -> None:
    today = client.get(f"/try?case={QUIET}").text
    assert f"moved as a whole to today, {date.today().isoformat()}, as in the demonstration's FHIR server" in words(
        today
    )
    assert f"{QUIET}-plt-{date.today() - timedelta(days=6)}" in words(today) and "As of today" not in today
    earlier = client.get(f"/try?case={QUIET}&as-of={DAY}").text
    assert "Nothing to say on 2026-01-26" in words(earlier) and f"{QUIET}-plt-2026-01-20" in words(earlier)
    assert (
        f'<a class="button" href="/try?case={QUIET}">As of today</a>' in earlier and "(as of today; leaves" in earlier
    )
    assert "as-of: " in words(client.get(f"/try?case={QUIET}&as-of=soon").text)


def test_a_later_day_and_the_other_label_are_chosen_by_the_form(client: FlaskClient) -> None:
    late = client.get(f"/try?case={QUIET}&as-of={DAY}&today=2026-03-01")
    assert "Nothing to say" not in late.text and "today=2026-03-01" in late.text
    other = client.get("/try?case=platelets-49999-week-3&jurisdiction=EU").text
    assert "US-MDS-PLT-W4-HI" not in words(other.split('id="behind"')[0])


@pytest.mark.parametrize("value", ["abc", "-1", "1e99999999", "NaN", "49 999"])
def test_a_value_that_is_no_number_changes_nothing_and_is_said(client: FlaskClient, value: str) -> None:
    page = client.get("/try", query_string={"case": QUIET, "platelets": value})
    assert 200 == page.status_code
    assert f"platelets: {value!r} is no number" in unescape(page.text) and "Nothing to say" in page.text
    assert "No cards for the chart as it came" in page.text and "box good" not in page.text


def test_a_count_may_be_written_with_its_thousands_apart(client: FlaskClient) -> None:
    plain = client.get(f"/try?case={QUIET}&as-of={DAY}&platelets=49999").text
    apart = client.get(f"/try?case={QUIET}&as-of={DAY}&platelets=49,999").text
    assert cards_of(plain) == cards_of(apart) and any("49,999" in card for card in cards_of(apart))
    # Where the value is one of thousands, a comma may be a decimal one.
    assert "is no number such as 49.9" in unescape(client.get(f"/try?case={QUIET}&as-of={DAY}&weight=49,999").text)


@pytest.mark.parametrize("fault", [{"today": "soon"}, {"as-of": "soon"}, {"anc": "few"}, {"platelets-on": "soon"}])
def test_with_a_fault_no_other_field_changes_the_chart(client: FlaskClient, fault: dict[str, str]) -> None:
    page = client.get("/try", query_string={"case": QUIET, "platelets": "27000", **fault})
    assert "Nothing of the chart was changed" in page.text and "No cards for the chart as it came" in page.text
    assert 'value="27000"' in page.text, "what was typed stays in its field"


def test_an_unknown_case_is_a_page_that_says_so(client: FlaskClient) -> None:
    page = client.get("/try?case=nobody")
    assert (404, True) == (page.status_code, "There is no case of this name." in page.text)


def test_a_pasted_request_is_answered_and_leaves_no_trace(
    client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    case = next(each for each in fixtures() if each.name == "platelets-49999-week-3")
    text = case.body.decode().replace(case.patient_id, "patient-4711")
    given = {"request": text, "today": case.today.isoformat(), "jurisdiction": "US"}
    page = client.post("/try", data=given)
    assert "hold lenalidomide" in cards_of(page.text)[0]
    assert "Therapy timeline (opens in the EHR" in words(page.text) and 'smart/launch"' not in page.text
    assert "permanent" not in page.text and "sandbox.cds-hooks.org" not in page.text
    assert [] == re.findall(r'(?:href|action|src)="[^"]*4711', page.text)
    assert "no-store" == page.headers["Cache-Control"]
    assert "4711" not in capsys.readouterr().err
    edited = client.post("/try", data={**given, "platelets": "120000"})
    assert "hold lenalidomide" not in "".join(cards_of(edited.text))
    assert "patient-4711" not in client.get("/try").text


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("{", 400, "not JSON at line 1, column 2"),
        ("[1]", 400, "not a JSON object"),
        ('{"hook": "other"}', 400, "No service answers the hook"),
        ('{"resourceType": "Bundle"}', 400, "a Bundle is for POST /fhir/$evaluate"),
        ('{"hook": "patient-view", "x": NaN}', 400, "NaN and Infinity are no numbers of JSON"),
        ('{"hook": "patient-view"}', 200, "is missing"),
        ("[" * 5000, 400, "nested too deeply"),
    ],
)
def test_a_pasted_text_that_cannot_be_played_is_said(client: FlaskClient, text: str, status: int, said: str) -> None:
    page = client.post("/try", data={"request": text})
    assert (status, True) == (page.status_code, said in words(page.text))


def test_a_pasted_request_fetches_nothing(client: FlaskClient) -> None:
    case = next(each for each in fixtures() if each.name == "platelets-49999-week-3")
    request = case.request
    request["prefetch"] = {}
    request["fhirServer"] = "http://127.0.0.1:9/fhir"
    page = client.post("/try", data={"request": json.dumps(request), "today": case.today.isoformat()})
    assert "412" in words(page.text) and "nothing is fetched here" in page.text


def test_the_app_of_the_timeline_is_found_without_its_launch(client: FlaskClient) -> None:
    assert (302, "/smart/launch") == (lambda a: (a.status_code, a.headers["Location"]))(client.get("/smart"))
