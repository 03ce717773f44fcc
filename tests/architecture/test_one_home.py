"""Does each code live in the terminology alone, and the name of a drug in its folder alone?"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Iterator

import pytest

from cds_service.fhir.check_digits import is_loinc, is_snomed
from cds_service.fhir.terminology import ROWS
from tests.architecture.source_tree import PACKAGE, modules, where

TERMINOLOGY = PACKAGE / "fhir" / "terminology"
DRUG_FILES = sorted(PACKAGE.glob("drugs/*/drug.toml"))
AWAY = [
    path
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.toml")])
    if TERMINOLOGY not in path.parents and path not in DRUG_FILES
]


def systems() -> list[str]:
    """Every spelling of every code system, without its scheme."""
    rows = tomllib.loads((TERMINOLOGY / "systems.toml").read_text(encoding="utf-8"))["system"]
    return sorted({s.partition("://")[2] or s for row in rows for s in (row["url"], *row["aliases"])}, key=len)


def codes() -> set[str]:
    """Every code that the package knows, except words such as "POS"."""
    products = [p for path in DRUG_FILES for p in tomllib.loads(path.read_text(encoding="utf-8"))["product"]]
    known = {row.code for row in ROWS} | {code for product in products for code in product["codes"]}
    return {code for code in known if any(character.isdigit() for character in code)}


def one_of(words: set[str] | list[str]) -> str:
    """A pattern of any of some texts, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


def word_of(known: set[str], least: int) -> str:
    """A pattern of any word that could be one of some codes, of so many characters at least: to be looked up in them.

    Thousands of codes as a pattern of their own take far longer.
    """
    return "|".join([*(re.escape(code) for code in known if re.search(r"[^\w.-]", code)), rf"[\w.-]{{{least},}}"])


QUOTED = r"(?<=[\"'`]){}(?=[\"'`])"
KINDS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "a code of LOINC": (r"(?<![\w.-])(?:L[A-Z])?\d{3,7}-\d(?![\w-])", is_loinc),
    "a short code of LOINC": (QUOTED.format(r"\d{1,2}-\d"), is_loinc),
    "a code of SNOMED CT": (r"(?<![\w.-])\d{6,18}(?![\w.-])", is_snomed),
    "a code of ICD-10": (QUOTED.format(r"[A-Z]\d[0-9AB]"), bool),
    "a code below one of ICD-10": (r"(?<![\w.])[A-Z]\d[0-9AB]\.[0-9A-Z]{1,4}(?![\w])", bool),
    "a code of ATC": (r"(?<!\w)[A-DGHJLMNPRSV]\d\d[A-Z]{2}\d\d(?!\w)", bool),
    "a group of ATC": (QUOTED.format(r"[A-DGHJLMNPRSV]\d\d[A-Z]{1,2}"), bool),
    "a code of RxNorm": (QUOTED.format(r"[1-9]\d{4,7}"), bool),
    "a code of NDC": (r"(?<![\w-])(?:\d{4,5}-\d{3,4}(?:-\d{1,2})?|\d{11})(?![\w-])", bool),
    "an OID": (r"(?<![\w.])[0-2](?:\.\d+){4,}", bool),
    "a code system": (
        rf"(?i)(?<![\w.])(?=\w+[.:][\w.])(?:{one_of(systems())}|urn:oid:)|(?<=[\w.])/(?:codesystem|fhir/sid)/",
        bool,
    ),
    # A short one could be any number, unless it is quoted.
    "a code that is known": (rf"(?<![\w.-])(?:{word_of(codes(), 5)})(?![\w.-])", codes().__contains__),
    "a short code that is known": (QUOTED.format(f"(?:{word_of(codes(), 1)})"), codes().__contains__),
}
PATTERNS = [(kind, re.compile(pattern), is_one) for kind, (pattern, is_one) in KINDS.items()]


def literals(text: str) -> Iterator[tuple[int, str]]:
    """Every code in a text, in words and comments too: its line, its kind and itself."""
    for kind, pattern, is_one in PATTERNS:
        for found in pattern.finditer(text):
            if is_one(found[0]):
                yield text.count("\n", 0, found.start()) + 1, f"{kind}: {found[0]}"


