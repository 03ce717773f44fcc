"""Does a review count for the rows that somebody agreed to, under the site's own key, as they read today, and no further?"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cds_service.clinical.review import Review as State
from cds_service.commands.check import PACKAGE
from cds_service.commands.checks.report import check_package
from cds_service.dosing.rulebook import Edition
from cds_service.drugs.lenalidomide import DRUG
from cds_service.drugs.source_files import row_digest
from cds_service.errors import SettingsError
from cds_service.hooks.pipeline import Pipeline
from cds_service.reviews.file import AGREE, OBJECT, Review, ReviewFault, RowReview, read_review, write_review
from cds_service.reviews.signing import signed_edition
from cds_service.settings import Settings

KEY = "a throw-away key of 32 characters or more"
AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
SIGNER = "TEST, not a person"
PRODUCTION = {"CDS_ALLOW_ANONYMOUS": "1", "CDS_JURISDICTION": "US", "CDS_REVIEW_KEY": KEY}
EDITIONS = {edition.document.id: edition for edition in DRUG.rulebook.editions}
REMS: Edition = next(edition for name, edition in EDITIONS.items() if "rems" in name)


def review_of(edition: Edition, verdict: str = AGREE, **changed: Any) -> Review:
    rows = tuple(RowReview(rule.id, row_digest(rule), verdict) for rule in edition.rules.values())
    return replace(Review(edition.document.id, SIGNER, "pharmacist", AT, rows, is_test=True), **changed)


def every_review() -> list[Review]:
    return [review_of(edition) for edition in EDITIONS.values()]


def write_all(folder: Path, key: str = KEY) -> None:
    for review in every_review():
        (folder / f"{review.document}.json").write_bytes(write_review(review, key))


def test_what_was_written_is_read() -> None:
    review = review_of(REMS, compared_with="Label, version 40")
    assert review == read_review(write_review(review, KEY), KEY)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["review"].update(name="somebody else"),
        lambda content: content["review"].update(test=False),
        lambda content: content["review"].update(at="2026-11-02T09:00:00+00:00"),
        lambda content: content["review"]["rows"].pop(),
        lambda content: content["review"]["rows"][0].update(digest="0" * 12),
        lambda content: content["review"]["rows"][0].update(verdict=OBJECT),
        lambda content: content.update(signature=""),
    ],
)
def test_a_changed_file_does_not_count(change: Callable[[Any], None]) -> None:
    content = json.loads(write_review(review_of(REMS), KEY))
    change(content)
    with pytest.raises(ReviewFault, match="changed"):
        read_review(json.dumps(content).encode(), KEY)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"review": 1, "signature": "x"}', b"\xff", b"[" * 9000])
def test_what_is_no_review_is_refused(content: bytes) -> None:
    with pytest.raises(ReviewFault, match="no signed review"):
        read_review(content, KEY)


def test_another_key_and_a_short_key_are_refused() -> None:
    with pytest.raises(ReviewFault, match="another key"):
        read_review(write_review(review_of(REMS), KEY), KEY + "x")
    with pytest.raises(ReviewFault, match="fewer than 32"):
        write_review(review_of(REMS), "short")


def test_a_document_is_signed_when_all_of_its_rows_are() -> None:
    signed = signed_edition(REMS, [review_of(REMS)])
    assert () == signed.faults
    assert {State.SIGNED} == {rule.review for rule in signed.edition.rules.values()}
    document = signed.edition.document
    assert (f"{SIGNER} (pharmacist)", AT.date()) == (document.signed_by, document.signed_on)
    assert f"signed by {SIGNER} (pharmacist) on 2026-11-01" == document.review


def test_rows_may_be_signed_in_parts_and_by_two_people() -> None:
    review = review_of(REMS)
    first, second = (
        replace(review, rows=review.rows[:1]),
        replace(review, rows=review.rows[1:], role="haematologist"),
    )
    half = signed_edition(REMS, [first]).edition
    assert "" == half.document.signed_by and "1 row: signed" in half.document.review
    assert "pharmacist" in signed_edition(REMS, [first, second]).edition.document.signed_by


def test_a_changed_row_and_an_objection_leave_the_row_unsigned() -> None:
    changed = next(iter(REMS.rules.values()))
    edition = replace(REMS, rules={**REMS.rules, changed.id: replace(changed, text=changed.text + " ")})
    signed = signed_edition(edition, [review_of(REMS)])
    assert "" == signed.edition.document.signed_by
    assert (f"{changed.id}: changed since it was reviewed; the reviews of it no longer count",) == signed.faults

    objecting = review_of(REMS, role="haematologist")
    objecting = replace(objecting, rows=(replace(objecting.rows[0], verdict=OBJECT, note="not as I read it"),))
    disputed = signed_edition(REMS, [review_of(REMS), objecting])
    assert "" == disputed.edition.document.signed_by
    assert "objects: not as I read it" in disputed.faults[0]
    later = replace(objecting, at=AT + timedelta(hours=1), rows=(replace(objecting.rows[0], verdict=AGREE),))
    assert signed_edition(REMS, [later, review_of(REMS), objecting]).edition.document.signed_by


def test_two_people_of_one_name_are_two() -> None:
    one, other = review_of(REMS, subject="a"), review_of(REMS, verdict=OBJECT, subject="b")
    assert not signed_edition(REMS, [one, other]).edition.document.signed_by
    assert not signed_edition(REMS, [other, one]).edition.document.signed_by
    assert signed_edition(
        REMS, [replace(one, at=AT + timedelta(minutes=1)), replace(other, subject="a")]
    ).edition.document.signed_by


def test_production_starts_on_signed_documents_and_only_then(tmp_path: Path) -> None:
    settings = Settings.from_environment({**PRODUCTION, "CDS_REVIEWS": str(tmp_path), "CDS_ALLOW_TEST_SIGNER": "1"})
    with pytest.raises(SettingsError, match="not signed by a named person"):
        settings.check_start(Pipeline(settings).documents())
    write_all(tmp_path)
    settings.check_start(Pipeline(settings).documents())
    real = replace(settings, allow_test_signer=False)
    with pytest.raises(SettingsError, match="signed by a test"):
        real.check_start(Pipeline(settings).documents())
    write_all(tmp_path, KEY + " of another site")
    with pytest.raises(SettingsError, match="does not count"):
        Pipeline(settings)


@pytest.mark.parametrize("name", [SIGNER, "a name that anybody may have"])
def test_production_takes_no_single_row_from_a_demonstration(tmp_path: Path, name: str) -> None:
    review = review_of(REMS, name=name)
    (tmp_path / "one-row.json").write_bytes(write_review(replace(review, rows=review.rows[:1]), KEY))
    given = {**PRODUCTION, "CDS_REVIEWS": str(tmp_path), "CDS_ALLOW_UNREVIEWED": "1"}
    with pytest.raises(SettingsError, match=f"signed by a test.*{REMS.document.id}"):
        Pipeline(Settings.from_environment(given))
    assert Pipeline(Settings.from_environment({**given, "CDS_MODE": "demo"})).services()


def test_cards_and_discovery_name_who_signed(tmp_path: Path) -> None:
    write_all(tmp_path)
    settings = Settings.from_environment({**PRODUCTION, "CDS_REVIEWS": str(tmp_path), "CDS_ALLOW_TEST_SIGNER": "1"})
    service = Pipeline(settings).services()[0]
    assert "not yet signed" not in service.usageRequirements


def test_check_shows_the_signatures_and_doubts_what_does_not_hold() -> None:
    report = check_package(PACKAGE, date(2026, 11, 30), every_review())
    assert () == report.doubts
    assert all(state.is_signed for state in report.states)
    review = review_of(REMS)
    stale = replace(review, rows=(replace(review.rows[0], digest="0" * 12), *review.rows[1:]))
    doubts = check_package(PACKAGE, date(2026, 11, 30), [stale]).doubts
    assert [True] == ["changed since it was reviewed" in each.what for each in doubts]


def test_reviews_without_a_key_or_in_no_folder_refuse_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="CDS_REVIEW_KEY is not set"):
        Settings.from_environment({"CDS_MODE": "demo", "CDS_REVIEWS": str(tmp_path)})
    with pytest.raises(SettingsError, match="no folder"):
        Settings.from_environment({"CDS_MODE": "demo", "CDS_REVIEWS": str(tmp_path / "x"), "CDS_REVIEW_KEY": KEY})
    with pytest.raises(SettingsError, match="fewer than 32"):
        Settings.from_environment({"CDS_MODE": "demo", "CDS_REVIEW_KEY": "short"})
