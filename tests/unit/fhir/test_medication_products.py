"""Which drug and strength a medication is, by its codes and words."""

import json
from decimal import Decimal

import pytest

from cds_service.clinical.exposure import Dose
from cds_service.drugs.lenalidomide import DRUG as LENALIDOMIDE
from cds_service.fhir.medication_product import MISSPELT
from cds_service.fhir.medications import read_medications
from tests.unit.fhir.medication_samples import ATC, RXNORM, TEN_MG, TODAY, order, read

TEN = Decimal(10)


@pytest.mark.parametrize(
    "concept",
    [
        {"coding": [{"system": RXNORM + "/", "code": "602910"}]},
        {"coding": [{"system": "urn:oid:2.16.840.1.113883.6.88", "code": "602910"}]},
        {"coding": [{"system": ATC, "code": "L04AX04"}], "text": "Lénalidomide 10 mg gélule"},
        {"text": "LENALIDOMIDE 10 mg capsule"},
        {"text": "Revlimid 10 mg Hartkapseln"},
        {"coding": [{"system": "urn:local", "code": "x", "display": "Lenalidomida 10 mg cápsula"}]},
    ],
)
def test_the_drug_is_known_by_code_or_name(concept: dict[str, object]) -> None:
    (record,) = read(order(medicationCodeableConcept=concept)).records
    assert Dose(TEN) == record.dose


@pytest.mark.parametrize(
    ("code", "mg"),
    [
        ("59572-402-28", "2.5"),
        ("59572040500", "5"),
        ("59572-410", "10"),
        ("59572-415-21", "15"),
        ("59572042000", "20"),
        ("59572-425-00", "25"),
    ],
)
def test_a_package_known_by_its_ndc_has_its_strength(code: str, mg: str) -> None:
    dispensed = order(medicationCodeableConcept={"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": code}]})
    raw = json.dumps(dispensed).encode()
    (record,) = read_medications([raw], "p1", TODAY, LENALIDOMIDE.codes, LENALIDOMIDE.names, "lenalidomide").records
    assert Dose(Decimal(mg)) == record.dose


@pytest.mark.parametrize(
    "name", ["pomalidomide 4 mg", "thalidomide 50 mg", "xlenalidomidexx", "azalenalidomide", "talidomid"]
)
def test_a_relative_is_never_lenalidomide(name: str) -> None:
    records = read(order(medicationCodeableConcept={"text": name})).records
    assert not any("lenalidomide" in record.concepts for record in records)


@pytest.mark.parametrize(
    ("name", "is_it"),
    [
        *((name, True) for name in ("lenalidamide 10 mg", "Lenolidamide", "Revlamid", "lenalidomde", "LENALIDMIDE")),
        *(
            (name, False)
            for name in ("lenolidamite", "Revlamyd", "leflunomide", "pomalidomide", "iberdomide", "Remifemin")
        ),
    ],
)
def test_a_name_with_a_letter_in_six_wrong_is_the_drug_and_its_dose_is_asked(name: str, is_it: bool) -> None:
    records = [r for r in read(order(medicationCodeableConcept={"text": name})).records if "lenalidomide" in r.concepts]
    assert [(None, MISSPELT)] * is_it == [(record.dose, record.dose_problem) for record in records]


@pytest.mark.parametrize(
    ("concept", "problem"),
    [
        ({**TEN_MG, "text": "lenalidomide 5 mg capsule"}, "two strengths of one product"),
        (
            {"coding": [{"system": RXNORM, "code": "1369713"}], "text": "lenalidomide"},
            "code and text name different drugs",
        ),
        *(
            ({**TEN_MG, "text": text}, "code and text name different drugs")
            for text in (
                "thalidomide 100 mg capsule",
                "Pomalidomid 4 mg",
                "Imnovid",
                "サリドマイド",
                "warfarin",
                "dexamethasone 40 mg",
            )
        ),
        ({"coding": [{"system": RXNORM, "code": "342369"}]}, "no strength"),
    ],
)
def test_a_product_that_is_not_certain_gives_no_dose(concept: dict[str, object], problem: str) -> None:
    (record,) = read(order(medicationCodeableConcept=concept)).records
    assert (None, problem) == (record.dose, record.dose_problem)


@pytest.mark.parametrize(
    "text", ["", "Revlimid", "lenalidomide with dexamethasone", "RVd", "Capsules 10 mg", "oral chemotherapy"]
)
def test_words_that_name_no_other_drug_alone_leave_the_dose_of_the_code(text: str) -> None:
    (record,) = read(order(medicationCodeableConcept={**TEN_MG, "text": text})).records
    assert record.dose is not None, record.dose_problem
