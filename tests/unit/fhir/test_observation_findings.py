"""Which worded and coded Observations become findings, and which are refused?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.unit.fhir.observing import SNOMED, coded, finding, found, one, platelets, refused


@pytest.mark.parametrize(
    "value", [{"valueString": "46,XX,del(5)(q13q33)"}, {"valueCodeableConcept": {"text": "46,XX,del(5)(q13q33)"}}]
)
@pytest.mark.parametrize("code", ["62356-1", "29770-5", "33773-3"])
def test_a_karyotype_is_read_as_written(code: str, value: dict[str, Any]) -> None:
    assert "46,XX,del(5)(q13q33)" == finding(found(code, **value), fact="karyotype").value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueCodeableConcept": coded("260385009", SNOMED)}, "negative"),
        ({"valueCodeableConcept": coded("10828004", SNOMED)}, "positive"),
        ({"valueCodeableConcept": {"text": "Indeterminate"}}, "indeterminate"),
        ({"valueString": "NEGATIVE"}, "negative"),
        ({"valueString": "absent"}, "negative"),
    ],
)
def test_pregnancy_tests_are_read_with_time_and_sensitivity(value: dict[str, Any], expected: str) -> None:
    part = {"code": {"text": "analytical sensitivity"}, "valueQuantity": {"value": 25, "unit": "mIU/mL"}}
    result = finding(
        found("2118-8", effectiveDateTime="2026-01-25T08:00:00Z", component=[part], **value), fact="pregnancyTest"
    )
    assert (expected, datetime(2026, 1, 25, 8, tzinfo=UTC)) == (result.value, result.at)
    assert (("analytical sensitivity", "25 mIU/mL"),) == result.components


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"valueQuantity": {"value": 2, "unit": "mg/L"}, "code": coded("19080-1")}, "a number"),
        ({"valueString": "see report"}, "known words"),
        ({"valueCodeableConcept": {**coded("260385009", SNOMED), "text": "positive"}}, "contradict"),
        ({"valueString": "negative", "status": "preliminary"}, "preliminary"),
        ({}, "no value"),
    ],
)
def test_a_pregnancy_test_without_a_clear_result_is_refused(change: dict[str, Any], reason: str) -> None:
    assert (
        reason
        in refused(platelets(**{"code": coded("2118-8"), "valueQuantity": None, **change}), fact="pregnancyTest").reason
    )


def hormone(value: object, high: object = 5, flag: str = "", unit: str = "mIU/mL", **more: Any) -> dict[str, Any]:
    """A quantitative hCG with the laboratory's upper limit and flag."""
    spans = [{"high": {"value": high, "unit": unit}, **more.pop("span", {})}] if high is not None else []
    spoken = [{"coding": [{"code": flag}]}] if flag else []
    quantity = {"value": value, "unit": unit, **more.pop("quantity", {})}
    return platelets(
        **{
            "code": coded("19080-1"),
            "referenceRange": spans,
            "interpretation": spoken,
            "valueQuantity": quantity,
            **more,
        }
    )


@pytest.mark.parametrize(
    ("observation", "amount", "value", "is_flagged"),
    [
        (hormone(9000), "9000", "9000 mIU/mL", False),
        (hormone(9000, None, "HH"), "9000", "9000 mIU/mL", True),
        (hormone(7, flag="A"), "7", "7 mIU/mL", True),
        (hormone(2, None), "2", "2 mIU/mL", False),
        (hormone(2, quantity={"comparator": "<"}), "<2", "<2 mIU/mL", False),
        (hormone(2, quantity={"comparator": "<="}), "<2", "<=2 mIU/mL", False),
        (hormone(1000, quantity={"comparator": ">"}), ">1000", ">1000 mIU/mL", False),
        (hormone(2, unit="[IU]/L"), "2", "2 [IU]/L", False),
        (hormone(2, unit="IU/mL"), "2000", "2 IU/mL", False),
        (hormone(9000, flag="NEG"), "9000", "9000 mIU/mL", False),
        (hormone(9000, status="preliminary"), "9000", "9000 mIU/mL", False),
    ],
)
def test_a_number_of_hcg_stays_a_number(observation: dict[str, Any], amount: str, value: str, is_flagged: bool) -> None:
    result = finding(observation, fact="pregnancyTest")
    assert (("hcg", amount),) == result.components
    assert (value, is_flagged) == (result.value, "flagged-high" in result.concepts)


