"""Which Observations become readings and findings, which are refused and why?"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from cds_service.clinical.facts import Reading
from cds_service.clinical.quantity import Interval
from cds_service.fhir.observations import ObservationFacts, read_observations
from cds_service.fhir.terminology import panels_with
from tests.unit.fhir.observing import TODAY, coded, found, one, platelets, read, refused


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
        ("45,5 K/uL", Interval.of(45500)),
        ("<^20 K/uL", Interval(Fraction(0), Fraction(20000), False, True)),
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
        ({"valueQuantity": {"value": 45, "unit": "g/L"}}, "by the letter", "GEN-UNIT"),
        ({"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]}, "modifier", "GEN-UNSEEN"),
        ({"valueQuantity": {"value": 45, "unit": "/L"}}, "implausible", "GEN-IMPLAUS"),
        ({"valueQuantity": {"value": -45, "unit": "K/uL"}}, "implausible", "GEN-IMPLAUS"),
        ({"valueQuantity": {"value": "45", "unit": "K/uL"}}, "not a number", ""),
        ({"valueQuantity": {"value": True, "unit": "K/uL"}}, "not a number", ""),
        ({"valueQuantity": {"unit": "K/uL"}}, "no value", ""),
        ({"valueQuantity": {"value": 45, "unit": "K/uL", "comparator": "ad"}}, "comparator", "GEN-COMPARATOR"),
        ({"valueQuantity": None}, "no value", ""),
        ({"valueQuantity": None, "valueString": "1,500 K/uL"}, "not a number", ""),
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
        ({"valueQuantity": [1]}, "unit missing", "GEN-UNIT"),
        ({"valueQuantity": [1, 2]}, "its value quantity is not as it should be", ""),
    ],
)
def test_a_result_that_cannot_be_used_keeps_its_reason(change: dict[str, Any], reason: str, rule: str) -> None:
    unusable = refused(platelets(**change))
    assert reason in unusable.reason
    assert rule == unusable.rule
    assert "Observation/plt" == unusable.reference


@pytest.mark.parametrize(
    ("change", "believed"),
    [
        ({"status": "unknown"}, [49999]),
        ({"effectiveDateTime": None}, [49999]),
        ({"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]}, [49999]),
        ({"valueQuantity": {"value": 45}}, [45000]),
        ({"valueQuantity": {"value": 2500, "unit": "bags"}}, [2500, 2500000]),
        ({"valueQuantity": {"value": "45", "unit": "K/uL"}}, [45000]),
        ({"code": coded("74398-9")}, []),
    ],
)
def test_a_count_that_cannot_be_used_says_what_it_would_be(change: dict[str, Any], believed: list[int]) -> None:
    assert believed == [reading.amount.value for reading in refused(platelets(**change)).believed]


def test_few_single_cells_are_two_results_of_one_time() -> None:
    readings = read(platelets(valueQuantity={"value": 45, "unit": "/uL"})).readings["platelets"]
    assert [45, 45000] == [reading.amount.value for reading in readings]


def test_a_count_under_the_code_of_a_share_is_asked_about_as_a_count() -> None:
    unusable = refused(platelets(code=coded("770-8"), valueQuantity={"value": 0.3, "unit": "10*3/uL"}), fact="anc")
    assert "share" in unusable.reason
    assert [300] == [reading.amount.value for reading in unusable.believed]


@pytest.mark.parametrize(("value", "amounts"), [("0.3", [300]), ("0.99", [990]), ("1", []), ("0", []), ("45", [])])
def test_a_share_without_unit_below_one_is_asked_about_as_a_count(value: str, amounts: list[int]) -> None:
    facts = read(platelets(code=coded("770-8"), valueQuantity={"value": float(value)}))
    asked = [one.believed for one in facts.unusable.get("anc", ()) if one.believed]
    assert amounts == [max(each.amount.value for each in one) for one in asked]
    assert bool(amounts) is not bool(facts.unusable.get("neutrophilPercent"))


@pytest.mark.parametrize(("unit", "fact"), [("10*3/uL", "anc"), ("K/uL", "anc"), ("%", "neutrophilPercent")])
def test_a_share_by_its_words_alone_is_the_count_that_its_unit_says(unit: str, fact: str) -> None:
    unusable = refused(platelets(code={"text": "Neutrophils %"}, valueQuantity={"value": 0.3, "unit": unit}), fact=fact)
    assert "no LOINC code" in unusable.reason


@pytest.mark.parametrize(
    ("fact", "code", "value", "amounts"),
    [
        ("creatinine", "2160-0", 2.6, ["2.6"]),
        ("creatinine", "2160-0", 442, ["5"]),
        ("weight", "29463-7", 70, ["70"]),
        ("temperature", "8310-5", 38.5, ["38.5"]),
    ],
)
def test_an_amount_without_unit_is_refused_and_what_it_would_be_is_kept(
    fact: str, code: str, value: float, amounts: list[str]
) -> None:
    unusable = refused(platelets(code=coded(code), valueQuantity={"value": value}), fact=fact)
    assert "unit missing" == unusable.reason
    assert [Fraction(each) for each in amounts] == [each.amount.value for each in unusable.believed]


@pytest.mark.parametrize("unit", ["10*6/uL", "M/uL", "10*12/L"])
def test_a_count_under_a_unit_of_red_cells_may_be_what_it_says(unit: str) -> None:
    unusable = refused(platelets(valueQuantity={"value": 0.042, "unit": unit}))
    assert 42_000 in [each.amount.value for each in unusable.believed]


@pytest.mark.parametrize(
    ("system", "is_asked"),
    [("urn:local", True), ("", True), ("http://snomed.info/sct", False), ("http://loinc.org", False)],
)
def test_a_code_of_loinc_under_a_system_of_nobody_is_asked_about(system: str, is_asked: bool) -> None:
    facts = read(platelets(code={"coding": [{"system": system, "code": "777-3"}]}))
    assert is_asked is bool(facts.unusable.get("platelets"))


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        *(
            (each, True)
            for each in ("Karyotype", "Chromosomenanalyse", "Zytogenetik Knochenmark", "caryotype", "Cytogenetics")
        ),
        *((each, False) for each in ("Cytogenetic risk group", "karyotype ordered", "Chromosome 5 probe")),
    ],
)
def test_a_karyotype_is_read_whatever_its_result_is_called(words: str, is_one: bool) -> None:
    report = {**platelets(code={"text": words}), "valueString": "46,XX,del(5)(q13q33)[20]"}
    del report["valueQuantity"]
    assert is_one is bool(read(report).findings.get("karyotype"))


def test_a_number_in_scientific_notation_is_shown_as_people_write_it() -> None:
    raw = json.dumps(platelets()).replace("49.999", "4.2E+1").encode()
    (reading,) = read_observations([raw], "p", TODAY).readings["platelets"]
    assert "42" == reading.reported


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


@pytest.mark.parametrize(
    ("status", "counts"), [("FINAL", 1), (" Final ", 1), ("Corrected", 1), ("ENTERED-IN-ERROR", 0), ("Cancelled", 0)]
)
def test_a_status_is_the_same_in_capitals(status: str, counts: int) -> None:
    facts = read(platelets(status=status))
    assert (counts, {}) == (len(facts.readings.get("platelets", ())), facts.unusable)
    assert [True] == [r.is_preliminary for r in read(platelets(status="Preliminary")).readings["platelets"]]


@pytest.mark.parametrize(
    ("quantity", "believed"),
    [
        ("12 10*3/uL", [12000]),
        ({"value": "12", "unit": "10*3/uL"}, [12000]),
        ({"value": 12, "unit": "10*3/uL", "comparator": "~"}, [12000]),
        ({"value": 12, "unit": "10*3/uL", "comparator": 5}, [12000]),
        # No amount at all may be any that is believed.
        ("low", [1000, 3_000_000]),
        ({"unit": "10*3/uL"}, [1000, 3_000_000]),
    ],
)
def test_a_value_that_is_not_used_keeps_what_it_would_be(quantity: object, believed: list[int]) -> None:
    assert believed == [r.amount.value for r in refused(platelets(valueQuantity=quantity)).believed]


@pytest.mark.parametrize(
    "change",
    [{"code": {"text": "AST"}}, {"status": "unknown"}, {"effectiveDateTime": None}, {"valueQuantity": {"value": "27", "unit": "U/L"}}],
)  # fmt: skip
def test_what_a_result_would_be_has_its_laboratory_s_limits_and_flag(change: dict[str, Any]) -> None:
    limits = {
        "referenceRange": [{"high": {"value": 40, "unit": "U/L"}}],
        "interpretation": [{"coding": [{"code": "N"}]}],
    }
    result = {"code": coded("1920-8"), "valueQuantity": {"value": 27, "unit": "U/L"}, **limits, **change}
    assert [(27, 40, "N")] == [
        (r.amount.value, r.upper_limit, r.flag) for r in refused(platelets(**result), fact="ast").believed
    ]


@pytest.mark.parametrize("panel", [code for _, code in panels_with("platelets")])
def test_a_component_counts_as_an_observation_of_its_own(panel: str) -> None:
    part = {"code": coded("777-3"), "valueQuantity": {"value": 45, "unit": "K/uL"}}
    reading = one(found(panel, component=[part]))
    assert (45000, "Observation/plt") == (reading.amount.value, reading.reference)


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"note": [{"text": "Platelets clumped; count is approximate"}]}, True),
        ({"interpretation": [{"text": "estimated"}]}, True),
        ({"code": coded("49497-1")}, True),
        ({"comment": "Platelets clumped (STU3)"}, True),
        ({"comments": "Platelets clumped (DSTU2)"}, True),
        ({"comment": {"odd": 1}}, False),
        ({"note": [{"text": "No platelet clumps seen."}]}, False),
        ({"note": [{"text": "Clumping not seen"}]}, False),
        ({"note": [{"text": "drawn at home"}]}, False),
        ({"note": [{"text": "Recollect in citrate tube"}]}, True),
        ({"note": [{"text": "Citrate tube recommended."}]}, True),
        ({"note": [{"text": "Drawn in a citrate tube, corrected for dilution"}]}, False),
        ({"note": [{"text": "EDTA-induced pseudothrombocytopenia"}]}, True),
        ({"note": {"text": "PLT clumps present"}}, True),
        ({"note": "Fibrin strands in tube"}, True),
        ({"note": [{"text": "Specimen clotted"}]}, True),
        ({"note": [{"text": "No clots found, platelets not clumped"}]}, False),
        ({"interpretation": [{"coding": [{"display": "Platelet satellitism"}]}]}, True),
        ({"note": [{"text": "Thrombozytenaggregate"}]}, True),
        ({"note": [{"text": "Keine Thrombozytenaggregate"}]}, False),
        ({"note": [{"text": "Bitte Kontrolle im Citratblut"}]}, True),
        ({"note": [{"text": "Amas plaquettaires"}]}, True),
        ({"note": [{"text": "Absence d'agrégats plaquettaires"}]}, False),
        ({"note": [{"text": "Agregados plaquetarios"}]}, True),
        ({"note": [{"text": "Aggregati piastrinici"}]}, True),
        ({"note": [{"text": "Trombocytenaggregaten"}]}, True),
        ({}, False),
    ],
)
def test_clumping_remarks_and_estimate_codes_mark_an_estimate(change: dict[str, Any], flag: bool) -> None:
    assert flag == one(platelets(**change)).is_estimate


@pytest.mark.parametrize(
    ("beside", "flag"),
    [
        (found("7796-6", valueCodeableConcept={"text": "Present"}), True),
        (found("7796-6", valueString="Few"), True),
        (found("18312-9", valueString="1+"), True),
        (found("7796-6", valueString="None seen"), False),
        (found("7796-6", valueCodeableConcept={"text": "Absent"}), False),
        (found({"text": "Platelet morphology"}, valueString="Clumped"), True),
        (found({"text": "Platelet morphology"}, valueString="Normal"), False),
        (found({"text": "Platelet clumps"}, valueString="Present"), True),
        (found({"text": "Platelet clumps"}, valueString="Not seen"), False),
        (found("58410-2", note=[{"text": "Platelets clumped on smear"}]), True),
        (found("751-8", valueQuantity={"value": 3, "unit": "K/uL"}, note=[{"text": "plt clumps"}]), True),
        (found("58410-2", effectiveDateTime="2026-01-20", note=[{"text": "Platelets clumped"}]), False),
        (found("58410-2", status="entered-in-error", note=[{"text": "Platelets clumped"}]), False),
        (found("6301-6", valueQuantity={"value": 1, "unit": "1"}, note=[{"text": "Specimen clotted"}]), False),
    ],
)
def test_what_another_result_of_the_draw_says_of_clumps_holds_for_its_platelets(
    beside: dict[str, Any], flag: bool
) -> None:
    assert [flag] == [r.is_estimate for r in read(platelets(), {**beside, "id": "beside"}).readings["platelets"]]


def test_a_draw_is_told_by_its_time_where_both_results_have_one() -> None:
    times = ["2026-01-26T07:00:00Z", "2026-01-26T15:00:00Z"]
    counts = [platelets(str(n), 40 + n, effectiveDateTime=time) for n, time in enumerate(times)]
    clumps = {**found("7796-6", valueString="Present", effectiveDateTime=times[1]), "id": "beside"}
    assert [False, True] == [r.is_estimate for r in read(*counts, clumps).readings["platelets"]]
    clumps["effectiveDateTime"] = "2026-01-26"
    assert [True, True] == [r.is_estimate for r in read(*counts, clumps).readings["platelets"]]


@pytest.mark.parametrize(
    "change", [{"valueString": "clumped, unable to count"}, {"dataAbsentReason": {"text": "Platelet clumps"}}]
)
def test_clumps_instead_of_a_number_are_said(change: dict[str, Any]) -> None:
    lost = refused(platelets(valueQuantity=None, **change))
    assert (True, "GEN-CLUMP") == (lost.reason.startswith("the platelets were clumped"), lost.rule)


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
    odd = json.dumps({"resourceType": "Observation", "id": "x", "component": [4711], "code": coded("777-3")}).encode()
    facts = read_observations([odd, b"{", json.dumps(platelets()).encode()], "p", TODAY)
    assert 1 == len(facts.readings["platelets"])
    assert ["Observation/x"] == [lost.reference for lost in facts.unusable["platelets"]]
    assert 2 == len(facts.remarks)
    assert "4711" not in str(facts)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("777-3", "its code names no code system"),
        ([{"coding": [5]}, {"coding": [{"code": "777-3"}]}], "the resource cannot be read"),
        ({"coding": [{"code": "777-3", "display": "Platelets [#/volume] in Blood"}]}, "its code names no code system"),
        ({"text": "PLT COUNT"}, "no LOINC code says what it is"),
    ],
    ids=["a bare code", "two codes", "no system", "words of a laboratory"],
)
def test_a_count_whose_code_has_another_form_is_missed_and_not_passed_over(code: object, why: str) -> None:
    facts = read({**platelets(), "code": code})
    assert {} == facts.readings
    assert [True] == [lost.reason.startswith(why) for lost in facts.unusable["platelets"]]


@pytest.mark.parametrize(
    ("at", "on"),
    [
        ("2026-01-27T00:30:00+14:00", TODAY),
        ("2026-01-26T23:59:00Z", TODAY),
        ("2026-01-25T23:00:00-10:00", date(2026, 1, 25)),
    ],
)
def test_an_instant_that_has_passed_is_of_today_though_its_zone_writes_tomorrow(at: str, on: date) -> None:
    assert on == one(platelets(effectiveDateTime=at)).on


def test_an_instant_of_tomorrow_is_of_the_future_in_any_zone() -> None:
    facts = read(platelets(effectiveDateTime="2026-01-27T14:30:00+14:00"))
    assert ["its date is in the future"] == [lost.reason for lost in facts.unusable["platelets"]]


def test_other_resource_types_are_left_to_their_own_readers() -> None:
    assert ObservationFacts() == read({"resourceType": "Condition", "id": "c"})


@pytest.mark.parametrize(("codes", "flag"), [(["HH"], "HH"), (["N"], "N"), (["H", "N"], ""), (["weird"], ""), ([], "")])
def test_the_flag_of_a_laboratory_is_kept_where_it_says_one_thing(codes: list[str], flag: str) -> None:
    spoken = [{"coding": [{"code": code}]} for code in codes]
    assert flag == one(platelets(interpretation=spoken)).flag


@pytest.mark.parametrize(
    ("code", "unit", "dated", "undated", "is_asked"),
    [
        ("29463-7", "kg", 62, 61, True),
        ("29463-7", "kg", 62, 62, False),
        ("29463-7", "kg", 62, 70, False),
        ("2160-0", "mg/dL", 0.8, 0.9, True),
        ("2160-0", "mg/dL", 0.8, 0.8, False),
        ("2160-0", "mg/dL", 0.8, 0.7, False),
        ("777-3", "10*3/uL", 62, 70, True),
        ("777-3", "10*3/uL", 62, 61, True),
    ],
)
def test_a_result_without_a_day_stands_apart_where_it_could_only_allow_more_than_the_one_in_use(
    code: str, unit: str, dated: float, undated: float, is_asked: bool
) -> None:
    results = [platelets("a", dated, unit, code=coded(code)), platelets("b", undated, unit, code=coded(code))]
    del results[1]["effectiveDateTime"]
    facts = read(*results)
    (apart,) = next(iter(facts.unusable.values()))
    assert (is_asked, "no date") == (not apart.is_other_test, apart.reason)
