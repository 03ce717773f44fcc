"""Does the desk show the rows beside their label, and give a signed file that counts, only to a pharmacist and only once asked?"""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import requests

from cds_service.app import create_app
from cds_service.drugs.lenalidomide import DRUG
from cds_service.drugs.source_files import row_digest
from cds_service.labels.label import Label
from cds_service.reviews.desk import LabelShelf, desk_rows
from cds_service.reviews.file import AGREE, OBJECT, Review, RowReview, read_review
from cds_service.reviews.signing import signed_edition
from cds_service.settings import Settings
from tests.unit.web.conftest import KEY, Live
from tests.unit.web.test_sign_in import signed_in

EDITIONS = {edition.document.id: edition for edition in DRUG.rulebook.editions}
REMS = next(edition for name, edition in EDITIONS.items() if "rems" in name)
ROW = "US-MDS-START"


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of the desk."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {html.unescape(name): html.unescape(value) for name, value in found}


def opened(live: Live, document: str) -> tuple[requests.Session, str, dict[str, str]]:
    browser = signed_in(live)
    address = f"{live.url}/rules/review/{document}"
    return browser, address, form_of(browser.get(address).text)


def test_what_is_decided_is_signed_under_the_name_of_the_sign_in(live: Live) -> None:
    browser, address, form = opened(live, REMS.document.id)
    first, second, *_ = REMS.rules
    given = {
        f"verdict:{first}": AGREE,
        f"verdict:{second}": OBJECT,
        f"note:{second}": "not  as I\nread it",
        "compared": "on",
    }
    answer = browser.post(address, data={**form, **given, "name": "somebody else"})
    assert (200, "application/json") == (answer.status_code, answer.headers["Content-Type"])
    assert re.search(rf'filename="{REMS.document.id}-.*\.json"', answer.headers["Content-Disposition"])
    review = read_review(answer.content, KEY)
    assert ("TEST, not a person", "pharmacist", True, datetime.now(UTC).date()) == (
        review.name,
        review.role,
        review.is_test,
        review.on,
    )
    assert "test-pharmacist" == review.subject
    assert [
        RowReview(first, row_digest(REMS.rules[first]), AGREE),
        RowReview(second, row_digest(REMS.rules[second]), OBJECT, "not as I read it"),
    ] == list(review.rows)


def test_the_desk_shows_what_was_signed_before_and_names_a_file_that_does_not_count(live: Live) -> None:
    browser, address, form = opened(live, REMS.document.id)
    verdicts = {f"verdict:{rule}": AGREE for rule in REMS.rules}
    signed = browser.post(address, data={**form, **verdicts, "compared": "on"}).content
    file = live.folder / "reviews" / "all.json"
    file.write_bytes(signed)
    try:
        assert signed_edition(REMS, [read_review(signed, KEY)]).edition.document.signed_by
        assert "signed by TEST, not a person (pharmacist)" in browser.get(f"{live.url}/rules/review").text
        assert f"{datetime.now(UTC).date()}: agree" in browser.get(address).text
        file.write_bytes(signed.replace(b"agree", b"objec"))
        page = browser.get(f"{live.url}/rules/review")
        assert (400, True) == (page.status_code, "all.json does not count" in page.text)
    finally:
        file.unlink()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"form-token": "x"}, 403),
        ({f"digest:{next(iter(REMS.rules))}": "0" * 12}, 400),
        ({f"verdict:{next(iter(REMS.rules))}": ""}, 400),
        ({"compared": None}, 400),
    ],
)
def test_a_form_that_is_not_whole_signs_nothing(live: Live, change: dict[str, str | None], status: int) -> None:
    browser, address, form = opened(live, REMS.document.id)
    given = {**form, f"verdict:{next(iter(REMS.rules))}": AGREE, "compared": "on", **change}
    answer = browser.post(address, data={name: value for name, value in given.items() if value is not None})
    assert (status, "text/html; charset=utf-8") == (answer.status_code, answer.headers["Content-Type"])
    assert (400 == status) == (f'href="/rules/review/{REMS.document.id}">Back to the rows' in answer.text)


@pytest.mark.parametrize("note", ["", " \n "])
def test_an_objection_that_does_not_say_why_signs_nothing_and_is_named(live: Live, note: str) -> None:
    browser, address, form = opened(live, REMS.document.id)
    agreed, objected, *_ = REMS.rules
    given = {f"verdict:{agreed}": AGREE, f"verdict:{objected}": OBJECT, f"note:{objected}": note, "compared": "on"}
    answer = browser.post(address, data={**form, **given})
    assert (400, True) == (answer.status_code, f"the objection to {objected} has no note" in answer.text)


