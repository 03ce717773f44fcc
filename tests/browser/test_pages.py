"""Do the pages do for somebody at a browser what they say, without a barrier and without a word of the policy's?

The review desk goes the whole way: rows are signed there, and production starts on the files that it gave.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect

from cds_service.commands.fixtures import fixtures
from cds_service.drugs.lenalidomide import DRUG
from cds_service.web.search import has_words
from tests.browser.conftest import REVIEW_KEY
from tests.browser.demo import ROOT, demo
from tests.browser.visitor import Visitor, visitor
from tests.unit.labels.test_files import LABEL

CASES = {case.name: case for case in fixtures()}


def sign_in(visit: Visitor, role: str, page: str) -> None:
    """Go to a page that asks who it is, and answer."""
    visit.page.goto(page)
    visit.page.click(f"#as-{role}")
    expect(visit.page.get_by_role("button", name="Sign out")).to_be_visible()


def test_the_home_page_names_documents_and_its_links_lead_somewhere(visit: Visitor, base: str) -> None:
    visit.page.goto("/")
    expect(visit.page.get_by_role("table", name=re.compile("Documents in force"))).to_contain_text("US label")
    links = visit.page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    own = {link.split("#")[0] for link in links if link.startswith("/")}
    assert {"/", "/try", "/rules", "/cds-services"} <= own
    assert {200} == {requests.get(base + link, timeout=20).status_code for link in own}
    calls = re.findall(r"/demo/calls/(\S+) \|\s+curl .* --data @- (\S+)", visit.page.locator("main").inner_text())
    body = requests.get(f"{base}/demo/calls/{calls[0][0]}", timeout=20).json()
    assert [1] == [len(requests.post(address, json=body, timeout=20).json()["cards"]) for _, address in calls]
    visit.look("home")


@pytest.mark.parametrize("name", ["platelets-49999-week-3", "kidney-29-90", "eu-mds-platelets-24-9"])
def test_a_case_shows_the_cards_of_its_golden_answer(visit: Visitor, name: str) -> None:
    visit.page.goto("/try")
    visit.page.get_by_label("Search").fill(name)
    visit.page.locator("#case-list li:visible a").first.click()
    expect(visit.page.locator("nav [aria-current]")).to_have_text("Try it")
    golden = json.loads((ROOT / "fhir_fixtures" / name / "cards.json").read_text(encoding="utf-8"))["cards"]
    shown = visit.page.locator("article.card h3").all_inner_texts()
    assert [f"{card['indicator']} {card['summary']}" for card in golden] == shown
    for summary, part in (("Checks of the request", "CALL-1"), ("Response", '"cards"'), ("Request", "hookInstance")):
        opened = visit.page.locator("details", has=visit.page.locator("summary", has_text=re.compile(f"^{summary}$")))
        opened.locator("summary").click()
        expect(opened).to_contain_text(part)


@pytest.mark.parametrize(
    "words", ["renal", "kidneys", "42,000/µL", "42 ×10⁹/L", "haemorrhage", "5 mg", "EU refill", "nosuchword"]
)
def test_the_list_of_cases_finds_what_the_search_of_the_rules_would(visit: Visitor, words: str) -> None:
    visit.page.goto("/try")
    texts = visit.page.eval_on_selector_all("#case-list li", "all => all.map(one => one.dataset.words)")
    expected = sum(has_words(text, words) for text in texts)
    visit.page.get_by_label("Search").fill(words)
    told = f"{expected} of {len(texts)}" if expected else "No case has all of these words; try fewer"
    expect(visit.page.locator("#told")).to_contain_text(told)
    assert expected == visit.page.locator("#case-list li:visible").count()


def test_an_edit_across_a_boundary_turns_no_card_into_a_hold_and_the_link_shows_it_to_somebody_else(
    visit: Visitor, browser: Browser, base: str
) -> None:
    visit.page.goto("/try?case=cbc-not-due-week-3")
    expect(visit.page.locator(".box.good")).to_contain_text("Nothing to say")
    visit.page.get_by_label(re.compile("^platelets /µL")).fill("49999")
    visit.page.get_by_role("button", name="Play").click()
    expect(visit.page.locator("article.card.critical h3")).to_contain_text("hold lenalidomide")
    visit.look("try-hold")
    link = visit.page.locator("#permanent").get_attribute("href")
    assert link and "platelets=49999" in link
    with visitor(browser, base) as other:
        other.page.goto(link)
        expect(other.page.locator("article.card.critical h3")).to_contain_text("hold lenalidomide")


@pytest.mark.parametrize(
    ("name", "address", "status"),
    [
        ("try-list", "/try", ""),
        ("try-fault", "/try?case=cbc-not-due-week-3&platelets=few", ""),
        ("try-no-case", "/try?case=none", "404"),
        ("rules-none", "/rules?q=none of these words", ""),
        ("launch-refused", "/smart/launch?iss=https://elsewhere.example.org/fhir&launch=1", "400"),
    ],
)
def test_a_list_a_fault_and_nothing_found_are_pages_like_any_other(
    visit: Visitor, name: str, address: str, status: str
) -> None:
    visit.expected = [status] if status else []
    visit.page.goto(address)
    expect(visit.page.get_by_role("heading", level=1)).to_be_visible()
    visit.look(name)


def test_on_a_phone_the_cards_of_an_edit_are_in_sight(visit: Visitor) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 700})
    visit.page.goto("/try?case=cbc-not-due-week-3")
    visit.page.get_by_label(re.compile("^platelets /µL")).fill("49,999")
    visit.page.get_by_role("button", name="Play").click()
    expect(visit.page.locator("#cards")).to_be_in_viewport()
    expect(visit.page.locator("article.card.critical h3")).to_be_in_viewport()


def test_a_pasted_request_is_answered_and_its_page_has_no_address(visit: Visitor) -> None:
    case = CASES["platelets-49999-week-3"]
    visit.page.goto("/try")
    visit.page.get_by_label("CDS Hooks request").fill(case.body.decode())
    visit.page.get_by_label("Today").fill(case.today.isoformat())
    visit.page.get_by_role("button", name="Play").click()
    expect(visit.page.locator("article.card.critical h3")).to_contain_text("hold lenalidomide")
    assert visit.page.url.endswith("/try#cards") and 0 == visit.page.locator("#permanent").count()


def test_without_scripts_a_case_can_still_be_played_and_changed(browser: Browser, base: str) -> None:
    with visitor(browser, base, java_script_enabled=False) as plain:
        plain.page.goto("/try")
        plain.page.get_by_role("link", name=re.compile("49,999")).first.click()
        plain.page.get_by_label(re.compile("^platelets /µL")).fill("120000")
        plain.page.get_by_role("button", name="Play").click()
        assert "hold lenalidomide" not in plain.page.locator("main").inner_text()


def test_rules_are_searched_and_an_example_opens_in_try_it(visit: Visitor) -> None:
    visit.page.goto("/rules?q=us 2.2 dose")
    visit.look("rules")
    visit.page.get_by_label("Search").fill("US-MDS-PLT-W4-HI")
    visit.page.get_by_role("button", name="Search").click()
    rule = visit.page.locator("article.rule:visible")
    expect(rule).to_have_count(1)
    rule.get_by_text("Numbers and place").click()
    rule.locator("a", has_text="example").click()
    expect(visit.page.locator("#behind")).to_be_visible()


def test_the_rules_narrow_and_widen_while_one_types(visit: Visitor) -> None:
    visit.page.goto("/rules?q=US-MDS-PLT-W4-HI")
    search, rules = visit.page.get_by_label("Search"), visit.page.locator("article.rule:visible")
    search.fill("thrombopenia 50.000")
    texts = visit.page.eval_on_selector_all("article.rule", "all => all.map(one => one.dataset.words)")
    expected = sum(has_words(text, "thrombopenia 50.000") for text in texts)
    assert 1 < expected < len(texts)
    expect(rules).to_have_count(expected)
    expect(visit.page.locator("#told")).to_have_text(f"{expected} of {len(texts)} rules")
    search.fill("nosuchword")
    expect(visit.page.locator("#none")).to_be_visible()
    assert 0 == visit.page.locator("main h2:visible").count()
    search.fill("")
    expect(rules).to_have_count(len(texts))


def test_what_a_pharmacist_signs_lets_production_start(browser: Browser, base: str, tmp_path: Path) -> None:
    reviews = tmp_path / "reviews"
    reviews.mkdir()
    with visitor(browser, base) as pharmacist:
        sign_in(pharmacist, "pharmacist", "/rules/review")
        pharmacist.look("review-desk")
        for document in DRUG.rulebook.on(date.today()).documents:
            pharmacist.page.goto(f"/rules/review/{document.id}")
            if document.name == "us-rems":
                pharmacist.look("review-document")
            pharmacist.page.evaluate("document.querySelectorAll('input[value=agree]').forEach(one => one.click())")
            pharmacist.page.get_by_label("I have compared").check()
            with pharmacist.page.expect_download() as download:
                pharmacist.page.get_by_role("button", name="Sign and download").click()
            download.value.save_as(reviews / download.value.suggested_filename)
            expect(pharmacist.page.locator("#signed")).to_contain_text("Next: put the file into the folder")
    assert "signed by a test" in start(reviews, tmp_path).stderr
    assert (
        "does not count" in start(reviews, tmp_path, CDS_REVIEW_KEY=REVIEW_KEY[::-1], CDS_ALLOW_TEST_SIGNER="1").stderr
    )
    assert "Documents in force are not signed" in start(None, tmp_path).stderr
    assert 0 == start(reviews, tmp_path, CDS_ALLOW_TEST_SIGNER="1").returncode


def test_a_row_beside_a_long_passage_of_the_label_is_without_a_barrier(browser: Browser, tmp_path: Path) -> None:
    edition = next(each for each in DRUG.rulebook.editions if each.document.id == "us-label-2023-03")
    cited = re.sub(r"\{[^}]*\}", "11 mg", edition.rules["US-MDS-START"].places[0])
    assert edition.document.published is not None
    label = LABEL | {
        "set_id": edition.document.published.set_id,
        "openfda": {"brand_name": ["Made up"], "generic_name": ["LENALIDOMIDE"]},
        "dosage_and_administration": [f"2 DOSAGE 2.2 Use {'Made-up words. ' * 80} {cited} {'Made-up words. ' * 80}"],
    }
    (tmp_path / "label.json").write_text(json.dumps({"results": [label]}), encoding="utf-8")
    with demo(CDS_REVIEW_KEY=REVIEW_KEY, CDS_LABELS=str(tmp_path)) as base, visitor(browser, base) as pharmacist:
        sign_in(pharmacist, "pharmacist", f"/rules/review/{edition.document.id}")
        passage = pharmacist.page.get_by_label("The document on US-MDS-START, section 2.2")
        expect(passage.locator("mark")).to_contain_text("11")
        pharmacist.page.set_viewport_size({"width": 390, "height": 900})
        assert passage.evaluate("one => one.scrollHeight > one.clientHeight")
        assert [] == pharmacist.barriers()


def test_what_is_not_yet_signed_outlives_a_closed_window(browser: Browser, base: str) -> None:
    rems = next(each for each in DRUG.rulebook.on(date.today()).documents if each.name == "us-rems")
    with visitor(browser, base) as pharmacist:
        sign_in(pharmacist, "pharmacist", f"/rules/review/{rems.id}")
        row = pharmacist.page.get_by_role("group", name="US-REMS-RX")
        row.get_by_label("Object").check()
        pharmacist.page.get_by_label("I have compared").check()
        pharmacist.page.get_by_role("button", name="Sign and download").click()
        # The browser asks for the note that the server would refuse to do without.
        expect(row.get_by_label("Note")).to_be_focused()
        row.get_by_label("Note").fill("not as I read it")
        sent: list[str] = []
        pharmacist.page.on("request", lambda request: sent.append(request.method))
        row.get_by_label("Note").press("Enter")
        pharmacist.page.reload()
        assert "POST" not in sent, "the Enter key in a note signed"
        expect(row.get_by_label("Object")).to_be_checked()
        expect(row.get_by_label("Note")).to_have_value("not as I read it")
        expect(pharmacist.page.locator("#told")).to_have_text("1 of 3 rows decided")


def start(reviews: Path | None, data: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Production as it builds its application, with nothing allowed but anonymous clients."""
    program = (
        "import os; from cds_service.app import create_app; from cds_service.settings import Settings; "
        "create_app(Settings.from_environment(dict(os.environ)))"
    )
    given = {
        "CDS_ALLOW_ANONYMOUS": "1",
        "CDS_JURISDICTION": "US",
        "CDS_DATA_DIR": str(data),
        "CDS_REVIEW_KEY": REVIEW_KEY,
    }
    if reviews is not None:
        given["CDS_REVIEWS"] = str(reviews)
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **given, **more}
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=data, capture_output=True, text=True, check=False
    )


