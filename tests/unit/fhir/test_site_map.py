"""Are a site's own codes read as what its map says, refused by row and member where the map is wrong, and kept apart?"""

import dataclasses
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from cds_service.drugs.catalogue import DRUGS
from cds_service.errors import SettingsError
from cds_service.fhir.medications import read_medications
from cds_service.fhir.observations import read_observations
from cds_service.fhir.queries import prefetch_templates
from cds_service.fhir.site_map import NO_SITE_MAP, SiteMapError, parse_site_map
from cds_service.hooks.pipeline import build_engine
from cds_service.hooks.site_map import load_site_map
from cds_service.settings import Settings
from tests.unit.fhir.observing import TODAY, platelets

LAB, DRUG_LIST = "urn:example:lab", "urn:example:drugs"
MAP = f"""
[[code]]
system = "{LAB}"
code = "THROM"
concept = "platelets"
unit = "10*9/L"
note = "EDTA"

[[code]]
system = ""
code = "KREA"
concept = "creatinine"

[[code]]
system = "{DRUG_LIST}"
code = "L10"
concept = "lenalidomide"
strength_mg = 10

[[code]]
system = "{DRUG_LIST}"
code = "W5"
concept = "warfarin"
"""
SITE = parse_site_map(MAP, ["lenalidomide"])
SETTINGS = Settings(mode="demo", auth="none", jurisdiction="US", today=TODAY)


def local(code="THROM", system=LAB, *more, **members):
    return platelets(code={"coding": [{"system": system, "code": code}, *more]}, **members)


def read(*resources, site=SITE):
    return read_observations([json.dumps(r).encode() for r in resources], "p", TODAY, site)


def order(code, system=DRUG_LIST, **more):
    return {
        "resourceType": "MedicationRequest",
        "id": "o",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "authoredOn": "2026-01-01",
        "medicationCodeableConcept": {"coding": [{"system": system, "code": code}], **more},
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "capsule"}}],
            }
        ],
    }


def mapped_drug(tmp_path: Path):
    path = tmp_path / "site.toml"
    path.write_text(MAP, encoding="utf-8")
    return load_site_map(path, DRUGS)[1][0]


def medications(drug, *orders):
    raws = [json.dumps(o).encode() for o in orders]
    return read_medications(raws, "p", TODAY, drug.codes, drug.names, drug.name).records


def test_a_local_code_is_read_as_its_concept_and_without_a_map_it_is_not():
    (reading,) = read(local()).readings["platelets"]
    assert (49999, "/uL") == (reading.amount.value, reading.unit)
    assert {} == read(local(), site=NO_SITE_MAP).readings


def test_the_mapped_unit_counts_only_where_the_result_names_none():
    def value(**quantity):
        found = read(local(valueQuantity={"value": 45, **quantity}))
        return found.readings["platelets"][0].amount.value

    assert 45000 == value() == value(unit="10*9/L")
    assert 45000 == value(unit="K/uL")
    # Its own unit is the one that counts, and 45 single cells are asked about.
    both = read(local(valueQuantity={"value": 45, "unit": "/uL"})).readings["platelets"]
    assert [45, 45000] == [reading.amount.value for reading in both]


def test_a_unit_that_the_table_does_not_know_is_refused_whatever_the_map_says():
    found = read(local(valueQuantity={"value": 45, "unit": "U"}))
    assert {} == found.readings
    assert "unit not on the list of accepted units" == found.unusable["platelets"][0].reason


def test_a_result_without_unit_stays_refused_where_the_map_gives_none():
    found = read(local("KREA", "", valueQuantity={"value": 1.1}))
    assert "unit missing" == found.unusable["creatinine"][0].reason


def test_a_value_written_as_text_takes_the_mapped_unit():
    (reading,) = read(local(valueQuantity=None, valueString="<20")).readings["platelets"]
    assert (20000, True) == (reading.amount.high, reading.amount.high_open)


def test_a_local_code_beside_a_code_of_another_fact_is_refused():
    haemoglobin = {"system": "http://loinc.org", "code": "718-7"}
    found = read(local("THROM", LAB, haemoglobin))
    assert {} == found.readings
    assert {"its codes stand for different facts"} == {u.reason for us in found.unusable.values() for u in us}


def test_a_local_code_does_not_make_a_look_alike_readable():
    cord_blood = {"system": "http://loinc.org", "code": "74398-9"}
    assert {} == read(local("THROM", LAB, cord_blood)).readings


def test_a_local_product_has_its_drug_and_strength(tmp_path):
    (record,) = medications(mapped_drug(tmp_path), order("L10"))
    assert frozenset({"lenalidomide"}) == record.concepts
    assert Decimal(10) == record.dose.mg
    assert () == medications(DRUGS[0], order("L10"))


def test_a_local_code_of_another_drug_brings_its_classes(tmp_path):
    (record,) = medications(mapped_drug(tmp_path), order("W5"))
    assert frozenset({"warfarin", "anticoagulant", "vitamin-k-antagonist"}) == record.concepts


