"""When is a neutrophil count derived, from what, and when not?"""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from cds_service.clinical.facts import Reading, Unusable
from cds_service.clinical.quantity import Interval
from cds_service.fhir.observations import read_observations

AT = "2026-01-26T08:00:00Z"
CODES = {
    "anc": ("751-8", "10*3/uL"),
    "wbc": ("6690-2", "10*3/uL"),
    "corrected": ("12227-5", "10*3/uL"),
    "total%": ("770-8", "%"),
    "segs%": ("769-0", "%"),
    "bands%": ("764-1", "%"),
    "segs#": ("768-2", "10*3/uL"),
    "bands#": ("763-3", "10*3/uL"),
}


def part(name: str, value: float, at: str = AT, specimen: str = "", **more: Any) -> bytes:
    code, unit = CODES[name]
    body: dict[str, Any] = {
        "resourceType": "Observation",
        "id": f"{name}-{value}-{at}-{specimen}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": at,
        "valueQuantity": {"value": value, "unit": unit, "code": unit},
    }
    if specimen:
        body["specimen"] = {"reference": specimen}
    return json.dumps({**body, **more}).encode()


def neutrophils(*parts: bytes) -> tuple[tuple[Reading, ...], tuple[Unusable, ...]]:
    facts = read_observations(parts, "p", date(2026, 11, 21))
    return facts.readings.get("anc", ()), facts.unusable.get("anc", ())


def derived(*parts: bytes) -> Fraction:
    readings, refused = neutrophils(*parts)
    assert () == refused
    (reading,) = readings
    assert reading.is_derived
    return reading.amount.value


def test_leukocytes_times_total_percent() -> None:
    assert 500 == derived(part("wbc", 2.5), part("total%", 20))


def test_bands_are_never_added_to_a_total_percent() -> None:
    assert 500 == derived(part("wbc", 2.5), part("total%", 20), part("bands%", 10))


def test_leukocytes_times_segmented_and_band_percent() -> None:
    assert 750 == derived(part("wbc", 2.5), part("segs%", 20), part("bands%", 10))


def test_segmented_and_band_counts_are_added() -> None:
    assert Fraction(1200) == derived(part("segs#", 1), part("bands#", 0.2))


def test_a_count_of_the_same_draw_wins_over_its_parts() -> None:
    readings, refused = neutrophils(part("anc", 0.4), part("wbc", 2.5), part("total%", 20))
    assert [400] == [r.amount.value for r in readings]
    assert () == refused


def test_a_leukocyte_count_corrected_for_nucleated_cells_is_preferred() -> None:
    assert 400 == derived(part("wbc", 2.5), part("corrected", 2), part("total%", 20))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([part("wbc", 2.5), part("total%", 20, at="2026-01-26T09:00:00Z")], "different specimens"),
        ([part("wbc", 2.5, specimen="Specimen/1"), part("total%", 20, specimen="Specimen/2")], "different specimens"),
        ([part("total%", 20)], "without a leukocyte count"),
        ([part("wbc", 2.5), part("segs%", 20)], "without band forms"),
        ([part("segs#", 1)], "without band forms"),
        ([part("wbc", 2.5), part("bands%", 3)], "band forms alone"),
    ],
)
def test_parts_that_do_not_make_a_count_are_refused(parts: list[bytes], words: str) -> None:
    readings, (refused,) = neutrophils(*parts)
    assert () == readings
    assert words in refused.reason
    assert "GEN-SPECIMEN" == refused.rule


def test_one_specimen_and_one_silence_are_one_specimen() -> None:
    assert 500 == derived(part("wbc", 2.5, specimen="Specimen/1"), part("total%", 20))


def test_equal_instants_in_two_zones_are_one_draw() -> None:
    assert 500 == derived(part("wbc", 2.5), part("total%", 20, at="2026-01-26T10:00:00+02:00"))


def test_percentages_of_more_than_a_hundred_together_are_refused() -> None:
    readings, (refused,) = neutrophils(part("wbc", 2.5), part("segs%", 80), part("bands%", 30))
    assert () == readings
    assert "GEN-IMPLAUS" == refused.rule


def test_a_leukocyte_count_alone_says_nothing_about_neutrophils() -> None:
    assert ((), ()) == neutrophils(part("wbc", 2.5))


