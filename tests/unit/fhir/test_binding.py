import pytest

from cds_service.fhir.binding import NO_PATIENT, OTHER_PATIENT, is_about, refusal
from cds_service.fhir.decode import Reference


@pytest.mark.parametrize(
    "reference",
    ["Patient/p1", "p1", "Patient/p1/_history/3", "https://ehr.example/fhir/Patient/p1", "http://ehr.example/Patient/p1",
     "https://ehr.example/fhir/Patient/p1/_history/abc.1"],
)  # fmt: skip
def test_a_reference_that_names_the_patient_is_about_the_patient(reference):
    assert is_about(reference, "p1")


@pytest.mark.parametrize(
    "reference",
    ["Patient/p2", "Patient/p11", "Patient/P1", "xPatient/p1", "Practitioner/p1", "Group/p1", "#p1", "urn:uuid:other", "", "Patient/",
     "Patient?identifier=p1", "https://ehr.example/fhir/Practitioner/p1", "https://ehr.example/fhir/Patient/p2", "fhir/Patient/p1",
     "Patient/p1/", "Patient/p1#x", "Patient/p2/_history/p1", "https://ehr.example/fhir/NotPatient/p1", " Patient/p1",
     "https://ehr.example/fhir?x=/Patient/p1/extra"],
)  # fmt: skip
def test_any_other_reference_is_not(reference):
    assert not is_about(reference, "p1")


def test_a_uuid_address_is_the_patient_only_when_the_id_is_that_uuid():
    uuid = "3f0b1a52-6c0f-4a76-8f58-0f7b1d6f9f11"
    assert is_about(f"urn:uuid:{uuid}", uuid)
    assert not is_about(f"urn:uuid:{uuid}", "p1")


def test_an_empty_patient_id_matches_nothing():
    assert not is_about("Patient/", "")
    assert not is_about("", "")


def test_a_refusal_says_why_and_holds_no_id():
    assert NO_PATIENT == refusal(None, "p1")
    assert NO_PATIENT == refusal(Reference(display="Jane"), "p1")
    assert OTHER_PATIENT == refusal(Reference(reference="Patient/secret"), "p1")
    assert "" == refusal(Reference(reference="Patient/p1"), "p1")
