"""Do codes, systems and names stand for the right concepts?"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from cds_service.fhir.decode import CodeableConcept, Coding
from cds_service.fhir.terminology import (
    ROWS,
    codes_of,
    concepts_of,
    concepts_of_code,
    exclusion,
    fact_named,
    medication_concepts,
    result_of_words,
    system_url,
)
from cds_service.fhir.terminology.tables import TerminologyError, _turned, load_tables

LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CM = "http://hl7.org/fhir/sid/icd-10-cm"
WHO = "http://hl7.org/fhir/sid/icd-10"
LIST = Path(__file__).parents[3] / "../shared/clinical/terminology.md"


@pytest.mark.parametrize(
    "system",
    [
        LOINC,
        LOINC + "/",
        "https://loinc.org",
        "https://loinc.org/",
        "urn:oid:2.16.840.1.113883.6.1",
        "URN:OID:2.16.840.1.113883.6.1",
    ],
)
def test_spellings_of_a_system_mean_the_same(system: str) -> None:
    assert frozenset({"platelets"}) == concepts_of([Coding(system, "777-3")])


def test_a_code_of_an_unknown_or_absent_system_means_nothing() -> None:
    assert frozenset() == concepts_of([Coding("http://local", "777-3"), Coding("", "777-3")])


def test_an_edition_of_snomed_is_snomed() -> None:
    assert "http://snomed.info/sct" == system_url("http://snomed.info/sct/731000124108")


@pytest.mark.parametrize(
    "system", [CM, WHO, "urn:oid:2.16.840.1.113883.6.90", "http://fhir.de/CodeSystem/bfarm/icd-10-gm"]
)
@pytest.mark.parametrize(
    ("code", "concept"),
    [
        ("D46.C", "mds-del5q"),
        ("D46.C", "mds"),
        ("D46.9", "mds"),
        ("C90.00", "myeloma"),
        ("C90.0", "myeloma"),
        ("C9000", "myeloma"),
        ("c90.0", "myeloma"),
        ("C83.17", "mcl"),
        ("C82.91", "fl"),
        ("C91.10", "cll"),
        ("I26.99", "vte"),
        ("Z99.2", "dialysis-dependence"),
    ],
)
def test_icd_codes_stand_for_their_categories(system: str, code: str, concept: str) -> None:
    assert concept in concepts_of([Coding(system, code)])


@pytest.mark.parametrize("code", ["D46", "D4", "D", "C90.1", "C83", "I2", "C83.3", "Z90.712"])
def test_icd_codes_do_not_stand_for_what_is_below_or_beside_them(code: str) -> None:
    assert not {"mds-del5q", "myeloma", "mcl", "vte", "hysterectomy"} & concepts_of([Coding(CM, code)])


def test_a_look_alike_is_excluded_with_its_reason() -> None:
    cord = [Coding(LOINC, "74398-9")]
    assert frozenset({"excluded:platelets"}) == concepts_of(cord)
    assert ("wrong specimen: cord blood", "") == exclusion(cord)
    assert "GEN-CRCL" == exclusion([Coding(LOINC, "2164-2")])[1]


def test_codes_of_a_concept_are_those_to_search_for() -> None:
    assert (LOINC, "777-3") in codes_of("platelets", "anc")
    assert (LOINC, "751-8") in codes_of("platelets", "anc")
    assert (LOINC, "74398-9") not in codes_of("platelets", "anc")


@pytest.mark.parametrize(
    ("concept", "expected"),
    [
        (CodeableConcept([Coding(RXNORM, "11289", "apixaban")]), "warfarin"),  # a display seen to be wrong
        (CodeableConcept([Coding("http://www.whocc.no/atc", "L01BC07")]), "hypomethylating-agent"),
        (CodeableConcept([Coding("http://www.whocc.no/atc", "C10AA05")]), "statin"),
        (CodeableConcept([Coding("http://www.whocc.no/atc", "B03XA06")]), "luspatercept"),
        (CodeableConcept(text="Darbepoetin alfa 100 mcg"), "esa"),
        (CodeableConcept(text="DIGOXIN 0.25 mg"), "digoxin"),
        (CodeableConcept([Coding("http://local", "1", "Venetoclax 100 mg")]), "venetoclax"),
        (CodeableConcept([Coding(RXNORM, "11170")]), "p-gp-inhibitor"),
        (CodeableConcept(text="imetelstat"), "imetelstat"),
    ],
)
def test_medications_are_recognised_by_code_then_atc_then_name(concept: CodeableConcept, expected: str) -> None:
    assert expected in medication_concepts(concept)


@pytest.mark.parametrize("text", ["lenalidomide 10 mg", "", "xwarfarin"])
def test_other_words_are_no_co_medication(text: str) -> None:
    assert frozenset() == medication_concepts(CodeableConcept(text=text))


def test_a_known_code_is_not_overruled_by_another_name() -> None:
    assert "apixaban" not in medication_concepts(CodeableConcept([Coding(RXNORM, "11289", "apixaban")]))


def test_result_words_are_a_closed_list() -> None:
    for negative in (
        " Not detected. ",
        "NÉGATIF",
        "nicht nachweisbar",
        "Não reagente",
        "отрицательный",
        "陰性",
        "ujemny",
    ):
        assert "result-negative" == result_of_words(negative)
    for positive in ("Positif.", "nachgewiesen", "Reagente", "положительно", "陽性"):
        assert "result-positive" == result_of_words(positive)
    assert "" == result_of_words("probably negative")
    assert "platelets" == fact_named("Platelet Count")


def test_every_row_has_what_a_reader_needs_and_excluded_rows_a_reason() -> None:
    assert all(row.status and row.display for row in ROWS)
    excluded = [row for row in ROWS if any(c.startswith("excluded:") for c in row.concepts)]
    assert excluded
    assert all(row.reason for row in excluded)


def test_every_code_of_the_list_is_there() -> None:
    if not LIST.exists():
        assert os.environ.get("CI") != "true"
        pytest.skip("the list is not at hand")
    known = {row.code for row in ROWS}
    listed = re.findall(
        r"^\| (?:LOINC|RxNorm|ATC|SNOMED CT|ICD-10-CM|ICD-10-PCS|CPT|HCPCS) \| (\S+) \| (.*?) \|",
        LIST.read_text(),
        re.M,
    )
    assert 361 == len(listed)
    assert set() == {code for code, display in listed if not re.search("lenalidomide|revlimid", display, re.I)} - known


def test_tables_that_contradict_themselves_stop_the_start() -> None:
    with pytest.raises(TerminologyError, match="two things"):
        _turned({"a": ["word"], "b": ["Word"]}, "file")
    assert len(ROWS) == len(load_tables().rows)


@pytest.mark.parametrize("code", ["8-820", "8-831.0", "5-470", "5-511.11", "9-500", "1-632", "3-225", "8-930"])
def test_a_code_with_a_hyphen_is_no_range_of_codes(code: str) -> None:
    assert frozenset() == concepts_of_code("http://fhir.de/CodeSystem/bfarm/ops", code)
    assert {"hysterectomy"} == concepts_of_code("http://fhir.de/CodeSystem/bfarm/ops", "5-683.0")