def test_insights_show_what_became_of_a_card(browser: Browser, base: str) -> None:
    case = CASES["platelets-49999-week-3"]
    address = f"{base}/cds-services/{case.service}"
    card = requests.post(address, json=case.request, timeout=20).json()["cards"][0]
    told = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": datetime.now(UTC).isoformat()}
    told["overrideReason"] = {"reason": card["overrideReasons"][0]}
    assert 200 == requests.post(f"{address}/feedback", json={"feedback": [told]}, timeout=20).status_code
    local = case.request
    local["prefetch"]["platelets"]["entry"].append(
        {"resource": {**local["prefetch"]["platelets"]["entry"][0]["resource"], "id": "local"}}
    )
    local["prefetch"]["platelets"]["entry"][-1]["resource"]["code"] = {
        "coding": [{"system": "urn:site:lab", "code": "THRO"}],
        "text": "Platelets",
    }
    requests.post(address, json=local, timeout=20)
    with visitor(browser, base) as operator:
        sign_in(operator, "operator", "/insights")
        row = operator.page.get_by_role("row", name=re.compile("US-MDS-PLT-W4-HI"))
        expect(row).to_contain_text("/ 0 / 1")
        expect(row).to_contain_text(f"{card['overrideReasons'][0]['code']}: 1")
        operator.page.get_by_text("platelets urn:site:lab|THRO").click()
        expect(operator.page.locator("details[open] pre")).to_contain_text('concept = "platelets"')
        operator.look("insights")


def test_the_desk_is_closed_to_whoever_is_not_signed_in_and_to_operators(browser: Browser, base: str) -> None:
    with visitor(browser, base) as nobody:
        nobody.page.goto("/rules/review")
        assert "/demo/sign-in/authorize" in nobody.page.url
        nobody.look("sign-in")
        nobody.page.click("#as-operator")
        expect(nobody.page.get_by_role("heading", level=1)).to_contain_text("for the role pharmacist")
        nobody.look("refused")
        nobody.complaints.clear()
