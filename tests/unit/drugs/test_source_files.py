"""Is a source file read exactly, and refused with the file, the rule and the fault where there is a doubt in it?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cds_service.clinical.recommendation import Basis
from cds_service.clinical.review import Review
from cds_service.dosing.rulebook import DocumentState
from cds_service.drugs.source_files import SourceFileError, content_version, load_edition, row_digest

DOCUMENT = """
[document]
id = "label"
title = "Label"
jurisdiction = "US"
revision = "2023-03"
url = "https://example.org"
signed_by = ""
effective_from = 2023-03-01
"""
RULE = """
[[rule]]
id = "R1"
section = "2.2"
confidence = "OFF"
text = "Ärzte: below {below}, at {figures.age_years} years."
figures = { age_years = 75 }
unsaid = ["share", "levels.mg"]
below = 60
share = 0.1
levels = [{ mg = 2.5, note = "daily" }, { mg = 0 }]
is_daily = true
"""
NOT_SIGNED = 'signed_by = ""'
SIGNED = 'signed_by = "TEST, not a person"\nsigned_on = 2026-11-20'


def written(folder: Path, text: str, name: str = "2023-03.toml") -> Path:
    """An edition of the document "label" with this text."""
    path = folder / "label" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_source_file_is_read_exactly(tmp_path: Path) -> None:
    source = load_edition(written(tmp_path, DOCUMENT + RULE))
    review = "from a publication, its text not compared, not yet signed by a pharmacist"
    document = DocumentState(
        "label", "Label", "US", "2023-03", "https://example.org", "label", date(2023, 3, 1), review=review
    )
    assert (document, ["R1"]) == (source.document, list(source.rules))
    rule = source.rules["R1"]
    assert ("R1", "2.2", "OFF", "Ärzte: below 60, at 75 years.", document) == (
        rule.id, rule.section, rule.confidence, rule.text, rule.document,
    )  # fmt: skip
    levels = [{"mg": Decimal("2.5"), "note": "daily"}, {"mg": 0}]
    assert {"below": 60, "share": Decimal("0.1"), "levels": levels, "is_daily": True} == rule.data
    assert {"age_years": 75} == rule.figures
    assert Basis("label", "Label, rev. 2023-03", "2.2", "https://example.org", Review.FROM_PUBLICATION) == rule.basis


def test_a_signature_is_kept(tmp_path: Path) -> None:
    source = load_edition(written(tmp_path, DOCUMENT.replace(NOT_SIGNED, SIGNED) + RULE))
    document = source.document
    assert ("TEST, not a person", date(2026, 11, 20)) == (document.signed_by, document.signed_on)
    assert "signed by TEST, not a person on 2026-11-20" == document.review
    assert Review.SIGNED is source.rules["R1"].review


@pytest.mark.parametrize(
    ("confidence", "review"),
    [
        ("OFF", Review.FROM_PUBLICATION),
        ("OFF-OLD / SEC", Review.FROM_PUBLICATION),
        ("MH", Review.FROM_MEMORY),
        ("OFF (headline) / MM", Review.FROM_MEMORY),
        ("OFF for the criteria; D for the alert", Review.OWN),
    ],
)
def test_a_row_without_comparison_or_signature_says_how_it_reached_us(
    tmp_path: Path, confidence: str, review: Review
) -> None:
    text = DOCUMENT + RULE.replace('"OFF"', f'"{confidence}"')
    assert review is load_edition(written(tmp_path, text)).rules["R1"].review


CHECKED = """
[checked]
document = "Label"
set_id = "set"
version = "40"
date = 2023-03-24
sha256 = "abcdef0123456789"

