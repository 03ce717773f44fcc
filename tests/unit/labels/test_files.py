"""Label files of every form, and files that are none: a clear error says what was expected."""

import json
from pathlib import Path

import pytest

from cds_service.labels import files
from cds_service.labels.files import read_label
from cds_service.labels.label import LabelFileError

SECTIONS = {
    "boxed_warning": ["WARNING: made up"],
    "indications_and_usage": [
        "1 INDICATIONS AND USAGE For tests ( 1.1 ). 1.1 First Use in tests. 1.3 Third Other words."
    ],
    "dosage_and_administration": [
        "2 DOSAGE 2.1 Dose The dose is 5 mg [see Warnings (5.1, 5.2)] once daily (2.2). 2.2 More Less."
    ],
    "contraindications": ["4 CONTRAINDICATIONS none"],
    "warnings_and_cautions": ["5 WARNINGS 5.1 First Care."],
    "information_for_patients": ["17 PATIENT COUNSELING INFORMATION Advise."],
}
LABEL = {
    **SECTIONS,
    "set_id": "set",
    "version": "7",
    "effective_time": "20260131",
    "openfda": {"brand_name": ["Madeupine"], "generic_name": ["MADEUPINIB"]},
}
SMPC = """===== PDF PAGE 1 =====
SUMMARY OF PRODUCT CHARACTERISTICS
1
NAME OF THE MEDICINAL PRODUCT
Madeupine 5 mg
2 QUALITATIVE COMPOSITION
5 mg of madeupinib
4.1
Therapeutic indications
Tests.
4.2
Posology and method of administration
3
Take 5 mg, see section 4.4.
===== PDF PAGE 2 =====
4.3 Contraindications
4.4 Special warnings
4.5 Interactions
4.6 Fertility
5.1 Pharmacodynamic properties
6.1 List of excipients
7 MARKETING AUTHORISATION HOLDER
10
DATE OF REVISION OF THE TEXT
03/11/2023
"""
NAMES = ("madeupinib",)


def written(folder: Path, content: str | bytes, name: str = "label.json") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def openfda(**changes: object) -> str:
    return json.dumps({"results": [{k: v for k, v in {**LABEL, **changes}.items() if v is not None}]})


def test_openfda_json_is_read_by_section_without_its_references(tmp_path: Path) -> None:
    label = read_label(written(tmp_path, openfda()), NAMES)
    assert (label.set_id, label.version, label.date.isoformat()) == ("set", "7", "2026-01-31")
    assert label.sections["2.1"].strip() == "Dose The dose is 5 mg once daily ."
    assert label.sections["1.3"] == "Third Other words."
    assert label.sections["boxed warning"] == "WARNING: made up"


def test_an_smpc_is_read_by_section_across_pages(tmp_path: Path) -> None:
    label = read_label(written(tmp_path, SMPC, "smpc.txt"), NAMES)
    assert label.date.isoformat() == "2023-11-03"
    assert label.sections["4.2"] == "Posology and method of administration 3 Take 5 mg, see section 4.4."
    assert "4.3" in label.sections


DOCUMENT = '<document xmlns="urn:hl7-org:v3"><name>Madeupine (madeupinib)</name>'
REFUSED = {
    "another drug": (openfda(openfda={"brand_name": ["Other"], "generic_name": ["OTHER"]}), "not of madeupinib"),
    "cut off": (openfda()[:300], "no whole JSON"),
    "no results": ("{}", "exactly one label"),
    "two labels": (json.dumps({"results": [LABEL, LABEL]}), "exactly one label"),
    "a section lacks": (openfda(contraindications=None), "no section 4"),
    "no set id": (openfda(set_id=None), "no set id"),
    "nested without end": ('{"results":' + "[" * 200_000, "no whole JSON"),
    "no date": (openfda(effective_time=None), "no date"),
    "a web page": ("<!DOCTYPE html><html><body>label</body></html>", "web page"),
    "a web page after a declaration": ('<?xml version="1.0"?><html xmlns="x"></html>', "web page"),
    "XML of something else": ("<ClinicalDocument/>", "not an SPL"),
    "XML cut off": (f"{DOCUMENT}<section>", "no whole XML"),
    "XML with entities": (
        f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "b">]>{DOCUMENT}</document>',
        "type declaration",
    ),
    "XML with entities in UTF-16": (
        f'<!DOCTYPE d [<!ENTITY a "b">]>{DOCUMENT}</document>'.encode("utf-16-le"),
        "type declaration",
    ),
    "SPL without sections": (f"{DOCUMENT}</document>", "no section"),
    "a PDF": (b"%PDF-1.7 ...", "PDF"),
    "bytes": (b"\xff\xfe\x00", "is empty, or neither"),
    "nothing": ("", "is empty"),
    "a list": ("[1]", "is empty, or neither"),
    "UTF-16": (openfda().encode("utf-16"), "is empty, or neither|no UTF-8"),
    "a page cut out": (SMPC.replace("PAGE 2", "PAGE 3"), "pages that do not follow"),
    "another language": (
        SMPC.replace("SUMMARY OF PRODUCT CHARACTERISTICS", "RÉSUMÉ DES CARACTÉRISTIQUES DU PRODUIT"),
        "in English",
    ),
    "a German section 4.2": (SMPC.replace("Posology and", "Dosierung und"), "Posology"),
    "an SmPC cut off": (SMPC[: SMPC.index("4.5")], "no section 4.5"),
    "an SmPC of another drug": (SMPC.replace("adeupin", "ther"), "not of madeupinib"),
    "an SmPC without a date": (SMPC.replace("03/11/2023", "November"), "no date"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_such_label_is_refused_by_name(name: str, tmp_path: Path) -> None:
    content, message = REFUSED[name]
    with pytest.raises(LabelFileError, match=f"^label.json: .*{message}"):
        read_label(written(tmp_path, content), NAMES)


def test_a_file_too_large_to_be_a_label_is_refused_unread(tmp_path: Path) -> None:
    path = written(tmp_path, "{")
    with path.open("r+b") as file:
        file.truncate(50_000_000)
    with pytest.raises(LabelFileError, match="is 50 MB: a label is at most 20 MB; expected openFDA"):
        read_label(path, NAMES)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match=r"absent\.json: cannot be read"):
        read_label(tmp_path / "absent.json", NAMES)


def test_the_limit_is_well_above_a_label() -> None:
    assert files.MAX_BYTES > 5_000_000
