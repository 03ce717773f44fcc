"""Which Observations become readings and findings, which are refused and why?"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.clinical.facts import Finding, Reading, Unusable
from cds_service.clinical.quantity import Interval
from cds_service.fhir.observations import ObservationFacts, read_observations

TODAY = date(2026, 1, 26)
DATA = Path(__file__).parents[3] / "../shared/data"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"


def coded(code: str, system: str = LOINC) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def platelets(identifier: str = "plt", value: Any = 49.999, unit: str = "10*9/L", **more: Any) -> dict[str, Any]:
    resource = {
        "resourceType": "Observation",
        "id": identifier,
        "status": "final",
        "code": coded("777-3"),
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-01-26",
        "valueQuantity": {"value": value, "unit": unit},
    }
    merged = {**resource, **more}
    return {key: member for key, member in merged.items() if member is not None}


def found(code: str | dict[str, Any], **more: Any) -> dict[str, Any]:
    return platelets(code=coded(code) if isinstance(code, str) else code, valueQuantity=None, **more)


def read(*resources: dict[str, Any], today: date = TODAY) -> ObservationFacts:
    return read_observations([json.dumps(r).encode() for r in resources], "p", today)


def one(*resources: dict[str, Any], fact: str = "platelets") -> Reading:
    facts = read(*resources)
    assert {} == facts.unusable
    (reading,) = facts.readings[fact]
    return reading


def refused(*resources: dict[str, Any], fact: str = "platelets") -> Unusable:
    facts = read(*resources)
    assert () == facts.readings.get(fact, ())
    (unusable,) = facts.unusable[fact]
    return unusable


def finding(*resources: dict[str, Any], fact: str) -> Finding:
    facts = read(*resources)
    assert {} == facts.unusable
    (result,) = facts.findings[fact]
    return result


def test_a_count_is_read_with_its_words_date_and_reference() -> None:
    expected = Reading("platelets", Interval.of(49999), "/uL", "49.999", "10*9/L", TODAY, None, "Observation/plt")
    assert expected == one(platelets())


@pytest.mark.parametrize(
    ("quantity", "interval"),
    [
        ({"comparator": "<"}, Interval(Fraction(0), Fraction(20000), False, True)),
        ({"comparator": "<="}, Interval(Fraction(0), Fraction(20000))),
        ({"comparator": ">"}, Interval(Fraction(20000), None, True, False)),
        ({"comparator": ">="}, Interval(Fraction(20000), None)),
    ],
)
def test_a_comparator_makes_an_interval(quantity: dict[str, Any], interval: Interval) -> None:
    assert interval == one(platelets(valueQuantity={"value": 20, "unit": "K/uL", **quantity})).amount


@pytest.mark.parametrize(
    ("words", "interval"),
    [
        ("<20 K/uL", Interval(Fraction(0), Fraction(20000), False, True)),
        ("45 K/uL", Interval.of(45000)),
        (" >= 45.5 10*3/uL ", Interval(Fraction(45500), None)),
        ("20000 /uL", Interval.of(20000)),
        ("20000/uL", Interval.of(20000)),
    ],
)
def test_a_number_with_unit_in_words_is_read(words: str, interval: Interval) -> None:
    assert interval == one(platelets(valueQuantity=None, valueString=words)).amount


@pytest.mark.parametrize(
    ("change", "reason", "rule"),
    [
        ({"valueQuantity": {"value": 45}}, "unit missing", "GEN-UNIT"),
        ({"valueQuantity": None, "valueString": "<20"}, "unit missing", "GEN-UNIT"),
        ({"valueQuantity": None, "valueInteger": 45}, "unit missing", "GEN-UNIT"),
        ({"valueQuantity": {"value": 45, "unit": "bags"}}, "not on the list", "GEN-UNIT"),
        ({"valueQuantity": {"value": 45, "unit": "K/uL", "code": "/uL"}}, "different units", "GEN-UNIT"),
        ({"valueQuantity": {"value": 45, "unit": "/uL"}}, "implausible", "GEN-IMPLAUS"),
        ({"valueQuantity": {"value": 45, "unit": "/L"}}, "implausible", "GEN-IMPLAUS"),
        ({"valueQuantity": {"value": -45, "unit": "K/uL"}}, "implausible", "GEN-IMPLAUS"),
        ({"valueQuantity": {"value": "45", "unit": "K/uL"}}, "not a number", ""),
        ({"valueQuantity": {"value": True, "unit": "K/uL"}}, "not a number", ""),
        ({"valueQuantity": {"unit": "K/uL"}}, "no value", ""),
        ({"valueQuantity": {"value": 45, "unit": "K/uL", "comparator": "ad"}}, "comparator", "GEN-COMPARATOR"),
        ({"valueQuantity": None}, "no value", ""),
        ({"valueQuantity": None, "valueString": "1,5 K/uL"}, "not a number", ""),
        ({"valueQuantity": None, "valueString": "low"}, "not a number", ""),
        ({"valueQuantity": None, "valueRange": {"low": {"value": 1}}}, "kind", ""),
        ({"valueString": "45 K/uL"}, "more than one value", ""),
        ({"dataAbsentReason": {"text": "clotted"}, "valueQuantity": None}, "clotted", ""),
        ({"status": "registered"}, "status registered", "GEN-STATUS"),
        ({"status": "unknown"}, "status unknown", "GEN-STATUS"),
        ({"status": None}, "status missing", "GEN-STATUS"),
        ({"effectiveDateTime": None}, "no date", ""),
        ({"effectiveDateTime": "2026-01"}, "only a month", ""),
        ({"effectiveDateTime": "26.1.2026"}, "not readable", ""),
        ({"effectiveDateTime": "0001-01-01T00:00:00+14:00"}, "not readable", ""),
        ({"effectiveDateTime": "2026-01-27"}, "future", ""),
        ({"code": coded("74398-9")}, "cord blood", ""),
        ({"code": coded("13056-7")}, "plasma", ""),
        ({"code": {"text": "Platelet count"}}, "no LOINC code", ""),
        ({"valueQuantity": [1]}, "cannot be read", ""),
    ],
)
def test_a_result_that_cannot_be_used_keeps_its_reason(change: dict[str, Any], reason: str, rule: str) -> None:
    unusable = refused(platelets(**change))
    assert reason in unusable.reason
    assert rule == unusable.rule
    assert "Observation/plt" == unusable.reference


def test_an_absurd_exponent_is_refused_at_once() -> None:
    raw = json.dumps(platelets()).replace("49.999", "1E+300000").encode()
    (unusable,) = read_observations([raw], "p", TODAY).unusable["platelets"]
    assert "its value is not a number" == unusable.reason


def test_codes_that_stand_for_two_facts_are_refused_under_both() -> None:
    both = {"coding": [*coded("777-3")["coding"], *coded("718-7")["coding"]]}
    assert ["hemoglobin", "platelets"] == list(read(platelets(code=both)).unusable)


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_withdrawn_results_leave_no_trace(status: str) -> None:
    assert ObservationFacts() == read(platelets(status=status))
    assert ObservationFacts() == read(platelets(status=status), platelets(value=60))


@pytest.mark.parametrize(("status", "flag"), [("final", False), ("amended", False), ("preliminary", True)])
def test_a_preliminary_result_is_marked(status: str, flag: bool) -> None:
    assert flag == one(platelets(status=status)).is_preliminary


@pytest.mark.parametrize("status", ["corrected", "amended"])
@pytest.mark.parametrize("identifier", ["plt", "plt-2"])
def test_a_corrected_result_replaces_the_earlier_one(status: str, identifier: str) -> None:
    assert 60000 == one(platelets(), platelets(identifier, value=60, status=status)).amount.value


def test_a_corrected_result_that_cannot_be_used_still_replaces_the_earlier_one() -> None:
    assert "unit missing" == refused(platelets(), platelets("b", unit="", status="corrected")).reason


def test_a_corrected_result_does_not_replace_one_of_another_day() -> None:
    facts = read(platelets(effectiveDateTime="2026-01-19"), platelets("b", status="corrected"))
    assert 2 == len(facts.readings["platelets"])


def test_two_final_results_of_one_time_both_stay() -> None:
    assert 2 == len(read(platelets(), platelets("b", value=60)).readings["platelets"])


def test_the_same_result_in_two_resources_counts_once() -> None:
    assert "Observation/a" == one(platelets("b"), platelets("a")).reference


@pytest.mark.parametrize(
    ("written", "today", "is_used"),
    [
        ("2026-01-27T00:30:00+02:00", date(2026, 1, 26), True),  # still the 26th in UTC
        ("2026-01-26T23:30:00-05:00", date(2026, 1, 26), True),  # the 27th in UTC, the 26th where it was drawn
        ("2026-01-27T12:00:00Z", date(2026, 1, 26), False),
        ("2026-01-27T00:30:00", date(2026, 1, 26), False),
        ("2026-01-26T23:59:00", date(2026, 1, 26), True),
    ],
)
def test_a_date_is_in_the_future_only_in_its_own_zone_and_in_utc(written: str, today: date, is_used: bool) -> None:
    facts = read(platelets(effectiveDateTime=written), today=today)
    assert is_used == ("platelets" in facts.readings)


def test_a_time_with_zone_keeps_its_day_as_written_and_its_instant() -> None:
    reading = one(platelets(effectiveDateTime="2026-01-26T23:30:00-05:00"))
    assert (TODAY, datetime(2026, 1, 27, 4, 30, tzinfo=UTC)) == (reading.on, reading.at)


@pytest.mark.parametrize(
    "when",
    [
        {"effectivePeriod": {"start": "2026-01-26", "end": "2026-01-27"}},
        {"effectivePeriod": {"end": "2026-01-26"}},
        {"effectiveInstant": "2026-01-26T08:00:00Z"},
        {"issued": "2026-01-26T08:00:00Z"},
    ],
)
def test_other_forms_of_the_date_are_read(when: dict[str, Any]) -> None:
    assert TODAY == one(platelets(effectiveDateTime=None, **when)).on


def test_readings_are_oldest_first_also_within_a_day() -> None:
    times = ["2026-01-26T16:00:00", "2026-01-05", "2026-01-26T08:00:00", "2026-01-26T09:30:00+02:00"]
    facts = read(*(platelets(str(n), value=50 + n, effectiveDateTime=t) for n, t in enumerate(times)))
    assert ["51", "53", "52", "50"] == [r.reported for r in facts.readings["platelets"]]


def test_a_component_counts_as_an_observation_of_its_own() -> None:
    part = {"code": coded("777-3"), "valueQuantity": {"value": 45, "unit": "K/uL"}}
    reading = one(found("58410-2", component=[part]))
    assert (45000, "Observation/plt") == (reading.amount.value, reading.reference)


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"note": [{"text": "Platelets clumped; count is approximate"}]}, True),
        ({"interpretation": [{"text": "estimated"}]}, True),
        ({"code": coded("49497-1")}, True),
        ({"note": [{"text": "No platelet clumps seen."}]}, False),
        ({"note": [{"text": "Clumping not seen"}]}, False),
        ({"note": [{"text": "drawn at home"}]}, False),
        ({}, False),
    ],
)
def test_clumping_remarks_and_estimate_codes_mark_an_estimate(change: dict[str, Any], flag: bool) -> None:
    assert flag == one(platelets(**change)).is_estimate


def test_the_upper_limit_of_normal_is_converted() -> None:
    change = {"valueQuantity": {"value": 2, "unit": "ukat/L"}, "referenceRange": [{"high": {"value": 0.5}}]}
    assert 30 == one(platelets(code=coded("1742-6"), **change), fact="alt").upper_limit


def test_two_different_upper_limits_are_none() -> None:
    ranges = [{"high": {"value": 40, "unit": "U/L"}}, {"high": {"value": 50, "unit": "U/L"}}]
    change = {"valueQuantity": {"value": 20, "unit": "U/L"}, "referenceRange": ranges}
    assert one(platelets(code=coded("1742-6"), **change), fact="alt").upper_limit is None


def test_results_of_another_patient_are_refused_said_and_counted() -> None:
    other = {"subject": {"reference": "Patient/q"}}
    facts = read(platelets(**other), platelets("b", **other), platelets("c"))
    assert 1 == len(facts.readings["platelets"])
    assert 1 == len(facts.remarks)
    assert facts.remarks[0].startswith("2 Observations")


def test_an_unreadable_resource_costs_itself_only_and_shows_no_value() -> None:
    odd = json.dumps({"resourceType": "Observation", "id": "x", "status": 4711, "code": coded("777-3")}).encode()
    facts = read_observations([odd, b"{", json.dumps(platelets()).encode()], "p", TODAY)
    assert 1 == len(facts.readings["platelets"])
    assert 2 == len(facts.remarks)
    assert "4711" not in str(facts)


def test_other_resource_types_are_left_to_their_own_readers() -> None:
    assert ObservationFacts() == read({"resourceType": "Condition", "id": "c"})


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
        ({"valueQuantity": {"value": 2, "unit": "mIU/mL"}, "code": coded("19080-1")}, "a number"),
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


def test_hepatitis_serology_is_read() -> None:
    assert "negative" == finding(found("5195-3", valueString="non-reactive"), fact="hbsag").value


POOL = [
    platelets(),
    platelets("b", value=60, status="corrected"),
    platelets("c", value=20, status="preliminary", effectiveDateTime="2026-01-25T08:00:00Z"),
    platelets("d", value=21, effectiveDateTime="2026-01-25T08:00:00Z"),
    platelets("d", value=22, effectiveDateTime="2026-01-25T08:00:00Z", issued="2026-01-25T09:00:00Z"),
    platelets("e", subject={"reference": "Patient/q"}),
    platelets("f", unit="bags"),
    platelets("g", code=coded("6690-2"), value=2.5),
    platelets("h", code=coded("770-8"), value=20, unit="%"),
    platelets("i", code=coded("770-8"), value=30, unit="%", specimen={"reference": "Specimen/1"}),
    platelets("j", status="entered-in-error"),
    platelets("j", value=99),
    platelets("", value=70),
    found("2118-8", id="k", valueString="negative"),
    {"resourceType": "Observation", "id": "l", "status": 1},
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(range(len(POOL))), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_the_resources_matters(chosen: list[int], random: Any) -> None:
    shuffled = [*chosen, *chosen]
    random.shuffle(shuffled)
    assert read(*(POOL[n] for n in sorted(set(chosen)))) == read(*(POOL[n] for n in shuffled))


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(platelets())), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    st.sampled_from(sorted(platelets())),
)
def test_no_member_of_any_form_raises_or_is_silent(value: Any, member: str) -> None:
    facts = read({**platelets(), member: value})
    resource_type_gone = member == "resourceType" and isinstance(value, str)
    assert resource_type_gone or facts.readings or facts.unusable or facts.remarks or member == "code"


def _observations(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("resourceType") == "Observation":
            yield value
        for member in value.values():
            yield from _observations(member)
    elif isinstance(value, list):
        for member in value:
            yield from _observations(member)


def _field_observations() -> Iterator[dict[str, Any]]:
    for path in sorted(DATA.rglob("*.json")) + sorted(DATA.rglob("*.ndjson")):
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        if '"Observation"' not in text:
            continue
        try:
            documents = [json.loads(text)]
        except ValueError:
            documents = [
                json.loads(line)
                for line in text.splitlines()
                if line.startswith("{") and line.rstrip().endswith("}") and len(line) > 2
            ]
        for document in documents:
            yield from _observations(document)


def test_every_public_observation_is_read_or_refused_with_a_reason() -> None:
    if not DATA.exists():
        assert os.environ.get("CI") != "true"
        pytest.skip("the public data are not at hand")
    counts: Counter[str] = Counter()
    for resource in _field_observations():
        facts = read({**resource, "subject": {"reference": "Patient/p"}}, today=date(2026, 11, 21))
        counts["all"] += 1
        counts["read"] += any(facts.readings.values())
        counts["found"] += any(facts.findings.values())
        counts["refused"] += any(facts.unusable.values())
        counts["unreadable"] += any(facts.remarks)
        assert all(u.reason for unusable in facts.unusable.values() for u in unusable)
    assert counts["all"] > 4000
    assert counts["read"] > 600
    assert counts["refused"] > 20
    assert counts["unreadable"] < counts["all"] / 20