[checked.rows]
R1 = "{digest}"
"""


def test_a_row_that_a_program_compared_says_so_until_it_changes(tmp_path: Path) -> None:
    digest = row_digest(load_edition(written(tmp_path, DOCUMENT + RULE)).rules["R1"])
    source = load_edition(written(tmp_path, DOCUMENT + RULE + CHECKED.format(digest=digest)))
    assert Review.BY_PROGRAM is source.rules["R1"].review
    assert "Label (set), version 40, 2023-03-24, sha256 abcdef012345" == source.document.compared
    for old, new in (("below = 60", "below = 61"), ('"2.2"', '"2.3"'), ("share = 0.1", 'share = 0.1\nplace = "x"')):
        changed = (DOCUMENT + RULE).replace(old, new) + CHECKED.format(digest=digest)
        assert Review.FROM_PUBLICATION is load_edition(written(tmp_path, changed)).rules["R1"].review


@pytest.mark.parametrize("lost", ['document = "Label"', 'sha256 = "abcdef0123456789"', "date = 2023-03-24"])
def test_half_a_record_of_a_comparison_is_refused(tmp_path: Path, lost: str) -> None:
    with pytest.raises(SourceFileError, match=r"\[checked\] lacks"):
        load_edition(written(tmp_path, DOCUMENT + RULE + CHECKED.format(digest="0").replace(lost, "")))


def test_a_comparison_with_an_earlier_document_is_refused_for_its_rows_were_copied(tmp_path: Path) -> None:
    later = DOCUMENT.replace("effective_from = 2023-03-01", "effective_from = 2023-03-31")
    assert later != DOCUMENT
    # A label that was published in the month of its revision, before the day from which it holds, is the edition's own.
    assert load_edition(written(tmp_path, later + RULE + CHECKED.format(digest="0")))
    copied = CHECKED.format(digest="0").replace("2023-03-24", "2023-02-28")
    with pytest.raises(SourceFileError, match="of a document of 2023-02-28, before this edition: take it out"):
        load_edition(written(tmp_path, later + RULE + copied))


WITHOUT = [
    (f"{name} = ", f"label/2023-03.toml: [document] lacks '{name}'")
    for name in ("id", "title", "jurisdiction", "revision", "url")
]
HALF_SIGNED = "label/2023-03.toml: a signature needs signed_by and the date signed_on, both or neither"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        *((f"\n{old}", f"\nno_{old}", fault) for old, fault in WITHOUT),
        ("[document]", "[documents]", "label/2023-03.toml: no [document]"),
        ("= 2023-03-01", "= 2023-03-01\neffective_to = 2024", "label/2023-03.toml: [document] effective_to is no date"),
        (
            '"2023-03"',
            '"2024-03"',
            "label/2023-03.toml: holds revision 2024-03: the file's name is the revision's",
        ),
        ("= 2023-03-01", "= 2023", "label/2023-03.toml: [document] lacks the date 'effective_from'"),
        (NOT_SIGNED, SIGNED.replace('"TEST, not a person"', '" "'), HALF_SIGNED),
        (NOT_SIGNED, SIGNED.replace("2026-11-20", '"today"'), HALF_SIGNED),
        (NOT_SIGNED, SIGNED.partition("\n")[0], HALF_SIGNED),
        (NOT_SIGNED, 'published = "spl"', "label/2023-03.toml: 'published' needs the words form and set_id"),
        (RULE, "", "label/2023-03.toml: no rules"),
        (RULE, RULE * 2, "label/2023-03.toml: rule R1 stands twice"),
        ('id = "R1"', "", "label/2023-03.toml: rule ? lacks 'id'"),
        ('section = "2.2"', "section = 2.2", "label/2023-03.toml: rule R1 lacks 'section'"),
        ('confidence = "OFF"', 'confidence = " "', "label/2023-03.toml: rule R1 lacks 'confidence'"),
        ("text = ", "words = ", "label/2023-03.toml: rule R1 lacks 'text'"),
        ("= 60", "= -1", "label/2023-03.toml: rule R1, below: not an exact number of zero or more"),
        ("= 60", "= nan", "label/2023-03.toml: rule R1, below: not an exact number of zero or more"),
        ("below = 60", "under = 60", "label/2023-03.toml: rule R1, text: {below}: no such member"),
        ("{ age_years = 75 }", "75", "label/2023-03.toml: rule R1, figures: not a table"),
        ("= 75", "= -1", "label/2023-03.toml: rule R1, figures.age_years: not an exact number of zero or more"),
        ("= 60", "= 2026-01-01", "label/2023-03.toml: rule R1, below: not an exact number of zero or more"),
        ("mg = 0 ", "mg = -0.1 ", "label/2023-03.toml: rule R1, levels.mg: not an exact number of zero or more"),
    ],
)
def test_a_doubt_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    path = written(tmp_path, (DOCUMENT + RULE).replace(old, new))
    with pytest.raises(SourceFileError) as raised:
        load_edition(path)
    assert fault == str(raised.value)


def test_what_is_no_toml_is_refused_with_the_name_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(SourceFileError, match=r"^label/2023-03\.toml: not readable as TOML: "):
        load_edition(written(tmp_path, "id = label"))


def test_the_content_version_knows_each_name_and_byte_and_no_order(tmp_path: Path) -> None:
    one, other = written(tmp_path, "a", "1.toml"), written(tmp_path, "b", "2.toml")
    version = content_version([one, other])
    assert (12, version) == (len(version), content_version([other, one]))
    assert version != content_version([one])
    written(tmp_path, "b ", "2.toml")
    assert version != content_version([one, other])
    assert content_version([one]) != content_version([written(tmp_path, "a", "3.toml")])