def test_the_comparator_of_a_part_stays_in_the_product() -> None:
    quantity = {"value": 0.5, "comparator": "<", "unit": "10*3/uL"}
    readings, _ = neutrophils(part("wbc", 0.5, valueQuantity=quantity), part("total%", 20))
    assert Interval(Fraction(0), Fraction(100), False, True) == readings[0].amount


def test_a_preliminary_part_makes_a_preliminary_count() -> None:
    readings, _ = neutrophils(part("wbc", 2.5, status="preliminary"), part("total%", 20))
    assert readings[0].is_preliminary


def test_many_parts_at_one_time_are_refused_quickly() -> None:
    many = [part("wbc", 1 + n / 100) for n in range(200)] + [part("total%", n / 10) for n in range(200)]
    readings, (refused,) = neutrophils(*many)
    assert () == readings
    assert "too many" in refused.reason


@pytest.mark.parametrize(
    ("reported", "percent", "amounts"),
    [
        (1.8, 20, [1800, 400]),
        (0.4, 90, [400, 1800]),
        (0.4, 30, [400, 600]),
        (0.41, 30, [410]),
        (0.05, 7, [50]),
        (0.04, 7, [40, 140]),
        (0, 50, [0, 1000]),
    ],
)
def test_a_count_that_its_parts_contradict_stands_beside_the_derived_one(
    reported: float, percent: float, amounts: list[int]
) -> None:
    readings, refused = neutrophils(part("anc", reported), part("wbc", 2.0), part("total%", percent))
    assert (sorted(amounts), ()) == (sorted(r.amount.value for r in readings), refused)


def test_parts_of_another_specimen_contradict_nothing() -> None:
    parts = (part("wbc", 2.0, specimen="Specimen/b"), part("total%", 20, specimen="Specimen/b"))
    readings, refused = neutrophils(part("anc", 1.8, specimen="Specimen/a"), *parts)
    assert ([1800], ()) == ([r.amount.value for r in readings], refused)


def test_a_share_in_doubt_says_what_the_count_would_be() -> None:
    readings, (refused,) = neutrophils(part("wbc", 2.0), part("total%", 20, status="in-review"))
    assert ((), [400], "GEN-STATUS") == (readings, [r.amount.value for r in refused.believed], refused.rule)


def test_leukocytes_too_few_for_a_differential_are_all_that_the_neutrophils_can_be() -> None:
    (most,), refused = neutrophils(part("wbc", 0.4))
    assert (Interval(Fraction(0), Fraction(400)), "<=0.4", True, ()) == (
        most.amount, most.reported, most.is_derived, refused
    )  # fmt: skip
    assert ((), ()) == neutrophils(part("wbc", 1.0))
    assert 80 == derived(part("wbc", 0.4), part("total%", 20))
    counted, _ = neutrophils(part("wbc", 0.4), part("anc", 0.1, at=AT))
    assert [False] == [each.is_derived for each in counted]


def test_more_neutrophils_than_leukocytes_are_asked_about_as_no_more_than_those() -> None:
    readings, (asked,) = neutrophils(part("anc", 62), part("wbc", 1.1))
    assert () == readings
    assert ("more neutrophils than leukocytes", "GEN-IMPLAUS") == (asked.reason, asked.rule)
    assert [Fraction(62000), Fraction(1100)] == [each.amount.high for each in asked.believed]


def test_a_count_with_the_number_of_a_percentage_is_asked_about_and_one_beside_its_leukocytes_is_not() -> None:
    assert "it may be a percentage under the unit of a count" == neutrophils(part("anc", 62))[1][0].reason
    assert () == neutrophils(part("anc", 62), part("wbc", 70))[1]
    assert () == neutrophils(part("anc", 22))[1]


def test_a_count_under_the_unit_of_a_share_is_a_share_where_its_leukocytes_are_there() -> None:
    percent = {"valueQuantity": {"value": 30, "unit": "%"}}
    asked = neutrophils(part("anc", 30, **percent), part("wbc", 1.1))[1]
    assert [Fraction(330)] == [each.amount.value for one in asked for each in one.believed]
    (alone,) = neutrophils(part("anc", 30, **percent))[1]
    assert alone.is_open
    assert "its code is one of a count, its unit one of a share" == alone.reason