@pytest.mark.parametrize("observation", [hormone(2, unit="mg/L"), hormone(2, unit="")])
def test_a_number_of_hcg_in_no_known_unit_is_refused(observation: dict[str, Any]) -> None:
    assert "a number" in refused(observation, fact="pregnancyTest").reason


@pytest.mark.parametrize(
    ("members", "reported", "reason"),
    [
        ({"quantity": {"comparator": 5}}, "25 mIU/mL", "comparator"),
        ({"quantity": {"comparator": "~"}}, "25 mIU/mL", "comparator"),
        ({"valueQuantity": None, "valueRange": {"low": {"value": 25, "unit": "mIU/mL"}}}, "25 mIU/mL", "kind"),
    ],
)
def test_a_number_of_hcg_that_is_not_read_is_told_as_reported_and_asked_about_as_a_positive_one(
    members: dict[str, Any], reported: str, reason: str
) -> None:
    found = refused(hormone(25, **members), fact="pregnancyTest")
    assert reported == found.reported
    assert reason in found.reason
    assert found.as_finding is not None
    assert "positive" == found.as_finding.value


@pytest.mark.parametrize("words", ["pregnant", "Schwanger", "+", "Schwangerschaft nachgewiesen", "positiv"])
def test_a_positive_pregnancy_test_is_known_by_its_words(words: str) -> None:
    assert "positive" == finding(found("2118-8", valueString=words), fact="pregnancyTest").value


def test_a_preliminary_positive_pregnancy_test_is_kept_and_marked() -> None:
    result = finding(found("2118-8", valueString="positive", status="preliminary"), fact="pregnancyTest")
    assert "preliminary" in result.concepts


def test_contraception_counts_from_the_start_of_its_period() -> None:
    resource = found("8659-5", effectiveDateTime=None, effectivePeriod={"start": "2025-12-01"}, valueString="implant")
    assert date(2025, 12, 1) == finding(resource, fact="contraception").effective_from


def test_contraception_that_has_ended_is_refused() -> None:
    period = {"start": "2025-12-01", "end": "2026-01-20"}
    resource = found("8659-5", effectiveDateTime=None, effectivePeriod=period, valueString="implant")
    assert "ended" in refused(resource, fact="contraception").reason


def test_the_last_period_is_its_own_date() -> None:
    assert date(2026, 1, 3) == finding(found("8665-2", valueDateTime="2026-01-03"), fact="lastPeriod").effective_from


def test_the_menstrual_cycle_is_known_by_its_words() -> None:
    assert "irregular" == finding(found({"text": "menstrual cycle"}, valueString="irregular"), fact="menses").value


def test_a_tp53_variant_is_known_by_the_gene_studied() -> None:
    gene = {"code": coded("48018-6"), "valueCodeableConcept": {"coding": [{"code": "HGNC:11998", "display": "TP53"}]}}
    result = finding(found("69548-6", valueCodeableConcept=coded("LA9633-4"), component=[gene]), fact="tp53")
    assert "present" == result.value
    assert ("gene-studied", "TP53") in result.components


def test_a_single_interpretation_of_an_older_server_is_read() -> None:
    assert one(platelets(interpretation={"text": "clumped"})).is_estimate


def test_a_positive_interpretation_of_a_gene_test_is_a_presence() -> None:
    result = finding(
        found("21739-8", valueCodeableConcept=coded("LA9633-4"), interpretation=[{"text": "Positive"}]), fact="tp53"
    )
    assert "present" == result.value


def test_hepatitis_serology_is_read() -> None:
    assert "negative" == finding(found("5195-3", valueString="non-reactive"), fact="hbsag").value


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ({"value": 1200, "unit": "IU/mL"}, "positive"),
        ({"value": 0, "unit": "IU/mL"}, "negative"),
        ({"value": 10, "unit": "IU/mL", "comparator": "<"}, "negative"),
        ({"value": 10, "unit": "IU/mL", "comparator": ">"}, "positive"),
    ],
)
def test_a_viral_load_of_hepatitis_b_is_read_by_its_number(quantity: dict[str, object], expected: str) -> None:
    assert expected == finding({**found("42595-9"), "valueQuantity": quantity}, fact="hbvDna").value


def test_hepatitis_b_dna_in_words_is_read() -> None:
    assert "negative" == finding(found("29610-3", valueString="not detected"), fact="hbvDna").value
