"""Which edition of a document is in force on a day, and which editions are refused together?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cds_service.clinical.review import Review
from cds_service.dosing.rulebook import DocumentState, Edition, Rule, Rulebook, RulebookError

FIRST, SECOND = date(2020, 4, 23), date(2021, 8, 31)
DAY = timedelta(days=1)


def edition(
    name: str, begins: date, until: date | None = None, identifier: str = "", **rules: dict[str, object]
) -> Edition:
    """An edition with some rows; without any it has the row R1."""
    revision = f"{begins:%Y-%m}"
    document = DocumentState(
        identifier or f"{name}-{revision}", "A label", "US", revision, "https://example.org", name, begins, until
    )
    rows = rules or {"R1": {"below": begins.year}}
    found = {
        rule_id: Rule(rule_id, "2.2", "OFF", f"Below {data}.", data, document, Review.OWN)
        for rule_id, data in rows.items()
    }
    return Edition(document, found)


def test_on_each_day_the_edition_in_force_gives_the_numbers() -> None:
    book = Rulebook([edition("label", SECOND), edition("label", FIRST)])
    for day, year in ((FIRST, 2020), (SECOND - DAY, 2020), (SECOND, 2021), (SECOND + 3000 * DAY, 2021)):
        assert year == book.on(day).number("R1", "below"), day
    assert ["label-2020-04", "label-2021-08"] == [rules.documents[0].id for rules in book.every]


def test_before_its_first_edition_a_document_stands_as_that_one() -> None:
    assert 2020 == Rulebook([edition("label", FIRST), edition("label", SECOND)]).on(date(1999, 1, 1)).number(
        "R1", "below"
    )


def test_the_same_editions_are_always_the_same_rules() -> None:
    book = Rulebook([edition("label", FIRST), edition("label", SECOND), edition("other", FIRST, R2={"days": 7})])
    assert book.on(FIRST) is book.on(SECOND - DAY)
    assert book.on(SECOND) is not book.on(FIRST)
    assert ["R1", "R2"] == list(book.on(SECOND).by_id)


def test_a_document_that_ended_has_no_rules_any_more() -> None:
    book = Rulebook([edition("label", FIRST, SECOND), edition("other", FIRST, R2={"days": 7})])
    assert "R1" in book.on(SECOND - DAY)
    assert ["other-2020-04"] == [document.id for document in book.on(SECOND).documents]


@pytest.mark.parametrize(
    ("editions", "fault"),
    [
        (
            (edition("label", FIRST, SECOND + DAY), edition("label", SECOND)),
            "label-2021-08: overlaps label-2020-04, which stands until 2021-09-01",
        ),
        (
            (edition("label", FIRST, SECOND - DAY), edition("label", SECOND)),
            "label-2021-08: leaves a gap after label-2020-04, which stands until 2021-08-30",
        ),
        (
            (edition("label", FIRST), edition("label", FIRST, identifier="twin")),
            "twin: in force from the same day as label-2020-04",
        ),
        (
            (edition("label", FIRST), edition("label", SECOND, identifier="label-2020-04")),
            "label-2020-04: two editions have this id",
        ),
        ((edition("label", FIRST, FIRST),), "label-2020-04: ends on 2020-04-23, before it begins"),
        ((edition("label", FIRST), edition("other", FIRST)), "other-2020-04: R1 stand in another document too"),
        (
            (edition("label", FIRST, R1={}, R2={}), edition("label", SECOND, R1={}, R3={})),
            "label-2020-04: lacks R3, which label-2021-08 has",
        ),
    ],
)
def test_editions_that_do_not_go_together_are_refused(editions: tuple[Edition, ...], fault: str) -> None:
    with pytest.raises(RulebookError) as raised:
        Rulebook(editions)
    assert fault == str(raised.value)


def test_what_is_not_there_is_named_with_its_edition() -> None:
    rules = Rulebook([edition("label", FIRST), edition("other", FIRST, R2={"days": 7})]).on(FIRST)
    with pytest.raises(RulebookError, match=r"^no rule R9 in label-2020-04, other-2020-04$"):
        rules["R9"]
    with pytest.raises(RulebookError, match=r"^other-2020-04: rule R2 lacks 'hours'$"):
        rules.number("R2", "hours")
