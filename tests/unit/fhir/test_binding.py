"""Whose resource it is, by every form in which a reference names a patient."""

import json
from typing import Any

import msgspec
import pytest

from cds_service.fhir.binding import NO_PATIENT, OTHER_PATIENT, UNSURE_PATIENT, Whom, is_about, refusal
from cds_service.fhir.decode import Reference

SERVER = "https://ehr.example/fhir"
MRN, OTHER_MRN = {"system": "urn:mrn", "value": "4711"}, {"system": "urn:mrn", "value": "4712"}
PATIENT = {"resourceType": "Patient", "id": "p1", "identifier": [MRN, {"value": "without a system"}]}


def whom(server: str = SERVER, address: str = "", patient: dict[str, Any] = PATIENT) -> Whom:
    return Whom.of("p1", server, [(address, json.dumps(patient).encode())])


@pytest.mark.parametrize(
    "reference",
    ["Patient/p1", "/Patient/p1", "p1", "Patient/p1/_history/3", "/Patient/p1/_history/3", f"{SERVER}/Patient/p1",
     f"{SERVER}/Patient/p1/_history/abc.1", "urn:uuid:7f2", "URN:UUID:7F2", " Patient/p1", "Patient/p1/", "/Patient/p1/",
     "patient/p1", "PATIENT/p1", "Patient/p1/_history/3/", "https://other.example/x/Patient/p1"],
)  # fmt: skip
def test_a_reference_that_names_the_patient_is_about_the_patient(reference: str) -> None:
    address = (
        reference.replace("URN:UUID:7F2", "urn:uuid:7f2")
        if reference.startswith(("urn:", "URN:", "https://other"))
        else ""
    )
    assert "" == refusal(Reference(reference), whom(address=address))


@pytest.mark.parametrize(
    "reference",
    ["Patient/p2", "Patient/p11", "xPatient/p1", "Practitioner/p1", "Group/p1", "Patient/",
     "Patient?identifier=p1", f"{SERVER}/Practitioner/p1", f"{SERVER}/Patient/p2", "fhir/Patient/p1",
     "Patient/p1#x", "Patient/p2/_history/p1", f"{SERVER}/NotPatient/p1", "//Patient/p1",
     f"{SERVER}?x=/Patient/p1/extra"],
)  # fmt: skip
def test_any_other_literal_reference_is_another_s(reference: str) -> None:
    assert OTHER_PATIENT == refusal(Reference(reference), whom())


@pytest.mark.parametrize(
    ("reference", "of"),
    [
        ("https://other.example/fhir/Patient/p1", whom()),
        ("https://ehr.example/fhir2/Patient/p1", whom()),
        (f"{SERVER}/Patient/p1", whom(server="")),
        ("urn:uuid:7f2", whom()),
        ("urn:oid:1.2.3", whom()),
        ("https://other.example/fhir/Patient/77", whom()),
        (f"{SERVER}/Patient/p2", whom(server="")),
        ("Encounter/e1", whom()),
        ("EpisodeOfCare/e1", whom()),
        ("Patient/P1", whom()),
        ("P1", whom()),
        ("#p", whom()),
    ],
)
def test_what_can_be_compared_with_nothing_of_the_call_may_be_the_patient(reference: str, of: Whom) -> None:
    assert UNSURE_PATIENT == refusal(Reference(reference), of)


def test_an_address_beside_the_one_under_which_the_patient_came_is_another_s() -> None:
    assert OTHER_PATIENT == refusal(Reference("urn:uuid:7f3"), whom(address="urn:uuid:7f2"))


def test_the_address_of_another_patient_of_the_call_is_not_this_one_s() -> None:
    other = whom(address="urn:uuid:7f2", patient={**PATIENT, "id": "p2"})
    assert UNSURE_PATIENT == refusal(Reference("urn:uuid:7f2"), other)


@pytest.mark.parametrize(
    ("contained", "expected"),
    [
        ([{"resourceType": "Patient", "id": "p", "identifier": [MRN]}], ""),
        ([{"resourceType": "Patient", "id": "#p", "identifier": [MRN]}], ""),
        ([{"resourceType": "Patient", "id": "p", "identifier": MRN}], ""),
        ([{"resourceType": "Patient", "id": "p", "identifier": [OTHER_MRN]}], OTHER_PATIENT),
        ([{"resourceType": "Patient", "id": "p", "identifier": [{"value": "without a system"}]}], UNSURE_PATIENT),
        ([{"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:other", "value": "4711"}]}], UNSURE_PATIENT),
        ([{"resourceType": "Patient", "id": "q", "identifier": [MRN]}], UNSURE_PATIENT),
        ([{"resourceType": "Group", "id": "p", "identifier": [MRN]}], UNSURE_PATIENT),
        ([{"resourceType": "Patient", "id": "p"}], UNSURE_PATIENT),
        ([5], UNSURE_PATIENT),
    ],
)  # fmt: skip
def test_a_contained_patient_is_known_by_an_identifier_of_one_system(contained: list[object], expected: str) -> None:
    raws = [msgspec.Raw(json.dumps(each).encode()) for each in contained]
    assert expected == refusal(Reference("#p"), whom(), raws)


def test_a_uuid_address_is_the_patient_also_when_the_id_is_that_uuid() -> None:
    uuid = "3f0b1a52-6c0f-4a76-8f58-0f7b1d6f9f11"
    assert is_about(f"urn:uuid:{uuid}", uuid)
    assert not is_about(f"urn:uuid:{uuid}", "p1")


def test_an_empty_patient_id_matches_nothing() -> None:
    assert not is_about("Patient/", "")
    assert not is_about("", "")


def test_a_refusal_says_why_and_holds_no_id() -> None:
    assert NO_PATIENT == refusal(None, "p1")
    assert NO_PATIENT == refusal(Reference(display="Jane"), "p1")
    assert OTHER_PATIENT == refusal(Reference(reference="Patient/secret"), "p1")
    assert "" == refusal(Reference(reference="Patient/p1"), "p1")
