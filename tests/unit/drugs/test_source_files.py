"""Is a source file read exactly, and refused with the file, the rule and the fault where there is a doubt in it?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cds_service.clinical.recommendation import Basis
from cds_service.drugs.contract import DocumentState
from cds_service.drugs.source_files import SourceFileError, content_version, load_source

DOCUMENT = """
[document]
id = "label"
title = "Label"
jurisdiction = "US"
revision = "2023-03"
url = "https://example.org"
review = "unreviewed"
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
SIGNED = 'review = "checked"\nreviewed_by = "A. Pharmacist"\nreviewed_on = 2026-11-20'


def written(folder: Path, text: str, name: str = "label.toml") -> Path:
    """A source file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_source_file_is_read_exactly(tmp_path: Path) -> None:
    source = load_source(written(tmp_path, DOCUMENT + RULE))
    document = DocumentState("label", "Label", "US", "2023-03", "https://example.org", "unreviewed")
    assert (document, ["R1"]) == (source.document, list(source.rules))
    rule = source.rules["R1"]
    assert ("R1", "2.2", "OFF", "Ärzte: below 60, at 75 years.", document) == (
        rule.id, rule.section, rule.confidence, rule.text, rule.document,
    )  # fmt: skip
    levels = [{"mg": Decimal("2.5"), "note": "daily"}, {"mg": 0}]
    assert {"below": 60, "share": Decimal("0.1"), "levels": levels, "is_daily": True} == rule.data
    assert {"age_years": 75} == rule.figures
    assert Basis("label", "Label, rev. 2023-03", "2.2", "https://example.org", "unreviewed") == rule.basis


def test_a_signature_is_kept(tmp_path: Path) -> None:
    document = load_source(written(tmp_path, DOCUMENT.replace('review = "unreviewed"', SIGNED) + RULE)).document
    assert ("checked", "A. Pharmacist", date(2026, 11, 20)) == (
        document.review, document.reviewed_by, document.reviewed_on,
    )  # fmt: skip


WITHOUT = [
    (f"{name} = ", f"label.toml: [document] lacks '{name}'")
    for name in ("id", "title", "jurisdiction", "revision", "url", "review")
]
HALF_SIGNED = "label.toml: 'checked' needs reviewed_by and reviewed_on, and only then"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        *((f"\n{old}", f"\nno_{old}", fault) for old, fault in WITHOUT),
        ("[document]", "[documents]", "label.toml: no [document]"),
        ("= 2023-03-01", "= 2023", "label.toml: [document] lacks the date 'effective_from'"),
        ('"unreviewed"', '"fine"', "label.toml: review is 'fine', not one of unreviewed, checked"),
        ('"unreviewed"', '"checked"', HALF_SIGNED),
        ('review = "unreviewed"', SIGNED.replace('"A. Pharmacist"', '""'), HALF_SIGNED),
        ('review = "unreviewed"', SIGNED.replace("2026-11-20", '"today"'), HALF_SIGNED),
        ('review = "unreviewed"', SIGNED.replace('"checked"', '"unreviewed"'), HALF_SIGNED),
        (RULE, "", "label.toml: no rules"),
        (RULE, RULE * 2, "label.toml: rule R1 stands twice"),
        ('id = "R1"', "", "label.toml: rule ? lacks 'id'"),
        ('section = "2.2"', "section = 2.2", "label.toml: rule R1 lacks 'section'"),
        ('confidence = "OFF"', 'confidence = " "', "label.toml: rule R1 lacks 'confidence'"),
        ("text = ", "words = ", "label.toml: rule R1 lacks 'text'"),
        ("= 60", "= -1", "label.toml: rule R1, below: not an exact number of zero or more"),
        ("= 60", "= nan", "label.toml: rule R1, below: not an exact number of zero or more"),
        ("below = 60", "under = 60", "label.toml: rule R1, text: {below}: no such member"),
        ("{ age_years = 75 }", "75", "label.toml: rule R1, figures: not a table"),
        ("= 75", "= -1", "label.toml: rule R1, figures.age_years: not an exact number of zero or more"),
        ("= 60", "= 2026-01-01", "label.toml: rule R1, below: not an exact number of zero or more"),
        ("mg = 0 ", "mg = -0.1 ", "label.toml: rule R1, levels.mg: not an exact number of zero or more"),
    ],
)
def test_a_doubt_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    path = written(tmp_path, (DOCUMENT + RULE).replace(old, new))
    with pytest.raises(SourceFileError) as raised:
        load_source(path)
    assert fault == str(raised.value)


def test_what_is_no_toml_is_refused_with_the_name_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(SourceFileError, match=r"^label\.toml: not readable as TOML: "):
        load_source(written(tmp_path, "id = label"))


def test_the_content_version_knows_each_name_and_byte_and_no_order(tmp_path: Path) -> None:
    one, other = written(tmp_path, "a", "1.toml"), written(tmp_path, "b", "2.toml")
    version = content_version([one, other])
    assert (12, version) == (len(version), content_version([other, one]))
    assert version != content_version([one])
    written(tmp_path, "b ", "2.toml")
    assert version != content_version([one, other])
    assert content_version([one]) != content_version([written(tmp_path, "a", "3.toml")])
