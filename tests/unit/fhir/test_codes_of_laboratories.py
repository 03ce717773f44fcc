"""Codes of laboratories outside LOINC are the fact, a code that was never issued leaves the word to what stands beside it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from cds_service.clinical.facts import Unusable
from cds_service.fhir.decode import CodeableConcept, Coding
from cds_service.fhir.observation_codes import facts_of
from cds_service.fhir.observations import read_observations
from cds_service.fhir.terminology import concepts_of_code
from tests.support.resources import Json, observation

TODAY = date(2026, 1, 26)
SNOMED = "http://snomed.info/sct"
NPU = "urn:oid:1.2.208.176.2.1"
JLAC10 = "urn:oid:1.2.392.200119.4.504"


@pytest.mark.parametrize(
    ("system", "code", "fact"),
    [
        (NPU, "NPU03568", "platelets"),
        ("NPU", "NPU02902", "anc"),
        ("https://lab.example.org/analyses", "NPU02319", "hemoglobin"),
        ("", "NPU18016", "creatinine"),
        (NPU, "NPU04998", "creatinine"),
        (SNOMED, "1022651000000100", "platelets"),
        (SNOMED, "1022551000000104", "anc"),
        (SNOMED, "1022431000000105", "hemoglobin"),
        (SNOMED, "1000731000000107", "creatinine"),
        ("http://snomed.info/sct/999000041000000102", "61928009", "platelets"),
        (JLAC10, "2A050000001930101", "platelets"),
        (JLAC10, "3C015000002327101", "creatinine"),
    ],
)
def test_a_code_of_a_laboratory_outside_loinc_is_the_fact(system: str, code: str, fact: str) -> None:
    assert [fact] == [meaning.fact for meaning in facts_of(CodeableConcept([Coding(system, code)]))]


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (JLAC10, "3C015000000127101"),  # creatinine in urine
        (JLAC10, "2A050161001930101"),  # a part of the platelets
        ("http://loinc.org", "NPU03568"),
        (NPU, "NPU27300"),
    ],
)
def test_a_code_of_another_specimen_system_or_test_is_not(system: str, code: str) -> None:
    assert frozenset() == concepts_of_code(system, code)


@pytest.mark.parametrize(
    ("system", "code", "concept"),
    [
        ("urn:oid:1.2.208.176.2.4", "DD466", "mds-del5q"),
        ("urn:oid:1.2.208.176.2.4", "DI269", "vte"),
        ("urn:oid:1.2.752.116.1.1.1", "D46.7", "mds"),
        ("urn:oid:1.2.208.176.2.4", "BJFD00", "dialysis"),
    ],
)
def test_a_national_form_of_icd_10_is_read_as_icd_10(system: str, code: str, concept: str) -> None:
    assert concept in concepts_of_code(system, code)


def _refused(one: Json) -> list[Unusable]:

    read = read_observations([json.dumps(one).encode()], "p", TODAY)
    assert not list(read.readings)
    return [each for refused in read.unusable.values() for each in refused]


def _platelets(code: str, **more: Any) -> Json:
    value = {"value": 12, "unit": "10*3/uL"}
    return observation("p", "one", code, "Platelet count", "2026-01-20T07:00:00Z", valueQuantity=value) | more


def test_a_code_of_loinc_that_was_never_issued_is_named_by_the_words_beside_it() -> None:
    (refused,) = _refused(_platelets("777-4"))
    assert ("platelets", "its code of LOINC was never issued: the check digit is wrong") == (
        refused.fact,
        refused.reason,
    )


def test_a_valid_code_of_loinc_that_is_not_known_is_what_it_is() -> None:
    assert [] == _refused(_platelets("32623-1"))


@pytest.mark.parametrize(
    "more",
    [
        {"valueQuantity": {"value": 3.1, "unit": "10*11/unit"}},
        {"valueQuantity": {"value": 3.1, "unit": "10*11/bag"}},
        {"specimen": {"display": "Platelet concentrate, apheresis"}},
        {
            "specimen": {"reference": "#s"},
            "contained": [{"resourceType": "Specimen", "id": "s", "type": {"text": "Thrombozytenkonzentrat"}}],
        },
    ],
)
def test_a_count_of_a_blood_product_is_no_count_of_the_patient(more: Json) -> None:
    (refused,) = _refused(_platelets("777-3", **more))
    assert (True, "wrong specimen: a blood product") == (refused.is_other_test, refused.reason)


def test_a_count_in_blood_is_one_of_the_patient_whatever_else_its_specimen_says() -> None:

    one = _platelets("777-3", specimen={"display": "EDTA blood, venous"})
    assert "platelets" in read_observations([json.dumps(one).encode()], "p", TODAY).readings