def test_a_demonstration_says_before_the_signature_what_it_is_worth(live: Live) -> None:
    browser, address, _ = opened(live, REMS.document.id)
    for page in (
        browser.get(f"{live.url}/rules/review").text,
        browser.get(address).text.partition("Sign and download")[0],
    ):
        assert "the file proves nothing elsewhere" in " ".join(page.split())


@pytest.mark.parametrize("path", ["/rules/review", "/rules/review/us-label-2023-03", "/insights"])
def test_without_a_sign_in_the_page_names_the_settings_that_it_needs(tmp_path: Path, path: str) -> None:
    settings = Settings(data_dir=tmp_path, auth="none", allow_anonymous=True, allow_unreviewed=True, pages=True)
    answer = create_app(settings).test_client().get(path, headers={"Accept": "text/html"})
    assert 404 == answer.status_code
    assert "CDS_OIDC_ISSUER, CDS_OIDC_CLIENT_ID and CDS_OIDC_CLIENT_SECRET" in answer.text


def test_an_unknown_document_is_said(live: Live) -> None:
    assert 404 == signed_in(live).get(f"{live.url}/rules/review/nothing").status_code


def test_where_no_label_lies_beside_the_rows_the_desk_says_how_one_is_got(live: Live) -> None:
    browser = signed_in(live)
    label = next(edition.document for edition in EDITIONS.values() if edition.document.id == "us-label-2023-03")
    assert label.published
    for page in (browser.get(f"{live.url}/rules/review").text, browser.get(f"{live.url}/rules/review/{label.id}").text):
        assert "CDS_LABELS is not set" in page
        assert html.escape(label.url) in page and label.published.set_id in page
        assert "CDS_LABELS=<em>folder</em>" in page


def test_a_row_lies_beside_the_passage_that_it_cites() -> None:
    edition = EDITIONS["us-label-2023-03"]
    rule = edition.rules[ROW]
    cited = re.sub(r"\{[^}]*\}", "11 mg", rule.places[0])
    text = f"A made-up text before it. {cited} and a made-up text after it."
    label = Label("spl", "Made-up label", "", "1", date(2023, 3, 24), "0" * 64, {rule.section: text})
    review = Review(
        edition.document.id,
        "TEST, not a person",
        "pharmacist",
        datetime(2026, 1, 2, tzinfo=UTC),
        (RowReview(ROW, "old", AGREE),),
    )
    row = next(each for each in desk_rows(edition, label, [review]) if each.rule.id == ROW)
    assert [rule.section] == [passage.section for passage in row.passages]
    assert "A made-up text before it. " == row.passages[0].before
    assert row.passages[0].words.endswith("11") or row.passages[0].words.endswith("11 mg")
    assert row.findings[0].startswith("differs")
    assert ("TEST, not a person (pharmacist), 2026-01-02: agree; the row changed since",) == row.said


def test_what_stands_around_a_passage_begins_and_ends_with_whole_words() -> None:
    edition = EDITIONS["us-label-2023-03"]
    rule = edition.rules[ROW]
    cited = re.sub(r"\{[^}]*\}", "11 mg", rule.places[0])
    around = " ".join(f"word{number}" for number in range(100))
    label = Label(
        "spl", "Made-up label", "", "1", date(2023, 3, 24), "0" * 64, {rule.section: f"{around} {cited} {around}"}
    )
    row = next(each for each in desk_rows(edition, label, ()) if each.rule.id == ROW)
    (passage,) = row.passages
    assert re.match(r"… word\d\d ", passage.before) and passage.before.endswith("word99 ")
    assert re.search(r" word\d\d …$", passage.after)


def test_a_file_on_the_shelf_that_is_no_label_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html></html>", encoding="utf-8")
    for folder in ("2023", ".git"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "page.html").write_text("<html></html>", encoding="utf-8")
    (tmp_path / "2023" / "list.json").write_text(json.dumps([1]), encoding="utf-8")
    label, faults = LabelShelf(tmp_path, DRUG.names).label_for(EDITIONS["us-label-2023-03"])
    assert (None, 3) == (label, len(faults)) and "page.html" in " ".join(faults)
    assert (None, ()) == LabelShelf(None, DRUG.names).label_for(REMS)
