"""Results that lie in another resource or in a text, and tests that are no result yet."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds_service.fhir.contained_results import reported_results
from cds_service.fhir.observations import read_observations
from tests.unit.fhir.observing import TODAY, coded, found, platelets, read


@pytest.mark.parametrize("holder", ["Observation", "DiagnosticReport"])
def test_a_contained_result_says_of_itself_what_it_says_and_the_rest_its_holder(holder: str) -> None:
    inner = {
        "resourceType": "Observation",
        "id": "#a",
        "code": coded("777-3"),
        "valueQuantity": {"value": 24, "unit": "10*9/L"},
    }
    later = {**inner, "id": "b", "status": "preliminary", "effectiveDateTime": "2026-01-25"}
    outer = found("58410-2", resourceType=holder, id="cbc", contained=[inner, later, {"resourceType": "Specimen"}])
    raws = reported_results([json.dumps(outer).encode()])
    readings = read_observations(raws, "p", TODAY).readings["platelets"]
    assert [("Observation/cbc#b", True, 25), ("Observation/cbc#a", False, 26)] == [
        (r.reference, r.is_preliminary, r.on.day) for r in readings
    ]
    other = json.dumps({**outer, "subject": {"reference": "Patient/other"}}).encode()
    assert {} == read_observations(reported_results([other]), "p", TODAY).readings


def test_an_odd_member_costs_no_contained_result_beside_it() -> None:
    inner = {
        "resourceType": "Observation",
        "id": "a",
        "code": coded("777-3"),
        "valueQuantity": {"value": 24, "unit": "10*9/L"},
    }
    for contained in ([None, 1, "x", inner], inner):
        outer = found("58410-2", resourceType="DiagnosticReport", id="cbc", contained=contained)
        readings = read_observations(reported_results([json.dumps(outer).encode()]), "p", TODAY).readings
        assert ["24"] == [r.reported for r in readings["platelets"]]


def test_many_contained_results_are_no_more_than_they_are() -> None:
    results = [{"resourceType": "Observation", "id": str(number)} for number in range(2000)]
    long = {"resourceType": "Patient", "id": "p", "text": "x" * 100_000}
    outer = json.dumps(found("58410-2", resourceType="DiagnosticReport", contained=[long, *results])).encode()
    assert sum(map(len, reported_results([outer]))) < 5 * len(outer)


@pytest.mark.parametrize(
    ("members", "is_said"),
    [({}, False), ({"dataAbsentReason": {"text": "pending"}}, False), ({"note": [{"text": "PLT 9 K/uL"}]}, True)],
)
def test_a_test_that_is_only_registered_is_no_result(members: dict[str, Any], is_said: bool) -> None:
    awaited = platelets(status="registered", valueQuantity=None, **members)
    assert is_said is ("platelets" in read(awaited).unusable)


def test_what_a_report_on_many_genes_says_of_one_is_named_and_its_denials_are_kept() -> None:
    def told(report: str) -> list[str]:
        refused = read(found({"text": "Myeloid panel"}, valueString=report)).unusable.get("tp53", ())
        return [one.as_finding.value for one in refused if one.as_finding is not None]

    assert ["c.524G>A p.R175H, VAF 12 %"] == told("SF3B1 not detected, TP53 c.524G>A p.R175H, VAF 12 %; NPM1 wild type")
    assert ["No mutation of TP53 detected"] == told("SF3B1 p.K700E; No mutation of TP53 detected")
    assert [] == told("Genes tested: ASXL1, TP53, ZRSR2")