def test_a_code_lives_in_the_terminology_or_in_the_drugs_own_file() -> None:
    found = ((path, literals(path.read_text(encoding="utf-8"))) for path in AWAY)
    assert [] == [f"{where(path, line)} {what}" for path, listed in found for line, what in listed]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('CBC = "58410-2"', "a code of LOINC"),
        ("# also 57021-8, as a panel", "a code of LOINC"),
        ('ANSWER = "LA6576-8"', "a code of LOINC"),
        ('OLD = "15-8"', "a short code of LOINC"),
        ("SEVERE = 24484000", "a code of SNOMED CT"),
        ('"900000000000207008"', "a code of SNOMED CT"),
        ('MDS = "D46"', "a code of ICD-10"),
        ('"""Codes such as C90.00."""', "a code below one of ICD-10"),
        ("code = 'L04AX04'", "a code of ATC"),
        ('STATINS = "C10AA"', "a group of ATC"),
        ('INGREDIENT = "703"', "a short code that is known"),
        ('PRODUCT = "1999999"', "a code of RxNorm"),
        ('"59572-410-28"', "a code of NDC"),
        ("# packages 59572041028", "a code of NDC"),
        ('url = "http://loinc.org"', "a code system"),
        ("as https://www.snomed.org has it", "a code system"),
        ('"http://terminology.hl7.org/CodeSystem/condition-clinical"', "a code system"),
        ('SYSTEM = "urn:oid:1.2.3"', "a code system"),
        ('SYSTEM = "2.16.840.1.113883.6.1"', "an OID"),
        ("TRANSFUSED = '30233N1'", "a code that is known"),
        ("rxnorm 1242231 is 2.5 mg", "a code that is known"),
    ],
)
def test_a_planted_code_is_found(line: str, kind: str) -> None:
    assert kind in {what.partition(":")[0] for _, what in literals(f"first\n{line}\n")}


@pytest.mark.parametrize(
    "line",
    [
        "baseline_below = 100000",
        'revision = "2023-03"',
        "days 1-21 of 28, 1-3 capsules",
        'RULE = "US-NONHEM-G34"',
        "label 5.13, SmPC 4.4",
        'url = "http://hl7.org/fhir/StructureDefinition/patient-birthSex"',
        '"platelets", "anc"',
        'return "58410-3"',
    ],
)
def test_what_is_no_code_is_left_alone(line: str) -> None:
    assert [] == list(literals(line))


def names_of_drugs() -> list[str]:
    """The names of every drug that has a folder, as charts write them."""
    return [name for path in DRUG_FILES for name in tomllib.loads(path.read_text(encoding="utf-8"))["names"]]


@functools.cache
def _names() -> re.Pattern[str]:
    return re.compile(one_of(names_of_drugs()), re.IGNORECASE)


def namings(text: str) -> list[int]:
    """The lines that name a drug."""
    return sorted({text.count("\n", 0, found.start()) + 1 for found in _names().finditer(text)})


ABOVE = [path for path in modules() if not any(drug.parent in path.parents for drug in DRUG_FILES)]


def test_no_module_above_a_drugs_folder_names_the_drug() -> None:
    assert [] == [where(path, line) for path in ABOVE for line in namings(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("line", ["# lenalidomide alone", 'r"lenalidomide?"', "BRAND = 'Revlimid'", "x = Lénalidomide"])
def test_a_planted_name_is_found(line: str) -> None:
    assert [2] == namings(f"first\n{line}\n")


def test_a_drugs_systems_are_those_of_the_terminology() -> None:
    rows = tomllib.loads((TERMINOLOGY / "systems.toml").read_text(encoding="utf-8"))["system"]
    urls = {row["name"]: row["url"] for row in rows}
    for path in DRUG_FILES:
        drug = tomllib.loads(path.read_text(encoding="utf-8"))
        assert drug["systems"] == {name: urls[name] for name in drug["systems"]}
        assert drug["topic"]["system"] in drug["systems"].values()
