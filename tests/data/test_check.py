"""Does `check` pass the files as they are, and find each kind of broken file?"""

from __future__ import annotations

import argparse
import functools
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from cds_service.clinical.review import Review
from cds_service.commands import check
from cds_service.commands.checks.report import check_package
from cds_service.drugs.source_files import edition_name, load_edition, unread

TODAY = date(2026, 11, 21)
EU = "drugs/lenalidomide/documents/eu-smpc/2023-11.toml"
US = "drugs/lenalidomide/documents/us-label/2023-03.toml"
OURS = "drugs/lenalidomide/documents/project/2026-11.toml"
DRUG = "drugs/lenalidomide/drug.toml"
MESSAGES = "drugs/lenalidomide/messages.toml"
LOINC = "fhir/terminology/loinc.toml"
SNOMED = "fhir/terminology/snomed.toml"
TESTS = "fhir/terminology/tests.toml"
REQUEST = "cdshooks/schemas/request.json"
UNITS = "fhir/terminology/units.toml"

BROKEN = {
    "not-toml": (US, 'id = "us-label-2023-03"', "id = us-label", "not readable as TOML"),
    "no-citation": (US, 'section = "1.2"\n', "", "rule US-IND-MDS lacks 'section'"),
    "no-confidence": (US, 'confidence = "OFF"\n', "", "rule US-IND-MDS lacks 'confidence'"),
    "confidence-without-code": (US, 'confidence = "OFF"\n', 'confidence = "sure"\n', "confidence 'sure' has no code"),
    "confidence-not-explained": (US, 'confidence = "OFF"\n', 'confidence = "ML"\n', "ML is not explained"),
    "signed-by-nobody": (US, 'signed_by = ""', "signed_on = 2026-11-20", "a signature needs signed_by"),
    "changed-since-compared": (US, "current_mg = 5\n", "current_mg = 10\n", "changed since it was compared or read"),
    "no-place": (
        US,
        'place = "not indicated and is not recommended"\n',
        "",
        "neither a place in its document nor a reason",
    ),
    "number-without-place": (US, ' {every_days_irregular}"', '"', "does not say where every_days_irregular stands"),
    "number-cited-twice": (
        US,
        " {every_days_irregular}",
        " {every_days_regular}",
        "does not say where every_days_irregular stands",
    ),
    "place-with-a-number": (
        US,
        "should occur {every_days_first}",
        "should occur weekly for 4 {first_days}",
        "in its words",
    ),
    "compared-row-gone": (
        US,
        "[checked.rows]",
        '[checked.rows]\nUS-GONE = "0"',
        "a record of US-GONE, which is no rule",
    ),
    "signed-in-the-future": (
        US,
        'signed_by = ""',
        'signed_by = "TEST, not a person"\nsigned_on = 2027-01-01',
        "signed_on 2027-01-01 lies before the revision or in the future",
    ),
    "not-yet-in-force": (
        OURS,
        "effective_from = 2026-11-01",
        "effective_from = 2026-12-01",
        "in force only from 2026-12-01",
    ),
    "revision-of-another-year": (
        US,
        "effective_from = 2023-03-24",
        "effective_from = 2022-03-24",
        "name different years",
    ),
    "revision-of-another-file": (US, 'revision = "2023-03"', 'revision = "2023-04"', "holds revision 2023-04"),
    "overlap": (US, "effective_from = 2023-03-24", "effective_from = 2023-03-23", "us-label-2023-03: overlaps"),
    "gap": (US, "effective_from = 2023-03-24", "effective_from = 2023-03-25", "us-label-2023-03: leaves a gap after"),
    "row-lacking": (US, 'id = "US-IND-CLL"', 'id = "US-IND-LLC"', "lacks US-IND-LLC, which us-label-2023-03 has"),
    "edition-without-its-day": (US, "effective_from = 2023-03-24\n", "", "lacks the date 'effective_from'"),
    "no-address": (US, 'url = "https://', 'url = "http://', "a label without an https address"),
    "number-not-exact": (US, "clearance_above = 60\n", "clearance_above = nan\n", "US-REN-MDS-GT60"),
    "number-negative": (US, "clearance_above = 60\n", "clearance_above = -60\n", "not an exact number of zero or more"),
    "rule-twice": (US, 'id = "US-IND-CLL"', 'id = "US-IND-MDS"', "rule US-IND-MDS stands twice"),
    "rule-in-two-documents": (OURS, 'id = "US-MDS-EXACT"', 'id = "US-MDS-START"', "US-MDS-START stand in another"),
    "baseline-overlap": (US, "baseline_below = 60000", "baseline_below = 60001", "overlap"),
    "baseline-gap": (US, "baseline_below = 60000", "baseline_below = 59999", "a gap between"),
    "baseline-low-end-too-low": (US, "baseline_at_least = 60000\n", "baseline_at_least = 10\n", "overlap"),
    "sentence-without-its-number": (US, "baseline_below = 60000\n", "", "{baseline_below}: no such member"),
    "sentence-with-a-number-by-hand": (
        US,
        "above {clearance_above} mL/min",
        "above 90 mL/min",
        "us-label/2023-03.toml: US-REN-MDS-GT60: text: '90' is written by hand",
    ),
    "sentence-without-a-number-of-its-row": (
        US,
        "clearance_above = 60\n",
        "clearance_above = 60\nweight_above = 40\n",
        "US-REN-MDS-GT60: text: weight_above is never said",
    ),
    "sentence-with-another-bound": (
        US,
        "above {clearance_above} mL/min",
        "at least {clearance_above} mL/min",
        "US-REN-MDS-GT60: text: clearance_above: said as at least, its name says above",
    ),
    "sentence-with-another-unit": (
        US,
        "{dose_mg} mg once",
        "{dose_mg} g/dL once",
        "dose_mg: said in g/dL, its name says mg",
    ),
    "number-unsaid-that-is-none": (
        US,
        'unsaid = ["clearance_above"]',
        'unsaid = ["clearance"]',
        "clearance stands among",
    ),
    "figures-that-are-no-table": (US, "figures = { window_weeks = 4 }", "figures = 4", "figures: not a table"),
    "figure-not-exact": (
        US,
        "window_weeks = 4",
        "window_weeks = -4",
        "window_weeks: not an exact number of zero or more",
    ),
    "window-missing": (US, 'window = "after"', 'window = "within"', "neither 'any' alone nor 'within' and 'after'"),
    "renal-gap": (US, "clearance_below = 30\n", "clearance_below = 29\n", "US renal, MDS: a gap between"),
    "renal-overlap": (US, "clearance_below = 30\n", "clearance_below = 31\n", "US renal, MDS: US-REN-MDS-LT30 [0, 31)"),
    "renal-row-in-no-table": (
        US,
        'rows = ["US-FL-START", ',
        "rows = [",
        "US-FL-START: a row by clearance that stands in no",
    ),
    "table-names-no-rule": (
        US,
        'rows = ["US-FL-START"',
        'rows = ["US-FL-BEGIN"',
        "names US-FL-BEGIN, which is no rule",
    ),
    "dose-without-capsule": (US, "resume_mg = 5\n", "resume_mg = 3\n", "resume_mg: no capsule strength gives 3 mg"),
    "code-of-two-products": (DRUG, 'codes = ["1242231"', 'codes = ["342369"', "342369: stands 2 times in rxnorm"),
    "strength-that-does-not-exist": (DRUG, "strength_mg = 2.5\n", "strength_mg = 3.5\n", "not in strengths_mg"),
    "product-without-state": (DRUG, 'status = "V-look"', "", "status None is not one of"),
    "message-without-sentence": (MESSAGES, 'summary = "', 'sumary = "', "hold.summary: no sentence"),
    "message-brace": (MESSAGES, "{count} on {dose}", "{count on {dose}", "a brace that belongs to no fill-in"),
    "summary-too-long": (MESSAGES, 'summary = "', 'summary = "' + "x" * 101, "longer than 100 characters"),
    "code-without-state": (LOINC, 'status = "V-repo"', 'status = ""', "loinc.toml: 751-8: lacks status"),
    "code-of-unknown-state": (LOINC, 'status = "V-repo"', 'status = "surely"', "status 'surely' is not one of"),
    "code-twice": (LOINC, 'code = "753-4"', 'code = "751-8"', "loinc.toml: 751-8: stands 2 times in loinc"),
    "loinc-check-digit": (LOINC, 'code = "751-8"', 'code = "751-9"', "loinc.toml: 751-9: no code of loinc"),
    "loinc-without-dash": (LOINC, 'code = "751-8"', 'code = "7518"', "loinc.toml: 7518: no code of loinc"),
    "answer-check-digit": (LOINC, 'code = "LA6576-8"', 'code = "LA6576-3"', "loinc.toml: LA6576-3: no code of loinc"),
    "snomed-check-digit": (SNOMED, "277597005", "277597006", "snomed.toml: 277597006: no code of snomed"),
    "product-check-digit": (DRUG, '"421471009"', '"421471008"', "lenalidomide/drug.toml: 421471008: no code of snomed"),
    "test-without-words": (TESTS, 'words = "TSH"\n', "", "tests.toml: tsh: lacks words"),
    "test-of-no-code": (TESTS, 'order = "3016-3"', 'order = "3024-7"', "tests.toml: tsh: no code 3024-7 of the files"),
    "test-without-differential": (TESTS, 'order = "57021-8"', 'order = "58410-2"', "cbc: no code 58410-2 of the files"),
    "test-twice": (TESTS, 'name = "alt"', 'name = "ast"', "tests.toml: ast: stands 2 times"),
    "unit-factor-not-exact": (
        UNITS,
        '"g/L" = "0.1"',
        '"g/L" = 0.1',
        "must be exact numbers written as text",
    ),
    "canonical-unit-of-another-size": (UNITS, '"/uL" = "1"', '"/uL" = "10"', "the canonical unit has another size"),
    "plausible-upside-down": (UNITS, '["1000", "3000000"]', '["3000000", "1000"]', "the lower one first"),
    "group-without-systems": (LOINC, 'systems = ["loinc"]\n', "", "loinc.toml: cannot be checked: lacks 'systems'"),
    "quantity-without-name": (UNITS, 'name = "count"\n', "", "units.toml: cannot be checked: lacks 'name'"),
    "drug-without-strengths": (
        DRUG,
        "strengths_mg = [",
        "strengths = [",
        "lenalidomide/drug.toml: lacks 'strengths_mg': add",
    ),
    "product-without-codes": (DRUG, "\ncodes = ", "\nkodes = ", "drug.toml: [[product]] number 1 lacks 'codes'"),
    "product-of-no-system": (DRUG, "\nrxnorm = ", "\nrxnom = ", "number 1: system 'rxnorm' is not in [systems]: add"),
    "baseline-of-no-number": (
        US,
        "resume_mg = 5\n",
        'resume_mg = 5\nbaseline_below = "x"\n',
        "cannot be checked",
    ),
    "schema-not-json": (REQUEST, "{", "", "request.json: not JSON"),
    "schema-without-draft": (REQUEST, '"$schema"', '"schema"', "request.json: names no draft in $schema"),
    "schema-of-no-draft": (REQUEST, '"type": "object"', '"type": "objekt"', "request.json: no schema of its draft"),
    "systems-not-toml": ("fhir/terminology/systems.toml", "[[system]]", "[[system", "systems.toml: cannot be read"),
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the data files, to be broken; without the schemas, which take longest and are broken by themselves."""
    for path in check.PACKAGE.rglob("*.toml"):
        copy = tmp_path / "cds_service" / path.relative_to(check.PACKAGE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    (tmp_path / "pyproject.toml").touch()
    return tmp_path / "cds_service"


def test_the_files_as_they_are_leave_no_doubt() -> None:
    assert () == check_package(check.PACKAGE, TODAY).doubts


@pytest.mark.parametrize(
    # Every eighth in the fast suite: each looks at all files anew.
    "fault",
    [pytest.param(fault, marks=[pytest.mark.slow] if turn % 8 else []) for turn, fault in enumerate(BROKEN)],
)
def test_a_broken_file_is_found(package: Path, fault: str) -> None:
    file, old, new, expected = BROKEN[fault]
    path = package / file
    text = (check.PACKAGE / file).read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    assert old in text, "the file no longer holds what this test breaks"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    told = [f"{doubt.where}: {doubt.what}" for doubt in check_package(package, TODAY).doubts]
    assert [] != [line for line in told if expected in line], told


def test_a_later_edition_may_wait_for_its_day(package: Path) -> None:
    newest = (package / US).read_text(encoding="utf-8")
    copied = re.sub(r"\neffective_to = \S+", "", newest).replace("_from = 2023-03-24", "_from = 2027-01-15")
    later = (package / US).with_name("2027-01.toml")
    later.write_text(copied.replace('2023-03"', '2027-01"'), encoding="utf-8")
    (doubt,) = check_package(package, TODAY).doubts
    assert "[checked] is of a document of 2023-03-24, before this edition" in doubt.what
    text = copied.replace("date = 2023-03-24", "date = 2027-01-15")
    later.write_text(text.replace('2023-03"', '2027-01"'), encoding="utf-8")
    assert () == check_package(package, TODAY).doubts
    later.write_text(text.replace("us-label-2023-03", "us-label-2027-01"), encoding="utf-8")
    assert ["holds revision 2023-03: the file's name is the revision's"] == [
        doubt.what for doubt in check_package(package, TODAY).doubts
    ]


def test_a_missing_file_and_an_empty_folder_are_doubts(package: Path, tmp_path: Path) -> None:
    (package / MESSAGES).unlink()
    assert "messages.toml" in {doubt.where for doubt in check_package(package, TODAY).doubts}
    (package / DRUG).unlink()
    assert "no folder with a drug.toml" in {doubt.what for doubt in check_package(package, TODAY).doubts}


def test_check_prints_who_checked_what_and_ends_with_its_verdict(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signed = 'signed_by = "TEST, not a person"\nsigned_on = 2026-11-20'
    text = (package / US).read_text(encoding="utf-8").replace('signed_by = ""', signed)
    (package / US).write_text(text, encoding="utf-8")
    assert 0 == check.run(argparse.Namespace(), package, {})
    told = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert "3 US-MDS, platelets, 10 mg, within: signed by TEST, not a person on 2026-11-20" in lines
    by_program = "checked against the document by program, not yet signed by a pharmacist"
    assert f"4 EU renal, MDS: {by_program}" in lines
    assert "no doubts" == lines[-1]
    (package / UNITS).write_text("[[quantity", encoding="utf-8")
    assert 1 == check.run(argparse.Namespace(), package, {})
    assert "1 doubt(s): not fit for use" == capsys.readouterr().out.splitlines()[-1]


_report = functools.cache(check_package)  # what stands in the package's own files
PRODUCTION = {"CDS_ALLOW_ANONYMOUS": "1", "CDS_JURISDICTION": "US"}


@pytest.mark.parametrize(
    ("environ", "status", "told"),
    [
        ({}, 0, "no start, because no CDS_ setting is given"),
        ({"CDS_MODE": "demo"}, 0, "start in demo mode"),
        ({**PRODUCTION, "CDS_ALLOW_UNREVIEWED": "1"}, 0, "start in production mode"),
        (PRODUCTION, 1, "DOUBT start in production mode: CDS_ALLOW_UNREVIEWED: Documents in force are not signed"),
        ({"CDS_JURISDICTION": "US"}, 1, "DOUBT start in production mode: CDS_PUBLIC_BASE_URL: "),
        ({"CDS_JURISTICTION": "US"}, 1, "Did you mean CDS_JURISDICTION?"),
        ({"CDS_MODE": "demo", "CDS_SITE_MAP": US}, 1, "CDS_SITE_MAP"),
        ({"CDS_MODE": "demo", "CDS_TRUSTED_CLIENTS": US}, 1, "CDS_TRUSTED_CLIENTS"),
    ],
)
def test_what_would_refuse_the_start_is_a_doubt_where_settings_are_given(
    environ: dict[str, str], status: int, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "check_package", _report)
    environ = {name: str(check.PACKAGE / value) if value == US else value for name, value in environ.items()}
    assert status == check.run(argparse.Namespace(), environ=environ)
    shown = capsys.readouterr().out
    assert told in shown
    assert ("no doubts" if status == 0 else "doubt(s): not fit for use") in shown.splitlines()[-1]


def test_the_legend_explains_every_state_of_a_row() -> None:
    assert list(Review) == list(check.LEGEND)


def test_check_names_file_and_row_of_a_number_that_a_sentence_does_not_take_from_its_row(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (package / US).read_text(encoding="utf-8").replace("above {clearance_above} mL", "above 90 mL")
    (package / US).write_text(text, encoding="utf-8")
    assert 1 == check.run(argparse.Namespace(), package, {})
    told = capsys.readouterr().out.splitlines()
    assert {
        "DOUBT us-label/2023-03.toml: US-REN-MDS-GT60: text: '90' is written by hand",
        "DOUBT us-label/2023-03.toml: US-REN-MDS-GT60: text: clearance_above is never said",
    } < set(told)
    assert told[-1].endswith("not fit for use")


@pytest.mark.row("PT-1", "PT-8")
def test_the_published_prefetch_templates_are_legal() -> None:
    assert () == check.template_doubts()


@pytest.mark.parametrize("path", sorted(check.PACKAGE.glob("drugs/*/documents/*/*.toml")), ids=edition_name)
def test_a_sentence_or_a_number_that_changes_in_any_row_is_named_until_somebody_looked(
    path: Path, tmp_path: Path
) -> None:
    """Two numbers of one unit that change places in a sentence are seen by nothing else."""
    text = path.read_text(encoding="utf-8")
    rows = list(load_edition(path).rules)
    assert () == unread(load_edition(path))
    for member in ("text", "section"):
        changed = tmp_path / path.name
        changed.write_text(re.sub(rf'(?m)^{member} = "', f'{member} = "The ', text), encoding="utf-8")
        assert rows == [rule.id for rule in unread(load_edition(changed))]


def test_two_numbers_that_change_places_in_a_sentence_are_found(package: Path) -> None:
    path = package / EU
    text = path.read_text(encoding="utf-8")
    row = text[text.index('id = "EU-REN-FL"') :]
    sentence = row[row.index("text = ") : row.index("\n", row.index("text = "))]
    first, last = "{bands.0.dose_mg}", "{bands.1.dose_mg}"
    swapped = sentence.replace(first, "#").replace(last, first).replace("#", last)
    assert swapped != sentence
    path.write_text(text.replace(sentence, swapped), encoding="utf-8")
    assert ["EU-REN-FL"] == [doubt.where.split(": ")[1] for doubt in check_package(package, TODAY).doubts]


def test_what_was_read_is_recorded_when_asked(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = package / OURS
    path.write_text(path.read_text(encoding="utf-8").replace('text = "', 'text = "So: ', 1), encoding="utf-8")
    assert 1 == check.run(argparse.Namespace(accept=False), package, {})
    assert 0 == check.run(argparse.Namespace(accept=True), package, {})
    assert 0 == check.run(argparse.Namespace(accept=False), package, {})


@pytest.mark.parametrize("is_copy", [True, False])
def test_the_files_that_are_looked_at_are_named_and_an_installed_copy_is_not_written_to(
    is_copy: bool, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if is_copy:
        (package.parent / "pyproject.toml").unlink()
    path = package / OURS
    path.write_text(path.read_text(encoding="utf-8").replace('text = "', 'text = "So: ', 1), encoding="utf-8")
    before = {each: each.read_bytes() for each in package.rglob("*.toml")}
    check.run(argparse.Namespace(), package, {})
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"Files of {package}") and is_copy == ("pip install -e ." in first)
    assert (2 if is_copy else 0) == check.run(argparse.Namespace(accept=True), package, {})
    told = capsys.readouterr()
    assert is_copy == ("pip install -e ." in told.err) and is_copy == (told.out == "")
    assert is_copy == (before == {each: each.read_bytes() for each in package.rglob("*.toml")})