def test_a_local_code_of_another_drug_under_the_drug_s_name_is_said(tmp_path):
    (record,) = medications(mapped_drug(tmp_path), order("W5", text="Lenalidomide"))
    assert "code and text name different drugs" == record.dose_problem


def test_searches_ask_for_the_site_s_codes_too():
    templates = prefetch_templates(DRUGS[0].needs, SITE.codes_of)
    assert "urn:example:lab%7CTHROM" in templates["platelets"].replace("|", "%7C")
    assert "KREA" in templates["laboratory"]
    assert "THROM" not in templates["laboratory"]


def test_two_engines_of_one_process_know_nothing_of_each_other_s_map(tmp_path):
    path = tmp_path / "site.toml"
    path.write_text(MAP, encoding="utf-8")
    plain = build_engine(SETTINGS)
    mapped = build_engine(dataclasses.replace(SETTINGS, site_map=path))
    other = build_engine(SETTINGS)
    assert "THROM" in mapped.services()[0].prefetch["platelets"]
    for engine in (plain, other):
        assert "THROM" not in engine.services()[0].prefetch["platelets"]
        assert (DRUG_LIST, "L10") not in engine.drug_of("lenalidomide-order-sign").codes
    assert plain.content_version == other.content_version != mapped.content_version


def test_results_of_a_known_name_under_an_unmapped_code_are_counted_and_nothing_of_them_is_kept():
    unknown = platelets(code={"coding": [{"system": LAB, "code": "X9", "display": "Platelets (EDTA)"}]})
    known_to_loinc = platelets(
        "mpv", code={"coding": [{"system": "http://loinc.org", "code": "32623-1", "display": "Platelet volume plt"}]}
    )
    found = read(unknown, known_to_loinc, local(id="mapped"))
    assert {"platelets": 1} == found.unmapped


def row(**members):
    given = {"system": LAB, "code": "X", "concept": "platelets", **members}
    lines = [f"{key} = {json.dumps(value)}" for key, value in given.items() if value is not None]
    return "\n".join(["[[code]]", *lines])


WRONG = {
    "not toml": ("[[code]", "not TOML"),
    "empty": ("", "must hold one [[code]] table"),
    "another table": (f"{row()}\n[[codes]]\na = 1", "no place for codes"),
    "stranger": (row(units="g"), "row 1: 'units' is not a member"),
    "no code": (row(code=" "), "row 1: code must be"),
    "no system": (row(system=None), "row 1: system must be"),
    "no concept": (row(concept=None), "row 1: concept must be"),
    "unknown concept": (row(concept="plateletz"), "row 1: concept 'plateletz' is neither"),
    "nearly a concept": (row(concept="plateletz"), "(Did you mean platelets?)"),
    "nearly a medication": (row(concept="warfarine"), "(Did you mean warfarin?)"),
    "nothing like a concept": (row(concept="zzz"), "Facts: alkalinePhosphatase, alt,"),
    "nearly a member": (
        row(strenght_mg="5"),
        "row 1: 'strenght_mg' is not a member of a code (Did you mean strength_mg?)",
    ),
    "unknown unit": (row(unit="bushel"), "row 1: unit 'bushel' is not accepted for platelets; such as /uL are"),
    "unit of another fact": (row(unit="mg/dL"), "row 1: unit 'mg/dL' is not accepted for platelets"),
    "unit of a finding": (row(concept="karyotype", unit="%"), "row 1: unit has no place on karyotype"),
    "unit of a drug": (row(concept="warfarin", unit="mg"), "row 1: unit has no place"),
    "strength of a laboratory fact": (row(strength_mg=5), "row 1: strength_mg has no place"),
    "strength of another drug": (row(concept="warfarin", strength_mg=5), "row 1: strength_mg has a place only"),
    "strength that is no number": (
        row(concept="lenalidomide", strength_mg="five"),
        "must be a number above 0, not 'five'",
    ),
    "strength below 0": (
        row(concept="lenalidomide", strength_mg=-5),
        "row 1: strength_mg must be a number above 0, not -5",
    ),
    "twice": (f"{row()}\n{row(concept='anc')}", "row 2: code 'X' stands twice"),
    "known": (row(system="http://loinc.org", code="777-3"), "row 1: code '777-3' is known already"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_map_that_is_wrong_says_the_row_and_the_member(name):
    text, words = WRONG[name]
    with pytest.raises(SiteMapError, match=re.escape(words)):
        parse_site_map(text, ["lenalidomide"])


def test_a_wrong_map_stops_the_start_by_setting_file_and_row(tmp_path):
    path = tmp_path / "site.toml"
    path.write_text(row(concept="lenalidomide", strength_mg=7), encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        build_engine(dataclasses.replace(SETTINGS, site_map=path))
    assert "CDS_SITE_MAP" == error.value.where
    words = "code X: strength_mg 7 names no capsule of lenalidomide; there are 2.5, 5, 10, 15, 20, 25 mg"
    assert f"site.toml, {words}" in str(error.value.sentence)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_map_that_cannot_be_read_stops_the_start(tmp_path, content):
    path = tmp_path / "site.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError):
        build_engine(dataclasses.replace(SETTINGS, site_map=path))
