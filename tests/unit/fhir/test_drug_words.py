"""Are drugs known by the names and codes that charts of the world have for them, and other things by none of these?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cds_service.drugs.catalogue import DRUGS
from cds_service.fhir.decode import CodeableConcept, Coding
from cds_service.fhir.medication_product import Catalogue, is_told, read_product
from cds_service.fhir.terminology import concepts_of_code, named_medications
from cds_service.fhir.terminology.ndc import ndc_products
from tests.support.yaml_files import read_yaml

COLLECTED: dict[str, Any] = read_yaml(Path(__file__).parents[2] / "data" / "value_sets.yaml")
CLASSES = {
    "imid-other": {"imid"},
    "g-csf": {"g-csf"},
    "esa": {"esa"},
    "luspatercept": {"luspatercept"},
    "oestrogen": {"estrogen"},
    "antithrombotic": {"anticoagulant", "antiplatelet"},
    "warfarin": {"warfarin"},
    "digoxin": {"digoxin"},
    "dexamethasone": {"dexamethasone"},
    "hma": {"hypomethylating-agent"},
}
LENALIDOMIDE = Catalogue.of(DRUGS[0].codes, DRUGS[0].names, DRUGS[0].name)
NDC = "http://hl7.org/fhir/sid/ndc"


def _of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(c for c in COLLECTED["concepts"] if c["id"] == name)
    return found


def test_lenalidomide_is_known_by_each_of_its_names_and_nothing_else_is() -> None:
    wrong = [text for text, is_it in _of("lenalidomide")["says"] if is_it != LENALIDOMIDE.is_named_in(text)]
    assert [] == wrong


@pytest.mark.parametrize("concept", sorted(CLASSES))
def test_another_drug_is_known_by_its_names_and_what_sounds_like_it_is_not(concept: str) -> None:
    said = _of(concept)["says"]
    wrong = [text for text, is_it in said if is_it == named_medications(text).isdisjoint(CLASSES[concept])]
    assert [] == wrong


@pytest.mark.parametrize("concept", sorted(CLASSES))
def test_the_listed_codes_of_a_drug_are_known_without_a_display(concept: str) -> None:
    codes = [
        (COLLECTED["systems"][s], c) for s, cs in _of(concept)["codes"].items() if s in ("rxnorm", "atc") for c in cs
    ]
    lost = [code for system, code in codes if concepts_of_code(system, code).isdisjoint(CLASSES[concept])]
    assert len(lost) <= len(codes) * 0.03, lost


@pytest.mark.parametrize(
    "code", ["59572-410-28", "59572-0410-28", "59572041028", "5957241028", "59572-410", "595720410", "59572-410-00"]
)
def test_one_ndc_in_every_form_is_the_same_product(code: str) -> None:
    read = read_product(CodeableConcept(coding=[Coding(NDC, code)]), None, LENALIDOMIDE)
    assert (True, 10) == (read.is_drug, read.strength_mg)


@pytest.mark.parametrize("code", ["", "59572", "59572-410-28-1", "ABC-410-28", "123456789012"])
def test_what_is_no_ndc_is_no_product(code: str) -> None:
    assert () == ndc_products(code)


def test_an_ndc_that_nobody_here_knows_does_not_tell_the_drug() -> None:
    assert not is_told(CodeableConcept(coding=[Coding(NDC, "43598-511-21")]), None, LENALIDOMIDE)
    assert is_told(CodeableConcept(coding=[Coding(NDC, "43598-511-21", "Ibuprofen")]), None, LENALIDOMIDE)
