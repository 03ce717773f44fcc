"""What does a Patient say about birth and sex?"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from cds_service.fhir.decode import Unreadable
from cds_service.fhir.patient import PatientRead, read_patient

BIRTH_SEX = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"


def patient(**members: Any) -> PatientRead:
    return read_patient(json.dumps({"resourceType": "Patient", "id": "p", **members}).encode())


def test_a_full_patient_is_read_without_remarks() -> None:
    expected = PatientRead("p", "Patient/p", date(1953, 3, 9), date(1953, 3, 9), "female")
    assert expected == patient(gender="female", birthDate="1953-03-09", name=[{"family": 3}])


@pytest.mark.parametrize(
    ("birth", "first", "last"),
    [("1953", date(1953, 1, 1), date(1953, 12, 31)), ("1952-02", date(1952, 2, 1), date(1952, 2, 29))],
)
def test_a_partial_birth_date_is_a_span_and_is_said(birth: str, first: date, last: date) -> None:
    read = patient(gender="male", birthDate=birth)
    assert (first, last) == (read.born_from, read.born_to)
    assert read.remarks


@pytest.mark.parametrize("birth", [None, "", "9.3.1953", "1953-13-01", 1953, {"year": 1953}])
def test_a_birth_date_that_cannot_be_read_is_no_date_and_is_said(birth: Any) -> None:
    read = patient(gender="male", birthDate=birth)
    assert (None, None) == (read.born_from, read.born_to)
    assert 1 == len(read.remarks)


@pytest.mark.parametrize("gender", [None, "other", "unknown", "", "F", 1])
def test_a_gender_that_is_not_female_or_male_is_never_guessed(gender: Any) -> None:
    read = patient(gender=gender, birthDate="1953-03-09")
    assert "" == read.sex
    assert read.remarks


def test_a_birth_sex_that_differs_from_the_gender_is_asked_about() -> None:
    read = patient(gender="male", birthDate="1980-03-09", extension=[{"url": BIRTH_SEX, "valueCode": "F"}])
    assert "" == read.sex
    assert "differ" in read.remarks[0]


def test_a_birth_sex_that_agrees_changes_nothing() -> None:
    read = patient(gender="female", birthDate="1980-03-09", extension=[{"url": BIRTH_SEX, "valueCode": "F"}])
    assert ("female", ()) == (read.sex, read.remarks)


@pytest.mark.parametrize("death", [{"deceasedBoolean": True}, {"deceasedDateTime": "2026-01-01"}])
def test_a_deceased_patient_is_noted(death: dict[str, Any]) -> None:
    assert patient(gender="female", birthDate="1980-03-09", **death).deceased


def test_a_living_patient_is_not_deceased() -> None:
    assert not patient(gender="female", birthDate="1980-03-09", deceasedBoolean=False).deceased


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"resourceType":"Observation"}'])
def test_what_is_no_patient_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read_patient(raw)


def test_an_id_of_another_form_costs_no_patient() -> None:
    assert "female" == patient(id={"value": "p1"}, gender="female").sex
